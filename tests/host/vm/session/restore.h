/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_SESSION_RESTORE_H
#define HVG_TESTS_HOST_VM_SESSION_RESTORE_H

/* What a scenario has changed of the host, and that the next one finds nothing of it. */

#include "host/vm/session/state.h"

#include <stdbool.h>

struct vm_changes {
	bool is_paused;
	int64_t shift; /* of the host's clock, in its units */
	uint32_t versions[STATE_COMPONENTS]; /* components whose versions are not the usual ones; 0: no more */
};

/* An order of a scenario, on its way to the monitor. */
void restore_note(struct vm_changes *changes, const struct control_frame *order);

/* The scenario has ended, however it did. */
void restore(struct vm_changes *changes, const struct vm_state *state, struct link *monitor);

#endif
