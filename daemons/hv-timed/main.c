// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hv-timed: keeps the guest's clock on the host's time. Reads its configuration, finds the
 * host's clock, learns who else is there, and keeps the clock or looks on.
 */

#include "hv-timed/timed.h"

#include "base/units.h"
#include "common/config-use.h"
#include "common/journal.h"
#include "common/program.h"
#include "common/timespan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* How often a host tells its time: every TimeSync sample, measured on hosts since 2016. */
#define HOST_PERIOD_US   (5 * HVG_USEC_PER_SEC)

#define TICK_ACCURACY_US (1 * HVG_USEC_PER_SEC)

static int load_settings(const struct timed *timed, struct timed_settings *ret)
{
	return hvg_config_use(&timed_config, &timed->options, ret);
}

static void reload(void *userdata)
{
	struct timed *timed = userdata;
	struct timed_settings fresh, former = timed->settings;
	int r = load_settings(timed, &fresh);

	if (r < 0) {
		hvg_log(LOG_ERR, NULL,
			"The configuration cannot be read again: %s; the former one stays.",
			strerror(-r));
		return;
	}
	timed->settings = fresh;
	timed_configure(timed);
	hvg_config_done(&timed_config, &former);
}

/* A slew that is under way is ended first: nobody would end it later. */
static void stop(void *userdata)
{
	struct timed *timed = userdata;

	hvg_timekeeper_stop(&timed->keeper);
	timed_pump(timed);
	hvg_loop_exit(timed->loop, 0);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct timed *timed = userdata;

	hvg_loop_alive(timed->loop);
	(void)sd_event_source_set_time_relative(source, hvg_loop_watchdog_us(timed->loop));
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int begin_ticking(struct timed *timed)
{
	uint64_t tick_us = hvg_loop_watchdog_us(timed->loop);

	if (tick_us == 0)
		return 0;
	return sd_event_add_time_relative(hvg_loop_event(timed->loop), &timed->tick,
		CLOCK_MONOTONIC, tick_us, TICK_ACCURACY_US, on_tick, timed);
}

static int init(struct timed *timed)
{
	struct hvg_loop_config config = { .reload = reload, .stop = stop, .userdata = timed };
	sd_event *event;
	int r;

	timed->set_fd = timed->source.fd = -EBADF;
	r = load_settings(timed, &timed->settings);
	if (r >= 0)
		r = hvg_loop_new(&config, &timed->loop);
	if (r < 0)
		return r;
	event = hvg_loop_event(timed->loop);
	r = timed_service_init(timed);
	if (r >= 0)
		r = timed_owners_init(&timed->owners, event, timed_owners_told, timed);
	if (r >= 0)
		r = timed_source_init(&timed->source, event, timed->options.device,
			timed_source_changed, timed);
	if (r >= 0)
		r = begin_ticking(timed);
	if (r < 0)
		return r;
	timed->owners.patterns = timed->settings.services;
	return timed_bus_init(timed);
}

static void done(struct timed *timed)
{
	timed->bus = hvg_bus_free(timed->bus);
	timed_owners_done(&timed->owners);
	timed_source_done(&timed->source);
	timed_service_done(timed);
	sd_event_source_disable_unref(timed->tick);
	hvg_loop_free(timed->loop);
	hvg_config_done(&timed_config, &timed->settings);
}

static int set_host_period(void *target, const char *argument)
{
	uint64_t *period_us = target;
	int r = hvg_timespan_parse(argument, period_us);

	if (r < 0)
		return r;
	return *period_us < 100 * HVG_USEC_PER_MSEC || *period_us > 3600 * HVG_USEC_PER_SEC
		? -ERANGE
		: 0;
}

int main(int argc, char *argv[])
{
	static struct timed timed = { .period_us = HOST_PERIOD_US };
	static const struct hvg_option own_options[] = {
		{ "host-period", 0, "SECONDS",
			"how often the host tells its time, instead of 5", true,
			set_host_period },
	};
	const struct hvg_program program = {
		.name = "hv-timed",
		.summary =
			"Keeps the clock on the time of the Hyper-V host (Time Synchronization).",
		.options = own_options,
		.n_options = HVG_ELEMENTS(own_options),
		.target = &timed.period_us,
	};
	int r;

	if (!hvg_program_begin(&program, &timed_config, argc, argv, &timed.options, &r))
		return r;
	r = init(&timed);
	if (r >= 0)
		r = hvg_loop_run(timed.loop);
	done(&timed);
	return hvg_program_end(&program, r);
}
