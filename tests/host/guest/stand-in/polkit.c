// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A polkit authority that says the same to everybody.
 */

#include "host/guest/stand-in/stand-in.h"

#include <stdio.h>
#include <string.h>

#define NAME	  "org.freedesktop.PolicyKit1"
#define PATH	  "/org/freedesktop/PolicyKit1/Authority"
#define INTERFACE "org.freedesktop.PolicyKit1.Authority"

/* CheckAuthorization(subject, action, details, flags, cancellation) -> (authorized, challenge, details) */
static int on_check(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *answer = userdata, *kind, *action;
	int r;

	r = sd_bus_message_enter_container(message, 'r', "sa{sv}");
	if (r >= 0)
		r = sd_bus_message_read(message, "s", &kind);
	if (r >= 0)
		r = sd_bus_message_skip(message, "a{sv}");
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	if (r >= 0)
		r = sd_bus_message_read(message, "s", &action);
	if (r < 0)
		return r;
	printf("CheckAuthorization %s for a %s\n", action, kind);
	if (strcmp(answer, "silence") == 0)
		return 1;
	return sd_bus_reply_method_return(message, "(bba{ss})", strcmp(answer, "yes") == 0,
		strcmp(answer, "challenge") == 0, 0);
}

static int on_cancel(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	puts("CancelCheckAuthorization");
	return sd_bus_reply_method_return(message, "");
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})", on_check,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("CancelCheckAuthorization", "s", "", on_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int stand_in_polkit(sd_event *event, int argc, char *argv[])
{
	sd_bus *bus;
	int r;

	r = stand_in_join(event, NAME, &bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus, NULL, PATH, INTERFACE, vtable, argv[0]);
	return r < 0 ? r : stand_in_run(event);
}
