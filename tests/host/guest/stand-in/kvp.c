// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A hv-kvpd that lists no pool but says why: "Busy", "TooLarge". Of each key it tells the name.
 */

#include "host/guest/stand-in/stand-in.h"

#include <stdio.h>

#define NAME "org.hvguest.Kvp1"
#define PATH "/org/hvguest/Kvp1"

static int on_list(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	char name[64];
	const char *pool;
	int r = sd_bus_message_read(message, "s", &pool);

	if (r < 0)
		return r;
	printf("List %s\n", pool);
	(void)snprintf(name, sizeof(name), "org.hvguest.Error.%s", (const char *)userdata);
	return sd_bus_reply_method_errorf(message, name, "Not over the bus.");
}

static int on_get(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *pool, *key;
	int r = sd_bus_message_read(message, "ss", &pool, &key);

	if (r < 0)
		return r;
	printf("Get %s %s\n", pool, key);
	return sd_bus_reply_method_return(message, "s", key);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("List", "s", "a(ss)", on_list, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Get", "ss", "s", on_get, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int stand_in_kvp(sd_event *event, int argc, char *argv[])
{
	sd_bus *bus;
	int r;

	r = stand_in_join(event, NAME, &bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus, NULL, PATH, NAME, vtable, argv[0]);
	return r < 0 ? r : stand_in_run(event);
}
