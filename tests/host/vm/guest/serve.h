/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_GUEST_SERVE_H
#define HVG_TESTS_HOST_VM_GUEST_SERVE_H

/* What the outside orders, done in the world of one scenario. */

#include "host/vm/guest/port.h"

/* The order that ended a world, for the next one. */
struct reset {
	uint64_t id; /* 0: there was none */
	uint8_t with_rule;
};

/*
 * Returns when a reset is ordered, or the port is of no use any more. ret NULL: in a system that has an init, a bus
 * and a log of its own; a reset only ends what was started.
 */
int serve(struct port *port, struct reset *ret);

#endif
