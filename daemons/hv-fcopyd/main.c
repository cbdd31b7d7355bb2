// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hv-fcopyd: file copy from the Hyper-V host. Takes away what a crash left, reads its configuration,
 * opens the device, and serves until it is told to end.
 */

#include "hv-fcopyd/fcopyd.h"

#include "base/units.h"
#include "common/config-use.h"
#include "common/journal.h"
#include "common/message-ids.h"
#include "common/program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* How long a deed may take to end with us; it is only a file that is removed. */
#define END_PATIENCE_US (10 * HVG_USEC_PER_SEC)

/* A tick that is late by this part of the kernel's patience is no stall yet: 100 ms of 30 s. */
#define TICK_ACCURACY_PART 300

static int load_settings(const struct fcopyd *fcopyd, struct fcopyd_settings *ret)
{
	return hvg_config_use(&fcopyd_config, &fcopyd->options, ret);
}

/* A file that is coming is finished under the settings that it began with. */
static void reload(void *userdata)
{
	struct fcopyd *fcopyd = userdata;
	struct fcopyd_settings fresh;
	int r = load_settings(fcopyd, &fresh);

	if (r < 0) {
		hvg_log(LOG_ERR, NULL, "The configuration cannot be read again: %s; the former one stays.",
			strerror(-r));
		return;
	}
	if (fcopyd->has_next_settings)
		hvg_config_done(&fcopyd_config, &fcopyd->next_settings);
	fcopyd->next_settings = fresh;
	fcopyd->has_next_settings = true;
	fcopyd_use_next_settings(fcopyd);
}

static void recover(void)
{
	struct hvg_filenote note;

	if (hvg_filenote_recover(FCOPYD_NOTE, &note) > 0)
		hvg_log(LOG_NOTICE, HVG_MSG_FCOPY_RECOVERED, "A copy into %s was cut off; what was left of it is removed.",
			note.folder);
}

static void on_renegotiated(void *userdata)
{
	struct fcopyd *fcopyd = userdata;

	fcopyd_transfer_reset(&fcopyd->transfer);
}

static int open_device(struct fcopyd *fcopyd)
{
	struct hvg_channel_driver_config config = {
		.name = "Guest services (file copy)",
		.path = fcopyd->options.device ? fcopyd->options.device : "/dev/vmbus/hv_fcopy, UIO device",
		.looks_for_path = fcopyd->options.device != NULL,
		.transport = fcopyd_device_transport(&fcopyd->device),
		.registration = fcopyd->registration,
		.registration_size = sizeof(fcopyd->registration),
		.patience_us = fcopyd->options.kernel_timeout_us,
		.service = &fcopyd_channel_service,
		.userdata = fcopyd,
	};

	return hvg_channel_driver_new(hvg_loop_event(fcopyd->loop), &config, &fcopyd->driver);
}

static int on_monitor(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	const struct hvg_vmbus_event *event;
	struct fcopyd *fcopyd = userdata;
	int r;

	while (r = hvg_vmbus_monitor_next(fcopyd->monitor, &event), r != 0) {
		if (r < 0 || (event->is_added && fcopyd_device_is(event->node)))
			hvg_channel_driver_appeared(fcopyd->driver);
		if (r < 0 && r != -ENOBUFS)
			return r;
	}
	return 0;
}

/* A node that was named on the command line is looked for; the host's own is announced by udev. */
static int watch_devices(struct fcopyd *fcopyd)
{
	int r;

	if (fcopyd->options.device)
		return 0;
	r = hvg_vmbus_monitor_new(&fcopyd->monitor);
	if (r < 0)
		return r;
	return sd_event_add_io(hvg_loop_event(fcopyd->loop), &fcopyd->monitor_source,
		hvg_vmbus_monitor_get_fd(fcopyd->monitor), EPOLLIN, on_monitor, fcopyd);
}

static void on_sleep(void *userdata, bool sleeping)
{
	struct fcopyd *fcopyd = userdata;

	hvg_log(LOG_INFO, NULL, sleeping ? "The machine is going to sleep; the device is closed." :
					   "The machine is awake; the device is opened again.");
	if (sleeping)
		hvg_channel_driver_sleep(fcopyd->driver);
	else
		hvg_channel_driver_awaken(fcopyd->driver);
}

