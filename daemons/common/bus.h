/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_BUS_H
#define HVG_DAEMONS_BUS_H

/*
 * Our place on the system bus, kept for as long as the daemon runs.
 *
 *	waiting for the socket (by inotify: no timer) ---> connected: joined() ---> our name: named()
 *	    ^							 |
 *	    `---- lost(): the bus went away, or refused us <----'
 *
 * A daemon may start long before the bus, and a restarted bus finds it again. No trouble with the
 * bus is an error of the daemon's: what cannot be waited for is tried again, ever more rarely.
 */

#include "common/authority.h"

#include <stdint.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

struct hvg_bus_config {
	const char *name;    /* the well-known one, "org.hvguest.Kvp1" */
	const char *address; /* NULL: the system bus */

	/* Connected: add the vtables here. After negative errno comes lost. */
	int (*joined)(void *userdata, sd_bus *bus);

	/*
	 * 1: the name is ours. 0: another has it, we are next. Negative errno: the bus keeps it from
	 * us (its policy); we ask again, ever more rarely. The first can come after the second. Or NULL.
	 */
	void (*named)(void *userdata, int result);

	/* What joined was given is dead. error is why, as far as known. Or NULL. */
	void (*lost)(void *userdata, int error);
	void *userdata;
};

struct hvg_bus;

/* Begins in the loop. The strings live as long as the bus. */
int hvg_bus_new(sd_event *event, const struct hvg_bus_config *config, struct hvg_bus **ret);

/* Leaves; lost is not called. Not from inside a callback of it. Takes NULL. */
struct hvg_bus *hvg_bus_free(struct hvg_bus *bus);

/* NULL unless we are connected, that is between joined and lost. For signals and calls. Takes NULL. */
sd_bus *hvg_bus_get(const struct hvg_bus *bus);

/* hvg_authority_ask for a message of this bus: `return` it from a method handler. */
int hvg_bus_authorize(struct hvg_bus *bus, sd_bus_message *message,
	const struct hvg_permission *permission);

#endif
