/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_REPORT_H
#define HVG_VSSD_REPORT_H

/*
 * What has become of a backup, file system by file system.
 */

#include "hv-vssd/hook-list.h"
#include "os/freezecrew.h"
#include "service/freezeplan.h"
#include "service/vss.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vssd_result {
	VSSD_RUNNING,
	VSSD_COMPLETE,
	VSSD_PARTIAL, /* something that is written to was not frozen */
	VSSD_FAILED,
	VSSD_EXPIRED, /* it was frozen, but not until the host said thaw */
};

struct vssd_report_fs {
	char *point, *type;
	uint32_t level;
	const char *state; /* "frozen", "skipped", "failed" */
	char *reason;	   /* or "" */
	bool is_missed;	   /* skipped although it is written to, and nobody said so */
	bool is_unfreezable; /* the kernel has refused to freeze its type */
	uint64_t sync_us, freeze_us, thaw_us;
};

struct vssd_report_hook {
	char *path;
	uint64_t before_us, after_us; /* how long it took; 0: it was not called */
	char *failure;		      /* or "" */
};

struct vssd_report {
	unsigned int n_others; /* that have it, too */
	uint64_t begin_realtime_us, begin_us; /* us: CLOCK_MONOTONIC */
	bool is_rehearsal;
	enum vssd_result result;
	char reason[256]; /* why it is not complete */
	uint64_t hooks_us; /* before the freeze */
	uint64_t answer_us; /* from the request to its answer */
	uint64_t window_us; /* from the first freeze to the last thaw */
	size_t n, n_frozen, n_missed;
	struct vssd_report_fs *fs;
	size_t n_hooks;
	struct vssd_report_hook *hooks;
};

struct vssd_report *vssd_report_new(bool is_rehearsal);

/* Somebody else has it, too: the last one's free is its end. Takes NULL, returns NULL. */
struct vssd_report *vssd_report_ref(struct vssd_report *report);
struct vssd_report *vssd_report_free(struct vssd_report *report);

/* One row for each item; a plan has as many as it has items. -ENOMEM */
int vssd_report_plan(struct vssd_report *report, const struct hvg_freezeplan *plan);

/* What has become of the plan's first items, in the order they were handed to the freezer. */
void vssd_report_table(struct vssd_report *report, const struct hvg_freeze_table *table);

/* What the hooks that were to be called have done so far, instead of what it told before. */
void vssd_report_hooks(struct vssd_report *report, const struct vssd_hook_list *list);

/* An item that could not be opened is left out. */
void vssd_report_skip(struct vssd_report_fs *fs, const char *reason);

/* The first reason counts. */
void vssd_report_fail(struct vssd_report *report, enum vssd_result result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* How many rows are frozen or missed, in n_frozen and n_missed. */
void vssd_report_count(struct vssd_report *report);

/* COMPLETE or PARTIAL, if it is not something worse already. */
void vssd_report_end(struct vssd_report *report);

const char *vssd_result_name(enum vssd_result result);

#endif
