/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_AUTHORITY_H
#define HVG_DAEMONS_AUTHORITY_H

/*
 * Who may do what, asked without blocking:
 *
 *	method call ---> the bus: which user is it? ---> root: allowed
 *					 `---> polkit: may it? ---> allowed, or an error to the caller
 *
 * Without polkit on the bus only root is allowed. A caller who leaves is forgotten, and its question
 * to polkit withdrawn.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/* All that is pending on one connection. Zeroes are none. */
struct hvg_authority {
	struct hvg_authority_request *first;
	uint64_t patience_us; /* with polkit; 0: 20 s, or 2 min if it may ask a person */
};

struct hvg_permission {
	const char *action_id; /* of the polkit policy file; lives as long as the daemon */

	/*
	 * Called once if the caller is allowed, with the message as it came: a method handler, which
	 * replies itself, or returns an error that is then sent.
	 */
	sd_bus_message_handler_t allowed;
	void *userdata;
};

/* 1: the caller gets its reply later. Negative errno: it could not be asked, reply with that. */
int hvg_authority_ask(struct hvg_authority *authority, sd_bus_message *message,
	const struct hvg_permission *permission);

/* Forgets all of them; nobody gets a reply. Not from inside allowed. */
void hvg_authority_done(struct hvg_authority *authority);

/*
 * Whether the bus itself sent this. Anybody may send a signal that looks like one of the bus's, but not
 * under its name, which the bus writes.
 */
bool hvg_is_from_bus(sd_bus_message *message);

#endif
