// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A request is a job with its own copy of everything, a context that lives as long as it runs, and a
 * lock, so that a second process (the timer's) does not interleave with us.
 */

#include "hv-netd/netd.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "hv-netd/gateway.h"
#include "hv-netd/record.h"
#include "os/netfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Of the host's patience: what a change may take, and what going back may take after it. */
#define CHANGE_PART 5 / 10
#define UNDO_PART   3 / 10

struct netd_job *netd_job_new(struct netd *netd, enum netd_job_kind kind)
{
	struct netd_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->netd = netd;
	job->kind = kind;
	job->deadline_us = netd_now_us() + netd->options.kernel_timeout_us * CHANGE_PART;
	return job;
}

static void free_list(char **list)
{
	for (char **text = list; text && *text; text++)
		free(*text);
	free(list);
}

void netd_job_free(struct netd_job *job)
{
	if (!job)
		return;
	netd_transaction_done(&job->preview);
	free(job->adapter);
	free_list(job->addresses);
	free_list(job->subnets);
	free_list(job->gateways);
	free_list(job->dns);
	free(job->statuses);
	sd_bus_message_unref(job->message);
	free(job);
}

static const char *const *list_of(char **list)
{
	static const char *const nothing[] = { NULL };

	return list ? (const char *const *)list : nothing;
}

static struct hvg_ipplan_request request_of(const struct netd_job *job)
{
	return (struct hvg_ipplan_request){
		.families = job->families,
		.dhcp = job->dhcp,
		.addresses = list_of(job->addresses),
		.subnets = list_of(job->subnets),
		.gateways = list_of(job->gateways),
		.dns = list_of(job->dns),
	};
}

/* Held until the descriptor is closed. */
static int lock(const struct netd_context *context, int *ret_fd)
{
	char path[NETD_TEXT_SIZE];
	_cleanup_close_ int fd = -EBADF;
	int r;

	snprintf(path, sizeof(path), "%s/lock", context->state);
	r = hvg_netfile_make_folder_of(path);
	if (r < 0)
		return r;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return -errno;
		if (netd_now_us() > context->deadline_us)
			return -ETIMEDOUT;
		(void)usleep(10000);
	}
	*ret_fd = hvg_take_fd(&fd);
	return 0;
}

static void describe_configuration(struct netd_context *context, struct netd_status *status)
{
	struct hvg_ipconfig config;
	struct hvg_printer printer;

	if (netd_record_read(context, status->target.guid, &config) < 0)
		return;
	hvg_printer_init(&printer, status->configuration, sizeof(status->configuration));
	hvg_ipconfig_render(&config, &printer);
}

/* One adapter if the request names it, or all. */
static int find_targets(struct netd_context *context, const struct netd_job *job, struct netd_target **ret,
	size_t *ret_n)
{
	if (!job->adapter)
		return netd_target_list(context, ret, ret_n);
	*ret_n = 1;
	*ret = calloc(1, sizeof(**ret));
	return *ret ? netd_target_find(context, job->adapter, *ret) : -ENOMEM;
}

static int read_status(struct netd_context *context, struct netd_job *job)
{
	_cleanup_free_ struct netd_target *targets = NULL;
	size_t n;
	int r = find_targets(context, job, &targets, &n);

	if (r < 0)
		return r;
	job->statuses = calloc(n + 1, sizeof(*job->statuses));
	if (!job->statuses)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct netd_status *status = &job->statuses[job->n_statuses++];

		status->target = targets[i];
		status->backend = netd_backend_choose(context, &targets[i], &status->presence)->name;
		status->is_allowed = context->settings->enable && netd_settings_allow(context->settings, targets[i].adapter);
		describe_configuration(context, status);
	}
	return 0;
}

static void fail(struct netd_outcome *outcome, int r, const char *what)
{
	*outcome = (struct netd_outcome){ .result = NETD_REFUSED, .code = r };
	snprintf(outcome->text, sizeof(outcome->text), "%s: %s", what, strerror(-r));
}

