// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * systemd-resolved, so far as its list of servers: one for every link, one for eth0, one for a
 * link that is not there. Or it does not answer.
 */

#include "host/guest/stand-in/stand-in.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define NAME         "org.freedesktop.resolve1"
#define PATH         "/org/freedesktop/resolve1"

#define ANOTHER_LINK 99

static int append_server(sd_bus_message *reply, int interface, const char *text)
{
	unsigned char bytes[4];
	int r;

	(void)inet_pton(AF_INET, text, bytes);
	r = sd_bus_message_open_container(reply, 'r', "iiay");
	if (r >= 0)
		r = sd_bus_message_append(reply, "ii", interface, AF_INET);
	if (r >= 0)
		r = sd_bus_message_append_array(reply, 'y', bytes, sizeof(bytes));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_servers(sd_bus_message *reply)
{
	int r;

	r = sd_bus_message_open_container(reply, 'v', "a(iiay)");
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(iiay)");
	if (r >= 0)
		r = append_server(reply, 0, "198.51.100.53");
	if (r >= 0)
		r = append_server(reply, (int)if_nametoindex("eth0"), "192.0.2.53");
	if (r >= 0)
		r = append_server(reply, ANOTHER_LINK, "203.0.113.53");
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *answer = userdata;
	sd_bus_message *reply = NULL;
	int r;

	if (!sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Properties", "Get"))
		return 0;
	puts("Get");
	if (strcmp(answer, "silence") == 0)
		return 1;
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = append_servers(reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 1;
}

int stand_in_resolved(sd_event *event, int argc, char *argv[])
{
	sd_bus *bus;
	int r;

	r = stand_in_join(event, NAME, &bus);
	if (r >= 0)
		r = sd_bus_add_object(bus, NULL, PATH, on_message, argv[0]);
	return r < 0 ? r : stand_in_run(event);
}
