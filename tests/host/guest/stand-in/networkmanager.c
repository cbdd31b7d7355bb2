// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * NetworkManager, so far as one device, eth0, with two name servers. Its profile's method is
 * the argument (auto, manual); or somebody else brought the device up ("external"), or it
 * manages no device
 * ("unmanaged"), or it does not tell about the profile ("silence").
 */

#include "host/guest/stand-in/stand-in.h"

#include <stdio.h>
#include <string.h>

#define NAME     "org.freedesktop.NetworkManager"
#define PATH     "/org/freedesktop/NetworkManager"
#define DEVICE   PATH "/Devices/1"
#define ACTIVE   PATH "/ActiveConnection/1"
#define SETTINGS PATH "/Settings/1"
#define IPV4     PATH "/IP4Config/1"
#define IPV6     PATH "/IP6Config/1"

static const char *answer;

static int on_find_device(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *name;
	int r = sd_bus_message_read(message, "s", &name);

	if (r < 0)
		return r;
	if (strcmp(name, "eth0") != 0)
		return sd_bus_error_setf(error, NAME ".UnknownDevice", "no device %s", name);
	return sd_bus_reply_method_return(message, "o", DEVICE);
}

static int get_state(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "u", strcmp(answer, "unmanaged") == 0 ? 10 : 100);
}

static int get_path(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	static const char *const paths[][2] = { { "ActiveConnection", ACTIVE },
		{ "Connection", SETTINGS }, { "Ip4Config", IPV4 }, { "Ip6Config", IPV6 } };
	size_t i = 0;

	while (strcmp(paths[i][0], property) != 0)
		i++;
	return sd_bus_message_append(reply, "o", paths[i][1]);
}

static int get_flags(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(
		reply, "u", strcmp(answer, "external") == 0 ? 0x80 | 0x0f : 0x0f);
}

static int get_ipv4_servers(sd_bus *bus, const char *path, const char *interface,
	const char *property, sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(
		reply, "aa{sv}", 1, 2, "interface", "s", "eth0", "address", "s", "192.0.2.54");
}

static int get_ipv6_servers(sd_bus *bus, const char *path, const char *interface,
	const char *property, sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	static const unsigned char server[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x54 };
	int r;

	r = sd_bus_message_open_container(reply, 'a', "ay");
	if (r >= 0)
		r = sd_bus_message_append_array(reply, 'y', server, sizeof(server));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int on_get_settings(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	puts("GetSettings");
	if (strcmp(answer, "silence") == 0)
		return 1;
	return sd_bus_reply_method_return(message, "a{sa{sv}}", 2, "connection", 1, "id", "s",
		"site", "ipv4", 2, "dns-priority", "i", 0, "method", "s", answer);
}

static const sd_bus_vtable manager[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD(
		"GetDeviceByIpIface", "s", "o", on_find_device, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

static const sd_bus_vtable device[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("ActiveConnection", "o", get_path, 0, 0),
	SD_BUS_PROPERTY("Ip4Config", "o", get_path, 0, 0),
	SD_BUS_PROPERTY("Ip6Config", "o", get_path, 0, 0),
	SD_BUS_PROPERTY("State", "u", get_state, 0, 0),
	SD_BUS_VTABLE_END,
};

static const sd_bus_vtable active[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Connection", "o", get_path, 0, 0),
	SD_BUS_PROPERTY("StateFlags", "u", get_flags, 0, 0),
	SD_BUS_VTABLE_END,
};

static const sd_bus_vtable settings[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD(
		"GetSettings", "", "a{sa{sv}}", on_get_settings, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

static const sd_bus_vtable ipv4[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("NameserverData", "aa{sv}", get_ipv4_servers, 0, 0),
	SD_BUS_VTABLE_END,
};

static const sd_bus_vtable ipv6[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Nameservers", "aay", get_ipv6_servers, 0, 0),
	SD_BUS_VTABLE_END,
};

static const struct {
	const char *path, *interface;
	const sd_bus_vtable *vtable;
} objects[] = {
	{ PATH, NAME, manager },
	{ DEVICE, NAME ".Device", device },
	{ ACTIVE, NAME ".Connection.Active", active },
	{ SETTINGS, NAME ".Settings.Connection", settings },
	{ IPV4, NAME ".IP4Config", ipv4 },
	{ IPV6, NAME ".IP6Config", ipv6 },
};

int stand_in_networkmanager(sd_event *event, int argc, char *argv[])
{
	sd_bus *bus;
	int r;

	answer = argv[0];
	r = stand_in_join(event, NAME, &bus);
	for (size_t i = 0; r >= 0 && i < sizeof(objects) / sizeof(objects[0]); i++)
		r = sd_bus_add_object_vtable(bus, NULL, objects[i].path, objects[i].interface,
			objects[i].vtable, NULL);
	return r < 0 ? r : stand_in_run(event);
}
