// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The law loop of hv-vssd: ask the service what to do, do it, tell how it went. Deeds end later, from
 * the event loop; whoever tells of an end pumps afterwards.
 */

#include "hv-vssd/vssd.h"

#include "base/units.h"
#include "common/clock.h"
#include "common/journal.h"
#include "common/message-ids.h"
#include "hvguest/status.h"

#include <string.h>

#define ACCURACY_US (50 * HVG_USEC_PER_MSEC)

/* What the freezer may be late with its own thaw before the service asks for it. */
#define GRACE_US (2 * HVG_USEC_PER_SEC)

/* Finding out what is mounted, and what a freeze needs beyond its own time-out. */
#define SLACK_US (10 * HVG_USEC_PER_SEC)

void vssd_finish(struct vssd *vssd, uint64_t serial, int code)
{
	(void)hvg_vss_done(&vssd->vss, serial, code, hvg_clock_us(CLOCK_MONOTONIC));
}

static void log_outcome(const struct hvg_vss_outcome *outcome)
{
	const char *op = hvg_vss_op_name(outcome->op);

	if (outcome->status == HVG_STATUS_OK)
		hvg_log(LOG_DEBUG, NULL, "%s: %s.", op, hvg_status_name(outcome->status));
	else
		hvg_log(LOG_NOTICE, HVG_MSG_REQUEST_REFUSED, "The host's request %s was answered with %s%s%s.", op,
			hvg_status_name(outcome->status), outcome->reason ? ": " : "",
			outcome->reason ? outcome->reason : "");
}

static void do_send(struct vssd *vssd, const struct hvg_vss_action *action)
{
	struct hvg_vss_outcome outcome = vssd->vss.outcome;
	int r = hvg_channel_driver_send(vssd->driver, action->reply, HVG_VSS_MESSAGE_SIZE);

	if (r < 0)
		hvg_log(LOG_NOTICE, HVG_MSG_ANSWER_LOST, "The kernel has given up on the host's request %s before it was answered.",
			hvg_vss_op_name(outcome.op));
	vssd_finish(vssd, action->serial, r);
	log_outcome(&outcome);
}

static void perform(struct vssd *vssd, const struct hvg_vss_action *action)
{
	switch (action->kind) {
	case HVG_VSS_CHECK:
		vssd_backup_check(vssd, action->serial);
		break;
	case HVG_VSS_DO_FREEZE:
		vssd_backup_freeze(vssd, action->serial, action->is_rehearsal);
		break;
	case HVG_VSS_DO_THAW:
		vssd_backup_thaw(vssd, action->serial, action->why);
		break;
	case HVG_VSS_SEND:
		do_send(vssd, action);
		break;
	case HVG_VSS_WAIT:
		break;
	}
}

static void arm(struct vssd *vssd)
{
	if (vssd->vss.deadline_us == vssd->armed_us)
		return;
	vssd->armed_us = vssd->vss.deadline_us;
	(void)sd_event_source_set_time(vssd->deadline, vssd->armed_us);
	(void)sd_event_source_set_enabled(vssd->deadline, SD_EVENT_ONESHOT);
}

static void tell(struct vssd *vssd)
{
	if (vssd->vss.state != vssd->told_state) {
		vssd->told_state = vssd->vss.state;
		vssd_bus_state_changed(vssd);
	}
	hvg_sleep_review(&vssd->sleep);
	if (vssd->is_stopping && hvg_vss_is_quiet(&vssd->vss) && vssd_backup_is_over(vssd))
		hvg_loop_exit(vssd->loop, 0);
}

/* A deed that ends inside perform, and the driver's lost inside a send, must not pump once more. */
void vssd_pump(struct vssd *vssd)
{
	struct hvg_vss_action action;

	if (vssd->is_pumping)
		return;
	vssd->is_pumping = true;
	while (action = hvg_vss_next(&vssd->vss, hvg_clock_us(CLOCK_MONOTONIC)), action.kind != HVG_VSS_WAIT)
		perform(vssd, &action);
	vssd->is_pumping = false;
	arm(vssd);
	tell(vssd);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct vssd *vssd = userdata;

	vssd->armed_us = HVG_NEVER;
	vssd_pump(vssd);
	return 0;
}

/* The channel driver's side. */

static int accept_registration(void *userdata, const void *bytes, size_t size)
{
	int r = hvg_vss_decode_registered(bytes, size);

	if (r >= 0)
		hvg_log(LOG_INFO, HVG_MSG_REGISTERED, "Registered with the kernel.");
	return r;
}

/* How long the kernel waits for this one. */
static uint64_t patience_us(const struct vssd *vssd)
{
	uint64_t scale = vssd->vss.op == HVG_VSS_FREEZE ? HVG_VSS_FREEZE_TIMEOUT_SEC : HVG_VSS_TIMEOUT_SEC;

	return vssd->options.kernel_timeout_us * scale / HVG_VSS_TIMEOUT_SEC;
}

static void serve(void *userdata, const void *bytes, size_t size)
{
	struct vssd *vssd = userdata;

	hvg_vss_recv(&vssd->vss, bytes, size, hvg_clock_us(CLOCK_MONOTONIC));
	hvg_channel_driver_set_patience(vssd->driver, patience_us(vssd));
	vssd_pump(vssd);
}

static void lost(void *userdata)
{
	struct vssd *vssd = userdata;

	hvg_vss_cancel(&vssd->vss);
	vssd_pump(vssd);
}

const char *vssd_device_state(const struct vssd *vssd)
{
	const struct hvg_channel *channel;

	if (!vssd->driver)
		return "starting";
	channel = hvg_channel_driver_channel(vssd->driver);
	return hvg_channel_is_registered(channel) ? "registered" : hvg_channel_state_name(channel->state);
}

static void changed(void *userdata)
{
	struct vssd *vssd = userdata;

	if (hvg_channel_is_registered(hvg_channel_driver_channel(vssd->driver))) {
		hvg_loop_ready(vssd->loop);
		hvg_loop_status(vssd->loop, "Serving the host's backups");
	} else {
		hvg_loop_status(vssd->loop, "Not registered: %s", vssd_device_state(vssd));
	}
	vssd_bus_state_changed(vssd);
}

const struct hvg_channel_service vssd_channel_service = {
	.accept = accept_registration,
	.serve = serve,
	.lost = lost,
	.changed = changed,
};

void vssd_service_configure(struct vssd *vssd)
{
	const struct vssd_settings *settings = &vssd->settings;
	uint64_t wanted_us = settings->hook_budget_us + settings->sync_timeout_us + settings->freeze_timeout_us +
		SLACK_US;
	uint64_t kernel_us = vssd->options.kernel_timeout_us * HVG_VSS_FREEZE_TIMEOUT_SEC / HVG_VSS_TIMEOUT_SEC;

	/* One part of thirty is left for the answer, as everywhere. */
	vssd->vss.config.freeze_limit_us = HVG_MIN(wanted_us, kernel_us - kernel_us / 30);
	vssd->vss.config.frozen_us = settings->freeze_timeout_us + GRACE_US;
}

int vssd_service_init(struct vssd *vssd)
{
	struct hvg_vss_config config = { .patience_us = vssd->options.kernel_timeout_us };

	hvg_vss_init(&vssd->vss, &config);
	vssd_service_configure(vssd);
	hvg_vss_encode_register(vssd->registration);
	vssd->armed_us = HVG_NEVER;
	return sd_event_add_time(hvg_loop_event(vssd->loop), &vssd->deadline, CLOCK_MONOTONIC, HVG_NEVER,
		ACCURACY_US, on_deadline, vssd);
}
