/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_HOOK_UNIT_H
#define HVG_VSSD_HOOK_UNIT_H

/*
 * A hook's run as systemd is asked for it: a transient unit, with a control group, a time limit and an
 * environment of its own.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#define VSSD_SYSTEMD_NAME      "org.freedesktop.systemd1"
#define VSSD_SYSTEMD_PATH      "/org/freedesktop/systemd1"
#define VSSD_SYSTEMD_INTERFACE "org.freedesktop.systemd1.Manager"

struct vssd_hook_unit {
	const char *name;
	char *const *command; /* its program first */
	const char *phase;    /* "pre-freeze", "post-thaw" or "abort": of ours, whatever the command says */
	const char *result;   /* "frozen" or "failed"; "" before the freeze */
	uint64_t backup_id, limit_us;
	int other_success; /* an exit status that is none of a failure, besides 0 */
	bool is_session;   /* its start is over when it says READY=1; its end has limit_us, too */
};

/* replied tells whether systemd has taken it. */
int vssd_hook_unit_start(sd_bus *bus, sd_bus_slot **ret_slot, const struct vssd_hook_unit *unit,
	sd_bus_message_handler_t replied, void *userdata);

/* ret_slot and replied may be NULL. */
int vssd_hook_unit_stop(sd_bus *bus, sd_bus_slot **ret_slot, const char *name, sd_bus_message_handler_t replied,
	void *userdata);

#endif
