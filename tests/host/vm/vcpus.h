/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_VCPUS_H
#define HVG_TESTS_HOST_VM_VCPUS_H

/*
 * The guest's processors: a thread each, in the guest most of the time. What makes one leave it
 * is given to the ops under the one lock, which everybody else takes as well to touch the
 * devices.
 */

#include "host/vm/kvm.h"

#include <pthread.h>

struct vcpus_ops {
	/* bytes: to be filled, or what was written; size is 1, 2, 4 or for memory 8 as well */
	void (*port)(void *userdata, uint16_t port, bool is_write, uint8_t *bytes,
		unsigned int size);
	void (*memory)(void *userdata, uint64_t address, bool is_write, uint8_t *bytes,
		unsigned int size);
	bool (*read_msr)(void *userdata, unsigned int cpu, uint32_t msr, uint64_t *ret);
	bool (*write_msr)(void *userdata, unsigned int cpu, uint32_t msr, uint64_t value);
	uint64_t (*hypercall)(void *userdata, uint64_t control, uint64_t input);
	void (*crash)(void *userdata, const char *why);

	/* After each of these: false stops all processors. */
	bool (*goes_on)(void *userdata);
};

struct vcpus {
	const struct kvm *kvm;
	const struct vcpus_ops *ops;
	void *userdata;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_paused, is_stopping;
	unsigned int n_standing; /* neither in the guest nor working for it */
	unsigned int n_started;
	struct vcpu {
		struct vcpus *all;
		unsigned int number;
		pthread_t thread;
	} cpus[KVM_MAX_CPUS];
};

/* kvm, ops and userdata are set. The lock is good before and after a start. */
void vcpus_init(struct vcpus *vcpus);

/* With the lock held. When pause returns, all stand. */
int vcpus_start(struct vcpus *vcpus);
void vcpus_pause(struct vcpus *vcpus);
void vcpus_resume(struct vcpus *vcpus);

/* Without the lock: they end, and are gone when it returns. */
void vcpus_stop(struct vcpus *vcpus);

#endif
