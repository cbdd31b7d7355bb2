// SPDX-License-Identifier: LGPL-2.1-or-later

/* The loop around KVM_RUN, and how it is interrupted. */

#include "host/vm/vcpus.h"
#include "host/vm/layout.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define KICK SIGUSR1

static void on_kick(int number)
{
}

static void crash(struct vcpu *cpu, const char *what, uint64_t detail)
{
	struct kvm_regs regs = { 0 };
	char text[160];

	(void)ioctl(cpu->all->kvm->cpus[cpu->number].fd, KVM_GET_REGS, &regs);
	snprintf(text, sizeof(text), "processor %u: %s %#" PRIx64 ", at %#" PRIx64, cpu->number,
		what, detail, (uint64_t)regs.rip);
	cpu->all->ops->crash(cpu->all->userdata, text);
}

/*
 * The instruction that made the call is finished by the next entry only; one that is left at
 * once does that, and then the result can be put into its register.
 */
static void serve_hypercall(struct vcpu *cpu)
{
	const struct kvm_cpu *kvm = &cpu->all->kvm->cpus[cpu->number];
	struct kvm_regs regs = { 0 };
	uint64_t result;

	(void)ioctl(kvm->fd, KVM_GET_REGS, &regs);
	result = cpu->all->ops->hypercall(cpu->all->userdata, regs.rcx, regs.rdx);
	kvm->run->immediate_exit = 1;
	(void)ioctl(kvm->fd, KVM_RUN, 0);
	kvm->run->immediate_exit = 0;
	(void)ioctl(kvm->fd, KVM_GET_REGS, &regs);
	regs.rax = result;
	(void)ioctl(kvm->fd, KVM_SET_REGS, &regs);
}

static void serve_port(struct vcpu *cpu, struct kvm_run *run)
{
	uint8_t *bytes = (uint8_t *)run + run->io.data_offset;
	bool is_write = run->io.direction == KVM_EXIT_IO_OUT;

	if (run->io.port == LAYOUT_PORT_HYPERCALL && is_write) {
		serve_hypercall(cpu);
		return;
	}
	for (uint32_t i = 0; i < run->io.count; i++)
		cpu->all->ops->port(cpu->all->userdata, run->io.port, is_write,
			bytes + i * run->io.size, run->io.size);
}

static void serve_exit(struct vcpu *cpu, struct kvm_run *run)
{
	const struct vcpus_ops *ops = cpu->all->ops;
	void *userdata = cpu->all->userdata;
	uint64_t value = 0;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		serve_port(cpu, run);
		break;
	case KVM_EXIT_MMIO:
		ops->memory(userdata, run->mmio.phys_addr, run->mmio.is_write, run->mmio.data,
			run->mmio.len);
		break;
	case KVM_EXIT_X86_RDMSR:
		run->msr.error = !ops->read_msr(userdata, cpu->number, run->msr.index, &value);
		run->msr.data = value;
		break;
	case KVM_EXIT_X86_WRMSR:
		run->msr.error =
			!ops->write_msr(userdata, cpu->number, run->msr.index, run->msr.data);
		break;
	case KVM_EXIT_HLT:
	case KVM_EXIT_INTR:
		break;
	case KVM_EXIT_SHUTDOWN:
		crash(cpu, "triple fault", 0);
		break;
	case KVM_EXIT_FAIL_ENTRY:
		crash(cpu, "cannot enter the guest:",
			run->fail_entry.hardware_entry_failure_reason);
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		crash(cpu, "KVM cannot go on: error", run->internal.suberror);
		break;
	default:
		crash(cpu, "unexpected exit", run->exit_reason);
		break;
	}
}

/* Until somebody lets it go on; false: it is to end. */
static bool may_run(struct vcpus *all)
{
	all->n_standing++;
	pthread_cond_broadcast(&all->changed);
	while (all->is_paused && !all->is_stopping)
		pthread_cond_wait(&all->changed, &all->lock);
	all->n_standing--;
	return !all->is_stopping;
}

static void kick(struct vcpus *vcpus)
{
	for (unsigned int i = 0; i < vcpus->n_started; i++) {
		vcpus->kvm->cpus[i].run->immediate_exit = 1;
		(void)pthread_kill(vcpus->cpus[i].thread, KICK);
	}
}

static void run_once(struct vcpu *cpu, const struct kvm_cpu *kvm)
{
	struct vcpus *all = cpu->all;
	int r, error;

	kvm->run->immediate_exit = 0;
	pthread_mutex_unlock(&all->lock);
	r = ioctl(kvm->fd, KVM_RUN, 0);
	error = errno;
	pthread_mutex_lock(&all->lock);
	if (r == 0)
		serve_exit(cpu, kvm->run);
	else if (error != EINTR && error != EAGAIN)
		crash(cpu, "KVM_RUN failed: error", (uint64_t)error);
	if (!all->ops->goes_on(all->userdata) && !all->is_stopping) {
		all->is_stopping = true;
		kick(all);
	}
}

static void *run(void *userdata)
{
	struct vcpu *cpu = userdata;
	struct vcpus *all = cpu->all;

	pthread_mutex_lock(&all->lock);
	while (may_run(all))
		run_once(cpu, &all->kvm->cpus[cpu->number]);
	all->n_standing++;
	pthread_cond_broadcast(&all->changed);
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

void vcpus_init(struct vcpus *vcpus)
{
	struct sigaction action = { .sa_handler = on_kick };

	(void)sigaction(KICK, &action, NULL);
	pthread_mutex_init(&vcpus->lock, NULL);
	pthread_cond_init(&vcpus->changed, NULL);
}

/* They all begin paused, so that none is gone before the others are there. */
int vcpus_start(struct vcpus *vcpus)
{
	int r = 0;

	vcpus->is_paused = true;
	vcpus->is_stopping = false;
	vcpus->n_standing = vcpus->n_started = 0;
	for (unsigned int i = 0; i < vcpus->kvm->n_cpus && r == 0; i++) {
		vcpus->cpus[i].all = vcpus;
		vcpus->cpus[i].number = i;
		r = -pthread_create(&vcpus->cpus[i].thread, NULL, run, &vcpus->cpus[i]);
		if (r == 0)
			vcpus->n_started++;
	}
	vcpus_resume(vcpus);
	return r;
}

void vcpus_pause(struct vcpus *vcpus)
{
	vcpus->is_paused = true;
	kick(vcpus);
	while (vcpus->n_standing < vcpus->n_started)
		pthread_cond_wait(&vcpus->changed, &vcpus->lock);
}

void vcpus_resume(struct vcpus *vcpus)
{
	vcpus->is_paused = false;
	pthread_cond_broadcast(&vcpus->changed);
}

void vcpus_stop(struct vcpus *vcpus)
{
	pthread_mutex_lock(&vcpus->lock);
	vcpus->is_stopping = true;
	kick(vcpus);
	pthread_cond_broadcast(&vcpus->changed);
	pthread_mutex_unlock(&vcpus->lock);
	for (unsigned int i = 0; i < vcpus->n_started; i++)
		(void)pthread_join(vcpus->cpus[i].thread, NULL);
	vcpus->n_started = 0;
}
