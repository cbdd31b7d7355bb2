// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A systemd that manages nothing but says so, by lines on stdin: "start UNIT", "begin UNIT" (a start
 * that is queued), "stop UNIT", "crash UNIT" (a stop without a job), "refuse UNIT" (a job of it, from
 * which on no units are listed).
 */

#include "host/guest/stand-in/stand-in.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME	  "org.freedesktop.systemd1"
#define PATH	  "/org/freedesktop/systemd1"
#define INTERFACE "org.freedesktop.systemd1.Manager"

#define MAX_UNITS 16

static struct unit {
	char name[128]; /* "" is a free place */
	const char *state;
	bool has_job;
} units[MAX_UNITS];
static bool is_subscribed, is_refusing;

static bool is_wanted(const struct unit *unit, char **states, char **patterns)
{
	bool has_state = !states || !*states, has_name = !patterns || !*patterns;

	for (; states && *states; states++)
		has_state |= unit->state && strcmp(*states, unit->state) == 0;
	for (; patterns && *patterns; patterns++)
		has_name |= fnmatch(*patterns, unit->name, 0) == 0;
	return unit->name[0] != '\0' && has_state && has_name;
}

static int append_units(sd_bus_message *reply, char **states, char **patterns)
{
	int r = sd_bus_message_open_container(reply, 'a', "(ssssssouso)");

	for (size_t i = 0; r >= 0 && i < MAX_UNITS; i++)
		if (is_wanted(&units[i], states, patterns))
			r = sd_bus_message_append(reply, "(ssssssouso)", units[i].name, "a unit", "loaded",
				units[i].state, "running", "", PATH "/unit/x", units[i].has_job ? 7 : 0,
				units[i].has_job ? "start" : "", units[i].has_job ? PATH "/job/7" : "/");
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int on_list(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	char **states = NULL, **patterns = NULL;
	sd_bus_message *reply = NULL;
	int r;

	if (is_refusing)
		return -EBUSY;
	r = sd_bus_message_read_strv(message, &states);
	if (r >= 0)
		r = sd_bus_message_read_strv(message, &patterns);
	if (r >= 0)
		r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = append_units(reply, states, patterns);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	printf("listed\n"); /* both lists are freed with the process */
	return r;
}

static int on_subscribe(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	is_subscribed = true;
	return sd_bus_reply_method_return(message, "");
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("ListUnitsByPatterns", "asas", "a(ssssssouso)", on_list, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Subscribe", "", "", on_subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL("JobNew", "uos", 0),
	SD_BUS_SIGNAL("JobRemoved", "uoss", 0),
	SD_BUS_VTABLE_END,
};

/* Whether a job of it was under way. */
static bool drop_unit(const char *name)
{
	for (size_t i = 0; i < MAX_UNITS; i++) {
		bool has_job = units[i].has_job;

		if (strcmp(units[i].name, name) != 0)
			continue;
		units[i] = (struct unit){ 0 };
		return has_job;
	}
	return false;
}

static void add_unit(const char *name, bool begins)
{
	for (size_t i = 0; i < MAX_UNITS; i++) {
		if (units[i].name[0] != '\0')
			continue;
		snprintf(units[i].name, sizeof(units[i].name), "%s", name);
		units[i].state = begins ? "inactive" : "active";
		units[i].has_job = begins;
		return;
	}
}

/* As the real one: signals are for subscribers. */
static int tell(sd_bus *bus, const char *unit, bool is_new)
{
	if (!is_subscribed)
		return 0;
	if (is_new)
		return sd_bus_emit_signal(bus, PATH, INTERFACE, "JobNew", "uos", 7, PATH "/job/7", unit);
	return sd_bus_emit_signal(bus, PATH, INTERFACE, "JobRemoved", "uoss", 7, PATH "/job/7", unit, "done");
}

static int obey(sd_bus *bus, char *line)
{
	char verb[16], unit[128];
	bool begins, has_job, had_job;
	int r = 0;

	if (sscanf(line, "%15s %127s", verb, unit) != 2)
		return -EINVAL;
	begins = strcmp(verb, "begin") == 0;
	has_job = strcmp(verb, "crash") != 0;
	had_job = drop_unit(unit);
	if (strcmp(verb, "refuse") == 0)
		is_refusing = true;
	else if (begins || strcmp(verb, "start") == 0)
		add_unit(unit, begins);
	if (has_job && !had_job)
		r = tell(bus, unit, true);
	if (r >= 0 && has_job && !begins)
		r = tell(bus, unit, false);
	printf("%s %s\n", verb, unit);
	return r;
}

/* A line a write, as a test writes them. */
static int on_input(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	char line[256];
	ssize_t n = read(fd, line, sizeof(line) - 1);

	if (n <= 0)
		return sd_event_exit(sd_event_source_get_event(source), 0);
	line[n] = '\0';
	return obey(userdata, line);
}

int stand_in_systemd(sd_event *event, int argc, char *argv[])
{
	sd_bus *bus;
	int r;

	r = stand_in_join(event, NAME, &bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus, NULL, PATH, INTERFACE, vtable, NULL);
	if (r >= 0)
		r = sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_input, bus);
	return r < 0 ? r : stand_in_run(event);
}
