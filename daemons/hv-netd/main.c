// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hv-netd: applies the IP configuration that the host injects. Started when it is asked, by its socket
 * or the bus; undoes what a predecessor left half done; ends when it has been idle.
 */

#include "hv-netd/netd.h"

#include "base/units.h"
#include "common/config-use.h"
#include "common/journal.h"
#include "common/message-ids.h"
#include "common/program.h"
#include "hv-netd/gateway.h"
#include "os/netfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Long enough for the second adapter of a failover, and for whoever looks at what came of it. */
#define IDLE_US (30 * HVG_USEC_PER_SEC)

/* A manager that is started at boot is there by then, or never. */
#define PENDING_US    (5 * 60 * HVG_USEC_PER_SEC)
#define LOOK_AGAIN_US (2 * HVG_USEC_PER_SEC)

#define ACCURACY_US (100 * HVG_USEC_PER_MSEC)

/* What came of a request. */

static void log_warnings(const struct netd_outcome *outcome)
{
	for (size_t i = 0; i < outcome->n_warnings; i++)
		hvg_log(LOG_WARNING, HVG_MSG_NET_WARNING, "%s: %s.", outcome->interface, outcome->warnings[i]);
}

static void log_outcome(const struct netd_outcome *outcome)
{
	const struct hvg_field fields[] = { { "HVGUEST_INTERFACE", outcome->interface },
		{ "HVGUEST_BACKEND", outcome->backend }, { NULL, NULL } };
	bool is_bad = outcome->code < 0;

	hvg_log_entry(&(struct hvg_log_entry){ is_bad ? LOG_WARNING : LOG_NOTICE,
			      is_bad ? HVG_MSG_NET_FAILED : HVG_MSG_NET_APPLIED, fields },
		"IP configuration of %s by %s: %s%s%s.", *outcome->interface ? outcome->interface : "(none)",
		*outcome->backend ? outcome->backend : "(nobody)", netd_result_name(outcome->result),
		*outcome->text ? ": " : "", outcome->text);
	log_warnings(outcome);
}

static struct netd_pending *find_place(struct netd *netd, const char *guid)
{
	struct netd_pending *place = NULL;

	for (size_t i = 0; i < NETD_PENDING_MAX; i++) {
		struct netd_pending *pending = &netd->pending[i];

		if (pending->until_us && strcmp(pending->outcome.guid, guid) == 0)
			place = pending;
		else if (!pending->until_us && !place)
			place = pending;
	}
	return place;
}

/* Instead of what there was to wait for. */
static void wait_for(struct netd *netd, enum netd_wait wait, const struct netd_outcome *outcome)
{
	uint64_t patience_us = wait == NETD_WAIT_GATEWAYS ? NETD_GATEWAYS_US : PENDING_US;
	struct netd_pending *place = find_place(netd, outcome->guid);

	if (!place)
		return;
	*place = (struct netd_pending){ .wait = wait, .outcome = *outcome, .until_us = netd_now_us() + patience_us };
	(void)sd_event_source_set_time_relative(netd->look_again, LOOK_AGAIN_US);
	(void)sd_event_source_set_enabled(netd->look_again, SD_EVENT_ONESHOT);
}

/* It was taken back, or another one is in force. */
static void forget_pending(struct netd *netd, const char *guid)
{
	for (size_t i = 0; i < NETD_PENDING_MAX; i++)
		if (strcmp(netd->pending[i].outcome.guid, guid) == 0)
			netd->pending[i].until_us = 0;
}

static void follow_up(struct netd *netd, const struct netd_outcome *outcome)
{
	switch (outcome->result) {
	case NETD_WRITTEN:
		wait_for(netd, NETD_WAIT_MANAGER, outcome);
		break;
	case NETD_APPLIED:
		forget_pending(netd, outcome->guid);
		if (!outcome->is_settled)
			wait_for(netd, NETD_WAIT_GATEWAYS, outcome);
		break;
	case NETD_UNCHANGED:
	case NETD_ROLLED_BACK:
		forget_pending(netd, outcome->guid);
		break;
	case NETD_FAILED: /* what was pending is there still, unless the manager is owed something else */
		if (outcome->is_owed)
			wait_for(netd, NETD_WAIT_RETURN, outcome);
		break;
	case NETD_REFUSED:
		break;
	}
}

