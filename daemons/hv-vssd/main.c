// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hv-vssd: live backup. Thaws what a former instance may have left frozen, starts the freezer, opens the
 * device, and serves until it is told to end; then it thaws what is frozen, and ends.
 */

#include "hv-vssd/vssd.h"

#include "base/units.h"
#include "common/config-use.h"
#include "common/journal.h"
#include "common/message-ids.h"
#include "common/program.h"
#include "format/freezenote.h"
#include "os/fsfreeze.h"
#include "os/mounts.h"
#include "os/thawnote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* A tick that is late by this is no stall yet. */
#define TICK_ACCURACY_US (100 * HVG_USEC_PER_MSEC)

/* After that, what is still frozen is left to the freezer and to --thaw-leftovers. */
#define END_US (15 * HVG_USEC_PER_SEC)

/* A descriptor for each file system that may be frozen, and some. */
#define FILES (HVG_FREEZE_MAX + 256)

/*
 * For a former instance's freezer that hangs in a freeze: with what thaws take before and after, less than
 * the unit's TimeoutStopSec=.
 */
#define FORMER_END_US (15 * HVG_USEC_PER_SEC)

#define DEVICE "/dev/vmbus/hv_vss"

static int load_settings(const struct vssd *vssd, struct vssd_settings *ret)
{
	return hvg_config_use(&vssd_config, &vssd->options, ret);
}

/* A backup that is under way has copied what it needs. */
static void reload(void *userdata)
{
	struct vssd *vssd = userdata;
	struct vssd_settings fresh;
	int r = load_settings(vssd, &fresh);

	if (r < 0) {
		hvg_log(LOG_ERR, NULL, "The configuration cannot be read again: %s; the former one stays.",
			strerror(-r));
		return;
	}
	hvg_config_done(&vssd_config, &vssd->settings);
	vssd->settings = fresh;
	vssd_service_configure(vssd);
}

static int on_ending(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct vssd *vssd = userdata;
	bool is_frozen = !hvg_vss_is_quiet(&vssd->vss);

	if (is_frozen)
		hvg_log(LOG_CRIT, HVG_MSG_THAW_FAILED, "Something may still be frozen, and we end; it is tried again by others.");
	else
		hvg_log(LOG_WARNING, NULL, "A hook or a disk takes too long; we end without waiting for it.");
	hvg_loop_exit(vssd->loop, is_frozen ? EXIT_FAILURE : EXIT_SUCCESS);
	return 0;
}

/* The pump ends the loop when nothing is frozen any more. */
static void stop(void *userdata)
{
	struct vssd *vssd = userdata;

	vssd->is_stopping = true;
	hvg_vss_stop(&vssd->vss);
	(void)sd_event_add_time_relative(hvg_loop_event(vssd->loop), &vssd->ending, CLOCK_MONOTONIC, END_US, 0,
		on_ending, vssd);
	vssd_pump(vssd);
}

static int open_device(struct vssd *vssd)
{
	struct hvg_channel_driver_config config = {
		.name = "Backup",
		.path = vssd->device,
		.looks_for_path = vssd->options.device != NULL,
		.registration = vssd->registration,
		.registration_size = sizeof(vssd->registration),
		.patience_us = vssd->options.kernel_timeout_us,
		.service = &vssd_channel_service,
		.userdata = vssd,
	};

	return hvg_channel_driver_new(hvg_loop_event(vssd->loop), &config, &vssd->driver);
}

static int on_monitor(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	const struct hvg_vmbus_event *event;
	struct vssd *vssd = userdata;
	int r;

	while (r = hvg_vmbus_monitor_next(vssd->monitor, &event), r != 0) {
		bool is_lost = r < 0 && r != -ENOBUFS;
		bool is_ours = r < 0 || (event->is_added && strcmp(event->node, vssd->device) == 0);

		if (is_lost) { /* started anew, we hear of devices again */
			hvg_loop_exit(vssd->loop, r);
			return 0;
		}
		if (is_ours && vssd->driver)
			hvg_channel_driver_appeared(vssd->driver);
	}
	return 0;
}

