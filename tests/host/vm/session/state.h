/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_SESSION_STATE_H
#define HVG_TESTS_HOST_VM_SESSION_STATE_H

/*
 * How things stand with a virtual machine, as far as news tell: what a scenario must know of the time
 * before it.
 */

#include "host/vm/session/link.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * One news more than the monitor has, after all others that tell how things stand: u8 is_running, u8
 * is_up, u8 has_fault.
 */
#define SESSION_STATE	 0x200

#define STATE_COMPONENTS 32

struct vm_state {
	const char *folder;
	FILE *console, *record;
	bool was_up;	 /* at any time */
	bool is_running; /* it was started, and has not ended */
	bool is_up;	 /* the agent has said so since */
	bool has_fault;	 /* since it was started */
	unsigned int n_unheard_faults;
	struct {
		uint32_t component; /* 0: free */
		uint8_t news[16];
		size_t size;
	} components[STATE_COMPONENTS];
	struct control_stream agent;
};

void state_init(struct vm_state *state, const char *folder);

/* The monitor is there: offers what every guest has, and starts the first one. */
void state_boot(struct link *monitor);

/* News of the monitor. is_heard: there is a scenario that will be told. */
void state_note(struct vm_state *state, const struct control_frame *frame, bool is_heard);

/*
 * The agent's part of them: bytes come as the monitor has them, and go on as whole frames, each in a
 * CONTROL_FROM_AGENT of its own. 1: one; 0: no more.
 */
int state_next_from_agent(struct vm_state *state, struct message *ret);

/* It has ended, or is broken, before it was up for the first time. */
bool state_is_hopeless(const struct vm_state *state);

/* An order of a scenario, on its way. */
void state_note_order(struct vm_state *state, const struct control_frame *frame);

/* Tells somebody new. */
void state_tell(const struct vm_state *state, struct link *client);

#endif
