// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Read, plan, open, and check: what was opened is compared with a list of mounts that is read again
 * afterwards, because a path may lead elsewhere by then.
 */

#include "hv-vssd/plan.h"

#include "base/cleanup.h"
#include "format/freezenote.h"
#include "os/blockgraph.h"
#include "os/fsfreeze.h"
#include "os/mounts.h"
#include "os/thawnote.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct plan_job {
	struct hvg_job job;
	char **include, **exclude, **skip_types, **unfreezable;
	bool require_all, freezes_network, freezes_nothing;
	uint32_t only_major;
	const char *note;
	vssd_plan_done_fn *done;
	void *userdata;
	struct vssd_plan *plan;

	/* Of the run. */
	struct hvg_mounts mounts;
	struct hvg_blockgraph graph;
	struct hvg_freezeplan freezeplan;
};

struct vssd_plan *vssd_plan_free(struct vssd_plan *plan)
{
	if (!plan)
		return NULL;
	for (uint32_t i = 0; i < plan->n; i++)
		(void)hvg_close(plan->fds[i]);
	(void)hvg_close(plan->note_fd);
	free(plan->fds);
	free(plan->levels);
	(void)vssd_report_free(plan->report);
	free(plan);
	return NULL;
}

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

static char **copy_list(const char *const *list)
{
	size_t n = 0;
	char **copy;

	while (list && list[n])
		n++;
	copy = calloc(n + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < n; i++) {
		copy[i] = strdup(list[i]);
		if (!copy[i]) {
			free_list(copy);
			return NULL;
		}
	}
	return copy;
}

static void free_job(struct plan_job *job)
{
	if (!job)
		return;
	free_list(job->include);
	free_list(job->exclude);
	free_list(job->skip_types);
	free_list(job->unfreezable);
	hvg_mounts_done(&job->mounts);
	hvg_blockgraph_done(&job->graph);
	free(job->freezeplan.items);
	(void)vssd_plan_free(job->plan);
	free(job);
}

/* In the thread. */

static int __attribute__((format(printf, 3, 4)))
refuse(struct vssd_plan *plan, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(plan->reason, sizeof(plan->reason), format, arguments);
	va_end(arguments);
	return code;
}

static int make_plan(struct plan_job *job)
{
	struct hvg_freezeplan_rules rules = {
		.include = job->include,
		.exclude = job->exclude,
		.skip_types = job->skip_types,
		.unfreezable = job->unfreezable,
		.freezes_network = job->freezes_network,
		.freezes_nothing = job->freezes_nothing,
		.only_major = job->only_major,
	};
	struct hvg_freezeplan_facts facts = { .mounts = job->mounts.list, .n_mounts = job->mounts.n };

	job->freezeplan.max = job->mounts.n;
	job->freezeplan.items = calloc(job->mounts.n + 1, sizeof(*job->freezeplan.items));
	if (!job->freezeplan.items)
		return -ENOMEM;
	facts.edges = job->graph.edges;
	facts.n_edges = job->graph.n_edges;
	facts.network = job->graph.network;
	facts.n_network = job->graph.n_network;
	return hvg_freezeplan_make(&job->freezeplan, &facts, &rules);
}

static int object(struct plan_job *job)
{
	const struct hvg_freezeplan_item *item = hvg_freezeplan_objection(&job->freezeplan);

	if (!job->require_all || !item)
		return 0;
	return refuse(job->plan, -EPERM, "RequireAll= is set, and %.*s cannot be frozen: %s",
		(int)item->mount->point.size, item->mount->point.start, hvg_freezeplan_reason(item->verdict));
}

static bool is_trial(const struct plan_job *job)
{
	return !job->note;
}

static void keep(struct vssd_plan *plan, int fd, unsigned int level)
{
	plan->levels[plan->n] = level;
	plan->fds[plan->n++] = fd;
}

/* What cannot be opened is left out, as what cannot be frozen is. */
static int open_item(struct plan_job *job, size_t at)
{
	const struct hvg_freezeplan_item *item = &job->freezeplan.items[at];
	_cleanup_close_ int fd = hvg_fsfreeze_open(HVG_FSFREEZE_ROOT, item->mount);

	if (fd < 0 && job->require_all)
		return refuse(job->plan, fd, "RequireAll= is set, and %.*s cannot be opened: %s",
			(int)item->mount->point.size, item->mount->point.start, strerror(-fd));
	if (is_trial(job))
		return 0;
	if (fd < 0)
		vssd_report_skip(&job->plan->report->fs[at], strerror(-fd));
	else
		keep(job->plan, hvg_take_fd(&fd), item->level);
	return 0;
}

