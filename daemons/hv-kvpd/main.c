// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hv-kvpd: key-value pair exchange with the Hyper-V host. Reads its configuration, makes the pools
 * whole, opens the device, and serves until it is told to end.
 */

#include "hv-kvpd/kvpd.h"

#include "base/units.h"
#include "common/config-use.h"
#include "common/journal.h"
#include "common/message-ids.h"
#include "common/program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The host is not to wait for pools whose disk or lock does not come. */
#define OPEN_AFTER_US (1 * HVG_USEC_PER_SEC)

/* A tick that is late by this is no stall yet. */
#define TICK_ACCURACY_US (100 * HVG_USEC_PER_MSEC)

#define DEVICE "/dev/vmbus/hv_kvp"

static int load_settings(const struct kvpd *kvpd, struct kvpd_settings *ret)
{
	return hvg_config_use(&kvpd_config, &kvpd->options, ret);
}

/* The parts copy what they use, or look at the settings each time. */
static void apply_settings(struct kvpd *kvpd)
{
	kvpd->kvp.config.allow_host_writes_to_guest_pool = kvpd->settings.allow_host_writes;
	kvpd->facts.exclude = kvpd->settings.exclude_interfaces;
}

static void reload(void *userdata)
{
	struct kvpd *kvpd = userdata;
	struct kvpd_settings fresh;
	int r = load_settings(kvpd, &fresh);

	if (r < 0) {
		hvg_log(LOG_ERR, NULL, "The configuration cannot be read again: %s; the former one stays.",
			strerror(-r));
		return;
	}
	fresh.max_records = kvpd->settings.max_records; /* those two need a restart */
	fresh.drop_stale = kvpd->settings.drop_stale;
	hvg_config_done(&kvpd_config, &kvpd->settings);
	kvpd->settings = fresh;
	apply_settings(kvpd);
	kvpd_pools_set_mode(&kvpd->pools);
}

static int open_device(struct kvpd *kvpd)
{
	struct hvg_channel_driver_config config = {
		.name = "Data Exchange",
		.path = kvpd->device,
		.looks_for_path = kvpd->options.device != NULL,
		.registration = kvpd->registration,
		.registration_size = sizeof(kvpd->registration),
		.patience_us = kvpd->options.kernel_timeout_us,
		.service = &kvpd_channel_service,
		.userdata = kvpd,
	};
	int r;

	if (kvpd->driver || kvpd->is_ending)
		return 0;
	kvpd->opening = sd_event_source_disable_unref(kvpd->opening);
	r = hvg_channel_driver_new(hvg_loop_event(kvpd->loop), &config, &kvpd->driver);
	if (r >= 0 && kvpd->sleep.sleeping)
		hvg_channel_driver_sleep(kvpd->driver);
	return r;
}

static void on_prepared(void *userdata, int code, const struct kvpd_pool_answer *answer)
{
	struct kvpd *kvpd = userdata;
	int r = code == -ECANCELED ? 0 : open_device(kvpd);

	if (r < 0)
		hvg_loop_exit(kvpd->loop, r);
}

static int on_opening(sd_event_source *source, uint64_t usec, void *userdata)
{
	hvg_log(LOG_WARNING, HVG_MSG_POOL_UNUSABLE, "The pools are not ready yet (a slow disk, a locked file?); the host is served without them until they are.");
	return open_device(userdata);
}

static int on_monitor(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	const struct hvg_vmbus_event *event;
	struct kvpd *kvpd = userdata;
	int r;

	while (r = hvg_vmbus_monitor_next(kvpd->monitor, &event), r != 0) {
		bool is_lost = r < 0 && r != -ENOBUFS;
		bool is_ours = r < 0 || (event->is_added && strcmp(event->node, kvpd->device) == 0);

		if (is_lost) { /* started anew, we hear of devices again */
			hvg_loop_exit(kvpd->loop, r);
			return 0;
		}
		if (is_ours && kvpd->driver)
			hvg_channel_driver_appeared(kvpd->driver);
	}
	return 0;
}

/* A node that was named on the command line is looked for; the host's own is announced by udev. */
static int find_device(struct kvpd *kvpd)
{
	int r;

	snprintf(kvpd->device, sizeof(kvpd->device), "%s", kvpd->options.device ? kvpd->options.device : DEVICE);
	if (kvpd->options.device)
		return 0;
	r = hvg_vmbus_monitor_new(&kvpd->monitor);
	if (r < 0)
		return r;
	return sd_event_add_io(hvg_loop_event(kvpd->loop), &kvpd->monitor_source,
		hvg_vmbus_monitor_get_fd(kvpd->monitor), EPOLLIN, on_monitor, kvpd);
}

static void on_sleep(void *userdata, bool sleeping)
{
	struct kvpd *kvpd = userdata;

	if (!kvpd->driver)
		return;
	hvg_log(LOG_INFO, NULL, sleeping ? "The machine is going to sleep; the device is closed." :
					   "The machine is awake; the device is opened again.");
	if (sleeping)
		hvg_channel_driver_sleep(kvpd->driver);
	else
		hvg_channel_driver_awaken(kvpd->driver);
}

