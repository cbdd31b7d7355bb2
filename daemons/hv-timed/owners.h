/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TIMED_OWNERS_H
#define HVG_TIMED_OWNERS_H

/*
 * Which time services are active, by systemd's word: asked when the bus is joined, whenever a
 * job of one begins or ends, and once a minute while one is active, since one that crashes
 * needs no job.
 */

#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define TIMED_OWNER_SIZE 128

struct timed_owners {
	char *const *patterns; /* the settings': names and globs of units */
	void (*told)(void *userdata);
	void *userdata;
	bool is_known, is_active;
	char name[TIMED_OWNER_SIZE]; /* of one that is active, or "" */

	sd_event_source *timer;
	sd_bus *bus; /* while joined */
	sd_bus_slot *call, *subscription, *begun, *ended;
	bool is_asked_again;
};

/* told is called whenever systemd has answered. */
int timed_owners_init(struct timed_owners *owners, sd_event *event,
	void (*told)(void *userdata), void *userdata);
void timed_owners_done(struct timed_owners *owners);

/* They live as long as the settings; asks systemd anew. */
void timed_owners_set_patterns(struct timed_owners *owners, char *const *patterns);

void timed_owners_joined(struct timed_owners *owners, sd_bus *bus);
void timed_owners_lost(struct timed_owners *owners);

#endif
