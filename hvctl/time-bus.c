// SPDX-License-Identifier: LGPL-2.1-or-later

/* org.hvguest.Time1, read: each property by its name into a place of a struct. */

#include "hvctl/time.h"

#include "base/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE   "org.hvguest.Time1"
#define PATH      "/org/hvguest/Time1"
#define INTERFACE "org.hvguest.Time1"

#define WHAT      "the time service"

static const struct {
	const char *name, *type;
	size_t offset;
} properties[] = {
	{ "State", "s", offsetof(struct time_status, state) },
	{ "Mode", "s", offsetof(struct time_status, mode) },
	{ "Owner", "s", offsetof(struct time_status, owner) },
	{ "Source", "s", offsetof(struct time_status, source) },
	{ "SourceError", "s", offsetof(struct time_status, source_error) },
	{ "ClockSource", "s", offsetof(struct time_status, clock_source) },
	{ "OffsetNSec", "x", offsetof(struct time_status, offset_ns) },
	{ "FrequencyPPB", "d", offsetof(struct time_status, frequency_ppb) },
	{ "SampleOffsetNSec", "x", offsetof(struct time_status, sample_offset_ns) },
	{ "SampleDelayNSec", "x", offsetof(struct time_status, sample_delay_ns) },
	{ "SampleTimeUSec", "x", offsetof(struct time_status, sample_time_us) },
	{ "Samples", "u", offsetof(struct time_status, n_samples) },
	{ "LastStepNSec", "x", offsetof(struct time_status, last_step_ns) },
	{ "LastStepTimeUSec", "x", offsetof(struct time_status, last_step_time_us) },
	{ "LastStepBy", "s", offsetof(struct time_status, last_step_by) },
	{ "LastStepCause", "s", offsetof(struct time_status, last_step_cause) },
	{ "RefusedStepNSec", "x", offsetof(struct time_status, refused_step_ns) },
};

static int read_spread(sd_bus_message *message, struct time_status *ret)
{
	int64_t *spread_ns = ret->spread_ns;
	int r = sd_bus_message_enter_container(message, 'v', "(xxxx)");

	if (r >= 0)
		r = sd_bus_message_read(message, "(xxxx)", &spread_ns[0], &spread_ns[1],
			&spread_ns[2], &spread_ns[3]);
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int read_text(sd_bus_message *message, char **ret)
{
	const char *text;
	int r = sd_bus_message_read(message, "v", "s", &text);

	if (r < 0)
		return r;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

static int read_value(sd_bus_message *message, const char *name, struct time_status *ret)
{
	if (strcmp(name, "Spread") == 0)
		return read_spread(message, ret);
	for (size_t i = 0; i < HVG_ELEMENTS(properties); i++) {
		void *place = (char *)ret + properties[i].offset;

		if (strcmp(properties[i].name, name) != 0)
			continue;
		if (*properties[i].type == 's')
			return read_text(message, place);
		return sd_bus_message_read(message, "v", properties[i].type, place);
	}
	return sd_bus_message_skip(message, "v");
}

static int read_properties(sd_bus_message *reply, struct time_status *ret)
{
	const char *name;
	int r = sd_bus_message_enter_container(reply, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
		r = sd_bus_message_read(reply, "s", &name);
		if (r >= 0)
			r = read_value(reply, name, ret);
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
	}
	return r;
}

/* Older daemons may lack a property: what is text is never NULL. */
static int fill_gaps(struct time_status *status)
{
	for (size_t i = 0; i < HVG_ELEMENTS(properties); i++) {
		char **text = (char **)(void *)((char *)status + properties[i].offset);

		if (*properties[i].type == 's' && !*text)
			*text = strdup("");
		if (*properties[i].type == 's' && !*text)
			return -ENOMEM;
	}
	return 0;
}

static const struct hvctl_service service = { SERVICE, "hv-timed", "time" };

int time_read_status(struct hvctl *hvctl, struct time_status *ret)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	int r, status = hvctl_reach(hvctl, &service, WHAT);

	*ret = (struct time_status){ 0 };
	if (status != HVCTL_OK)
		return status;
	r = sd_bus_call_method(hvctl->bus, SERVICE, PATH, "org.freedesktop.DBus.Properties", "GetAll",
		&error, &reply, "s", INTERFACE);
	if (r >= 0)
		r = read_properties(reply, ret);
	if (r >= 0)
		r = fill_gaps(ret);
	if (r < 0)
		status = hvctl_bus_failed(&error, r, WHAT);
	sd_bus_message_unref(reply);
	sd_bus_error_free(&error);
	return status;
}

static int add_point(struct time_history *history, int64_t time_us, int64_t offset_ns)
{
	struct plot_point *points =
		reallocarray(history->points, history->n + 1, sizeof(*points));
	int64_t *times_us;

	if (!points)
		return -ENOMEM;
	history->points = points;
	times_us = reallocarray(history->times_us, history->n + 1, sizeof(*times_us));
	if (!times_us)
		return -ENOMEM;
	history->times_us = times_us;
	points[history->n] = (struct plot_point){ .y_ns = (double)offset_ns };
	times_us[history->n++] = time_us;
	return 0;
}

static int read_points(sd_bus_message *reply, struct time_history *ret)
{
	int64_t time_us, offset_ns;
	int r = sd_bus_message_enter_container(reply, 'a', "(xx)");

	while (r >= 0 && (r = sd_bus_message_read(reply, "(xx)", &time_us, &offset_ns)) > 0)
		r = add_point(ret, time_us, offset_ns);
	for (size_t i = 0; r >= 0 && i < ret->n; i++)
		ret->points[i].x_s =
			(double)(ret->times_us[i] - ret->times_us[ret->n - 1]) / 1e6;
	return r;
}

int time_read_history(struct hvctl *hvctl, struct time_history *ret)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	int r, status = hvctl_reach(hvctl, &service, WHAT);

	*ret = (struct time_history){ 0 };
	if (status != HVCTL_OK)
		return status;
	r = sd_bus_call_method(hvctl->bus, SERVICE, PATH, INTERFACE, "History", &error, &reply, NULL);
	if (r >= 0)
		r = read_points(reply, ret);
	if (r < 0)
		status = hvctl_bus_failed(&error, r, WHAT);
	sd_bus_message_unref(reply);
	sd_bus_error_free(&error);
	return status;
}

void time_status_done(struct time_status *status)
{
	for (size_t i = 0; i < HVG_ELEMENTS(properties); i++)
		if (*properties[i].type == 's')
			free(*(char **)(void *)((char *)status + properties[i].offset));
}

void time_history_done(struct time_history *history)
{
	free(history->points);
	free(history->times_us);
}
