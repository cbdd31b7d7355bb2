// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The law loop of hv-timed: ask the timekeeper what to do, do it, tell how it went. Every deed
 * is one or two system calls, so all of them are done at once.
 */

#include "hv-timed/timed.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "common/journal.h"
#include "common/message-ids.h"

#include <errno.h>
#include <string.h>

/* Of a timer: an offset of 100 ms is slewed at 5000 ppm, which makes 5 us of a millisecond. */
#define ACCURACY_US      (1 * HVG_USEC_PER_MSEC)

/* How often the host's clock is read for a sample: some of it finds us running. */
#define N_READINGS       10

/* In periods: how long the bus may take, and how long an unknown steerer keeps us away. */
#define PATIENCE_PERIODS 1
#define TOUCH_PERIODS    720

const char *timed_owner(const struct timed *timed)
{
	const struct hvg_timekeeper *keeper = &timed->keeper;

	if (keeper->is_claimed)
		return "hv-timed";
	if (timed->owners.is_active)
		return timed->owners.name;
	return keeper->owner.is_touched && !keeper->is_active ? "another" : "";
}

/* The deeds. */

static int observe(struct timed *timed)
{
	struct hvg_clock_reading readings[N_READINGS];
	struct hvg_time_observation observation = { .readings = readings,
		.n_readings = N_READINGS };
	uint64_t begin_us = hvg_clock_us(CLOCK_MONOTONIC), end_us;
	int r, seen;

	r = timed_source_read(&timed->source, readings, N_READINGS);
	end_us = hvg_clock_us(CLOCK_MONOTONIC);
	seen = hvg_systemclock_look(&hvg_systemclock, &observation.condition);
	if (r < 0 || seen < 0)
		return r < 0 ? r : seen;
	hvg_timekeeper_recv(&timed->keeper, &observation, begin_us + (end_us - begin_us) / 2);
	return 0;
}

/* What we set is no news to us. */
static int step(struct timed *timed, int64_t step_ns)
{
	int r = hvg_systemclock_step(&hvg_systemclock, step_ns);

	(void)hvg_clockset_read(timed->set_fd);
	return r;
}

static int steer(const struct hvg_time_action *action)
{
	struct hvg_clock_marks marks = {
		.is_unsync = action->is_unsync,
		.max_error_us = action->max_error_us,
		.error_us = action->error_us,
	};

	return hvg_systemclock_steer(&hvg_systemclock, action->correction_ppb, &marks);
}

static int perform(struct timed *timed, const struct hvg_time_action *action)
{
	switch (action->kind) {
	case HVG_TIME_OBSERVE:
		return observe(timed);
	case HVG_TIME_CLAIM:
		return hvg_systemclock_claim(&hvg_systemclock);
	case HVG_TIME_STEP:
		return step(timed, action->step_ns);
	case HVG_TIME_STEER:
		return steer(action);
	case HVG_TIME_LET_GO:
		return hvg_systemclock_let_go(
			&hvg_systemclock, action->expected_ppb, action->correction_ppb);
	case HVG_TIME_WAIT:
		break;
	}
	return 0;
}

static void arm(struct timed *timed)
{
	uint64_t deadline_us = timed->keeper.deadline_us;

	(void)sd_event_source_set_time(timed->deadline, deadline_us);
	(void)sd_event_source_set_enabled(
		timed->deadline, deadline_us == HVG_NEVER ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

void timed_pump(struct timed *timed)
{
	struct hvg_time_action action;

	while (action = hvg_timekeeper_next(&timed->keeper, hvg_clock_us(CLOCK_MONOTONIC)),
		action.kind != HVG_TIME_WAIT) {
		int r = perform(timed, &action);

		if (action.kind != HVG_TIME_OBSERVE)
			timed->failure = r;
		hvg_timekeeper_done(
			&timed->keeper, action.serial, r, hvg_clock_us(CLOCK_MONOTONIC));
	}
	arm(timed);
	timed_report(timed);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	timed_pump(userdata);
	return 0;
}

/* The world. */

static int on_set(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct timed *timed = userdata;
	int r = hvg_clockset_read(fd);

	if (r > 0) {
		hvg_timekeeper_was_set(&timed->keeper, hvg_clock_us(CLOCK_MONOTONIC));
		timed_pump(timed);
	}
	return r < 0 ? r : 0;
}

void timed_source_changed(void *userdata)
{
	struct timed *timed = userdata;

	hvg_timekeeper_source(
		&timed->keeper, timed->source.fd >= 0, hvg_clock_us(CLOCK_MONOTONIC));
	timed_pump(timed);
}

void timed_owners_told(void *userdata)
{
	struct timed *timed = userdata;

	hvg_timekeeper_tell_active(&timed->keeper, timed->owners.is_active);
	timed_pump(timed);
}

static uint64_t nanoseconds(uint64_t us)
{
	return us > HVG_NEVER / HVG_NSEC_PER_USEC ? HVG_NEVER : us * HVG_NSEC_PER_USEC;
}

static struct hvg_timekeeper_config config_of(const struct timed *timed)
{
	const struct timed_settings *settings = &timed->settings;

	return (struct hvg_timekeeper_config){
		.servo = {
			.step_at_start_ns = nanoseconds(settings->step_at_start_us),
			.step_after_jump_ns = nanoseconds(settings->step_after_jump_us),
			.panic_backwards_ns = nanoseconds(settings->backwards_limit_us),
			.period_us = timed->period_us,
			.slew_max_ppb = settings->slew_limit_ppm * HVG_PPB_PER_PPM,
		},
		.owner = {
			.mode = (enum hvg_clock_mode)settings->mode,
			.patience_us = PATIENCE_PERIODS * timed->period_us,
			.touch_us = TOUCH_PERIODS * timed->period_us,
		},
	};
}

void timed_configure(struct timed *timed)
{
	struct hvg_timekeeper_config config = config_of(timed);

	hvg_timekeeper_configure(&timed->keeper, &config, hvg_clock_us(CLOCK_MONOTONIC));
	timed_owners_set_patterns(&timed->owners, timed->settings.services);
	timed_bus_changed(timed);
	timed_pump(timed);
}

/* Without the timer another's steps are seen at the next look, which is soon enough. */
static int watch_steps(struct timed *timed)
{
	timed->set_fd = hvg_clockset_open();
	if (timed->set_fd < 0) {
		hvg_log(LOG_WARNING, NULL,
			"It cannot be noticed at once when the clock is set: %s.",
			strerror(-timed->set_fd));
		return 0;
	}
	return sd_event_add_io(hvg_loop_event(timed->loop), &timed->set, timed->set_fd, EPOLLIN,
		on_set, timed);
}

int timed_service_init(struct timed *timed)
{
	struct hvg_timekeeper_config config = config_of(timed);
	int r;

	hvg_timekeeper_init(&timed->keeper, &config, hvg_clock_us(CLOCK_MONOTONIC));
	r = sd_event_add_time(hvg_loop_event(timed->loop), &timed->deadline, CLOCK_MONOTONIC,
		HVG_NEVER, ACCURACY_US, on_deadline, timed);
	return r < 0 ? r : watch_steps(timed);
}

void timed_service_done(struct timed *timed)
{
	timed->deadline = sd_event_source_disable_unref(timed->deadline);
	timed->set = sd_event_source_disable_unref(timed->set);
	timed->set_fd = hvg_close(timed->set_fd);
}
