// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl monitor: everything as it happens, a line each: devices that come and go, and what the
 * daemons tell on the bus. Whoever sends a signal is checked by the bus, so that nobody can
 * forge one. Without a bus, devices are all there is.
 */

#include "hvctl/hvctl.h"

#include "hvctl/signal-words.h"

#include "base/units.h"
#include "hvguest/vmbus.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct source {
	const char *name, *service, *path;
} sources[] = {
	{ "fcopy", "org.hvguest.FileCopy1", "/org/hvguest/FileCopy1" },
	{ "kvp", "org.hvguest.Kvp1", "/org/hvguest/Kvp1" },
	{ "net", "org.hvguest.Network1", "/org/hvguest/Network1" },
	{ "time", "org.hvguest.Time1", "/org/hvguest/Time1" },
	{ "vss", "org.hvguest.Vss1", "/org/hvguest/Vss1" },
};

/* One line. */

/* The words become the caller's no more. */
static void print_event(
	struct hvctl *hvctl, const char *source, const char *event, json_t *words)
{
	char when[HVCTL_TIME_SIZE];
	json_t *word;
	size_t i;

	hvctl_render_time(time(NULL), when);
	if (hvctl->json) {
		(void)hvctl_print_json(json_pack("{ss ss ss so}", "time", when, "source",
					       source, "event", event, "values", words),
			true);
		return;
	}
	printf("%s %s %s", when, source, event);
	json_array_foreach(words, i, word)
	{
		char *escaped = hvctl_escape(json_string_value(word));

		printf(" %s", escaped ? escaped : "");
		free(escaped);
	}
	printf("\n");
	fflush(stdout);
	json_decref(words);
}

/* Devices. */

/* What came, by its name; what has gone can only be told by its instance. */
static void append_device(json_t *words, const struct hvg_vmbus_event *event)
{
	struct hvg_vmbus_devices *devices = NULL;
	const struct hvg_vmbus_device *device = NULL;

	if (event->node[0] != '\0')
		json_array_append_new(words, hvctl_json_text(event->node));
	if (event->instance[0] != '\0')
		json_array_append_new(words, hvctl_json_text(event->instance));
	if (event->is_added && hvg_vmbus_devices_new(&devices) == 0)
		device = hvg_vmbus_devices_find(devices, event->instance);
	if (device)
		json_array_append_new(words, hvctl_json_text(device->class_name));
	hvg_vmbus_devices_free(devices);
}

static int print_devices(struct hvctl *hvctl, struct hvg_vmbus_monitor *monitor)
{
	const struct hvg_vmbus_event *event;
	int r;

	while ((r = hvg_vmbus_monitor_next(monitor, &event)) > 0) {
		json_t *words = json_array();

		append_device(words, event);
		print_event(hvctl, "device", event->is_added ? "added" : "removed", words);
	}
	return r == -ENOBUFS ? 0 : r;
}

/* What daemons tell. */

struct listener {
	struct hvctl *hvctl;
	const char *name;
};

static int on_signal(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct listener *listener = userdata;
	bool is_state = sd_bus_message_is_signal(
		message, "org.freedesktop.DBus.Properties", "PropertiesChanged");

	print_event(listener->hvctl, listener->name,
		is_state ? "state" : sd_bus_message_get_member(message),
		is_state ? signal_properties(message) : signal_arguments(message));
	return 0;
}

static int subscribe(sd_bus *bus, struct listener listeners[static HVG_ELEMENTS(sources)])
{
	int r = 0;

	for (size_t i = 0; i < HVG_ELEMENTS(sources) && r >= 0; i++) {
		char match[128]; /* the path is what sd-bus tells the listeners apart by */

		(void)snprintf(match, sizeof(match), "type='signal',sender='%s',path='%s'",
			sources[i].service, sources[i].path);
		r = sd_bus_add_match(bus, NULL, match, on_signal, &listeners[i]);
	}
	return r;
}

/* Waiting for both. */

static int drain_bus(sd_bus *bus)
{
	int r = 0;

	while (bus && (r = sd_bus_process(bus, NULL)) > 0)
		;
	return r;
}

static int wait_for_events(sd_bus *bus, const struct hvg_vmbus_monitor *monitor)
{
	struct pollfd fds[] = { { .fd = hvg_vmbus_monitor_get_fd(monitor), .events = POLLIN },
		{ .fd = bus ? sd_bus_get_fd(bus) : -1, .events = POLLIN } };

	return poll(fds, HVG_ELEMENTS(fds), -1) < 0 && errno != EINTR ? -errno : 0;
}

static int follow(struct hvctl *hvctl, sd_bus *bus, struct hvg_vmbus_monitor *monitor)
{
	int r;

	do {
		r = drain_bus(bus);
		if (r >= 0)
			r = print_devices(hvctl, monitor);
		if (r >= 0)
			r = wait_for_events(bus, monitor);
	} while (r >= 0);
	return r;
}

static int monitor_all(struct hvctl *hvctl, struct hvg_vmbus_monitor *monitor)
{
	struct listener listeners[HVG_ELEMENTS(sources)];
	sd_bus *bus = hvctl_bus(hvctl);

	for (size_t i = 0; i < HVG_ELEMENTS(sources); i++)
		listeners[i] = (struct listener){ hvctl, sources[i].name };
	if (!bus)
		hvctl_complain(
			"the system bus cannot be reached; devices are all that is told");
	else if (subscribe(bus, listeners) < 0)
		return -EIO;
	return follow(hvctl, bus, monitor);
}

int hvctl_monitor(struct hvctl *hvctl, int argc, char *argv[])
{
	struct hvg_vmbus_monitor *monitor;
	struct hvctl_given given;
	int r;

	if (hvctl_take_options(hvctl_no_options, &argc, argv, &given) < 0)
		return HVCTL_USAGE;
	if (argc > 1)
		return hvctl_misuse(argv[0]);
	if (!hvctl_bus(hvctl) && !hvctl_is_hyperv())
		return hvctl_is_no_guest();
	r = hvg_vmbus_monitor_new(&monitor);
	if (r >= 0) {
		r = monitor_all(hvctl, monitor);
		hvg_vmbus_monitor_free(monitor);
	}
	hvctl_complain("following ended: %s", strerror(-r));
	return HVCTL_WRONG;
}
