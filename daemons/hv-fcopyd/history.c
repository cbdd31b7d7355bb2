// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hv-fcopyd/history.h"

#include "base/units.h"
#include "base/utf16.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *fcopyd_result_name(enum hvg_fcopy_event event)
{
	switch (event) {
	case HVG_FCOPY_REFUSED:
		return "refused";
	case HVG_FCOPY_DONE:
		return "done";
	case HVG_FCOPY_CANCELLED:
		return "cancelled";
	case HVG_FCOPY_FAILED:
		return "failed";
	case HVG_FCOPY_CAME_LATE:
		return "late";
	case HVG_FCOPY_NOTHING:
	case HVG_FCOPY_STARTED:
	case HVG_FCOPY_STRAY:
		break;
	}
	return NULL;
}

/* What an errno means here, where its usual text would mislead. */
static const char *text_of(int code)
{
	switch (-code) {
	case EPERM:
		return "it may not be written there (AllowPaths=, DenyPaths=, or the file system says so)";
	case ELOOP:
		return "the way leads over a link that somebody else than root made";
	case EEXIST:
		return "there is such a file already";
	case ENOENT:
		return "there is no such folder";
	case ENOTDIR:
		return "part of the destination is no folder";
	case EDQUOT:
	case ENOSPC:
		return "the disk, or its owner's share of it, is full";
	default:
		return strerror(-code);
	}
}

void fcopyd_explain(const struct fcopyd_news *news, char *ret, size_t ret_size)
{
	snprintf(ret, ret_size, "%s", news->reason ? news->reason : news->code < 0 ? text_of(news->code) : "");
}

const struct fcopyd_past *fcopyd_history_add(struct fcopyd_history *history, const struct fcopyd_news *news)
{
	struct fcopyd_past *past = &history->past[history->n++ % FCOPYD_HISTORY_MAX];
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	*past = (struct fcopyd_past){
		.realtime_us = (uint64_t)now.tv_sec * HVG_USEC_PER_SEC +
			(uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC,
		.result = fcopyd_result_name(news->event),
		.bytes = news->bytes,
		.total = news->total,
		.duration_us = news->ended_us - news->started_us,
	};
	/* The bus takes nothing but UTF-8, and a folder on the way may be called anything. */
	(void)hvg_utf8_fit(news->path, HVG_UTF8_TO_NUL, SIZE_MAX, past->path, sizeof(past->path));
	fcopyd_explain(news, past->error, sizeof(past->error));
	return past;
}

const struct fcopyd_past *fcopyd_history_get(const struct fcopyd_history *history, size_t i)
{
	if (i >= history->n || i >= FCOPYD_HISTORY_MAX)
		return NULL;
	return &history->past[(history->n - 1 - i) % FCOPYD_HISTORY_MAX];
}
