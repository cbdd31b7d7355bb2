// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A report owns its texts: what it tells of, the mounts of that time, is gone by the time it is read.
 */

#include "hv-vssd/report.h"

#include "base/units.h"
#include "common/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct vssd_report *vssd_report_new(bool is_rehearsal)
{
	struct vssd_report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->is_rehearsal = is_rehearsal;
	report->begin_us = hvg_clock_us(CLOCK_MONOTONIC);
	report->begin_realtime_us = hvg_clock_us(CLOCK_REALTIME);
	return report;
}

struct vssd_report *vssd_report_ref(struct vssd_report *report)
{
	report->n_others++;
	return report;
}

static void forget_hooks(struct vssd_report *report)
{
	for (; report->n_hooks > 0; report->n_hooks--) {
		free(report->hooks[report->n_hooks - 1].path);
		free(report->hooks[report->n_hooks - 1].failure);
	}
	free(report->hooks);
	report->hooks = NULL;
}

struct vssd_report *vssd_report_free(struct vssd_report *report)
{
	if (!report || report->n_others-- > 0)
		return NULL;
	forget_hooks(report);
	for (size_t i = 0; i < report->n; i++) {
		free(report->fs[i].point);
		free(report->fs[i].type);
		free(report->fs[i].reason);
	}
	free(report->fs);
	free(report);
	return NULL;
}

static char *plain(struct hvg_span escaped)
{
	char text[PATH_MAX];

	return hvg_mount_unescape(escaped, text, sizeof(text)) < 0 ? strdup("?") : strdup(text);
}

static bool is_missed(enum hvg_freezeplan_verdict verdict)
{
	return verdict == HVG_FREEZEPLAN_CANNOT || verdict == HVG_FREEZEPLAN_UNREACHABLE;
}

static int add_row(struct vssd_report *report, const struct hvg_freezeplan_item *item)
{
	struct vssd_report_fs *fs = &report->fs[report->n++];

	*fs = (struct vssd_report_fs){
		.point = plain(item->mount->point),
		.type = plain(item->mount->type),
		.level = item->level,
		.state = item->verdict == HVG_FREEZEPLAN_FREEZE ? "planned" : "skipped",
		.reason = strdup(hvg_freezeplan_reason(item->verdict)),
		.is_missed = is_missed(item->verdict),
	};
	return fs->point && fs->type && fs->reason ? 0 : -ENOMEM;
}

int vssd_report_plan(struct vssd_report *report, const struct hvg_freezeplan *plan)
{
	int r = 0;

	report->fs = calloc(plan->n + 1, sizeof(*report->fs));
	if (!report->fs)
		return -ENOMEM;
	for (size_t i = 0; r >= 0 && i < plan->n; i++)
		r = add_row(report, &plan->items[i]);
	return r;
}

static void set_state(struct vssd_report_fs *fs, const char *state, const char *reason)
{
	char *copy = strdup(reason);

	fs->state = state;
	if (!copy)
		return;
	free(fs->reason);
	fs->reason = copy;
}

void vssd_report_skip(struct vssd_report_fs *fs, const char *reason)
{
	set_state(fs, "skipped", reason);
	fs->is_missed = true;
}

static const char *text_of(int code)
{
	switch (-code) {
	case EBUSY:
		return "somebody else has frozen it";
	case EOPNOTSUPP:
		return "it cannot be frozen";
	default:
		return strerror(-code);
	}
}

static void take_slot(struct vssd_report_fs *fs, const struct hvg_freeze_slot *slot)
{
	fs->sync_us = slot->sync_us;
	fs->freeze_us = slot->freeze_us;
	fs->thaw_us = slot->thaw_us;
	fs->is_unfreezable = slot->code == -EOPNOTSUPP;
	switch ((enum hvg_freeze_state)slot->state) {
	case HVG_FREEZE_LEFT_OUT:
		vssd_report_skip(fs, text_of(slot->code));
		break;
	case HVG_FREEZE_FAILED:
		set_state(fs, "failed", text_of(slot->code));
		break;
	case HVG_FREEZE_FROZEN:
	case HVG_FREEZE_THAWING:
	case HVG_FREEZE_THAWED:
		set_state(fs, "frozen", slot->code < 0 ? text_of(slot->code) : "");
		break;
	case HVG_FREEZE_IDLE:
	case HVG_FREEZE_SYNCING:
	case HVG_FREEZE_FREEZING:
		break;
	}
}

/* The rows of the freezer's slots are those that are still planned, in the same order: to be told once. */
void vssd_report_table(struct vssd_report *report, const struct hvg_freeze_table *table)
{
	uint32_t at = 0;

	for (size_t i = 0; i < report->n && at < table->n; i++)
		if (strcmp(report->fs[i].state, "planned") == 0)
			take_slot(&report->fs[i], &table->slots[at++]);
	if (table->first_freeze_us > 0 && table->last_thaw_us > table->first_freeze_us)
		report->window_us = table->last_thaw_us - table->first_freeze_us;
}

static int add_hook(struct vssd_report *report, const struct vssd_hook *hook)
{
	struct vssd_report_hook row = {
		.path = strdup(hook->path),
		.before_us = hook->before_us,
		.after_us = hook->after_us,
		.failure = strdup(hook->failure ? hook->failure : ""),
	};

	if (!row.path || !row.failure) {
		free(row.path);
		free(row.failure);
		return -ENOMEM;
	}
	report->hooks[report->n_hooks++] = row;
	return 0;
}

/* Without memory it tells of fewer. */
void vssd_report_hooks(struct vssd_report *report, const struct vssd_hook_list *list)
{
	int r = 0;

	forget_hooks(report);
	report->hooks = calloc(list->n + 1, sizeof(*report->hooks));
	for (size_t i = 0; r >= 0 && report->hooks && i < list->n; i++)
		if (list->hooks[i].has_run || list->hooks[i].failure)
			r = add_hook(report, &list->hooks[i]);
}

void vssd_report_fail(struct vssd_report *report, enum vssd_result result, const char *format, ...)
{
	va_list arguments;

	if (report->result != VSSD_RUNNING)
		return;
	report->result = result;
	va_start(arguments, format);
	(void)vsnprintf(report->reason, sizeof(report->reason), format, arguments);
	va_end(arguments);
}

void vssd_report_count(struct vssd_report *report)
{
	report->n_frozen = report->n_missed = 0;
	for (size_t i = 0; i < report->n; i++) {
		report->n_frozen += strcmp(report->fs[i].state, "frozen") == 0;
		report->n_missed += report->fs[i].is_missed;
	}
}

static const struct vssd_report_fs *first_missed(const struct vssd_report *report)
{
	for (size_t i = 0; i < report->n; i++)
		if (report->fs[i].is_missed)
			return &report->fs[i];
	return NULL;
}

void vssd_report_end(struct vssd_report *report)
{
	const struct vssd_report_fs *first = first_missed(report);

	vssd_report_count(report);
	if (first)
		vssd_report_fail(report, VSSD_PARTIAL, "%s was not frozen: %s%s", first->point, first->reason,
			report->n_missed > 1 ? " (and there are more)" : "");
	else
		vssd_report_fail(report, VSSD_COMPLETE, "%s", "");
}

const char *vssd_result_name(enum vssd_result result)
{
	static const char *const names[] = {
		[VSSD_RUNNING] = "running",
		[VSSD_COMPLETE] = "complete",
		[VSSD_PARTIAL] = "partial",
		[VSSD_FAILED] = "failed",
		[VSSD_EXPIRED] = "expired",
	};

	return names[result];
}
