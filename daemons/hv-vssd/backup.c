// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Each step begins the next one and returns; what ends a step tells the service. Messages are held back
 * from before the first freeze until the last thaw.
 */

#include "hv-vssd/backup.h"

#include "base/cleanup.h"
#include "common/clock.h"
#include "common/journal.h"
#include "common/message-ids.h"
#include "format/freezenote.h"
#include "hv-vssd/vssd.h"
#include "os/thawnote.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A freezer that lives says so at once. One that does not must leave time enough to thaw without it. */
#define FREEZER_ANSWER_PARTS 10 /* of the kernel's patience: one */

/* A thread that hangs in the kernel must not keep us from ending. */
#define END_US (1 * HVG_USEC_PER_SEC)

static void tell_frozen(struct vssd *vssd, int code)
{
	uint64_t serial = vssd->backup.freeze_serial;

	vssd->backup.freeze_serial = 0;
	if (serial > 0)
		vssd_finish(vssd, serial, code);
}

static void tell_thawed(struct vssd *vssd, int code)
{
	uint64_t serial = vssd->backup.thaw_serial;

	vssd->backup.thaw_serial = 0;
	if (serial > 0)
		vssd_finish(vssd, serial, code);
}

/* The report. */

static void log_missed(const struct vssd_report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct vssd_report_fs *fs = &report->fs[i];

		if (!fs->is_missed)
			continue;
		hvg_log_entry(&(struct hvg_log_entry){ LOG_NOTICE, HVG_MSG_FS_LEFT_OUT,
				      HVG_FIELDS({ "HVGUEST_MOUNT", fs->point }, { "HVGUEST_TYPE", fs->type }) },
			"%s (%s) was not frozen: %s.", fs->point, fs->type, fs->reason);
	}
}

static void log_report(const struct vssd_report *report)
{
	const char *what = report->is_rehearsal ? "rehearsal" : "backup";

	log_missed(report);
	switch (report->result) {
	case VSSD_COMPLETE:
	case VSSD_PARTIAL:
		hvg_log(LOG_INFO, HVG_MSG_THAWED, "Thawed after the %s: %zu file systems were frozen for %" PRIu64 " ms.",
			what, report->n_frozen, report->window_us / HVG_USEC_PER_MSEC);
		break;
	case VSSD_EXPIRED:
		hvg_log(LOG_ERR, HVG_MSG_SELF_THAWED, "Thawed before the host asked for it: %s. Its %s may be inconsistent, and it is told so.",
			report->reason, what);
		break;
	case VSSD_FAILED:
	case VSSD_RUNNING:
		hvg_log(LOG_ERR, HVG_MSG_BACKUP_FAILED, "The %s failed: %s. Nothing is frozen.", what, report->reason);
		break;
	}
}

static bool was_frozen_for_a_host(const struct vssd_report *report)
{
	return report->answer_us > 0 && !report->is_rehearsal;
}

/* The end of a backup that was frozen, if nobody says that it is a bad one. */
static void judge(struct vssd_report *report, enum hvg_vss_why why)
{
	switch (why) {
	case HVG_VSS_ASKED:
	case HVG_VSS_REHEARSED:
		break;
	case HVG_VSS_EXPIRED:
	case HVG_VSS_LOST:
	case HVG_VSS_STOPPING:
	case HVG_VSS_LOCALLY:
	case HVG_VSS_NOT_SENT:
	case HVG_VSS_GIVEN_UP:
	case HVG_VSS_TOO_SLOW:
	case HVG_VSS_FAILED:
		vssd_report_fail(report, was_frozen_for_a_host(report) ? VSSD_EXPIRED : VSSD_FAILED, "%s",
			hvg_vss_why_text(why));
		break;
	}
	vssd_report_end(report);
}

static void tell_applications_after(struct vssd *vssd, const struct vssd_report *report, bool has_failed)
{
	if (!vssd->backup.applications_are_told)
		return;
	vssd->backup.applications_are_told = false;
	vssd_bus_thawed(vssd, report, has_failed);
}

static bool awaits_hooks(const struct vssd_backup *backup)
{
	return backup->hooks_have_run || backup->hooks.step == VSSD_HOOKS_BEFORE;
}

