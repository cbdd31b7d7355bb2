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

#define NAME	  "org.freedesktop.systemd1"
#define PATH	  "/org/freedesktop/systemd1"
#define INTERFACE "org.freedesktop.systemd1.Manager"

#define FOLDER	      "/etc/hvguest/vss.d"
#define QEMU_HOOK     "/etc/qemu/fsfreeze-hook"
#define VMWARE_FOLDER "/etc/vmware-tools/backupScripts.d"

/* Of sysexits.h, EX_TEMPFAIL: the hook has nothing to do this time. */
#define NOTHING_TO_DO 75

/* systemd has stopped a hook that takes too long, and tells so, by then. */
#define GRACE_US (5 * HVG_USEC_PER_SEC)

static void go_on(struct vssd_hooks *hooks);

/* The list. */

static void free_list(struct vssd_hooks *hooks)
{
	for (size_t i = 0; i < hooks->n; i++)
		free(hooks->list[i].path);
	free(hooks->list);
	hooks->list = NULL;
	hooks->n = 0;
}

/* Each platform's hooks are called with its own words. */
static int take(struct vssd_hooks *hooks, struct hvg_hookdir *found, const struct vssd_hook *words)
{
	struct vssd_hook *more = reallocarray(hooks->list, hooks->n + found->n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	hooks->list = more;
	for (size_t i = 0; i < found->n; i++) {
		struct vssd_hook *hook = &more[hooks->n++];

		*hook = *words;
		hook->path = found->files[i].path;
		hook->is_session = words->is_session && found->files[i].is_session;
		hook->refusal = found->files[i].refusal;
		found->files[i].path = NULL;
	}
	return 0;
}

static int take_folder(struct vssd_hooks *hooks, const char *folder, const char *program, const struct vssd_hook *words)
{
	struct hvg_hookdir found = { 0 };
	int r = folder ? hvg_hookdir_read(&found, folder) : hvg_hookdir_add(&found, program);

	if (r >= 0)
		r = take(hooks, &found, words);
	hvg_hookdir_done(&found);
	return r;
}

static bool wants(const struct vssd_hooks *hooks, const char *platform)
{
	for (char *const *word = hooks->settings->compat_hooks; word && *word; word++)
		if (strcmp(*word, platform) == 0)
			return true;
	return false;
}

static int find_hooks(struct vssd_hooks *hooks)
{
	static const struct vssd_hook ours = { NULL, true, false, NULL, "pre-freeze", "post-thaw", "abort" };
	static const struct vssd_hook qemu = { NULL, false, false, NULL, "freeze", "thaw", "thaw" };
	static const struct vssd_hook vmware = { NULL, false, false, NULL, "freeze", "thaw", "freezeFail" };
	int r;

	free_list(hooks);
	r = take_folder(hooks, FOLDER, NULL, &ours);
	if (r >= 0 && wants(hooks, "qemu"))
		r = take_folder(hooks, NULL, QEMU_HOOK, &qemu);
	if (r >= 0 && wants(hooks, "vmware"))
		r = take_folder(hooks, VMWARE_FOLDER, NULL, &vmware);
	return r;
}

/* The end of a phase. */

static void rest_if_idle(struct vssd_hooks *hooks)
{
	(void)sd_event_source_set_enabled(hooks->timer, SD_EVENT_OFF);
	hooks->unit[0] = hooks->job[0] = '\0';
	hooks->call = sd_bus_slot_unref(hooks->call);
}

static void tell_begun(struct vssd_hooks *hooks, int code, const char *reason)
{
	rest_if_idle(hooks);
	hooks->step = VSSD_HOOKS_RESTING;
	hooks->begun(hooks->userdata, code, reason);
}

static void tell_ended(struct vssd_hooks *hooks)
{
	rest_if_idle(hooks);
	hooks->step = VSSD_HOOKS_RESTING;
	free_list(hooks);
	hooks->ended(hooks->userdata);
}

static struct vssd_hook *current(struct vssd_hooks *hooks)
{
	return &hooks->list[hooks->step == VSSD_HOOKS_BEFORE ? hooks->at : hooks->at - 1];
}

/* How the current one went; the next follows. */
static void finish(struct vssd_hooks *hooks, const char *failure)
{
	const struct vssd_hook *hook = current(hooks);
	char reason[512];

	rest_if_idle(hooks);
	if (failure) {
		(void)snprintf(reason, sizeof(reason), "the hook %s %s", hook->path, failure);
		hvg_log_entry(&(struct hvg_log_entry){ LOG_WARNING, HVG_MSG_HOOK_FAILED,
				      HVG_FIELDS({ "HVGUEST_HOOK", hook->path }) },
			"The hook %s %s%s.", hook->path, failure,
			hooks->step == VSSD_HOOKS_BEFORE && !hooks->settings->on_hook_failure ? "; the backup fails" :
												"; going on");
	}
	if (hooks->step == VSSD_HOOKS_AFTER) {
		hooks->at--;
	} else if (hooks->is_cancelled) {
		tell_begun(hooks, -ECANCELED, "it was given up");
		return;
	} else if (failure && hooks->settings->on_hook_failure == VSSD_HOOK_ABORTS) {
		tell_begun(hooks, -EREMOTEIO, reason);
		return;
	} else {
		hooks->at++;
	}
	go_on(hooks);
}

/* The unit. */

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	finish(userdata, "did not end, and systemd did not say why");
	return 0;
}