/* A node that was named on the command line is looked for; the host's own is announced by udev. */
static int find_device(struct vssd *vssd)
{
	int r;

	(void)snprintf(vssd->device, sizeof(vssd->device), "%s", vssd->options.device ? vssd->options.device : DEVICE);
	if (vssd->options.device)
		return 0;
	r = hvg_vmbus_monitor_new(&vssd->monitor);
	if (r < 0)
		return r;
	return sd_event_add_io(hvg_loop_event(vssd->loop), &vssd->monitor_source,
		hvg_vmbus_monitor_get_fd(vssd->monitor), EPOLLIN, on_monitor, vssd);
}

static void on_sleep(void *userdata, bool sleeping)
{
	struct vssd *vssd = userdata;

	hvg_log(LOG_INFO, NULL, sleeping ? "The machine is going to sleep; the device is closed." :
					   "The machine is awake; the device is opened again.");
	if (sleeping)
		hvg_channel_driver_sleep(vssd->driver);
	else
		hvg_channel_driver_awaken(vssd->driver);
}

/* A machine that sleeps with frozen file systems may not even get there: it waits for them to be written. */
static bool is_ready_to_sleep(void *userdata)
{
	const struct vssd *vssd = userdata;

	return hvg_vss_is_quiet(&vssd->vss);
}