/* A change that was cut short comes first: it is gone back on before anything else is looked at. */
static void recover(struct netd_context *context, struct netd_outcome *ret)
{
	if (netd_recover(context, ret) != -ENOENT)
		(void)netd_history_add(context, ret);
	else
		*ret = (struct netd_outcome){ .result = NETD_UNCHANGED };
}

static void apply(struct netd_context *context, struct netd_job *job)
{
	struct hvg_ipplan_request request = request_of(job);

	netd_apply(context, job->adapter, &request, &job->outcome);
	(void)netd_history_add(context, &job->outcome);
	if (job->outcome.result == NETD_APPLIED && job->is_patient) {
		netd_gateways_wait(context, &job->outcome);
		job->outcome.is_settled = true;
	}
}

/* 1: it is as it should be. 0: not yet. */
static int look(struct netd_context *context, struct netd_job *job)
{
	job->outcome = job->pending->outcome;
	job->outcome.n_warnings = 0;
	switch (job->pending->wait) {
	case NETD_WAIT_MANAGER:
		return netd_verify_written(context, &job->outcome, &job->pending->is_told);
	case NETD_WAIT_GATEWAYS:
		return netd_gateways_look(context, &job->outcome);
	case NETD_WAIT_RETURN:
		break;
	}
	return netd_return(context, &job->outcome);
}

static void perform(struct netd_context *context, struct netd_job *job)
{
	struct hvg_ipplan_request request = request_of(job);
	struct netd_outcome recovered;
	int r;

	switch (job->kind) {
	case NETD_JOB_APPLY:
		recover(context, &recovered);
		apply(context, job);
		break;
	case NETD_JOB_ROLL_BACK:
		recover(context, &recovered);
		netd_roll_back(context, job->adapter, &job->outcome);
		(void)netd_history_add(context, &job->outcome);
		break;
	case NETD_JOB_PREVIEW:
		(void)netd_preview(context, job->adapter, &request, &job->preview, &job->outcome);
		break;
	case NETD_JOB_STATUS:
		r = read_status(context, job);
		if (r < 0)
			fail(&job->outcome, r, "the network adapters cannot be read");
		break;
	case NETD_JOB_LOOK:
		job->outcome.code = look(context, job);
		break;
	case NETD_JOB_RECOVER:
		recover(context, &job->outcome);
		break;
	}
}

void netd_job_run_now(struct netd_job *job)
{
	const struct netd *netd = job->netd;
	struct netd_context context = {
		.settings = &netd->settings,
		.sysfs = netd->sysfs,
		.state = netd->state,
		.deadline_us = job->deadline_us,
		.undo_us = netd->options.kernel_timeout_us * UNDO_PART,
	};
	_cleanup_close_ int fd = -EBADF;
	int r = lock(&context, &fd);

	if (r < 0) {
		fail(&job->outcome, r, netd->state);
		return;
	}
	r = netd_context_open(&context);
	if (r < 0)
		fail(&job->outcome, r, "the kernel's network tables cannot be read");
	else
		perform(&context, job);
	netd_context_close(&context);
}

static int run(struct hvg_job *job)
{
	netd_job_run_now((struct netd_job *)job);
	return 0;
}

static void done(struct hvg_job *hvg_job, int result)
{
	struct netd_job *job = (struct netd_job *)hvg_job;

	job->netd->n_jobs--;
	job->finished(job, result == -ECANCELED);
	netd_busy(job->netd);
	netd_job_free(job);
}

int netd_job_submit(struct netd_job *job)
{
	int r;

	job->job.run = run;
	job->job.done = done;
	r = hvg_worker_submit(job->netd->worker, &job->job);
	if (r < 0)
		netd_job_free(job);
	else
		job->netd->n_jobs++;
	return r;
}
