// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Each connection is an sd_bus of its own, thrown away when it breaks. What libsystemd waits for by
 * inotify (a socket that is not there, or that nobody listens on) takes no timer; any other failure
 * arms the one that starts over.
 */

#include "common/bus.h"

#include "base/units.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SYSTEM_BUS "unix:path=/run/dbus/system_bus_socket"

#define LOCAL_SENDER	"org.freedesktop.DBus.Local"
#define LOCAL_PATH	"/org/freedesktop/DBus/Local"
#define LOCAL_INTERFACE "org.freedesktop.DBus.Local"

/* Ours: a restarted bus is met at once, one that refuses us costs a try a minute in the end. */
#define RETRY_FIRST_US (100 * HVG_USEC_PER_MSEC)
#define RETRY_LAST_US  (60 * HVG_USEC_PER_SEC)

#define RETRY_ACCURACY_US (10 * HVG_USEC_PER_MSEC)

/* Reply of RequestName (D-Bus specification, "Message Bus Messages"): another has the name. */
#define NAME_IN_QUEUE 2

struct hvg_bus {
	struct hvg_bus_config config;
	sd_event *event;
	sd_event_source *retry;
	uint64_t retry_us; /* how long to wait before the next try */
	sd_bus *connection;
	sd_bus_slot *connected, *disconnected, *request, *acquired;
	bool is_joined, is_in_queue;
	struct hvg_authority authority;
};

static const char *address_of(const struct hvg_bus *bus)
{
	const char *address = bus->config.address;

	if (!address)
		address = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
	return address ? address : SYSTEM_BUS;
}

/* Throws the connection away. */
static void leave(struct hvg_bus *bus)
{
	bus->is_joined = false;
	hvg_authority_done(&bus->authority);
	bus->connected = sd_bus_slot_unref(bus->connected);
	bus->disconnected = sd_bus_slot_unref(bus->disconnected);
	bus->request = sd_bus_slot_unref(bus->request);
	bus->acquired = sd_bus_slot_unref(bus->acquired);
	bus->connection = sd_bus_close_unref(bus->connection);
}

/* Starts over after a while; from inside any callback. */
static void retry(struct hvg_bus *bus)
{
	(void)sd_event_source_set_time_relative(bus->retry, bus->retry_us);
	(void)sd_event_source_set_enabled(bus->retry, SD_EVENT_ONESHOT);
	bus->retry_us = HVG_MIN(2 * bus->retry_us, RETRY_LAST_US);
}

static void tell_named(struct hvg_bus *bus, int result)
{
	bus->is_in_queue = result == 0;
	if (result >= 0)
		bus->retry_us = RETRY_FIRST_US;
	if (bus->config.named)
		bus->config.named(bus->config.userdata, result);
}

static void tell_lost(struct hvg_bus *bus, int error)
{
	bool was_joined = bus->is_joined;

	bus->is_joined = false;
	hvg_authority_done(&bus->authority);
	if (was_joined && bus->config.lost)
		bus->config.lost(bus->config.userdata, error);
}

static int on_disconnected(sd_bus_message *signal, void *userdata, sd_bus_error *unused)
{
	struct hvg_bus *bus = userdata;

	tell_lost(bus, -ECONNRESET);
	retry(bus);
	return 0;
}

/* We were next in the queue for our name, and the other has left. */
static int on_acquired(sd_bus_message *signal, void *userdata, sd_bus_error *unused)
{
	struct hvg_bus *bus = userdata;
	const char *name;

	/* It comes for a name that was free, too, before the reply. */
	if (bus->is_in_queue && hvg_is_from_bus(signal) && sd_bus_message_read(signal, "s", &name) > 0 && strcmp(name, bus->config.name) == 0)
		tell_named(bus, 1);
	return 0;
}

static int on_name(sd_bus_message *reply, void *userdata, sd_bus_error *unused)
{
	struct hvg_bus *bus = userdata;
	uint32_t code;
	int r = -EBADMSG;

	if (sd_bus_message_is_method_error(reply, NULL))
		r = -sd_bus_message_get_errno(reply);
	else if (sd_bus_message_read(reply, "u", &code) > 0)
		r = code == NAME_IN_QUEUE ? 0 : 1;
	tell_named(bus, r);
	if (r < 0)
		retry(bus); /* a policy that is installed later is another answer */
	return 0;
}