static const char *failure_of(const char *result)
{
	if (strcmp(result, "done") == 0)
		return NULL;
	return strcmp(result, "timeout") == 0 ? "took too long" : "failed";
}

static int on_removed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	struct vssd_hooks *hooks = userdata;
	const char *job, *unit, *result;
	uint32_t id;

	if (sd_bus_message_read(signal, "uoss", &id, &job, &unit, &result) <= 0)
		return 0;
	if (hooks->unit[0] != '\0' && strcmp(unit, hooks->unit) == 0)
		finish(hooks, failure_of(result));
	return 0;
}

/* The job is told of by a signal; only a refusal ends it here. */
static int on_called(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct vssd_hooks *hooks = userdata;
	const sd_bus_error *failure = sd_bus_message_get_error(reply);

	hooks->call = sd_bus_slot_unref(hooks->call);
	if (!failure)
		return 0;
	hvg_log(LOG_WARNING, NULL, "systemd: %s", failure->message ? failure->message : failure->name);
	finish(hooks, "could not be run by systemd");
	return 0;
}

static uint64_t time_left(const struct vssd_hooks *hooks)
{
	uint64_t now = hvg_clock_us(CLOCK_MONOTONIC), limit_us = hooks->settings->hook_timeout_us;

	if (hooks->step == VSSD_HOOKS_AFTER)
		return limit_us;
	return hooks->budget_us <= now ? 0 : HVG_MIN(limit_us, hooks->budget_us - now);
}

static int append_command(sd_bus_message *message, const char *path, const char *word)
{
	return sd_bus_message_append(message, "(sv)", "ExecStart", "a(sasb)", 1, path, 2, path, word, 0);
}

static int append_environment(sd_bus_message *message, const struct vssd_hooks *hooks, const char *word, uint64_t limit_us)
{
	char phase[64], limit[64], id[64], result[64];

	(void)snprintf(phase, sizeof(phase), "HVGUEST_PHASE=%s", word);
	(void)snprintf(limit, sizeof(limit), "HVGUEST_TIMEOUT_MS=%" PRIu64, limit_us / HVG_USEC_PER_MSEC);
	(void)snprintf(id, sizeof(id), "HVGUEST_BACKUP_ID=%" PRIu64, hooks->turn);
	(void)snprintf(result, sizeof(result), "HVGUEST_RESULT=%s",
		hooks->step == VSSD_HOOKS_BEFORE ? "" : hooks->failed_freeze ? "failed" : "frozen");
	return sd_bus_message_append(message, "(sv)", "Environment", "as", 4, phase, limit, id, result);
}

