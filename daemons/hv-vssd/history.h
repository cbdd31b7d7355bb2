/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_HISTORY_H
#define HVG_VSSD_HISTORY_H

/*
 * The reports of the last backups and rehearsals. They are kept in a file, which is written behind
 * everybody's back, by a thread: it may lie on a disk that is frozen again by then.
 *
 *	add ---> the loop has nothing better to do ---> thread: the file is replaced
 */

#include "common/worker.h"
#include "hv-vssd/report-text.h"

#include <systemd/sd-event.h>

#define VSSD_HISTORY_MAX  32 /* ours: some weeks of nightly backups */
#define VSSD_HISTORY_PATH "/var/lib/hvguest/vss/history"

struct vssd_history {
	struct vssd_report *reports[VSSD_HISTORY_MAX]; /* newest first; NULL behind the last */
	const char *path;
	struct hvg_worker *worker;
	sd_event_source *idle;
	bool is_unwritten, is_writing;

	/* What was being written is. Or NULL. */
	void (*written)(void *userdata);
	void *userdata;
};

/* Reads what a former instance left; what is no report is skipped. */
int vssd_history_init(struct vssd_history *history, sd_event *event, const char *path);
void vssd_history_done(struct vssd_history *history);

/* Takes the report. */
void vssd_history_add(struct vssd_history *history, struct vssd_report *report);

/* One of the reports has changed since: it is written again. */
void vssd_history_changed(struct vssd_history *history);

/* Whether something is still to be written. */
bool vssd_history_is_busy(const struct vssd_history *history);

#endif
