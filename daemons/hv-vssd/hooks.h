/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_HOOKS_H
#define HVG_VSSD_HOOKS_H

/*
 * Programs around a freeze (/etc/hvguest/vss.d, hv-vssd(8)): before it in the order of their names, after
 * the thaw in reverse, those that ran. Each is a transient unit of systemd's, with its own time limit:
 * as our child it would have our capabilities, be locked in memory, and die with us.
 *
 *	RESTING -> begin: BEFORE, one after the other ---> told: 0, or what failed
 *		-> end: AFTER (post-thaw, or abort) ---> RESTING, told
 *
 * A session hook (NAME.session) is started before the freeze, stays, and is stopped after the thaw.
 */

#include "hv-vssd/hook-list.h"
#include "hv-vssd/hook-unit.h"
#include "hv-vssd/settings.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

enum vssd_hooks_step {
	VSSD_HOOKS_RESTING,
	VSSD_HOOKS_BEFORE,
	VSSD_HOOKS_AFTER,
};

struct vssd_hooks {
	sd_event *event;
	const struct vssd_settings *settings;
	sd_bus *bus; /* while joined */
	sd_bus_slot *removed, *call;
	sd_event_source *timer;
	enum vssd_hooks_step step;
	struct vssd_hook_list list; /* until the next begin */
	size_t at;	      /* AFTER: the next is at - 1 */
	unsigned int n_tries; /* of the current one that have failed */
	bool is_cancelled, failed_freeze;
	uint64_t turn;	    /* makes names of units unique */
	uint64_t budget_us; /* when BEFORE must be over, CLOCK_MONOTONIC */
	uint64_t limit_us;  /* when the current one must be, likewise */
	uint64_t began_us;  /* when its first try was */
	char unit[128];	    /* that is being started or stopped, or "" */

	/* BEFORE is over: 0, or negative errno and why. */
	void (*begun)(void *userdata, int code, const char *reason);
	/* AFTER is over, or there was nothing to do. */
	void (*ended)(void *userdata);
	void *userdata;
};

void vssd_hooks_init(struct vssd_hooks *hooks, sd_event *event, const struct vssd_settings *settings);
void vssd_hooks_done(struct vssd_hooks *hooks);
void vssd_hooks_joined(struct vssd_hooks *hooks, sd_bus *bus);
void vssd_hooks_lost(struct vssd_hooks *hooks);

/* To be over at that time of CLOCK_MONOTONIC. begun may be called from inside. */
void vssd_hooks_begin(struct vssd_hooks *hooks, uint64_t by_us);

/* While BEFORE: the one that runs is stopped, and begun is called with -ECANCELED. */
void vssd_hooks_cancel(struct vssd_hooks *hooks);

/* After begun, whatever it said. failed: the backup did. ended may be called from inside. */
void vssd_hooks_end(struct vssd_hooks *hooks, bool failed);

#endif