static void run_hooks_after(struct vssd *vssd, bool has_failed)
{
	if (!vssd->backup.hooks_have_run)
		return;
	vssd->backup.hooks_have_run = false;
	vssd_hooks_end(&vssd->backup.hooks, has_failed);
}

/* Nothing is frozen, and the service knows. */
static void end_report(struct vssd *vssd)
{
	struct vssd_report *report = hvg_take_ptr(vssd->backup.report);
	bool has_failed;

	if (!report)
		return;
	judge(report, vssd->backup.why);
	has_failed = report->result == VSSD_FAILED || report->result == VSSD_EXPIRED;
	log_report(report);
	vssd_history_add(&vssd->backup.history, report);
	if (!report->is_rehearsal)
		vssd_publish(vssd, report);
	vssd_bus_reported(vssd, report);
	if (awaits_hooks(&vssd->backup))
		vssd->backup.ending = vssd_report_ref(report);
	else
		vssd_bus_rehearsed(vssd, report);
	tell_applications_after(vssd, report, has_failed);
	run_hooks_after(vssd, has_failed);
}

/* Checking. */

static void checked(void *userdata, struct vssd_plan *plan)
{
	struct vssd *vssd = userdata;
	uint64_t serial = vssd->backup.check_serial;

	vssd->backup.check_serial = 0;
	if (plan->code < 0 && plan->code != -ECANCELED)
		hvg_log(LOG_ERR, HVG_MSG_BACKUP_FAILED, "The host is told that no backup can be taken: %s.", plan->reason);
	if (serial > 0 && plan->code != -ECANCELED)
		vssd_finish(vssd, serial, plan->code);
	(void)vssd_plan_free(plan);
	vssd_pump(vssd);
}

void vssd_backup_check(struct vssd *vssd, uint64_t serial)
{
	struct vssd_plan_request request = {
		.settings = &vssd->settings,
		.only_major = vssd->own.only_major,
		.freezes_nothing = vssd_hook_list_forbids_freeze(vssd->settings.compat_hooks),
		.unfreezable = (const char *const *)vssd->backup.learned.types,
	};
	bool is_out = vssd->backup.check_serial > 0;
	int r;

	vssd->backup.check_serial = serial; /* one that is under way answers this one as well */
	if (is_out)
		return;
	r = vssd_plan_submit(vssd->backup.planner, &request, checked, vssd);
	if (r < 0) {
		vssd->backup.check_serial = 0;
		vssd_finish(vssd, serial, r);
	}
}

/* Freezing. */

static void fail(struct vssd *vssd, int code, const char *reason)
{
	(void)hvg_thawnote_remove(HVG_FREEZENOTE_PATH);
	vssd->backup.step = VSSD_RESTING;
	if (vssd->backup.report)
		vssd_report_fail(vssd->backup.report, VSSD_FAILED, "%s", reason);
	tell_frozen(vssd, code);
}

static void hand_to_freezer(struct vssd *vssd, struct vssd_plan *plan)
{
	struct vssd_freezer_job job = {
		.fds = plan->fds,
		.levels = plan->levels,
		.n = plan->n,
		.note_fd = hvg_take_fd(&plan->note_fd),
		.sync_us = vssd->settings.sync_timeout_us,
		.frozen_us = vssd->settings.freeze_timeout_us,
		.fails_if_busy = vssd->settings.if_busy == VSSD_BUSY_FAILS,
		.fails_if_unsupported = vssd->settings.require_all,
	};
	int r;

	vssd->backup.step = VSSD_FREEZING;
	hvg_journal_hold(hvg_log_journal());
	r = vssd_freezer_freeze(vssd->backup.freezer, &job);
	plan->n = 0;
	if (r < 0) {
		hvg_journal_release(hvg_log_journal());
		fail(vssd, r, "the freezer cannot be reached");
	}
}

/* It was thawed before there was anything to thaw. */
static void give_up(struct vssd *vssd)
{
	(void)hvg_thawnote_remove(HVG_FREEZENOTE_PATH);
	tell_frozen(vssd, -ECANCELED);
	end_report(vssd);
}