static int ask_for_name(struct hvg_bus *bus)
{
	bus->request = sd_bus_slot_unref(bus->request);
	return sd_bus_request_name_async(bus->connection, &bus->request, bus->config.name, SD_BUS_NAME_QUEUE,
		on_name, bus);
}

static int request_name(struct hvg_bus *bus)
{
	int r;

	r = sd_bus_match_signal_async(bus->connection, &bus->acquired, "org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus", "NameAcquired", on_acquired, NULL, bus);
	return r < 0 ? r : ask_for_name(bus);
}

static int on_connected(sd_bus_message *signal, void *userdata, sd_bus_error *unused)
{
	struct hvg_bus *bus = userdata;
	int r;

	bus->is_joined = true;
	r = bus->config.joined(bus->config.userdata, bus->connection);
	if (r >= 0)
		r = request_name(bus);
	if (r < 0) {
		tell_lost(bus, r);
		retry(bus);
	}
	return 0;
}

static int open_connection(struct hvg_bus *bus)
{
	sd_bus *connection;
	int r;

	r = sd_bus_new(&bus->connection);
	if (r < 0)
		return r;
	connection = bus->connection;
	/* Otherwise the end of the loop would wait for a bus that is just starting. */
	(void)sd_bus_set_close_on_exit(connection, false);
	(void)sd_bus_set_bus_client(connection, true);
	(void)sd_bus_set_watch_bind(connection, true);
	(void)sd_bus_set_connected_signal(connection, true);
	r = sd_bus_set_address(connection, address_of(bus));
	if (r < 0)
		return r;
	r = sd_bus_start(connection);
	if (r < 0)
		return r;
	return sd_bus_attach_event(connection, bus->event, SD_EVENT_PRIORITY_NORMAL);
}

static int watch_connection(struct hvg_bus *bus)
{
	int r;

	r = sd_bus_match_signal_async(bus->connection, &bus->connected, LOCAL_SENDER, LOCAL_PATH,
		LOCAL_INTERFACE, "Connected", on_connected, NULL, bus);
	if (r < 0)
		return r;
	return sd_bus_match_signal_async(bus->connection, &bus->disconnected, LOCAL_SENDER, LOCAL_PATH,
		LOCAL_INTERFACE, "Disconnected", on_disconnected, NULL, bus);
}

static int on_retry(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct hvg_bus *bus = userdata;
	int r;

	if (bus->is_joined) { /* all but our name */
		(void)ask_for_name(bus);
		return 0;
	}
	leave(bus);
	r = open_connection(bus);
	if (r >= 0)
		r = watch_connection(bus);
	if (r < 0)
		retry(bus);
	return 0;
}

int hvg_bus_new(sd_event *event, const struct hvg_bus_config *config, struct hvg_bus **ret)
{
	struct hvg_bus *bus = calloc(1, sizeof(*bus));
	int r;

	if (!bus)
		return -ENOMEM;
	bus->config = *config;
	bus->retry_us = RETRY_FIRST_US;
	bus->event = sd_event_ref(event);
	r = sd_event_add_time(event, &bus->retry, CLOCK_MONOTONIC, 0, RETRY_ACCURACY_US, on_retry, bus);
	if (r < 0) {
		(void)hvg_bus_free(bus);
		return r;
	}
	*ret = bus;
	return 0;
}

struct hvg_bus *hvg_bus_free(struct hvg_bus *bus)
{
	if (!bus)
		return NULL;
	leave(bus);
	(void)sd_event_source_disable_unref(bus->retry);
	(void)sd_event_unref(bus->event);
	free(bus);
	return NULL;
}

sd_bus *hvg_bus_get(const struct hvg_bus *bus)
{
	return bus && bus->is_joined ? bus->connection : NULL;
}

int hvg_bus_authorize(struct hvg_bus *bus, sd_bus_message *message,
	const struct hvg_permission *permission)
{
	return hvg_authority_ask(&bus->authority, message, permission);
}