static void on_pool_changed(void *userdata, enum hvg_pool pool, const char *key, const char *what)
{
	kvpd_bus_changed(userdata, pool, key, what);
}

static void on_pool_written(void *userdata, enum hvg_pool pool)
{
	kvpd_bus_changed(userdata, pool, "", "refreshed");
}

/* One tick for the watchdog and for noticing that we were stopped. */
static uint64_t tick_us(const struct kvpd *kvpd)
{
	struct hvg_channel_config config = { .patience_us = kvpd->options.kernel_timeout_us };
	uint64_t stall_us = hvg_channel_tick_us(&config), watchdog_us = hvg_loop_watchdog_us(kvpd->loop);

	return watchdog_us > 0 ? HVG_MIN(stall_us, watchdog_us) : stall_us;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct kvpd *kvpd = userdata;

	hvg_loop_alive(kvpd->loop);
	if (kvpd->driver)
		hvg_channel_driver_tick(kvpd->driver);
	(void)sd_event_source_set_time_relative(source, tick_us(kvpd));
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int begin_ticking(struct kvpd *kvpd)
{
	return sd_event_add_time_relative(hvg_loop_event(kvpd->loop), &kvpd->tick, CLOCK_MONOTONIC, tick_us(kvpd),
		TICK_ACCURACY_US, on_tick, kvpd);
}

static int init_guest_side(struct kvpd *kvpd)
{
	sd_event *event = hvg_loop_event(kvpd->loop);
	int r;

	kvpd_netd_init(&kvpd->netd, event, kvpd->options.kernel_timeout_us);
	hvg_sleep_init(&kvpd->sleep, "hv-kvpd", on_sleep, kvpd);
	r = kvpd_facts_init(&kvpd->facts, event);
	if (r >= 0)
		r = kvpd_link_init(&kvpd->link, event, kvpd->options.kernel_timeout_us);
	if (r >= 0)
		r = kvpd_pools_init(&kvpd->pools, event, &kvpd->settings);
	if (r < 0)
		return r;
	kvpd->pools.changed = on_pool_changed;
	kvpd->pools.userdata = kvpd;
	kvpd_watch_init(&kvpd->watch, event, on_pool_written, kvpd);
	apply_settings(kvpd);
	kvpd_facts_refresh(&kvpd->facts); /* the resolver begins, so that the first answer knows the name */
	return kvpd_pools_prepare(&kvpd->pools, on_prepared, kvpd);
}

static int init(struct kvpd *kvpd)
{
	struct hvg_loop_config config = { .reload = reload, .userdata = kvpd };
	int r;

	r = load_settings(kvpd, &kvpd->settings);
	if (r >= 0)
		r = hvg_loop_new(&config, &kvpd->loop);
	if (r >= 0)
		r = kvpd_service_init(kvpd);
	if (r >= 0)
		r = find_device(kvpd);
	if (r >= 0)
		r = init_guest_side(kvpd);
	if (r >= 0)
		r = sd_event_add_time_relative(hvg_loop_event(kvpd->loop), &kvpd->opening, CLOCK_MONOTONIC,
			OPEN_AFTER_US, 0, on_opening, kvpd);
	if (r >= 0)
		r = begin_ticking(kvpd);
	return r < 0 ? r : kvpd_bus_init(kvpd);
}

/* The device first: what hangs below must not keep the host, or the kernel, waiting. */
static void done(struct kvpd *kvpd)
{
	kvpd->is_ending = true;
	kvpd->driver = hvg_channel_driver_free(kvpd->driver);
	kvpd->bus = hvg_bus_free(kvpd->bus);
	hvg_sleep_done(&kvpd->sleep);
	kvpd_netd_done(&kvpd->netd);
	kvpd_link_done(&kvpd->link);
	kvpd_watch_done(&kvpd->watch);
	kvpd_facts_done(&kvpd->facts);
	kvpd_pools_done(&kvpd->pools);
	sd_event_source_disable_unref(kvpd->monitor_source);
	hvg_vmbus_monitor_free(kvpd->monitor);
	sd_event_source_disable_unref(kvpd->opening);
	sd_event_source_disable_unref(kvpd->deadline);
	sd_event_source_disable_unref(kvpd->tick);
	hvg_loop_free(kvpd->loop);
	hvg_config_done(&kvpd_config, &kvpd->settings);
}

static const struct hvg_program program = {
	.name = "hv-kvpd",
	.summary = "Key-value pair exchange with the Hyper-V host (Data Exchange).",
};

int main(int argc, char *argv[])
{
	static struct kvpd kvpd; /* with its buffers too large for a stack */
	int r;

	if (!hvg_program_begin(&program, &kvpd_config, argc, argv, &kvpd.options, &r))
		return r;
	r = init(&kvpd);
	if (r >= 0)
		r = hvg_loop_run(kvpd.loop);
	done(&kvpd);
	return hvg_program_end(&program, r);
}
