/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FCOPYD_HISTORY_H
#define HVG_FCOPYD_HISTORY_H

/* The last files, and what became of them: for the bus, in memory only (the journal has them all). */

#include "hv-fcopyd/transfer.h"

#define FCOPYD_HISTORY_MAX 32

struct fcopyd_past {
	uint64_t realtime_us; /* when it ended */
	char path[PATH_MAX];
	const char *result; /* "done", "refused", "cancelled", "failed", "late" */
	char error[160];
	uint64_t bytes, total, duration_us;
};

struct fcopyd_history {
	struct fcopyd_past past[FCOPYD_HISTORY_MAX];
	size_t n; /* ever added */
};

/* NULL for what is no end of a file. */
const char *fcopyd_result_name(enum hvg_fcopy_event event);

/* Why, in words; "" if all went well. */
void fcopyd_explain(const struct fcopyd_news *news, char *ret, size_t ret_size);

/* Of news that are an end. The entry that was added. */
const struct fcopyd_past *fcopyd_history_add(struct fcopyd_history *history, const struct fcopyd_news *news);

/* The i-th, the newest first; NULL past the oldest that is known. */
const struct fcopyd_past *fcopyd_history_get(const struct fcopyd_history *history, size_t i);

#endif