/* One tick for the watchdog and for noticing that we were stopped. */
static uint64_t tick_us(const struct vssd *vssd)
{
	struct hvg_channel_config config = { .patience_us = vssd->options.kernel_timeout_us };
	uint64_t stall_us = hvg_channel_tick_us(&config), watchdog_us = hvg_loop_watchdog_us(vssd->loop);

	return watchdog_us > 0 ? HVG_MIN(stall_us, watchdog_us) : stall_us;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct vssd *vssd = userdata;

	hvg_loop_alive(vssd->loop);
	hvg_channel_driver_tick(vssd->driver);
	(void)sd_event_source_set_time_relative(source, tick_us(vssd));
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* What its freezer has begun may still succeed while that is not dead. */
static int thaw_by_note(struct hvg_thawnote_result *ret)
{
	int r = hvg_thawnote_thaw(HVG_FREEZENOTE_PATH, HVG_FSFREEZE_ROOT, HVG_MOUNTS_PATH, ret);

	if (r < 0 || !ret->was_held)
		return r;
	r = hvg_thawnote_await(HVG_FREEZENOTE_PATH, FORMER_END_US);
	return r < 0 ? r : hvg_thawnote_thaw(HVG_FREEZENOTE_PATH, HVG_FSFREEZE_ROOT, HVG_MOUNTS_PATH, ret);
}

static int complain_of_leftovers(int code)
{
	if (code == -EBUSY)
		hvg_log(LOG_CRIT, HVG_MSG_THAW_FAILED, "A freeze of a former instance hangs in the kernel, and may still succeed; no backup is served until it has ended.");
	else
		hvg_log(LOG_ERR, HVG_MSG_THAW_FAILED, "%s cannot be acted on: %s.", HVG_FREEZENOTE_PATH, strerror(-code));
	return code;
}

/* What the last instance's note names, should its freezer have died, too. */
static int thaw_leftovers(void)
{
	struct hvg_thawnote_result result;
	int r = thaw_by_note(&result);

	if (r < 0)
		return r == -ENOENT ? 0 : complain_of_leftovers(r);
	hvg_log(LOG_WARNING, HVG_MSG_LEFTOVERS_THAWED, "Thawed what a former instance may have left frozen: %u file systems, %u that are gone, %u that could not be.",
		result.n_thawed, result.n_missing, result.n_failed);
	if (result.n_failed > 0)
		return -EIO;
	return hvg_thawnote_remove(HVG_FREEZENOTE_PATH);
}

static int init(struct vssd *vssd)
{
	struct hvg_loop_config config = { .reload = reload, .stop = stop, .userdata = vssd };
	int r;

	r = load_settings(vssd, &vssd->settings);
	if (r >= 0)
		r = hvg_loop_new(&config, &vssd->loop);
	if (r >= 0)
		r = vssd_service_init(vssd);
	if (r >= 0)
		r = find_device(vssd);
	if (r >= 0)
		r = vssd_backup_init(vssd);
	if (r >= 0)
		r = open_device(vssd);
	hvg_sleep_init(&vssd->sleep, "hv-vssd", on_sleep, vssd);
	vssd->sleep.is_ready = is_ready_to_sleep;
	if (r >= 0)
		r = sd_event_add_time_relative(hvg_loop_event(vssd->loop), &vssd->tick, CLOCK_MONOTONIC,
			tick_us(vssd), TICK_ACCURACY_US, on_tick, vssd);
	return r < 0 ? r : vssd_bus_init(vssd);
}

static void done(struct vssd *vssd)
{
	vssd->driver = hvg_channel_driver_free(vssd->driver);
	vssd_bus_done(vssd);
	hvg_sleep_done(&vssd->sleep);
	vssd_backup_done(vssd);
	(void)sd_event_source_disable_unref(vssd->monitor_source);
	hvg_vmbus_monitor_free(vssd->monitor);
	(void)sd_event_source_disable_unref(vssd->deadline);
	(void)sd_event_source_disable_unref(vssd->tick);
	(void)sd_event_source_disable_unref(vssd->ending);
	hvg_loop_free(vssd->loop);
	hvg_config_done(&vssd_config, &vssd->settings);
}

/* Nothing of ours is to be fetched from a disk while it is frozen. */
static void prepare_process(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < FILES) {
		limit.rlim_cur = HVG_MIN(limit.rlim_max, (rlim_t)FILES);
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		hvg_log(LOG_NOTICE, NULL, "We cannot be locked in memory: %s.", strerror(errno));
}

static int run(struct vssd *vssd)
{
	int r;

	prepare_process();
	r = thaw_leftovers();
	if (r == -EBUSY)
		return r; /* to be started again */
	r = init(vssd);
	if (r >= 0)
		r = hvg_loop_run(vssd->loop);
	done(vssd);
	return r;
}

static int set_freezer(void *target, const char *argument)
{
	((struct vssd_options *)target)->freezer = argument;
	return 0;
}

static int set_only_major(void *target, const char *argument)
{
	char *end;
	unsigned long number = strtoul(argument, &end, 10);

	if (*end || number == 0 || number > UINT32_MAX)
		return -EINVAL;
	((struct vssd_options *)target)->only_major = (uint32_t)number;
	return 0;
}

static int set_thaw_leftovers(void *target, const char *argument)
{
	((struct vssd_options *)target)->thaws_leftovers = true;
	return 0;
}

static const struct hvg_option own_options[] = {
	{ "thaw-leftovers", 0, NULL, "thaw what a dead instance has left frozen, and end", false, set_thaw_leftovers },
	{ "freezer", 0, "PATH", "the program that freezes, instead of the one that is installed", true, set_freezer },
	{ "only-major", 0, "NUMBER", "freeze nothing but devices of this number (7: loop)", true, set_only_major },
};

int main(int argc, char *argv[])
{
	static struct vssd vssd = { .own.freezer = HVG_VSS_FREEZER };
	const struct hvg_program program = {
		.name = "hv-vssd",
		.summary = "Live backup: freezes and thaws file systems for the Hyper-V host (Backup).",
		.options = own_options,
		.n_options = HVG_ELEMENTS(own_options),
		.target = &vssd.own,
	};
	int r;

	if (!hvg_program_begin(&program, &vssd_config, argc, argv, &vssd.options, &r))
		return r;
	if (vssd.own.thaws_leftovers)
		return thaw_leftovers() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	return hvg_program_end(&program, run(&vssd));
}
