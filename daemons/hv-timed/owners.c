// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * One question at a time: a reason to ask that comes while one is under way is kept until its
 * answer is there. A question that fails changes nothing: where systemd never was on the bus
 * nobody is active, and one that is starting anew has not stopped what it manages.
 */

#include "hv-timed/owners.h"

#include "base/units.h"
#include "common/journal.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define SYSTEMD     "org.freedesktop.systemd1"
#define PATH        "/org/freedesktop/systemd1"
#define INTERFACE   "org.freedesktop.systemd1.Manager"

#define AGAIN_US    (60 * HVG_USEC_PER_SEC)
#define ACCURACY_US (10 * HVG_USEC_PER_SEC)

/* A service that is on its way up or down has its hands on the clock, too. */
static const char *const states[] = { "active", "activating", "reloading", "deactivating" };

static void ask(struct timed_owners *owners);

static void settle(struct timed_owners *owners)
{
	owners->is_known = true;
	owners->is_active = owners->name[0] != '\0';
	(void)sd_event_source_set_time_relative(owners->timer, AGAIN_US);
	(void)sd_event_source_set_enabled(
		owners->timer, owners->is_active ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
	owners->told(owners->userdata);
}

static void put_name(struct timed_owners *owners, const char *name)
{
	(void)snprintf(owners->name, sizeof(owners->name), "%s", name);
}

/* systemd tells of a job when it is queued: what it is to start is inactive then. */
static bool is_at_work(const char *state, uint32_t job)
{
	for (size_t i = 0; i < HVG_ELEMENTS(states); i++)
		if (strcmp(states[i], state) == 0)
			return true;
	return job != 0;
}

/* The first unit of a(ssssssouso) that is at work; "" if there is none. */
static const char *first_at_work(sd_bus_message *reply)
{
	const char *name, *state;
	uint32_t job;

	if (sd_bus_message_enter_container(reply, 'a', "(ssssssouso)") < 0)
		return "";
	while (sd_bus_message_read(reply, "(ssssssouso)", &name, NULL, NULL, &state, NULL, NULL,
		       NULL, &job, NULL, NULL) > 0)
		if (is_at_work(state, job))
			return name;
	return "";
}

static int on_listed(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct timed_owners *owners = userdata;
	const sd_bus_error *failure = sd_bus_message_get_error(reply);
	bool is_asked_again = owners->is_asked_again;

	owners->call = sd_bus_slot_unref(owners->call);
	owners->is_asked_again = false;
	if (failure)
		hvg_log(LOG_DEBUG, NULL, "systemd does not list its units: %s.",
			failure->message);
	else
		put_name(owners, first_at_work(reply));
	settle(owners);
	if (is_asked_again)
		ask(owners);
	return 0;
}

/* Units in whatever state. */
static int append_question(sd_bus_message *message, char *const *patterns)
{
	int r = sd_bus_message_append(message, "as", 0);

	return r < 0 ? r : sd_bus_message_append_strv(message, (char **)(uintptr_t)patterns);
}

/* No patterns would mean all units. */
static void ask(struct timed_owners *owners)
{
	sd_bus_message *message = NULL;
	int r;

	owners->is_asked_again = owners->call != NULL;
	if (!owners->bus || owners->call)
		return;
	if (!owners->patterns || !*owners->patterns) {
		put_name(owners, "");
		settle(owners);
		return;
	}
	r = sd_bus_message_new_method_call(
		owners->bus, &message, SYSTEMD, PATH, INTERFACE, "ListUnitsByPatterns");
	if (r >= 0)
		r = append_question(message, owners->patterns);
	if (r >= 0)
		r = sd_bus_call_async(
			owners->bus, &owners->call, message, on_listed, owners, 0);
	sd_bus_message_unref(message);
	if (r < 0)
		hvg_log(LOG_DEBUG, NULL, "systemd cannot be asked for its units: %s.",
			strerror(-r));
}

static bool is_ours(const struct timed_owners *owners, const char *unit)
{
	for (char *const *pattern = owners->patterns; pattern && *pattern; pattern++)
		if (fnmatch(*pattern, unit, 0) == 0)
			return true;
	return false;
}

/* JobNew(u id, o job, s unit), JobRemoved(u id, o job, s unit, s result) */
static int on_job(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct timed_owners *owners = userdata;
	const char *unit;
	int r;

	r = sd_bus_message_skip(message, "uo");
	if (r >= 0)
		r = sd_bus_message_read(message, "s", &unit);
	if (r >= 0 && is_ours(owners, unit))
		ask(owners);
	return 0;
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
	ask(userdata);
	return 0;
}

int timed_owners_init(struct timed_owners *owners, sd_event *event,
	void (*told)(void *userdata), void *userdata)
{
	int r;

	*owners = (struct timed_owners){ .told = told, .userdata = userdata };
	r = sd_event_add_time(event, &owners->timer, CLOCK_MONOTONIC, HVG_NEVER, ACCURACY_US,
		on_again, owners);
	return r < 0 ? r : sd_event_source_set_enabled(owners->timer, SD_EVENT_OFF);
}

static void leave(struct timed_owners *owners)
{
	owners->call = sd_bus_slot_unref(owners->call);
	owners->subscription = sd_bus_slot_unref(owners->subscription);
	owners->begun = sd_bus_slot_unref(owners->begun);
	owners->ended = sd_bus_slot_unref(owners->ended);
	owners->bus = sd_bus_unref(owners->bus);
}

void timed_owners_done(struct timed_owners *owners)
{
	leave(owners);
	owners->timer = sd_event_source_disable_unref(owners->timer);
}

void timed_owners_set_patterns(struct timed_owners *owners, char *const *patterns)
{
	owners->patterns = patterns;
	ask(owners);
}

static int on_subscribed(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return 0;
}

/* Signals first, so that nothing slips through before the answer. */
void timed_owners_joined(struct timed_owners *owners, sd_bus *bus)
{
	leave(owners);
	owners->bus = sd_bus_ref(bus);
	(void)sd_bus_match_signal_async(
		bus, &owners->begun, SYSTEMD, PATH, INTERFACE, "JobNew", on_job, NULL, owners);
	(void)sd_bus_match_signal_async(bus, &owners->ended, SYSTEMD, PATH, INTERFACE,
		"JobRemoved", on_job, NULL, owners);
	(void)sd_bus_call_method_async(bus, &owners->subscription, SYSTEMD, PATH, INTERFACE,
		"Subscribe", on_subscribed, owners, NULL);
	ask(owners);
}

/* What was known stays known: a time service does not end with the bus. */
void timed_owners_lost(struct timed_owners *owners)
{
	leave(owners);
}
