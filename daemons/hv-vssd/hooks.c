// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * One unit at a time. systemd tells by JobRemoved how its start went: a oneshot unit's when the program
 * has ended, a session's when it says READY=1. A timer of ours is behind systemd's own limits.
 */

#include "hv-vssd/hooks.h"

#include "common/clock.h"
#include "common/journal.h"
#include "common/message-ids.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* systemd has stopped a hook that takes too long, and tells so, by then. */
#define GRACE_US (5 * HVG_USEC_PER_SEC)

static void go_on(struct vssd_hooks *hooks);

/* The end of a phase. */

static void forget_unit(struct vssd_hooks *hooks)
{
	(void)sd_event_source_set_enabled(hooks->timer, SD_EVENT_OFF);
	hooks->unit[0] = '\0';
	hooks->call = sd_bus_slot_unref(hooks->call);
}

static void tell_begun(struct vssd_hooks *hooks, int code, const char *reason)
{
	forget_unit(hooks);
	hooks->step = VSSD_HOOKS_RESTING;
	hooks->begun(hooks->userdata, code, reason);
}

static void tell_ended(struct vssd_hooks *hooks)
{
	forget_unit(hooks);
	hooks->step = VSSD_HOOKS_RESTING;
	hooks->ended(hooks->userdata);
}

static bool is_before(const struct vssd_hooks *hooks)
{
	return hooks->step == VSSD_HOOKS_BEFORE;
}

static struct vssd_hook *current(struct vssd_hooks *hooks)
{
	return &hooks->list.hooks[is_before(hooks) ? hooks->at : hooks->at - 1];
}

static const char *name_of(const struct vssd_hooks *hooks, const struct vssd_hook *hook)
{
	return !is_before(hooks) && hook->after_path ? hook->after_path : hook->path;
}

static bool aborts(const struct vssd_hooks *hooks, const struct vssd_hook *hook)
{
	return is_before(hooks) && !hook->is_optional && hooks->settings->on_hook_failure == VSSD_HOOK_ABORTS;
}

static void log_failure(const struct vssd_hooks *hooks, const struct vssd_hook *hook, const char *failure)
{
	const char *name = name_of(hooks, hook);

	hvg_log_entry(&(struct hvg_log_entry){ LOG_WARNING, HVG_MSG_HOOK_FAILED, HVG_FIELDS({ "HVGUEST_HOOK", name }) },
		"The hook %s %s; %s.", name, failure, aborts(hooks, hook) ? "the backup fails" : "going on");
}

static void note_result(const struct vssd_hooks *hooks, struct vssd_hook *hook,
	const char *failure)
{
	uint64_t span_us = hvg_clock_us(CLOCK_MONOTONIC) - hooks->began_us;

	*(is_before(hooks) ? &hook->before_us : &hook->after_us) = span_us;
	if (failure && !hook->failure)
		hook->failure = strdup(failure);
}

/* How the current one went; the next follows. */
static void finish(struct vssd_hooks *hooks, const char *failure)
{
	struct vssd_hook *hook = current(hooks);
	char reason[512];

	forget_unit(hooks);
	hooks->n_tries = 0;
	note_result(hooks, hook, failure);
	if (failure)
		log_failure(hooks, hook, failure);
	if (!is_before(hooks)) {
		hooks->at--;
	} else if (hooks->is_cancelled) {
		tell_begun(hooks, -ECANCELED, "it was given up");
		return;
	} else if (failure && aborts(hooks, hook)) {
		(void)snprintf(reason, sizeof(reason), "the hook %s %s", hook->path, failure);
		tell_begun(hooks, -EREMOTEIO, reason);
		return;
	} else {
		hooks->at++;
	}
	go_on(hooks);
}

/* The unit. */

static bool may_try_again(struct vssd_hooks *hooks)
{
	const struct vssd_hook *hook = current(hooks);

	return !hooks->is_cancelled && hooks->n_tries < (is_before(hooks) ? hook->n_retries_before : hook->n_retries_after);
}

/* systemd says "failed" of a program that it has killed, too. */
static void on_ended(struct vssd_hooks *hooks, const char *result)
{
	if (strcmp(result, "done") == 0) {
		finish(hooks, NULL);
	} else if (hvg_clock_us(CLOCK_MONOTONIC) >= hooks->limit_us) {
		finish(hooks, "took too long");
	} else if (may_try_again(hooks)) {
		hooks->n_tries++;
		go_on(hooks);
	} else {
		finish(hooks, "failed");
	}
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	finish(userdata, "did not end, and systemd did not say why");
	return 0;
}

static int on_removed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	struct vssd_hooks *hooks = userdata;
	const char *job, *unit, *result;
	uint32_t id;

	if (sd_bus_message_read(signal, "uoss", &id, &job, &unit, &result) <= 0)
		return 0;
	if (hooks->unit[0] != '\0' && strcmp(unit, hooks->unit) == 0)
		on_ended(hooks, result);
	return 0;
}

