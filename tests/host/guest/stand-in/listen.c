// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Somebody who listens to org.hvguest.Kvp1: "Changed POOL KEY WHAT", and the names of properties that
 * changed.
 */

#include "host/guest/stand-in/stand-in.h"

#include <stdio.h>

#define NAME "org.hvguest.Kvp1"
#define PATH "/org/hvguest/Kvp1"

static int on_changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *pool, *key, *what;
	int r;

	r = sd_bus_message_read(message, "sss", &pool, &key, &what);
	if (r >= 0)
		printf("Changed %s '%s' %s\n", pool, key, what);
	return r < 0 ? r : 0;
}

/* PropertiesChanged(s interface, a{sv} changed, as invalidated) */
static int on_properties(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *name;
	int r;

	r = sd_bus_message_skip(message, "s");
	if (r >= 0)
		r = sd_bus_message_enter_container(message, 'a', "{sv}");
	while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
		r = sd_bus_message_read(message, "s", &name);
		if (r >= 0)
			printf("PropertyChanged %s\n", name);
		if (r >= 0)
			r = sd_bus_message_skip(message, "v");
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	return r < 0 ? r : 0;
}

int stand_in_listen(sd_event *event, int argc, char *argv[])
{
	sd_bus *bus;
	int r;

	r = stand_in_join(event, NULL, &bus);
	if (r >= 0)
		r = sd_bus_match_signal(bus, NULL, NAME, PATH, NAME, "Changed", on_changed, NULL);
	if (r >= 0)
		r = sd_bus_match_signal(bus, NULL, NAME, PATH, "org.freedesktop.DBus.Properties",
			"PropertiesChanged", on_properties, NULL);
	return r < 0 ? r : stand_in_run(event);
}
