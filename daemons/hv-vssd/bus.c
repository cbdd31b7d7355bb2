// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * org.hvguest.Vss1: what the backups were like for everybody; rehearsing, thawing and being waited for,
 * for whom polkit allows it. Test is answered when the rehearsal is over.
 */

#include "hv-vssd/vssd.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "base/utf16.h"
#include "common/bus-error.h"
#include "common/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME	  "org.hvguest.Vss1"
#define PATH	  "/org/hvguest/Vss1"
#define INTERFACE "org.hvguest.Vss1"

#define TEST_ACTION	"org.hvguest.vss.test"
#define THAW_ACTION	"org.hvguest.vss.thaw"
#define REGISTER_ACTION "org.hvguest.vss.register"

/* Of a report: when, kind, result, reason; three spans; the file systems; the hooks. */
#define FS_TYPE	      "(sssuttts)"
#define HOOK_TYPE     "(stts)"
#define REPORT_FIELDS "tsssttta" FS_TYPE "a" HOOK_TYPE
#define REPORT_TYPE   "(" REPORT_FIELDS ")"

/* The bus takes nothing but UTF-8, and mount points may be anything. */
static int append_text(sd_bus_message *message, const char *text)
{
	char clean[4096];

	(void)hvg_utf8_fit(text, HVG_UTF8_TO_NUL, SIZE_MAX, clean, sizeof(clean));
	return sd_bus_message_append(message, "s", clean);
}

static const char *kind_of(const struct vssd_report *report)
{
	return report->is_rehearsal ? "rehearsal" : "backup";
}