/* A session that has ended: it did not begin, which was told, or has not stayed. */
static bool is_gone(const struct vssd_hooks *hooks, const sd_bus_error *failure)
{
	return !is_before(hooks) && sd_bus_error_has_name(failure, "org.freedesktop.systemd1.NoSuchUnit");
}

/* The job is told of by a signal; only a refusal ends it here. */
static int on_called(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct vssd_hooks *hooks = userdata;
	const sd_bus_error *failure = sd_bus_message_get_error(reply);

	hooks->call = sd_bus_slot_unref(hooks->call);
	if (!failure)
		return 0;
	if (is_gone(hooks, failure)) {
		finish(hooks, current(hooks)->failure ? NULL : "ended before the thaw");
		return 0;
	}
	hvg_log(LOG_WARNING, NULL, "systemd: %s", failure->message ? failure->message : failure->name);
	finish(hooks, "could not be run by systemd");
	return 0;
}

static uint64_t time_left(struct vssd_hooks *hooks)
{
	uint64_t now = hvg_clock_us(CLOCK_MONOTONIC), limit_us = current(hooks)->limit_us;

	if (limit_us == 0)
		limit_us = hooks->settings->hook_timeout_us;
	if (!is_before(hooks))
		return limit_us;
	return hooks->budget_us <= now ? 0 : HVG_MIN(limit_us, hooks->budget_us - now);
}