static int open_items(struct plan_job *job)
{
	size_t n = job->freezeplan.n_freeze;
	int r = 0;

	if (n > HVG_FREEZE_MAX)
		return refuse(job->plan, -E2BIG, "%zu file systems are more than the %d that can be frozen together",
			n, HVG_FREEZE_MAX);
	job->plan->fds = calloc(n + 1, sizeof(*job->plan->fds));
	job->plan->levels = calloc(n + 1, sizeof(*job->plan->levels));
	if (!job->plan->fds || !job->plan->levels)
		return -ENOMEM;
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = open_item(job, i);
	return r;
}

/* The rows that are still planned are those that were opened, in the same order. */
static int check_items(struct plan_job *job)
{
	_cleanup_(hvg_mounts_done) struct hvg_mounts mounts = { 0 };
	uint32_t at = 0;
	int r = hvg_mounts_read(HVG_MOUNTS_PATH, &mounts);

	for (size_t i = 0; r >= 0 && i < job->freezeplan.n_freeze; i++) {
		if (strcmp(job->plan->report->fs[i].state, "planned") != 0)
			continue;
		r = hvg_fsfreeze_check(job->plan->fds[at++], job->freezeplan.items[i].dev, mounts.list, mounts.n);
		if (r < 0)
			return refuse(job->plan, r, "%s was mounted or unmounted meanwhile", job->plan->report->fs[i].point);
	}
	return r;
}

static int write_note(const struct plan_job *job)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	char line[PATH_MAX + 32];
	int r;

	if (!stream)
		return -ENOMEM;
	for (size_t i = 0; i < job->freezeplan.n_freeze; i++)
		if (hvg_freezenote_render(job->freezeplan.items[i].mount, line, sizeof(line)) >= 0)
			(void)fputs(line, stream);
	if (fclose(stream) != 0)
		return -ENOMEM;
	r = hvg_thawnote_write(job->note, text, size, &job->plan->note_fd);
	return r < 0 ? refuse(job->plan, r, "%s cannot be written: %s", job->note, strerror(-r)) : 0;
}

static int work(struct plan_job *job)
{
	int r;

	r = hvg_mounts_read(HVG_MOUNTS_PATH, &job->mounts);
	if (r >= 0)
		r = hvg_blockgraph_read(&job->graph, "", job->mounts.list, job->mounts.n);
	if (r >= 0)
		r = make_plan(job);
	if (r >= 0 && job->plan->report)
		r = vssd_report_plan(job->plan->report, &job->freezeplan);
	if (r >= 0)
		r = object(job);
	if (r >= 0)
		r = open_items(job);
	if (r < 0 || is_trial(job))
		return r;
	r = check_items(job);
	return r < 0 ? r : write_note(job);
}

static int run(struct hvg_job *base)
{
	struct plan_job *job = (struct plan_job *)base;
	int r = work(job);

	if (r < 0 && !*job->plan->reason)
		(void)refuse(job->plan, r, "the file systems cannot be found out: %s", strerror(-r));
	return r;
}

/* On the loop. */

static void finished(struct hvg_job *base, int result)
{
	struct plan_job *job = (struct plan_job *)base;
	struct vssd_plan *plan = hvg_take_ptr(job->plan);

	plan->code = result;
	job->done(job->userdata, plan);
	free_job(job);
}

int vssd_plan_submit(struct hvg_worker *worker, const struct vssd_plan_request *request,
	vssd_plan_done_fn *done, void *userdata)
{
	struct plan_job *job = calloc(1, sizeof(*job));
	int r = -ENOMEM;

	if (!job)
		return r;
	*job = (struct plan_job){
		.job = { .run = run, .done = finished },
		.include = copy_list((const char *const *)request->settings->include),
		.exclude = copy_list((const char *const *)request->settings->exclude),
		.skip_types = copy_list((const char *const *)request->settings->skip_types),
		.unfreezable = copy_list(request->unfreezable),
		.require_all = request->settings->require_all,
		.freezes_network = request->settings->freezes_network,
		.freezes_nothing = request->freezes_nothing,
		.only_major = request->only_major,
		.note = request->note,
		.done = done,
		.userdata = userdata,
		.plan = calloc(1, sizeof(*job->plan)),
	};
	if (job->plan)
		job->plan->note_fd = -EBADF;
	if (job->include && job->exclude && job->skip_types && job->unfreezable && job->plan) {
		job->plan->report = request->report;
		r = hvg_worker_submit(worker, &job->job);
	}
	if (r < 0) {
		if (job->plan)
			job->plan->report = NULL;
		free_job(job);
	}
	return r;
}