void netd_finished(struct netd *netd, const struct netd_outcome *outcome)
{
	log_outcome(outcome);
	netd_bus_tell(netd, outcome);
	follow_up(netd, outcome);
}

/* Looking at what is pending. */

static void log_end(const struct netd_outcome *outcome, const char *good, const char *bad)
{
	bool is_good = outcome->code > 0;

	hvg_log(is_good ? LOG_NOTICE : LOG_WARNING, is_good ? HVG_MSG_NET_APPLIED : HVG_MSG_NET_FAILED,
		"IP configuration of %s by %s%s%s%s.", outcome->interface, outcome->backend, is_good ? good : bad,
		is_good ? "" : ": ", is_good ? "" : *outcome->text ? outcome->text : strerror(-outcome->code));
}

static void end_wait(struct netd *netd, enum netd_wait wait, const struct netd_outcome *outcome)
{
	switch (wait) {
	case NETD_WAIT_MANAGER:
		log_end(outcome, ": in force", " is written, but not in force");
		if (outcome->code > 0)
			wait_for(netd, NETD_WAIT_GATEWAYS, outcome);
		break;
	case NETD_WAIT_GATEWAYS:
		log_warnings(outcome);
		break;
	case NETD_WAIT_RETURN:
		log_end(outcome, ": it has the former one again", " has not taken the former one back");
		break;
	}
}

static void looked(struct netd_job *job, bool is_cancelled)
{
	struct netd_pending *pending = job->pending;
	bool is_late = netd_now_us() > pending->until_us;

	if (is_cancelled || (job->outcome.code == 0 && !is_late))
		return;
	pending->until_us = 0;
	end_wait(job->netd, pending->wait, &job->outcome);
}

static void look_at(struct netd *netd, struct netd_pending *pending)
{
	struct netd_job *job = netd_job_new(netd, NETD_JOB_LOOK);

	if (!job)
		return;
	job->pending = pending;
	job->finished = looked;
	(void)netd_job_submit(job);
}

static bool has_pending(const struct netd *netd)
{
	for (size_t i = 0; i < NETD_PENDING_MAX; i++)
		if (netd->pending[i].until_us)
			return true;
	return false;
}

