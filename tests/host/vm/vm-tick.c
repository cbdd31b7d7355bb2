// SPDX-License-Identifier: LGPL-2.1-or-later

/* What time asks for: pieces of lines that have waited long enough, heartbeats, and a guest
 * that hangs. */

#include "host/vm/vm-private.h"

#include <stdlib.h>

#define CONSOLE_DELAY_US 20000 /* how long a piece of a line may wait for the rest */

static uint64_t tick_console(struct vm *vm, uint64_t now_us)
{
	if (vm->console_due_us == VM_SOON)
		vm->console_due_us = now_us + CONSOLE_DELAY_US;
	if (now_us >= vm->console_due_us) {
		console_flush(&vm->console);
		vm->console_due_us = VM_NOT_DUE;
	}
	return vm->console_due_us;
}

/* Signs of life are counted: the connection, and answers to heartbeats. */
static uint64_t count_signs(struct vm *vm)
{
	return (vm->vmbus.version ? 1 : 0) + vm_ic(vm, CONTROL_HEARTBEAT)->n_answered;
}

/* From the boot to the connection, and while a heartbeat is unanswered. */
static bool must_show_life(struct vm *vm)
{
	return vm->vmbus.version == 0 || ic_waits(vm_ic(vm, CONTROL_HEARTBEAT));
}

static uint64_t tick_watchdog(struct vm *vm, uint64_t now_us)
{
	uint64_t n_signs = count_signs(vm);
	char *tail;

	if (n_signs != vm->n_signs)
		watchdog_feed(&vm->watchdog);
	vm->n_signs = n_signs;
	if (!must_show_life(vm)) {
		watchdog_rest(&vm->watchdog);
	} else if (watchdog_tick(&vm->watchdog, now_us)) {
		tail = console_tail(&vm->console);
		outbox_fault(&vm->outbox, "the guest hangs; it said last:\n%s", tail);
		free(tail);
	}
	return watchdog_due(&vm->watchdog);
}

static uint64_t sooner(uint64_t a_us, uint64_t b_us)
{
	return a_us < b_us ? a_us : b_us;
}

uint64_t vm_tick(struct vm *vm, uint64_t now_us)
{
	uint64_t due_us;

	if (!vm->is_running || vm->is_paused) {
		watchdog_rest(&vm->watchdog);
		return VM_NOT_DUE;
	}
	due_us = tick_console(vm, now_us);
	due_us = sooner(due_us, tick_watchdog(vm, now_us));
	for (unsigned int i = 0; i < VM_N_ICS; i++)
		due_us = sooner(due_us, ic_tick(&vm->ics[i], &vm->clock, now_us));
	return due_us;
}