static const char *phase_of(const struct vssd_hooks *hooks)
{
	if (is_before(hooks))
		return "pre-freeze";
	return hooks->failed_freeze ? "abort" : "post-thaw";
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/*
 * Letters and digits: what else a file is called by is none of a unit's name. A dash is, but
 * systemd takes what is before one for a name of its own (hv-vssd(8)).
 */
static void clean_name(const char *name, char *ret, size_t ret_size)
{
	static const char kept[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t n = 0;

	for (; *name && n < ret_size - 1; name++)
		ret[n++] = strchr(kept, *name) ? *name : '_';
	ret[n] = '\0';
}

/*
 * Its own name first, for an administrator's drop-ins. A session is stopped by the name that it
 * was started by.
 */
static void name_unit(struct vssd_hooks *hooks, const struct vssd_hook *hook)
{
	size_t n = (size_t)(hook - hooks->list.hooks);
	char clean[64], call[32] = "";

	clean_name(base_name(hook->path), clean, sizeof(clean));
	if (!hook->is_session)
		(void)snprintf(call, sizeof(call), "-%s-%u", phase_of(hooks), hooks->n_tries);
	(void)snprintf(hooks->unit, sizeof(hooks->unit),
		"hvguest-vss-%s-%" PRIu64 "-%zu%s.service", clean, hooks->turn, n, call);
}

static void expect_end(struct vssd_hooks *hooks)
{
	uint64_t left_us = time_left(hooks);

	hooks->limit_us = hvg_clock_us(CLOCK_MONOTONIC) + left_us;
	(void)sd_event_source_set_time_relative(hooks->timer, 2 * left_us + GRACE_US);
	(void)sd_event_source_set_enabled(hooks->timer, SD_EVENT_ONESHOT);
}

static char *const *command_of(const struct vssd_hooks *hooks, const struct vssd_hook *hook)
{
	if (is_before(hooks))
		return hook->before;
	return hooks->failed_freeze ? hook->abort : hook->after;
}

static int start_unit(struct vssd_hooks *hooks, const struct vssd_hook *hook)
{
	struct vssd_hook_unit unit = {
		.name = hooks->unit,
		.command = command_of(hooks, hook),
		.phase = phase_of(hooks),
		.result = is_before(hooks) ? "" : hooks->failed_freeze ? "failed" : "frozen",
		.backup_id = hooks->turn,
		.limit_us = time_left(hooks),
		.other_success = hook->other_success,
		.is_session = hook->is_session,
	};

	return vssd_hook_unit_start(hooks->bus, &hooks->call, &unit, on_called, hooks);
}

static int run_current(struct vssd_hooks *hooks)
{
	struct vssd_hook *hook = current(hooks);

	if (!hooks->bus)
		return -ENOTCONN;
	name_unit(hooks, hook);
	if (!is_before(hooks) && hook->is_session)
		return vssd_hook_unit_stop(hooks->bus, &hooks->call, hooks->unit, on_called, hooks);
	hook->has_run = true;
	return start_unit(hooks, hook);
}

static const char *obstacle(struct vssd_hooks *hooks)
{
	if (!is_before(hooks))
		return NULL;
	if (current(hooks)->refusal)
		return current(hooks)->refusal;
	return time_left(hooks) == 0 ? "has no time left (HookBudgetSec=)" : NULL;
}

/* What is not called before the freeze may be due after it all the same. */
static bool has_current_before(struct vssd_hooks *hooks)
{
	for (; hooks->at < hooks->list.n; hooks->at++) {
		if (current(hooks)->before || current(hooks)->refusal)
			return true;
		current(hooks)->has_run = true;
	}
	return false;
}

/* It is for those that ran. */
static bool has_current_after(struct vssd_hooks *hooks)
{
	for (; hooks->at > 0; hooks->at--)
		if (current(hooks)->has_run && command_of(hooks, current(hooks)))
			return true;
	return false;
}

static bool has_current(struct vssd_hooks *hooks)
{
	return is_before(hooks) ? has_current_before(hooks) : has_current_after(hooks);
}

static void run_or_fail(struct vssd_hooks *hooks)
{
	const char *failure = obstacle(hooks);
	char why[128];
	int r;

	if (hooks->n_tries == 0)
		hooks->began_us = hvg_clock_us(CLOCK_MONOTONIC);
	if (failure) {
		(void)snprintf(why, sizeof(why), "is not run: %s", failure);
		finish(hooks, why);
		return;
	}
	r = run_current(hooks);
	if (r >= 0)
		expect_end(hooks);
	else
		finish(hooks, r == -ENOTCONN ? "cannot be run: there is no bus to systemd" : "could not be run");
}

static void go_on(struct vssd_hooks *hooks)
{
	if (has_current(hooks))
		run_or_fail(hooks);
	else if (is_before(hooks))
		tell_begun(hooks, 0, NULL);
	else
		tell_ended(hooks);
}

void vssd_hooks_begin(struct vssd_hooks *hooks, uint64_t by_us)
{
	int r;

	vssd_hook_list_done(&hooks->list);
	r = vssd_hook_list_find(&hooks->list, hooks->settings->compat_hooks);
	hooks->step = VSSD_HOOKS_BEFORE;
	hooks->at = 0;
	hooks->turn++;
	hooks->is_cancelled = false;
	hooks->budget_us = by_us;
	if (r < 0)
		tell_begun(hooks, r, "the hooks cannot be read");
	else
		go_on(hooks);
}

/* Its unit is stopped, whichever it is: it may have changed what its abort will undo. */
void vssd_hooks_cancel(struct vssd_hooks *hooks)
{
	if (!is_before(hooks) || hooks->is_cancelled)
		return;
	hooks->is_cancelled = true;
	if (hooks->bus && hooks->unit[0] != '\0')
		(void)vssd_hook_unit_stop(hooks->bus, NULL, hooks->unit, NULL, NULL);
}

void vssd_hooks_end(struct vssd_hooks *hooks, bool failed)
{
	hooks->step = VSSD_HOOKS_AFTER;
	hooks->failed_freeze = failed;
	hooks->at = hooks->list.n;
	go_on(hooks);
}

void vssd_hooks_init(struct vssd_hooks *hooks, sd_event *event, const struct vssd_settings *settings)
{
	hooks->event = sd_event_ref(event);
	hooks->settings = settings;
	hooks->turn = hvg_clock_us(CLOCK_REALTIME); /* units of a former instance may still be there */
	(void)sd_event_add_time(event, &hooks->timer, CLOCK_MONOTONIC, HVG_NEVER, 0, on_time, hooks);
	(void)sd_event_source_set_enabled(hooks->timer, SD_EVENT_OFF);
}

/* systemd sends its signals to those only who have subscribed. */
void vssd_hooks_joined(struct vssd_hooks *hooks, sd_bus *bus)
{
	vssd_hooks_lost(hooks);
	hooks->bus = sd_bus_ref(bus);
	(void)sd_bus_match_signal_async(bus, &hooks->removed, VSSD_SYSTEMD_NAME, VSSD_SYSTEMD_PATH, VSSD_SYSTEMD_INTERFACE, "JobRemoved", on_removed, NULL,
		hooks);
	(void)sd_bus_call_method_async(bus, NULL, VSSD_SYSTEMD_NAME, VSSD_SYSTEMD_PATH, VSSD_SYSTEMD_INTERFACE, "Subscribe",
		NULL, NULL, "");
}

/* What was being run is not heard of any more: the timer ends it. */
void vssd_hooks_lost(struct vssd_hooks *hooks)
{
	hooks->removed = sd_bus_slot_unref(hooks->removed);
	hooks->call = sd_bus_slot_unref(hooks->call);
	hooks->bus = sd_bus_unref(hooks->bus);
}

void vssd_hooks_done(struct vssd_hooks *hooks)
{
	vssd_hooks_lost(hooks);
	vssd_hook_list_done(&hooks->list);
	hooks->timer = sd_event_source_disable_unref(hooks->timer);
	hooks->event = sd_event_unref(hooks->event);
}
