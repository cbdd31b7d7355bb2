/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_UNIT_HVCTL_RECORDED_H
#define HVG_TESTS_UNIT_HVCTL_RECORDED_H

/* A recorded guest of tests/data/guests, and one with something changed. */

#include "hvctl/facts/guest.h"

struct recorded {
	struct facts *facts;
	struct guest guest;
};

/* Failure fails the test. */
void recorded_load(struct recorded *recorded, const char *name);

/*
 * The same with lines in front of it, which win: "/sys/class/net/eth0/\n\tmtu = 9000\n". A line
 * "-PATH" takes away what has that path, or is below it.
 */
void recorded_load_changed(struct recorded *recorded, const char *name, const char *changes);

void recorded_done(struct recorded *recorded);

#endif
