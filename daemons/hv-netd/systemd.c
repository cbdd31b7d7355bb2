// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * systemd's manager on the bus, org.freedesktop.systemd1(5). A program has ended when its job is
 * removed: a unit of type oneshot is "starting" until then, and the job's result is the program's.
 */

#include "hv-netd/systemd.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "common/transient.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-id128.h>

#define SYSTEMD_SERVICE "org.freedesktop.systemd1"
#define SYSTEMD_PATH	"/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"

/* Starts the service of that name, which runs `hv-netd --roll-back`; it is installed with us. */
#define ROLLBACK_TIMER "hv-netd-rollback.timer"

/* For calls that do no more than answer. */
#define ANSWER_US (5 * HVG_USEC_PER_SEC)

bool netd_bus_has(struct netd_context *context, const char *name)
{
	const struct netd_call call = { "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
		"NameHasOwner", ANSWER_US };
	sd_bus_message *reply = NULL;
	int r, has = 0;

	if (!context->bus)
		return false;
	r = netd_call(context, &call, &reply, "s", name);
	if (r >= 0)
		r = sd_bus_message_read(reply, "b", &has);
	sd_bus_message_unref(reply);
	return r >= 0 && has;
}

int netd_call_send(struct netd_context *context, const struct netd_call *call, sd_bus_message *message,
	sd_bus_message **ret_reply)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = sd_bus_call(context->bus, message, netd_patience_us(context, call->patience_us), &error, ret_reply);
	if (r < 0 && call->reason)
		snprintf(call->reason, NETD_REASON_SIZE, "%s: %s", call->member,
			error.message ? error.message : strerror(-r));
	sd_bus_error_free(&error);
	sd_bus_message_unref(message);
	return r;
}

int netd_call(struct netd_context *context, const struct netd_call *call, sd_bus_message **ret_reply,
	const char *types, ...)
{
	sd_bus_message *message = NULL;
	va_list arguments;
	int r;

	if (!context->bus)
		return -ENOTCONN;
	r = sd_bus_message_new_method_call(context->bus, &message, call->service, call->path, call->interface,
		call->member);
	if (r < 0)
		return r;
	va_start(arguments, types);
	r = sd_bus_message_appendv(message, types, arguments);
	va_end(arguments);
	if (r < 0) {
		sd_bus_message_unref(message);
		return r;
	}
	return netd_call_send(context, call, message, ret_reply);
}

/* Programs. */

struct run {
	const char *unit;
	bool is_over;
	char result[32];
};

static int on_job_removed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	struct run *run = userdata;
	const char *job, *unit, *result;
	uint32_t id;

	if (sd_bus_message_read(signal, "uoss", &id, &job, &unit, &result) < 0 || strcmp(unit, run->unit) != 0)
		return 0;
	run->is_over = true;
	snprintf(run->result, sizeof(run->result), "%s", result);
	return 0;
}

static int append_unit(sd_bus_message *message, const char *unit, const char *const argv[], uint64_t patience_us)
{
	int r;

	r = sd_bus_message_append(message, "ss", unit, "replace");
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'a', "(sv)");
	if (r >= 0)
		r = sd_bus_message_append(message, "(sv)(sv)(sv)(sv)(sv)", "Description", "s",
			"Network configuration by hv-netd", "Type", "s", "oneshot", "CollectMode", "s",
			"inactive-or-failed", "TimeoutStartUSec", "t", patience_us, "DefaultDependencies", "b", 0);
	if (r >= 0)
		r = hvg_transient_append_command(message, argv);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	return r < 0 ? r : sd_bus_message_append(message, "a(sa(sv))", 0);
}

static int start(struct netd_context *context, const char *unit, const char *const argv[], uint64_t patience_us)
{
	const struct netd_call call = { SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER, "StartTransientUnit",
		ANSWER_US };
	sd_bus_message *message = NULL;
	int r;

	r = sd_bus_message_new_method_call(context->bus, &message, call.service, call.path, call.interface,
		call.member);
	if (r >= 0)
		r = append_unit(message, unit, argv, patience_us);
	if (r < 0) {
		sd_bus_message_unref(message);
		return r;
	}
	return netd_call_send(context, &call, message, NULL);
}

static int wait_for(struct netd_context *context, struct run *run, uint64_t until_us)
{
	while (!run->is_over) {
		uint64_t now_us = netd_now_us();
		int r = sd_bus_process(context->bus, NULL);

		if (r < 0)
			return r;
		if (r > 0)
			continue;
		if (now_us >= until_us)
			return -EINPROGRESS;
		r = sd_bus_wait(context->bus, until_us - now_us);
		if (r < 0 && r != -EINTR)
			return r;
	}
	if (strcmp(run->result, "done") == 0)
		return 0;
	return strcmp(run->result, "timeout") == 0 ? -ETIMEDOUT : -EIO;
}

static int subscribe(struct netd_context *context)
{
	const struct netd_call call = { SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER, "Subscribe", ANSWER_US };
	int r = context->is_subscribed ? 0 : netd_call(context, &call, NULL, "");

	context->is_subscribed = r >= 0;
	return r;
}

int netd_run(struct netd_context *context, const char *const argv[], uint64_t patience_us, uint64_t limit_us)
{
	char unit[64], id[SD_ID128_STRING_MAX];
	struct run run = { .unit = unit };
	sd_bus_slot *slot = NULL;
	sd_id128_t random;
	int r;

	if (!netd_bus_has(context, SYSTEMD_SERVICE))
		return -ENOTCONN;
	patience_us = netd_patience_us(context, patience_us);
	limit_us = HVG_MAX(limit_us, patience_us);
	r = sd_id128_randomize(&random);
	if (r < 0)
		return r;
	snprintf(unit, sizeof(unit), "hv-netd-%.16s.service", sd_id128_to_string(random, id));
	r = sd_bus_match_signal(context->bus, &slot, SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER, "JobRemoved",
		on_job_removed, &run);
	if (r >= 0)
		r = subscribe(context);
	if (r >= 0)
		r = start(context, unit, argv, limit_us);
	if (r >= 0) /* systemd ends a program itself, and says so a moment later */
		r = wait_for(context, &run, netd_now_us() + patience_us + (limit_us > patience_us ? 0 : HVG_USEC_PER_SEC));
	sd_bus_slot_unref(slot);
	return r;
}

/* The timer. */

void netd_timer_disarm(struct netd_context *context)
{
	const struct netd_call call = { SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER, "StopUnit", ANSWER_US };

	if (netd_bus_has(context, SYSTEMD_SERVICE))
		(void)netd_call(context, &call, NULL, "ss", ROLLBACK_TIMER, "replace");
}

static int start_timer(struct netd_context *context, uint64_t after_us)
{
	const struct netd_call call = { SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER, "StartTransientUnit",
		ANSWER_US };

	return netd_call(context, &call, NULL, "ssa(sv)a(sa(sv))", ROLLBACK_TIMER, "replace", 4, "Description", "s",
		"Rolls back the network if hv-netd ends", "TimersMonotonic", "a(st)", 1, "OnActiveSec", after_us,
		"AccuracyUSec", "t", HVG_USEC_PER_SEC, "CollectMode", "s", "inactive-or-failed", 0);
}

/* A predecessor's, if there is one, makes way. */
int netd_timer_arm(struct netd_context *context, uint64_t after_us)
{
	int r;

	if (!netd_bus_has(context, SYSTEMD_SERVICE))
		return -ENOTCONN;
	r = start_timer(context, after_us);
	if (r >= 0)
		return r;
	netd_timer_disarm(context);
	return start_timer(context, after_us);
}