static int append_fs(sd_bus_message *message, const struct vssd_report_fs *fs)
{
	int r;

	r = sd_bus_message_open_container(message, 'r', "sssuttts");
	if (r >= 0)
		r = append_text(message, fs->point);
	if (r >= 0)
		r = append_text(message, fs->type);
	if (r >= 0)
		r = sd_bus_message_append(message, "suttt", fs->state, fs->level, fs->sync_us, fs->freeze_us,
			fs->thaw_us);
	if (r >= 0)
		r = append_text(message, fs->reason);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_file_systems(sd_bus_message *message, const struct vssd_report *report)
{
	int r = sd_bus_message_open_container(message, 'a', FS_TYPE);

	for (size_t i = 0; r >= 0 && i < report->n; i++)
		r = append_fs(message, &report->fs[i]);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_hook(sd_bus_message *message, const struct vssd_report_hook *hook)
{
	int r;

	r = sd_bus_message_open_container(message, 'r', "stts");
	if (r >= 0)
		r = append_text(message, hook->path);
	if (r >= 0)
		r = sd_bus_message_append(message, "tt", hook->before_us, hook->after_us);
	if (r >= 0)
		r = append_text(message, hook->failure);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_hooks(sd_bus_message *message, const struct vssd_report *report)
{
	int r = sd_bus_message_open_container(message, 'a', HOOK_TYPE);

	for (size_t i = 0; r >= 0 && i < report->n_hooks; i++)
		r = append_hook(message, &report->hooks[i]);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_report(sd_bus_message *message, const struct vssd_report *report)
{
	int r;

	r = sd_bus_message_open_container(message, 'r', REPORT_FIELDS);
	if (r >= 0)
		r = sd_bus_message_append(message, "tss", report->begin_realtime_us, kind_of(report),
			vssd_result_name(report->result));
	if (r >= 0)
		r = append_text(message, report->reason);
	if (r >= 0)
		r = sd_bus_message_append(message, "ttt", report->hooks_us, report->answer_us, report->window_us);
	if (r >= 0)
		r = append_file_systems(message, report);
	if (r >= 0)
		r = append_hooks(message, report);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

/* History() -> a(report), newest first */

static int append_history(sd_bus_message *reply, const struct vssd_history *history)
{
	int r = sd_bus_message_open_container(reply, 'a', REPORT_TYPE);

	for (size_t i = 0; r >= 0 && i < VSSD_HISTORY_MAX && history->reports[i]; i++)
		r = append_report(reply, history->reports[i]);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int on_history(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct vssd *vssd = userdata;
	sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = append_history(reply, &vssd->backup.history);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	(void)sd_bus_message_unref(reply);
	return r;
}

/* Test() -> report */

static int wait_for_rehearsal(struct vssd *vssd, sd_bus_message *message)
{
	struct vssd_waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return -ENOMEM;
	waiter->message = sd_bus_message_ref(message);
	waiter->next = vssd->waiters;
	vssd->waiters = waiter;
	return 1;
}

static int test_allowed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct vssd *vssd = userdata;
	int r;

	r = hvg_vss_rehearse(&vssd->vss, hvg_clock_us(CLOCK_MONOTONIC));
	if (r < 0)
		return hvg_bus_error_set(error, r, "A backup or a rehearsal is under way.");
	r = wait_for_rehearsal(vssd, message);
	vssd_pump(vssd);
	return r;
}

static int on_test(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct vssd *vssd = userdata;
	struct hvg_permission permission = { .action_id = TEST_ACTION, .allowed = test_allowed, .userdata = vssd };

	return hvg_bus_authorize(vssd->bus, message, &permission);
}

static void answer_waiter(struct vssd_waiter *waiter, const struct vssd_report *report)
{
	sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(waiter->message, &reply);
	if (r >= 0)
		r = append_report(reply, report);
	if (r >= 0)
		(void)sd_bus_send(NULL, reply, NULL);
	(void)sd_bus_message_unref(reply);
}

static void free_waiter(struct vssd_waiter **at)
{
	struct vssd_waiter *waiter = *at;

	*at = waiter->next;
	(void)sd_bus_message_unref(waiter->message);
	free(waiter);
}

static void free_waiters(struct vssd *vssd)
{
	while (vssd->waiters)
		free_waiter(&vssd->waiters);
}

/* Whoever has asked since waits for the next one. */
static void assign_waiters(struct vssd *vssd, const struct vssd_report *report)
{
	for (struct vssd_waiter *waiter = vssd->waiters; waiter; waiter = waiter->next)
		if (!waiter->report)
			waiter->report = report;
}

void vssd_bus_rehearsed(struct vssd *vssd, const struct vssd_report *report)
{
	struct vssd_waiter **at = &vssd->waiters;

	while (*at) {
		if ((*at)->report == report) {
			answer_waiter(*at, report);
			free_waiter(at);
		} else {
			at = &(*at)->next;
		}
	}
}

/* Thaw() */

static int thaw_allowed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct vssd *vssd = userdata;

	hvg_vss_thaw(&vssd->vss);
	vssd_pump(vssd);
	return sd_bus_reply_method_return(message, "");
}

static int on_thaw(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct vssd *vssd = userdata;
	struct hvg_permission permission = { .action_id = THAW_ACTION, .allowed = thaw_allowed, .userdata = vssd };

	return hvg_bus_authorize(vssd->bus, message, &permission);
}

/* Register(name) -> descriptor */

static const char *complaint_of(int code)
{
	switch (-code) {
	case EINVAL:
		return "The name is empty, too long, or has control characters.";
	case ENOSPC:
		return "Too many applications are registered.";
	default:
		return NULL;
	}
}

static int register_allowed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct vssd *vssd = userdata;
	_cleanup_close_ int fd = -EBADF;
	const char *name;
	int r;

	r = sd_bus_message_read(message, "s", &name);
	if (r < 0)
		return r;
	r = vssd_applications_add(&vssd->backup.applications, name, &fd);
	if (r < 0)
		return hvg_bus_error_set(error, r, complaint_of(r) ? "%s" : NULL, complaint_of(r));
	return sd_bus_reply_method_return(message, "h", fd);
}

static int on_register(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct vssd *vssd = userdata;
	struct hvg_permission permission = { .action_id = REGISTER_ACTION, .allowed = register_allowed, .userdata = vssd };

	return hvg_bus_authorize(vssd->bus, message, &permission);
}

/* Properties. */

static int get_applications(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct vssd *vssd = userdata;
	int r = sd_bus_message_open_container(reply, 'a', "s");

	for (const struct vssd_application *at = vssd->backup.applications.first; r >= 0 && at; at = at->next)
		r = sd_bus_message_append(reply, "s", at->name);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_registered(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "b", strcmp(vssd_device_state(userdata), "registered") == 0);
}

static int get_device_state(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "s", vssd_device_state(userdata));
}

static int get_state(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct vssd *vssd = userdata;

	return sd_bus_message_append(reply, "s", hvg_vss_state_name(vssd->vss.state));
}

static int get_device(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "s", (const char *)userdata);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("History", SD_BUS_NO_ARGS, SD_BUS_RESULT("a" REPORT_TYPE, reports), on_history,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Test", SD_BUS_NO_ARGS, SD_BUS_RESULT(REPORT_TYPE, report), on_test,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Thaw", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_thaw, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Register", SD_BUS_ARGS("s", name), SD_BUS_RESULT("h", descriptor), on_register,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL_WITH_ARGS("PrepareForFreeze", SD_BUS_ARGS("s", kind, "t", microseconds), 0),
	SD_BUS_SIGNAL_WITH_ARGS("Thawed", SD_BUS_ARGS("s", kind, "s", result), 0),
	SD_BUS_SIGNAL_WITH_ARGS("Reported", SD_BUS_ARGS("s", kind, "s", result), 0),
	SD_BUS_PROPERTY("Registered", "b", get_registered, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("DeviceState", "s", get_device_state, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("State", "s", get_state, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Applications", "as", get_applications, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Device", "s", get_device, offsetof(struct vssd, device), SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("RequestsServed", "t", NULL, offsetof(struct vssd, vss.n_requests), 0),
	SD_BUS_VTABLE_END,
};

void vssd_bus_state_changed(struct vssd *vssd)
{
	sd_bus *bus = hvg_bus_get(vssd->bus);

	if (bus)
		(void)sd_bus_emit_properties_changed(bus, PATH, INTERFACE, "Registered", "DeviceState", "State",
			NULL);
}

void vssd_bus_applications_changed(struct vssd *vssd)
{
	sd_bus *bus = hvg_bus_get(vssd->bus);

	if (bus)
		(void)sd_bus_emit_properties_changed(bus, PATH, INTERFACE, "Applications", NULL);
}

void vssd_bus_prepare(struct vssd *vssd, const struct vssd_report *report, uint64_t limit_us)
{
	sd_bus *bus = hvg_bus_get(vssd->bus);

	if (bus)
		(void)sd_bus_emit_signal(bus, PATH, INTERFACE, "PrepareForFreeze", "st", kind_of(report), limit_us);
}

void vssd_bus_thawed(struct vssd *vssd, const struct vssd_report *report, bool has_failed)
{
	sd_bus *bus = hvg_bus_get(vssd->bus);

	if (bus)
		(void)sd_bus_emit_signal(bus, PATH, INTERFACE, "Thawed", "ss", kind_of(report),
			has_failed ? "failed" : "frozen");
}

void vssd_bus_reported(struct vssd *vssd, const struct vssd_report *report)
{
	sd_bus *bus = hvg_bus_get(vssd->bus);

	if (report->is_rehearsal)
		assign_waiters(vssd, report);
	if (bus)
		(void)sd_bus_emit_signal(bus, PATH, INTERFACE, "Reported", "ss", kind_of(report),
			vssd_result_name(report->result));
}

static int joined(void *userdata, sd_bus *bus)
{
	struct vssd *vssd = userdata;
	int r;

	r = sd_bus_add_object_vtable(bus, NULL, PATH, INTERFACE, vtable, vssd);
	if (r < 0)
		return r;
	hvg_sleep_joined(&vssd->sleep, bus);
	vssd_hooks_joined(&vssd->backup.hooks, bus);
	return 0;
}

static void lost(void *userdata, int error)
{
	struct vssd *vssd = userdata;

	free_waiters(vssd);
	hvg_sleep_lost(&vssd->sleep);
	vssd_hooks_lost(&vssd->backup.hooks);
	vssd_applications_forget(&vssd->backup.applications);
}

int vssd_bus_init(struct vssd *vssd)
{
	struct hvg_bus_config config = {
		.name = NAME,
		.joined = joined,
		.lost = lost,
		.userdata = vssd,
	};

	return hvg_bus_new(hvg_loop_event(vssd->loop), &config, &vssd->bus);
}

void vssd_bus_done(struct vssd *vssd)
{
	free_waiters(vssd);
	vssd->bus = hvg_bus_free(vssd->bus);
}