/* One tick for the watchdog and for noticing that we were stopped. */
static uint64_t tick_us(const struct fcopyd *fcopyd)
{
	struct hvg_channel_config config = { .patience_us = fcopyd->options.kernel_timeout_us };
	uint64_t stall_us = hvg_channel_tick_us(&config), watchdog_us = hvg_loop_watchdog_us(fcopyd->loop);

	return watchdog_us > 0 ? HVG_MIN(stall_us, watchdog_us) : stall_us;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct fcopyd *fcopyd = userdata;

	hvg_loop_alive(fcopyd->loop);
	hvg_channel_driver_tick(fcopyd->driver);
	fcopyd_transfer_tick(&fcopyd->transfer);
	(void)sd_event_source_set_time_relative(source, tick_us(fcopyd));
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int begin_ticking(struct fcopyd *fcopyd)
{
	return sd_event_add_time_relative(hvg_loop_event(fcopyd->loop), &fcopyd->tick, CLOCK_MONOTONIC,
		tick_us(fcopyd), fcopyd->options.kernel_timeout_us / TICK_ACCURACY_PART, on_tick, fcopyd);
}

static int init(struct fcopyd *fcopyd)
{
	struct hvg_loop_config config = { .reload = reload, .userdata = fcopyd };
	struct fcopyd_device_config device = {
		.path = fcopyd->options.device,
		.renegotiated = on_renegotiated,
		.userdata = fcopyd,
	};
	int r;

	recover();
	fcopyd_device_init(&fcopyd->device, &device);
	hvg_sleep_init(&fcopyd->sleep, "hv-fcopyd", on_sleep, fcopyd);
	r = load_settings(fcopyd, &fcopyd->settings);
	if (r >= 0)
		r = hvg_loop_new(&config, &fcopyd->loop);
	if (r >= 0)
		r = fcopyd_service_init(fcopyd);
	if (r < 0)
		return r;
	fcopyd_apply_settings(fcopyd);
	r = watch_devices(fcopyd);
	if (r >= 0)
		r = open_device(fcopyd);
	if (r >= 0)
		r = begin_ticking(fcopyd);
	return r < 0 ? r : fcopyd_bus_init(fcopyd);
}

/*
 * The device first: its thread lets go of it, and the host is answered. Then the file goes; if its disk
 * hangs, all that the thread uses stays for it.
 */
static void done(struct fcopyd *fcopyd)
{
	fcopyd->driver = hvg_channel_driver_free(fcopyd->driver);
	if (fcopyd_transfer_done(&fcopyd->transfer, END_PATIENCE_US) < 0)
		hvg_log(LOG_WARNING, NULL, "A file cannot be removed, because its disk does not answer; the next start does so.");
	fcopyd->bus = hvg_bus_free(fcopyd->bus);
	hvg_sleep_done(&fcopyd->sleep);
	sd_event_source_disable_unref(fcopyd->monitor_source);
	hvg_vmbus_monitor_free(fcopyd->monitor);
	sd_event_source_disable_unref(fcopyd->tick);
	hvg_loop_free(fcopyd->loop);
	if (fcopyd->has_next_settings)
		hvg_config_done(&fcopyd_config, &fcopyd->next_settings);
	hvg_config_done(&fcopyd_config, &fcopyd->settings);
}

static const struct hvg_program program = {
	.name = "hv-fcopyd",
	.summary = "File copy from the Hyper-V host (Guest services, Copy-VMFile).",
};

int main(int argc, char *argv[])
{
	static struct fcopyd fcopyd; /* with its buffers too large for a stack */
	int r;

	if (!hvg_program_begin(&program, &fcopyd_config, argc, argv, &fcopyd.options, &r))
		return r;
	r = init(&fcopyd);
	if (r >= 0)
		r = hvg_loop_run(fcopyd.loop);
	done(&fcopyd);
	return hvg_program_end(&program, r);
}
