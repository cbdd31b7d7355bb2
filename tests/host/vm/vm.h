/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_VM_H
#define HVG_TESTS_HOST_VM_VM_H

/*
 * The virtual machine, put together. Some of it outlives a guest: what the administrator has
 * decided. The rest begins with each boot.
 */

#include "host/vm/agent-port.h"
#include "host/vm/clock.h"
#include "host/vm/console.h"
#include "host/vm/disk.h"
#include "host/vm/hyperv.h"
#include "host/vm/ic.h"
#include "host/vm/nic.h"
#include "host/vm/ports.h"
#include "host/vm/vcpus.h"
#include "host/vm/vmbus.h"
#include "host/vm/watchdog.h"

#define VM_N_ICS     6
#define VM_MAX_DISKS 4

struct vm_setup {
	const char *kernel, *initrd, *append;
	uint64_t memory_size;
	unsigned int n_cpus;
	struct vm_disk {
		const char *path; /* a file, which is not written; NULL: blank */
		uint64_t size;	  /* of a blank one */
	} disks[VM_MAX_DISKS];
	unsigned int n_disks;
	bool has_hibernation; /* which the host's administrator gives a virtual machine */
	uint64_t patience_us; /* with a guest that is silent; 0: endless */
};

struct vm {
	struct vm_setup setup;
	struct outbox outbox;
	int wake_fd; /* an eventfd: there is something to do for the main thread */

	/* The administrator's. */
	struct clock clock;
	struct vmbus vmbus;
	struct ic ics[VM_N_ICS];
	struct nic nics[CONTROL_MAX_NICS];

	struct disk disks[VM_MAX_DISKS];

	/* The guest's. */
	struct agent_port agent;
	bool is_running, is_paused;
	struct memory memory;
	struct kvm kvm;
	struct vcpus vcpus;
	struct synic synic;
	struct hyperv hyperv;
	struct ports ports;
	struct console console;
	uint64_t console_due_us; /* when a piece of a line is passed on */
	struct watchdog watchdog;
	uint64_t n_signs; /* of life, when last looked at */
	uint64_t cut_id;  /* who waits for the end */
	bool has_crashed;
	char crash[160]; /* why */
};

int vm_init(struct vm *vm, const struct vm_setup *setup);
void vm_done(struct vm *vm);

/* All that follows is called with vm->vcpus.lock held, but for collect. */

int vm_boot(struct vm *vm, const char *command_line);
int vm_pause(struct vm *vm);
int vm_resume(struct vm *vm);

/* Switches it off; id is replied to when it is. -ENOTCONN: it is off already. */
int vm_cut(struct vm *vm, uint64_t id);

/* NULL: there is none of that number. */
struct ic *vm_ic(struct vm *vm, uint32_t component);
struct nic *vm_nic(struct vm *vm, uint32_t component);
struct channel *vm_channel(struct vm *vm, uint32_t component);

/* What time asks for; when it will ask again, UINT64_MAX: never. */
uint64_t vm_tick(struct vm *vm, uint64_t now_us);

/* If the guest has ended, what is left of it is taken away, and outside told. */
void vm_collect(struct vm *vm);

#endif