static void planned(void *userdata, struct vssd_plan *plan)
{
	struct vssd *vssd = userdata;
	struct vssd_backup *backup = &vssd->backup;

	backup->is_planning = false;
	backup->report = hvg_take_ptr(plan->report);
	if (plan->code == -ECANCELED || backup->step != VSSD_PLANNING)
		give_up(vssd);
	else if (plan->code < 0)
		fail(vssd, plan->code, plan->reason);
	else
		hand_to_freezer(vssd, plan);
	(void)vssd_plan_free(plan);
	vssd_pump(vssd);
}

static void make_plan(struct vssd *vssd)
{
	struct vssd_backup *backup = &vssd->backup;
	struct vssd_plan_request request = {
		.settings = &vssd->settings,
		.only_major = vssd->own.only_major,
		.freezes_nothing = vssd_hook_list_forbids_freeze(vssd->settings.compat_hooks),
		.unfreezable = (const char *const *)backup->learned.types,
		.note = HVG_FREEZENOTE_PATH,
		.report = backup->report,
	};
	int r;

	backup->step = VSSD_PLANNING;
	r = vssd_plan_submit(backup->planner, &request, planned, vssd);
	backup->is_planning = r >= 0;
	if (r < 0)
		fail(vssd, r, strerror(-r));
	else
		backup->report = NULL; /* it comes back with the plan */
}

/* A thaw may have ended it meanwhile; then what the hooks did is undone at once. */
static void on_hooks_begun(void *userdata, int code, const char *reason)
{
	struct vssd *vssd = userdata;
	struct vssd_backup *backup = &vssd->backup;

	backup->hooks_have_run = true;
	if (backup->report)
		vssd_report_hooks(backup->report, &backup->hooks.list);
	if (backup->step != VSSD_PREPARING) {
		tell_frozen(vssd, -ECANCELED);
		run_hooks_after(vssd, true);
	} else if (code < 0) {
		fail(vssd, code, reason);
	} else {
		backup->report->hooks_us = hvg_clock_us(CLOCK_MONOTONIC) - backup->report->begin_us;
		make_plan(vssd);
	}
	vssd_pump(vssd);
}

/* Applications first: one of them may need a database that a hook locks. */
static void on_applications_ready(void *userdata, const char *laggard)
{
	struct vssd *vssd = userdata;
	bool fails = laggard && vssd->settings.on_hook_failure == VSSD_HOOK_ABORTS;
	char reason[256];

	if (laggard) {
		(void)snprintf(reason, sizeof(reason), "the application %s was not ready in time", laggard);
		hvg_log_entry(&(struct hvg_log_entry){ LOG_WARNING, HVG_MSG_HOOK_FAILED,
				      HVG_FIELDS({ "HVGUEST_APPLICATION", laggard }) },
			"The application %s was not ready in time; %s.", laggard, fails ? "the backup fails" : "going on");
	}
	if (fails)
		fail(vssd, -ETIMEDOUT, reason);
	else
		vssd_hooks_begin(&vssd->backup.hooks, vssd->backup.prepare_by_us);
	vssd_pump(vssd);
}

static void prepare(struct vssd *vssd)
{
	struct vssd_backup *backup = &vssd->backup;
	uint64_t budget_us = vssd->settings.hook_budget_us, limit_us = HVG_MIN(vssd->settings.hook_timeout_us, budget_us);

	backup->prepare_by_us = hvg_clock_us(CLOCK_MONOTONIC) + budget_us;
	backup->applications_are_told = vssd_applications_ask(&backup->applications, limit_us);
	if (backup->applications_are_told)
		vssd_bus_prepare(vssd, backup->report, limit_us);
	else
		vssd_hooks_begin(&backup->hooks, backup->prepare_by_us);
}

static void end_ending(struct vssd *vssd)
{
	struct vssd_backup *backup = &vssd->backup;

	if (!backup->ending)
		return;
	vssd_report_hooks(backup->ending, &backup->hooks.list);
	vssd_history_changed(&backup->history);
	vssd_bus_rehearsed(vssd, backup->ending);
	backup->ending = vssd_report_free(backup->ending);
}