static int on_look_again(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct netd *netd = userdata;
	bool is_free = netd->n_jobs == 0; /* and none of them is being looked at */

	if (!has_pending(netd))
		return 0;
	for (size_t i = 0; is_free && i < NETD_PENDING_MAX; i++)
		if (netd->pending[i].until_us)
			look_at(netd, &netd->pending[i]);
	(void)sd_event_source_set_time_relative(source, LOOK_AGAIN_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* The end. */

void netd_busy(struct netd *netd)
{
	(void)sd_event_source_set_time_relative(netd->idle, IDLE_US);
	(void)sd_event_source_set_enabled(netd->idle, SD_EVENT_ONESHOT);
}

static int on_idle(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct netd *netd = userdata;

	if (netd->n_jobs > 0 || netd->peers || has_pending(netd))
		netd_busy(netd);
	else
		hvg_loop_exit(netd->loop, 0);
	return 0;
}

/* The beginning. */

static void recovered(struct netd_job *job, bool is_cancelled)
{
	if (!is_cancelled && job->outcome.result != NETD_UNCHANGED)
		netd_finished(job->netd, &job->outcome);
}

static int begin_with_recovery(struct netd *netd)
{
	struct netd_job *job = netd_job_new(netd, NETD_JOB_RECOVER);

	if (!job)
		return -ENOMEM;
	job->finished = recovered;
	return netd_job_submit(job);
}

static int init(struct netd *netd)
{
	struct hvg_loop_config loop = { .userdata = netd };
	struct hvg_worker_config worker = { .name = "network" };
	sd_event *event;
	int r;

	r = hvg_loop_new(&loop, &netd->loop);
	if (r < 0)
		return r;
	event = hvg_loop_event(netd->loop);
	r = sd_event_add_time_relative(event, &netd->idle, CLOCK_MONOTONIC, IDLE_US, ACCURACY_US, on_idle, netd);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &netd->look_again, CLOCK_MONOTONIC, LOOK_AGAIN_US, ACCURACY_US,
			on_look_again, netd);
	if (r >= 0)
		r = hvg_worker_new(event, &worker, &netd->worker);
	if (r >= 0)
		r = begin_with_recovery(netd);
	if (r >= 0)
		r = netd_peers_init(netd);
	return r < 0 ? r : netd_bus_init(netd);
}

/* A change that is under way is ended first: it goes forward or back within its time. */
static void done(struct netd *netd)
{
	if (netd->worker)
		(void)hvg_worker_free(netd->worker, netd->options.kernel_timeout_us);
	netd->bus = hvg_bus_free(netd->bus);
	netd_peers_done(netd);
	sd_event_source_disable_unref(netd->idle);
	sd_event_source_disable_unref(netd->look_again);
	hvg_loop_free(netd->loop);
}

static int serve(struct netd *netd)
{
	int r = init(netd);

	if (r >= 0) {
		hvg_loop_ready(netd->loop);
		r = hvg_loop_run(netd->loop);
	}
	done(netd);
	return r;
}

/* --roll-back: the timer's; the daemon that armed it is dead, or this waits for it in vain. */
static int roll_back(struct netd *netd)
{
	struct netd_job *job = netd_job_new(netd, NETD_JOB_RECOVER);
	int r;

	if (!job)
		return -ENOMEM;
	netd_job_run_now(job);
	r = job->outcome.code;
	if (job->outcome.result != NETD_UNCHANGED)
		log_outcome(&job->outcome);
	netd_job_free(job);
	return r;
}

/* --restore: an adapter has appeared. */
static int restore(struct netd *netd)
{
	struct netd_outcome outcome = { .result = NETD_UNCHANGED };
	struct netd_context context = {
		.settings = &netd->settings,
		.sysfs = netd->sysfs,
		.state = netd->state,
		.deadline_us = netd_now_us() + netd->options.kernel_timeout_us,
	};
	int r = netd_context_open(&context);

	if (r >= 0) {
		netd_restore(&context, netd->appeared, &outcome);
		r = outcome.code;
	}
	if (outcome.result != NETD_UNCHANGED)
		log_outcome(&outcome);
	netd_context_close(&context);
	return r;
}

static int run(struct netd *netd)
{
	int r = hvg_config_use(&netd_config, &netd->options, &netd->settings);

	if (r >= 0)
		r = netd->is_rolling_back ? roll_back(netd) : netd->appeared ? restore(netd) : serve(netd);
	hvg_config_done(&netd_config, &netd->settings);
	return r;
}

static int set_rolling_back(void *target, const char *argument)
{
	((struct netd *)target)->is_rolling_back = true;
	return 0;
}

static int set_appeared(void *target, const char *argument)
{
	((struct netd *)target)->appeared = argument;
	return 0;
}

static int set_sysfs(void *target, const char *argument)
{
	((struct netd *)target)->sysfs = argument;
	return 0;
}

static int set_state(void *target, const char *argument)
{
	((struct netd *)target)->state = argument;
	return 0;
}

static const struct hvg_option options[] = {
	{ "roll-back", 0, NULL, "undo a change that was cut short, and end", false, set_rolling_back },
	{ "restore", 0, "ADAPTER", "put on an adapter that nobody manages what was injected, and end", false, set_appeared },
	{ "sysfs", 0, "FOLDER", "look for adapters here, instead of in /sys", true, set_sysfs },
	{ "state", 0, "FOLDER", "keep state here, instead of in " HVG_STATE_DIR "/net", true, set_state },
};

int main(int argc, char *argv[])
{
	static struct netd netd = { .sysfs = "/sys", .state = HVG_STATE_DIR "/net" };
	static const struct hvg_program program = {
		.name = "hv-netd",
		.summary = "Applies the IP configuration that the Hyper-V host injects.",
		.options = options,
		.n_options = HVG_ELEMENTS(options),
		.target = &netd,
	};
	int r;

	if (!hvg_program_begin(&program, &netd_config, argc, argv, &netd.options, &r))
		return r;
	return hvg_program_end(&program, run(&netd));
}
