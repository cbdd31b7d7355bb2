/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TIMED_H
#define HVG_TIMED_H

/*
 * The daemon: the timekeeper on an event loop, between the host's PTP clock and the system
 * clock.
 */

#include "common/bus.h"
#include "common/clock.h"
#include "common/loop.h"
#include "common/options.h"
#include "hv-timed/owners.h"
#include "hv-timed/settings.h"
#include "hv-timed/source.h"
#include "os/clockset.h"
#include "os/systemclock.h"
#include "service/timekeeper.h"

/* What was told last, on the bus and in the journal: told again when it changes. */
struct timed_told {
	bool has_looked, is_open; /* the source */
	const char *state;
	char owner[TIMED_OWNER_SIZE];
	int source_error, failure;
	uint64_t step_us;
};

struct timed {
	struct hvg_options options;
	uint64_t period_us;
	struct timed_settings settings;
	struct hvg_loop *loop;
	struct hvg_timekeeper keeper;
	struct timed_source source;
	struct timed_owners owners;
	struct hvg_bus *bus;

	sd_event_source *deadline, *tick, *set;
	int set_fd;                    /* tells that the clock was set */
	int failure;                   /* of the last deed: 0, or negative errno */
	int64_t last_step_realtime_us; /* since 1970; 0: none yet */
	struct timed_told told;
};

/* service.c: the law loop. */
int timed_service_init(struct timed *timed);
void timed_service_done(struct timed *timed);
void timed_configure(struct timed *timed); /* the settings are new */
void timed_source_changed(void *userdata);
void timed_owners_told(void *userdata);
void timed_pump(struct timed *timed);

/* Who owns the clock: "hv-timed", a unit, "another", or "" if nobody does. */
const char *timed_owner(const struct timed *timed);

/* report.c: what changed, to the journal, systemd and the bus. */
void timed_report(struct timed *timed);

/* bus.c: org.hvguest.Time1 */
int timed_bus_init(struct timed *timed);
void timed_bus_changed(struct timed *timed);
void timed_bus_stepped(struct timed *timed);

#endif