static void on_hooks_ended(void *userdata)
{
	struct vssd *vssd = userdata;

	end_ending(vssd);
	if (vssd->backup.step == VSSD_PREPARING)
		prepare(vssd);
	vssd_pump(vssd);
}

/* While those of the last backup are not over, this one waits for them. */
void vssd_backup_freeze(struct vssd *vssd, uint64_t serial, bool is_rehearsal)
{
	struct vssd_backup *backup = &vssd->backup;

	backup->freeze_serial = serial;
	backup->step = VSSD_PREPARING;
	backup->report = vssd_report_new(is_rehearsal);
	if (!backup->report)
		fail(vssd, -ENOMEM, strerror(ENOMEM));
	else if (backup->hooks.step == VSSD_HOOKS_RESTING)
		prepare(vssd);
}

/* What the freezer says. */

static void on_frozen(void *userdata)
{
	struct vssd *vssd = userdata;
	struct vssd_report *report = vssd->backup.report;

	if (vssd->backup.step != VSSD_FREEZING)
		return;
	vssd->backup.step = VSSD_FROZEN;
	report->answer_us = hvg_clock_us(CLOCK_MONOTONIC) - report->begin_us;
	hvg_log(LOG_INFO, HVG_MSG_FROZEN, "Frozen for a %s: %" PRIu32 " file systems, after %" PRIu64 " ms.",
		report->is_rehearsal ? "rehearsal" : "backup",
		vssd_freezer_table(vssd->backup.freezer)->n, report->answer_us / HVG_USEC_PER_MSEC);
	tell_frozen(vssd, 0);
	vssd_pump(vssd);
}

static const struct vssd_report_fs *first_failed(const struct vssd_report *report)
{
	for (size_t i = 0; i < report->n; i++)
		if (strcmp(report->fs[i].state, "failed") == 0)
			return &report->fs[i];
	return NULL;
}

/* Why it is over without a word of ours. */
static void blame(struct vssd_report *report, int code, bool was_frozen)
{
	const struct vssd_report_fs *fs = first_failed(report);
	enum vssd_result result = was_frozen && was_frozen_for_a_host(report) ? VSSD_EXPIRED : VSSD_FAILED;

	if (fs)
		vssd_report_fail(report, result, "%s cannot be frozen: %s", fs->point, fs->reason);
	else if (code == -ETIMEDOUT)
		vssd_report_fail(report, result, "%s", was_frozen ? "the host did not ask for it in time" :
								  "freezing took longer than FreezeTimeoutSec=");
	else if (code == -EPIPE)
		vssd_report_fail(report, result, "the freezer died or did not answer");
	else if (code < 0)
		vssd_report_fail(report, result, "%s", strerror(-code));
}

static void all_thawed(struct vssd *vssd, int code)
{
	struct vssd_backup *backup = &vssd->backup;
	bool was_frozen = backup->step == VSSD_FROZEN || (backup->step == VSSD_THAWING && !backup->freeze_serial);

	vssd_report_table(backup->report, vssd_freezer_table(backup->freezer));
	vssd_learned_add(&backup->learned, backup->report);
	blame(backup->report, code, was_frozen);
	vssd_freezer_clear(backup->freezer);
	(void)hvg_thawnote_remove(HVG_FREEZENOTE_PATH);
	backup->step = VSSD_RESTING;
	hvg_journal_release(hvg_log_journal());
	tell_frozen(vssd, code < 0 ? code : -ECANCELED);
	if (backup->thaw_serial > 0)
		tell_thawed(vssd, 0);
	else
		hvg_vss_expired(&vssd->vss);
}

static void on_thawing(void *userdata)
{
	struct vssd *vssd = userdata;

	hvg_vss_expired(&vssd->vss);
	vssd_pump(vssd);
}

static void on_over(void *userdata, int code, int thaw_code)
{
	struct vssd *vssd = userdata;
	struct vssd_backup *backup = &vssd->backup;

	if (thaw_code == 0) {
		bool was_asked = backup->thaw_serial > 0;

		all_thawed(vssd, code);
		if (was_asked)
			end_report(vssd);
	} else {
		/* It is tried again when the service says so. */
		hvg_log(LOG_CRIT, HVG_MSG_THAW_FAILED, "Something is still frozen: %s; trying again.", strerror(-thaw_code));
		backup->step = VSSD_THAWING;
		tell_frozen(vssd, thaw_code);
		if (backup->thaw_serial > 0)
			tell_thawed(vssd, thaw_code);
		else
			hvg_vss_expired(&vssd->vss);
	}
	vssd_pump(vssd);
}

