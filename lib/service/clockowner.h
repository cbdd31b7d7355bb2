/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_CLOCKOWNER_H
#define HVG_SERVICE_CLOCKOWNER_H

/*
 * Who owns the system clock, and what that leaves for us to do. A clock with two steerers is
 * worse than one with none: each sees the other's corrections as errors. So there is one law
 * above the modes: who sees another at work changes nothing.
 *
 *	mode		a service is active	another changes the rate	nobody
 *	auto		look on			look on				steer, step
 *	discipline	steer, step		look on				steer, step
 *	step-only	look on			look on				step
 *	monitor		look on			look on				look on
 *
 * "discipline" is for a service that is active and leaves the clock alone, such as chronyd -x.
 */

#include "format/timex.h"

#include <stdbool.h>
#include <stdint.h>

enum hvg_clock_mode {
	HVG_CLOCK_AUTO,
	HVG_CLOCK_DISCIPLINE,
	HVG_CLOCK_STEP_ONLY,
	HVG_CLOCK_MONITOR,
};

struct hvg_clock_owner_config {
	enum hvg_clock_mode mode;
	uint64_t patience_us; /* for the service manager's answer: without one nobody is taken
				 for active */
	uint64_t touch_us;    /* how long a rate that another changed keeps us away */
};

struct hvg_clock_owner {
	struct hvg_clock_owner_config config;
	bool is_known;   /* whether a time service is active */
	bool is_active;  /* one is */
	bool is_touched; /* another changed the rate, at touched_us */
	bool has_looked; /* rate_ppb is what we gave it, or last saw */
	bool is_ours;    /* we steer, so the kernel's own loop must be idle */
	uint64_t begin_us, touched_us;
	double rate_ppb;
};

struct hvg_clock_rights {
	bool may_step, may_steer;
};

void hvg_clock_owner_init(struct hvg_clock_owner *owner,
	const struct hvg_clock_owner_config *config, uint64_t now_us);

/* The service manager says whether any time service is active. One that ends leaves the clock
 * free. */
void hvg_clock_owner_tell(struct hvg_clock_owner *owner, bool is_active);

/* We have given the clock this rate; we have let go of it. */
void hvg_clock_owner_steered(struct hvg_clock_owner *owner, double correction_ppb);
void hvg_clock_owner_let_go(struct hvg_clock_owner *owner);

/* The clock was looked at. Whoever changed its rate since the last look was not us. */
void hvg_clock_owner_look(struct hvg_clock_owner *owner,
	const struct hvg_clock_condition *condition, uint64_t now_us);

struct hvg_clock_rights hvg_clock_owner_rights(
	const struct hvg_clock_owner *owner, uint64_t now_us);

/* When the rights may change by themselves; HVG_NEVER for never. */
uint64_t hvg_clock_owner_deadline_us(const struct hvg_clock_owner *owner, uint64_t now_us);

const char *hvg_clock_mode_name(enum hvg_clock_mode mode);

#endif
