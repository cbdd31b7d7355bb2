// SPDX-License-Identifier: LGPL-2.1-or-later

/* The life of a guest, from boot to end. */

#include "host/vm/acpi.h"
#include "host/vm/bzimage.h"
#include "host/vm/file.h"
#include "host/vm/layout.h"
#include "host/vm/smbios.h"
#include "host/vm/vm-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int vm_init(struct vm *vm, const struct vm_setup *setup)
{
	int r;

	*vm = (struct vm){
		.setup = *setup,
		.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	r = vm->wake_fd < 0 ? -errno : 0;
	return r < 0 ? r : vm_wire(vm);
}

static int load(struct vm *vm, const char *command_line)
{
	const struct acpi_machine machine = { .n_cpus = vm->setup.n_cpus,
		.n_virtio = 1 + vm->setup.n_disks,
		.has_hibernation = vm->setup.has_hibernation };
	struct file kernel = { 0 }, initrd = { 0 };
	struct bzimage image;
	int r;

	r = acpi_build(&machine, vm->memory.bytes + LAYOUT_ACPI, LAYOUT_ACPI_END - LAYOUT_ACPI);
	if (r >= 0)
		r = smbios_build(vm->memory.bytes + LAYOUT_SMBIOS,
			LAYOUT_SMBIOS_END - LAYOUT_SMBIOS);
	if (r >= 0)
		r = file_open(&kernel, vm->setup.kernel);
	if (r >= 0)
		r = file_open(&initrd, vm->setup.initrd);
	if (r >= 0)
		r = bzimage_parse(kernel.bytes, kernel.size, &image) ? 0 : -ENOEXEC;
	if (r >= 0)
		r = bzimage_load(&image, initrd.bytes, initrd.size, command_line, &vm->memory);
	file_close(&kernel);
	file_close(&initrd);
	return r;
}

/* All counters begin together, and so does the reference time. */
static int start_clock(struct vm *vm)
{
	int64_t offset;
	int r = kvm_get_tsc_offset(&vm->kvm, &offset);

	if (r == 0)
		r = kvm_set_tsc_offset(&vm->kvm, offset);
	vm->clock.tsc_khz = kvm_tsc_khz(&vm->kvm);
	vm->clock.tsc_offset = offset;
	vm->clock.stands = false;
	return r == 0 && vm->clock.tsc_khz == 0 ? -EOPNOTSUPP : r;
}

static int build(struct vm *vm, const char *command_line, const char **ret_step)
{
	int r;

	*ret_step = "getting memory";
	r = memory_new(&vm->memory, vm->setup.memory_size);
	if (r < 0)
		return r;
	*ret_step = "loading kernel and initrd";
	r = load(vm, command_line);
	if (r < 0)
		return r;
	r = kvm_new(&vm->kvm, &vm->memory, vm->setup.n_cpus, ret_step);
	if (r < 0)
		return r;
	*ret_step = "reading the clock";
	return start_clock(vm);
}

static void unbuild(struct vm *vm)
{
	kvm_free(&vm->kvm);
	memory_free(&vm->memory);
	vm->is_running = false;
}

/* Processors that cannot be started are as good as a crash: whatever has begun is collected. */
static void start(struct vm *vm)
{
	vm_wire_guest(vm);
	vm->is_running = true;
	vm->is_paused = false;
	if (vcpus_start(&vm->vcpus) < 0)
		vm_crash(vm, "the processors cannot be started");
}

int vm_boot(struct vm *vm, const char *command_line)
{
	const char *step;
	int r;

	if (vm->is_running)
		return -EBUSY;
	r = build(vm, *command_line ? command_line : vm->setup.append, &step);
	if (r < 0) {
		outbox_fault(&vm->outbox, "%s: %s", step, strerror(-r));
		unbuild(vm);
		return r;
	}
	start(vm);
	return 0;
}

int vm_pause(struct vm *vm)
{
	if (!vm->is_running)
		return -ENOTCONN;
	if (vm->is_paused)
		return 0;
	vcpus_pause(&vm->vcpus);
	clock_stop(&vm->clock);
	vm->is_paused = true;
	return 0;
}

int vm_resume(struct vm *vm)
{
	int r;

	if (!vm->is_running)
		return -ENOTCONN;
	if (!vm->is_paused)
		return 0;
	clock_go(&vm->clock);
	r = kvm_set_tsc_offset(&vm->kvm, vm->clock.tsc_offset);
	vm->is_paused = false;
	vcpus_resume(&vm->vcpus);
	return r;
}

int vm_cut(struct vm *vm, uint64_t id)
{
	if (!vm->is_running || vm_has_ended(vm))
		return -ENOTCONN;
	vm->ports.end = PORTS_OFF;
	vm->cut_id = id;
	return 0;
}

bool vm_has_ended(const struct vm *vm)
{
	return vm->has_crashed || vm->ports.end != PORTS_RUN;
}

void vm_crash(struct vm *vm, const char *why)
{
	if (!vm->has_crashed)
		snprintf(vm->crash, sizeof(vm->crash), "%s", why);
	vm->has_crashed = true;
}

static void tell_end(struct vm *vm)
{
	static const char *const texts[] = {
		[PORTS_OFF] = "switched off", [PORTS_RESET] = "reset"
	};
	const char *text = vm->has_crashed ? vm->crash : texts[vm->ports.end];
	enum control_end end = vm->has_crashed ? CONTROL_END_CRASH
		: vm->ports.end == PORTS_OFF   ? CONTROL_END_OFF
					       : CONTROL_END_RESET;

	outbox_open(&vm->outbox, CONTROL_ENDED, 0);
	outbox_u32(&vm->outbox, end);
	outbox_bytes(&vm->outbox, text, strlen(text));
	outbox_close(&vm->outbox);
}

void vm_collect(struct vm *vm)
{
	if (!vm->is_running || !vm_has_ended(vm))
		return;
	vcpus_stop(&vm->vcpus);
	console_flush(&vm->console);
	vmbus_reset(&vm->vmbus);
	unbuild(vm);
	tell_end(vm);
	outbox_reply(&vm->outbox, vm->cut_id, 0);
	vm->cut_id = 0;
}

void vm_done(struct vm *vm)
{
	if (vm->is_running) {
		vcpus_stop(&vm->vcpus);
		unbuild(vm);
	}
	for (unsigned int i = 0; i < VM_N_ICS; i++)
		ic_done(&vm->ics[i]);
	gpadls_drop_all(&vm->vmbus.gpadls);
	agent_port_done(&vm->agent);
	for (unsigned int i = 0; i < vm->setup.n_disks; i++)
		disk_close(&vm->disks[i]);
	outbox_done(&vm->outbox);
	if (vm->wake_fd >= 0)
		close(vm->wake_fd);
}
