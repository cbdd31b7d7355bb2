/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_SLEEP_H
#define HVG_DAEMONS_SLEEP_H

/*
 * Told before the machine sleeps and after it woke up, by logind (PrepareForSleep). A delay inhibitor
 * gives us the moment that closing the device takes: the kernel's suspend would wait for our close
 * while we are frozen (facts: guest protocol, section 1.8).
 */

#include <stdbool.h>
#include <systemd/sd-bus.h>

struct hvg_sleep {
	void (*changed)(void *userdata, bool sleeping);

	/* Whether what changed(true) began is over. NULL: it always is. */
	bool (*is_ready)(void *userdata);
	void *userdata;
	const char *who;  /* for `systemd-inhibit --list` */
	sd_bus *bus;	  /* while joined */
	sd_bus_slot *match, *call, *question;
	int inhibitor;
	bool sleeping;
};

void hvg_sleep_init(struct hvg_sleep *sleep, const char *who,
	void (*changed)(void *userdata, bool sleeping), void *userdata);
void hvg_sleep_done(struct hvg_sleep *sleep);

/* What is_ready looks at has changed: the machine may be waiting for that. */
void hvg_sleep_review(struct hvg_sleep *sleep);

/* The bus was joined, or lost: then nobody could tell that we woke up, so we count as awake. */
void hvg_sleep_joined(struct hvg_sleep *sleep, sd_bus *bus);
void hvg_sleep_lost(struct hvg_sleep *sleep);

#endif
