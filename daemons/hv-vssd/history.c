// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The text is made on the loop, where the reports are, and written in the thread. One write at a time: a
 * report that comes meanwhile is written with the next.
 */

#include "hv-vssd/history.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "common/journal.h"
#include "os/netfile.h"

#include <errno.h>
#include <string.h>

/* A thread that hangs in the kernel must not keep us from ending. */
#define END_US (1 * HVG_USEC_PER_SEC)

struct write_job {
	struct hvg_job job;
	struct vssd_history *history;
	const char *path;
	char *text;
	size_t size;
};

static void free_job(struct write_job *job)
{
	if (job)
		free(job->text);
	free(job);
}

/* In the thread. */
static int run(struct hvg_job *base)
{
	struct write_job *job = (struct write_job *)base;

	return hvg_netfile_write(job->path, job->text, job->size, 0600);
}

static void written(struct hvg_job *base, int result)
{
	struct write_job *job = (struct write_job *)base;
	struct vssd_history *history = job->history;

	if (result < 0 && result != -ECANCELED)
		hvg_log(LOG_WARNING, NULL, "%s cannot be written: %s; this backup is forgotten when we end.", job->path,
			strerror(-result));
	free_job(job);
	history->is_writing = false;
	if (history->is_unwritten)
		(void)sd_event_source_set_enabled(history->idle, SD_EVENT_ONESHOT);
	else if (history->written)
		history->written(history->userdata);
}

/* As many of the newest as can be read again; one that is alone more than a file may have is left out. */
static int render(const struct vssd_history *history, char **ret_text, size_t *ret_size)
{
	size_t whole = 0;
	FILE *stream = open_memstream(ret_text, ret_size);

	if (!stream)
		return -ENOMEM;
	for (size_t i = 0; i < VSSD_HISTORY_MAX && history->reports[i]; i++) {
		vssd_report_render(history->reports[i], stream);
		if (fflush(stream) != 0)
			break;
		if (*ret_size <= HVG_NETFILE_MAX)
			whole = *ret_size;
		else if (*ret_size - whole <= HVG_NETFILE_MAX || fseeko(stream, (off_t)whole, SEEK_SET) < 0)
			break;
	}
	if (fclose(stream) != 0)
		return -ENOMEM;
	*ret_size = whole;
	return 0;
}

static int submit(struct vssd_history *history)
{
	struct write_job *job = calloc(1, sizeof(*job));
	int r;

	if (!job)
		return -ENOMEM;
	*job = (struct write_job){
		.job = { .run = run, .done = written },
		.history = history,
		.path = history->path,
	};
	r = render(history, &job->text, &job->size);
	if (r >= 0)
		r = hvg_worker_submit(history->worker, &job->job);
	if (r < 0)
		free_job(job);
	return r;
}

static int on_idle(sd_event_source *source, void *userdata)
{
	struct vssd_history *history = userdata;

	history->is_unwritten = false;
	history->is_writing = submit(history) >= 0;
	return 0;
}

void vssd_history_add(struct vssd_history *history, struct vssd_report *report)
{
	struct vssd_report **reports = history->reports;

	(void)vssd_report_free(reports[VSSD_HISTORY_MAX - 1]);
	memmove(&reports[1], &reports[0], (VSSD_HISTORY_MAX - 1) * sizeof(reports[0]));
	reports[0] = report;
	vssd_history_changed(history);
}

void vssd_history_changed(struct vssd_history *history)
{
	history->is_unwritten = true;
	if (!history->is_writing)
		(void)sd_event_source_set_enabled(history->idle, SD_EVENT_ONESHOT);
}

bool vssd_history_is_busy(const struct vssd_history *history)
{
	return history->is_unwritten || history->is_writing;
}

static void read_file(struct vssd_history *history)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = hvg_netfile_read(history->path, &text, &size);

	if (r >= 0)
		(void)vssd_report_parse(text, size, history->reports, VSSD_HISTORY_MAX);
	else if (r != -ENOENT)
		hvg_log(LOG_WARNING, NULL, "%s cannot be read: %s; what it told of former backups is not known.", history->path,
			strerror(-r));
}

int vssd_history_init(struct vssd_history *history, sd_event *event, const char *path)
{
	struct hvg_worker_config worker = { .name = "historian" };
	int r;

	history->path = path;
	read_file(history);
	r = hvg_worker_new(event, &worker, &history->worker);
	if (r >= 0)
		r = sd_event_add_defer(event, &history->idle, on_idle, history);
	if (r >= 0)
		r = sd_event_source_set_enabled(history->idle, SD_EVENT_OFF);
	return r < 0 ? r : sd_event_source_set_priority(history->idle, SD_EVENT_PRIORITY_IDLE);
}

void vssd_history_done(struct vssd_history *history)
{
	history->idle = sd_event_source_disable_unref(history->idle);
	(void)hvg_worker_free(history->worker, END_US);
	history->worker = NULL;
	for (size_t i = 0; i < VSSD_HISTORY_MAX; i++)
		history->reports[i] = vssd_report_free(history->reports[i]);
}