static int append_properties(sd_bus_message *message, const struct vssd_hooks *hooks, const struct vssd_hook *hook,
	const char *word)
{
	uint64_t limit_us = time_left(hooks);
	int r;

	r = sd_bus_message_open_container(message, 'a', "(sv)");
	if (r >= 0)
		r = sd_bus_message_append(message, "(sv)(sv)(sv)", "Description", "s", "hook around a backup", "Type", "s",
			hook->is_session ? "notify" : "oneshot", "CollectMode", "s", "inactive-or-failed");
	if (r >= 0)
		r = sd_bus_message_append(message, "(sv)(sv)(sv)", "TimeoutStartUSec", "t", limit_us, "TimeoutStopUSec", "t",
			limit_us, "SuccessExitStatus", "(aiai)", 1, NOTHING_TO_DO, 0);
	if (r >= 0 && hook->is_session)
		r = sd_bus_message_append(message, "(sv)", "NotifyAccess", "s", "all");
	if (r >= 0)
		r = append_command(message, hook->path, word);
	if (r >= 0)
		r = append_environment(message, hooks, word, limit_us);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* Letters, digits and the like: what else a file is called by is none of a unit's name. */
static void name_unit(struct vssd_hooks *hooks, const struct vssd_hook *hook, const char *word)
{
	char clean[64];
	size_t n = 0;

	for (const char *at = base_name(hook->path); *at && n < sizeof(clean) - 1; at++)
		clean[n++] = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", *at) ? *at : '_';
	clean[n] = '\0';
	(void)snprintf(hooks->unit, sizeof(hooks->unit), "hvguest-vss-%" PRIu64 "-%zu-%s%s%s.service", hooks->turn,
		(size_t)(hook - hooks->list), clean, hook->is_session ? "" : "-", hook->is_session ? "" : word);
}

static void expect_end(struct vssd_hooks *hooks)
{
	(void)sd_event_source_set_time_relative(hooks->timer, 2 * time_left(hooks) + GRACE_US);
	(void)sd_event_source_set_enabled(hooks->timer, SD_EVENT_ONESHOT);
}

static int start_unit(struct vssd_hooks *hooks, const struct vssd_hook *hook, const char *word)
{
	sd_bus_message *message = NULL;
	int r;

	name_unit(hooks, hook, word);
	r = sd_bus_message_new_method_call(hooks->bus, &message, NAME, PATH, INTERFACE, "StartTransientUnit");
	if (r >= 0)
		r = sd_bus_message_append(message, "ss", hooks->unit, "fail");
	if (r >= 0)
		r = append_properties(message, hooks, hook, word);
	if (r >= 0)
		r = sd_bus_message_append(message, "a(sa(sv))", 0);
	if (r >= 0)
		r = sd_bus_call_async(hooks->bus, &hooks->call, message, on_called, hooks, 0);
	(void)sd_bus_message_unref(message);
	return r;
}

static int stop_unit(struct vssd_hooks *hooks, const struct vssd_hook *hook)
{
	name_unit(hooks, hook, "");
	return sd_bus_call_method_async(hooks->bus, &hooks->call, NAME, PATH, INTERFACE, "StopUnit", on_called, hooks,
		"ss", hooks->unit, "replace");
}

static int run_current(struct vssd_hooks *hooks)
{
	struct vssd_hook *hook = current(hooks);
	const char *word = hooks->step == VSSD_HOOKS_BEFORE ? hook->before :
			   hooks->failed_freeze		    ? hook->abort :
							      hook->after;

	if (!hooks->bus)
		return -ENOTCONN;
	if (hooks->step == VSSD_HOOKS_AFTER && hook->is_session)
		return stop_unit(hooks, hook);
	hook->has_run = true;
	return start_unit(hooks, hook, word);
}

static const char *obstacle(struct vssd_hooks *hooks)
{
	if (hooks->step != VSSD_HOOKS_BEFORE)
		return NULL;
	if (current(hooks)->refusal)
		return current(hooks)->refusal;
	return time_left(hooks) == 0 ? "has no time left (HookBudgetSec=)" : NULL;
}

/* AFTER is for those that ran. */
static bool has_current(struct vssd_hooks *hooks)
{
	while (hooks->step == VSSD_HOOKS_AFTER && hooks->at > 0 && !current(hooks)->has_run)
		hooks->at--;
	return hooks->step == VSSD_HOOKS_BEFORE ? hooks->at < hooks->n : hooks->at > 0;
}

static void run_or_fail(struct vssd_hooks *hooks)
{
	const char *failure = obstacle(hooks);
	char why[128];
	int r;

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
	else if (hooks->step == VSSD_HOOKS_BEFORE)
		tell_begun(hooks, 0, NULL);
	else
		tell_ended(hooks);
}

void vssd_hooks_begin(struct vssd_hooks *hooks, uint64_t by_us)
{
	int r = find_hooks(hooks);

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
	if (hooks->step != VSSD_HOOKS_BEFORE || hooks->is_cancelled)
		return;
	hooks->is_cancelled = true;
	if (hooks->bus && hooks->unit[0] != '\0')
		(void)sd_bus_call_method_async(hooks->bus, NULL, NAME, PATH, INTERFACE, "StopUnit", NULL, NULL, "ss",
			hooks->unit, "replace");
}

void vssd_hooks_end(struct vssd_hooks *hooks, bool failed)
{
	hooks->step = VSSD_HOOKS_AFTER;
	hooks->failed_freeze = failed;
	hooks->at = hooks->n;
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
	(void)sd_bus_match_signal_async(bus, &hooks->removed, NAME, PATH, INTERFACE, "JobRemoved", on_removed, NULL,
		hooks);
	(void)sd_bus_call_method_async(bus, NULL, NAME, PATH, INTERFACE, "Subscribe", NULL, NULL, "");
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
	free_list(hooks);
	hooks->timer = sd_event_source_disable_unref(hooks->timer);
	hooks->event = sd_event_unref(hooks->event);
}
