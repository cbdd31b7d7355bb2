// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What becomes of a file is told by the loop, also when the thread was there: news wait until it comes
 * round.
 */

#include "hv-fcopyd/transfer-private.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static void join_path(char ret[static PATH_MAX], const char *folder, const char *name)
{
	ret[0] = '\0';
	if (strcmp(folder, "/") != 0)
		(void)hvg_text_append(ret, PATH_MAX, folder);
	(void)hvg_text_append(ret, PATH_MAX, "/");
	(void)hvg_text_append(ret, PATH_MAX, name);
}

/* What the host asked for, as it wrote it: there is no better name for a file that was refused. */
static void describe_request_locked(struct fcopyd_transfer *transfer)
{
	const struct hvg_fcopy_request *request = &transfer->fcopy.request;
	struct fcopyd_news *current = &transfer->current;

	current->path[0] = '\0';
	current->bytes = 0;
	current->total = request->file_bytes;
	current->started_us = current->ended_us;
	if (request->op != HVG_FCOPY_START)
		return;
	snprintf(current->path, sizeof(current->path), "%s", request->path);
	if (request->path[0] && request->path[strlen(request->path) - 1] == '/')
		(void)hvg_text_append(current->path, sizeof(current->path), request->name);
}

static void begin_news_locked(struct fcopyd_transfer *transfer)
{
	struct fcopyd_news *current = &transfer->current;

	join_path(current->path, transfer->sink.temporary.folder, transfer->sink.name);
	current->started_us = fcopyd_now_us();
	current->total = transfer->fcopy.file_bytes;
}

void fcopyd_collect_news_locked(struct fcopyd_transfer *transfer)
{
	struct fcopyd_news *current = &transfer->current;

	current->event = hvg_fcopy_take_event(&transfer->fcopy, &current->code, &current->reason);
	if (current->event == HVG_FCOPY_NOTHING)
		return;
	if (current->event == HVG_FCOPY_STARTED)
		begin_news_locked(transfer);
	current->bytes = hvg_extents_bytes(&transfer->fcopy.extents);
	current->ended_us = fcopyd_now_us();
	snprintf(current->sha256, sizeof(current->sha256), "%s",
		current->event == HVG_FCOPY_DONE ? transfer->sha256 : "");
	if (current->event == HVG_FCOPY_REFUSED || current->event == HVG_FCOPY_STRAY)
		describe_request_locked(transfer);
	if (transfer->n_news < FCOPYD_NEWS_MAX)
		transfer->news[transfer->n_news++] = *current;
	fcopyd_wake_loop(transfer);
}

void fcopyd_deliver_news(struct fcopyd_transfer *transfer)
{
	struct fcopyd_news news[FCOPYD_NEWS_MAX];
	unsigned int n;

	(void)pthread_mutex_lock(&transfer->lock);
	n = transfer->n_news;
	memcpy(news, transfer->news, n * sizeof(news[0]));
	transfer->n_news = 0;
	(void)pthread_mutex_unlock(&transfer->lock);
	for (unsigned int i = 0; i < n; i++)
		transfer->config.told(transfer->config.userdata, &news[i]);
}