/* Thawing. */

void vssd_backup_thaw(struct vssd *vssd, uint64_t serial, enum hvg_vss_why why)
{
	struct vssd_backup *backup = &vssd->backup;

	backup->thaw_serial = serial;
	backup->why = why;
	switch (backup->step) {
	case VSSD_RESTING:
	case VSSD_PREPARING:
	case VSSD_PLANNING:
		backup->step = VSSD_RESTING;
		vssd_applications_cancel(&backup->applications);
		vssd_hooks_cancel(&backup->hooks);
		if (!backup->is_planning && backup->hooks.step != VSSD_HOOKS_BEFORE)
			tell_frozen(vssd, -ECANCELED);
		tell_thawed(vssd, 0);
		end_report(vssd);
		break;
	case VSSD_FROZEN:
	case VSSD_FREEZING:
	case VSSD_THAWING:
		backup->step = VSSD_THAWING;
		vssd_freezer_thaw(backup->freezer);
		break;
	}
}

bool vssd_backup_is_over(const struct vssd *vssd)
{
	return vssd->backup.hooks.step == VSSD_HOOKS_RESTING && !vssd_history_is_busy(&vssd->backup.history);
}

/* Life. */

static void on_applications_changed(void *userdata)
{
	vssd_bus_applications_changed(userdata);
}

static void on_history_written(void *userdata)
{
	vssd_pump(userdata);
}

static int init_applications(struct vssd *vssd)
{
	struct vssd_applications *applications = &vssd->backup.applications;

	applications->changed = on_applications_changed;
	applications->ready = on_applications_ready;
	applications->userdata = vssd;
	return vssd_applications_init(applications, hvg_loop_event(vssd->loop));
}

static void init_hooks(struct vssd *vssd)
{
	struct vssd_hooks *hooks = &vssd->backup.hooks;

	hooks->begun = on_hooks_begun;
	hooks->ended = on_hooks_ended;
	hooks->userdata = vssd;
	vssd_hooks_init(hooks, hvg_loop_event(vssd->loop), &vssd->settings);
}

static int init_history(struct vssd *vssd)
{
	struct vssd_history *history = &vssd->backup.history;

	history->written = on_history_written;
	history->userdata = vssd;
	return vssd_history_init(history, hvg_loop_event(vssd->loop), VSSD_HISTORY_PATH);
}

static int init_freezer(struct vssd *vssd)
{
	struct vssd_freezer_config config = {
		.path = vssd->own.freezer,
		.note = HVG_FREEZENOTE_PATH,
		.answer_us = vssd->options.kernel_timeout_us / FREEZER_ANSWER_PARTS,
		.frozen = on_frozen,
		.thawing = on_thawing,
		.over = on_over,
		.userdata = vssd,
	};

	return vssd_freezer_new(hvg_loop_event(vssd->loop), &config, &vssd->backup.freezer);
}

int vssd_backup_init(struct vssd *vssd)
{
	struct hvg_worker_config planner = { .name = "planner" };
	int r;

	init_hooks(vssd);
	r = init_applications(vssd);
	if (r >= 0)
		r = init_history(vssd);
	if (r >= 0)
		r = hvg_worker_new(hvg_loop_event(vssd->loop), &planner, &vssd->backup.planner);
	return r < 0 ? r : init_freezer(vssd);
}

void vssd_backup_done(struct vssd *vssd)
{
	struct vssd_backup *backup = &vssd->backup;

	backup->freezer = vssd_freezer_free(backup->freezer);
	vssd_applications_done(&backup->applications);
	vssd_hooks_done(&backup->hooks);
	(void)hvg_worker_free(backup->planner, END_US);
	backup->report = vssd_report_free(backup->report);
	backup->ending = vssd_report_free(backup->ending);
	vssd_history_done(&backup->history);
	vssd_learned_done(&backup->learned);
}
