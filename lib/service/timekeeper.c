// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What there is to do comes in this order: to let go of a clock that is not ours any more, to
 * take one that is free, to do what the servo wants, to look at the clocks again.
 */

#include "service/timekeeper.h"

#include "base/units.h"

#include <errno.h>
#include <math.h>

#define NSEC_PER_SEC     1e9

/*
 * When to look again, in periods of the host: nothing can be new before the next word is due;
 * then often enough that a new reading is young; a host that does not speak is not asked that
 * often.
 */
#define REST(period)     ((period)*9 / 10)
#define SOON(period)     ((period) / 20)
#define SELDOM(period)   ((period) / 5)
#define OVERDUE(period)  ((period)*6 / 5)
#define LONG_DUE(period) ((period)*2)

/* What a reading that is not new may differ by, besides its delay: resolution and rounding. */
#define SAME_NS          1000

/* The kernel's limit and some: ICTIMESYNC's host_ts is stale after 600 s
 * (drivers/hv/hv_util.c). */
#define STALE_US         (610 * HVG_USEC_PER_SEC)

/* A clock that nobody has corrected for an hour is not worth writing to the RTC. */
#define GOOD_US          (3600 * HVG_USEC_PER_SEC)

static uint64_t period_us(const struct hvg_timekeeper *keeper)
{
	return keeper->config.servo.period_us;
}

void hvg_timekeeper_init(struct hvg_timekeeper *keeper,
	const struct hvg_timekeeper_config *config, uint64_t now_us)
{
	*keeper = (struct hvg_timekeeper){
		.config = *config,
		.deadline_us = HVG_NEVER,
		.poll_us = now_us,
	};
	hvg_clock_owner_init(&keeper->owner, &config->owner, now_us);
	hvg_servo_init(&keeper->servo, &config->servo, 0, now_us);
}

void hvg_timekeeper_configure(struct hvg_timekeeper *keeper,
	const struct hvg_timekeeper_config *config, uint64_t now_us)
{
	bool only_steps = keeper->servo.config.only_steps;

	keeper->config = *config;
	keeper->owner.config = config->owner;
	keeper->servo.config = config->servo;
	keeper->servo.config.only_steps = only_steps;
	keeper->poll_us = now_us;
}

void hvg_timekeeper_source(struct hvg_timekeeper *keeper, bool has_source, uint64_t now_us)
{
	keeper->has_source = has_source;
	keeper->has_last = false;
	keeper->source_error = 0;
	keeper->poll_us = now_us;
}

void hvg_timekeeper_tell_active(struct hvg_timekeeper *keeper, bool is_active)
{
	hvg_clock_owner_tell(&keeper->owner, is_active);
}

/* What the rate of our clock has made of the last offset, if the host has not spoken. */
static void carry(struct hvg_timekeeper *keeper, uint64_t now_us)
{
	double s = (double)(now_us - keeper->carried_us) / (double)HVG_USEC_PER_SEC;

	keeper->carried_ns += keeper->rate_ppb * s / (1 + keeper->rate_ppb / NSEC_PER_SEC);
	keeper->carried_us = now_us;
}

void hvg_timekeeper_was_set(struct hvg_timekeeper *keeper, uint64_t now_us)
{
	keeper->was_set = true;
	keeper->poll_us = now_us;
	hvg_servo_jumped(&keeper->servo, now_us);
}

/* Recv: a reading, and whether it tells something new. */

static void note_step(struct hvg_timekeeper *keeper, int64_t step_ns,
	enum hvg_time_step_cause cause, uint64_t now_us)
{
	/* Offsets from before say nothing of the clock that there is now. */
	keeper->history.n = 0;
	keeper->last_step_ns = step_ns;
	keeper->last_step_us = now_us;
	keeper->last_step_cause = cause;
}

/* A word of the host's that could not be told from none changes nothing, and may be taken. */
static bool is_word_invisible(const struct hvg_timekeeper *keeper, int64_t same_ns)
{
	const struct hvg_servo *servo = &keeper->servo;
	double period_s = (double)period_us(keeper) / (double)HVG_USEC_PER_SEC;

	return !hvg_servo_has_learnt(servo) ||
		fabs(servo->frequency_ppb) * period_s + sqrt(servo->noise_var) <
		3.0 * (double)same_ns;
}

/*
 * Compared with the last word, carried on: what many words change is seen even if one changes
 * too little. And if the kernel does not call a word stale that must be, there were newer ones.
 */
static bool is_new(const struct hvg_timekeeper *keeper, const struct hvg_time_sample *sample,
	uint64_t now_us)
{
	int64_t same_ns = SAME_NS + (sample->delay_ns + keeper->sample.delay_ns) / 2;
	uint64_t age_us = now_us - keeper->sample_us;

	if (!keeper->has_last || keeper->servo.state == HVG_SERVO_UNLOCKED)
		return true;
	if (fabs((double)sample->offset_ns - keeper->carried_ns) > (double)same_ns ||
		age_us > STALE_US)
		return true;
	return age_us >= OVERDUE(period_us(keeper)) && is_word_invisible(keeper, same_ns);
}

static void take(
	struct hvg_timekeeper *keeper, const struct hvg_time_sample *sample, uint64_t now_us)
{
	struct hvg_timehistory_entry entry = {
		.at_us = now_us,
		.host_us = sample->device_ns / (int64_t)HVG_NSEC_PER_USEC,
		.offset_ns = sample->offset_ns,
	};

	keeper->has_last = true;
	keeper->carried_ns = (double)sample->offset_ns;
	keeper->sample = *sample;
	keeper->sample_us = now_us;
	keeper->n_samples++;
	keeper->needs_mark = true;
	hvg_timehistory_add(&keeper->history, &entry);
	hvg_servo_sample(&keeper->servo, sample->offset_ns, now_us);
}

static uint64_t rest_us(const struct hvg_timekeeper *keeper, bool was_new, uint64_t now_us)
{
	uint64_t period = period_us(keeper);

	if (keeper->servo.state == HVG_SERVO_UNLOCKED && keeper->is_active)
		return SOON(period);
	if (was_new)
		return REST(period);
	return now_us - keeper->sample_us < LONG_DUE(period) ? SOON(period) : SELDOM(period);
}

static void read(
	struct hvg_timekeeper *keeper, const struct hvg_time_sample *sample, uint64_t now_us)
{
	bool was_new;

	keeper->source_error = 0;
	carry(keeper, now_us);
	if (keeper->was_set && keeper->has_last)
		note_step(keeper, sample->offset_ns - llround(keeper->carried_ns),
			HVG_TIME_STEP_BY_ANOTHER, now_us);
	keeper->was_set = false;
	was_new = is_new(keeper, sample, now_us);
	if (was_new)
		take(keeper, sample, now_us);
	keeper->poll_us = now_us + rest_us(keeper, was_new, now_us);
}

void hvg_timekeeper_recv(struct hvg_timekeeper *keeper,
	const struct hvg_time_observation *observation, uint64_t now_us)
{
	struct hvg_time_sample sample;
	int r;

	hvg_clock_owner_look(&keeper->owner, &observation->condition, now_us);
	keeper->has_looked = true;
	r = hvg_timefilter_pick(
		&keeper->filter, observation->readings, observation->n_readings, &sample);
	if (r == 0)
		read(keeper, &sample, now_us);
	else if (r == -EAGAIN)
		keeper->poll_us = now_us + SOON(period_us(keeper));
	else
		keeper->source_error = r;
	keeper->rate_ppb = observation->condition.correction_ppb;
}

/* Next. */

static struct hvg_time_action yield(
	struct hvg_timekeeper *keeper, struct hvg_time_action action)
{
	action.serial = ++keeper->serial;
	keeper->out = action;
	keeper->is_out = true;
	return action;
}

/* 1: there is an action. */
static int let_go(struct hvg_timekeeper *keeper, struct hvg_time_action *ret)
{
	double base_ppb = hvg_servo_base_ppb(&keeper->servo);

	if (!keeper->is_claimed)
		return 0;
	keeper->is_claimed = false;
	hvg_clock_owner_let_go(&keeper->owner);
	if (keeper->servo.correction_ppb == base_ppb)
		return 0;
	*ret = yield(keeper,
		(struct hvg_time_action){
			.kind = HVG_TIME_LET_GO,
			.correction_ppb = base_ppb,
			.expected_ppb = keeper->servo.correction_ppb,
		});
	return 1;
}

/* The clock has become ours to step at least: begin with what it does now. */
static void begin(struct hvg_timekeeper *keeper, bool may_steer, uint64_t now_us)
{
	struct hvg_servo_config config = keeper->config.servo;

	config.only_steps = !may_steer;
	hvg_servo_init(&keeper->servo, &config, keeper->owner.rate_ppb, now_us);
	keeper->is_active = true;
	keeper->poll_us = now_us;
}

/* What the rights say; 1: there is an action. */
static int look_at_the_rights(
	struct hvg_timekeeper *keeper, uint64_t now_us, struct hvg_time_action *ret)
{
	struct hvg_clock_rights rights = hvg_clock_owner_rights(&keeper->owner, now_us);

	if (!rights.may_step ||
		(keeper->is_active && rights.may_steer == keeper->servo.config.only_steps)) {
		keeper->is_active = false;
		if (let_go(keeper, ret))
			return 1;
	}
	if (!rights.may_step || keeper->is_active || !keeper->has_looked)
		return 0;
	begin(keeper, rights.may_steer, now_us);
	if (!rights.may_steer)
		return 0;
	*ret = yield(keeper, (struct hvg_time_action){ .kind = HVG_TIME_CLAIM });
	return 1;
}

static bool is_good(const struct hvg_timekeeper *keeper, uint64_t now_us)
{
	return keeper->servo.state != HVG_SERVO_REFUSING &&
		now_us - keeper->sample_us < GOOD_US;
}

static struct hvg_time_action steer(
	struct hvg_timekeeper *keeper, double correction_ppb, uint64_t now_us)
{
	double offset_ns = fabs(hvg_servo_offset_ns(&keeper->servo, now_us));
	double error_ns = hvg_servo_offset_error_ns(&keeper->servo, now_us);
	double sample_ns =
		3 * sqrt(keeper->servo.noise_var) + (double)keeper->sample.delay_ns / 2;

	keeper->needs_mark = false;
	keeper->has_marked = is_good(keeper, now_us);
	return yield(keeper,
		(struct hvg_time_action){
			.kind = HVG_TIME_STEER,
			.correction_ppb = correction_ppb,
			.is_unsync = !keeper->has_marked,
			.max_error_us =
				llround((offset_ns + 3 * error_ns + sample_ns) / 1e3) + 1,
			.error_us = llround((offset_ns + error_ns) / 1e3) + 1,
		});
}

/* What the servo says, and what is to be said of the clock; 1: there is an action. */
static int look_at_the_servo(
	struct hvg_timekeeper *keeper, uint64_t now_us, struct hvg_time_action *ret)
{
	struct hvg_servo_command command = hvg_servo_next(&keeper->servo, now_us);
	bool is_locked = keeper->servo.state != HVG_SERVO_UNLOCKED && keeper->servo.has_locked;
	bool is_to_be_marked = is_locked &&
		(keeper->needs_mark || keeper->has_marked != is_good(keeper, now_us));

	keeper->command = command;
	if (command.kind == HVG_SERVO_STEP) {
		*ret = yield(keeper,
			(struct hvg_time_action){
				.kind = HVG_TIME_STEP, .step_ns = command.step_ns });
		return 1;
	}
	if (command.kind == HVG_SERVO_STEER)
		*ret = steer(keeper, command.correction_ppb, now_us);
	else if (is_to_be_marked && keeper->is_claimed && !keeper->servo.is_mute)
		*ret = steer(keeper, keeper->servo.correction_ppb, now_us);
	else
		return 0;
	return 1;
}

static uint64_t next_deadline_us(const struct hvg_timekeeper *keeper, uint64_t now_us)
{
	uint64_t deadline_us = hvg_clock_owner_deadline_us(&keeper->owner, now_us);

	if (keeper->has_source)
		deadline_us = HVG_MIN(deadline_us, keeper->poll_us);
	if (keeper->is_active)
		deadline_us =
			HVG_MIN(deadline_us, hvg_servo_deadline_us(&keeper->servo, now_us));
	if (keeper->has_marked && is_good(keeper, now_us))
		deadline_us = HVG_MIN(deadline_us, keeper->sample_us + GOOD_US);
	return deadline_us;
}

struct hvg_time_action hvg_timekeeper_next(struct hvg_timekeeper *keeper, uint64_t now_us)
{
	struct hvg_time_action action = { .kind = HVG_TIME_WAIT };

	keeper->deadline_us = HVG_NEVER;
	if (keeper->is_out || keeper->is_stopped)
		return action;
	if (keeper->is_stopping) {
		keeper->is_stopped = true;
		(void)let_go(keeper, &action);
		return action;
	}
	if (look_at_the_rights(keeper, now_us, &action))
		return action;
	if (keeper->is_active && look_at_the_servo(keeper, now_us, &action))
		return action;
	if (keeper->has_source && now_us >= keeper->poll_us) {
		keeper->poll_us = now_us + period_us(keeper); /* unless recv knows better */
		return yield(keeper, (struct hvg_time_action){ .kind = HVG_TIME_OBSERVE });
	}
	keeper->deadline_us = next_deadline_us(keeper, now_us);
	return action;
}

/* Done. */

static void stepped(struct hvg_timekeeper *keeper, int result, uint64_t now_us)
{
	enum hvg_time_step_cause cause =
		keeper->servo.has_locked ? HVG_TIME_STEP_AFTER_JUMP : HVG_TIME_STEP_AT_START;

	hvg_servo_done(&keeper->servo, &keeper->command, result, now_us);
	if (result < 0)
		return;
	note_step(keeper, keeper->out.step_ns, cause, now_us);
	keeper->carried_ns += (double)keeper->out.step_ns;
	keeper->needs_mark = true;
}

static void steered(struct hvg_timekeeper *keeper, int result, uint64_t now_us)
{
	if (keeper->command.kind == HVG_SERVO_STEER)
		hvg_servo_done(&keeper->servo, &keeper->command, result, now_us);
	if (result < 0)
		return;
	carry(keeper, now_us);
	keeper->rate_ppb = keeper->out.correction_ppb;
	hvg_clock_owner_steered(&keeper->owner, keeper->out.correction_ppb);
}

void hvg_timekeeper_done(
	struct hvg_timekeeper *keeper, uint64_t serial, int result, uint64_t now_us)
{
	if (!keeper->is_out || serial != keeper->serial)
		return;
	keeper->is_out = false;
	switch (keeper->out.kind) {
	case HVG_TIME_OBSERVE:
		if (result < 0)
			keeper->source_error = result;
		break;
	case HVG_TIME_CLAIM:
		keeper->is_claimed = result >= 0;
		break;
	case HVG_TIME_STEP:
		stepped(keeper, result, now_us);
		break;
	case HVG_TIME_STEER:
		steered(keeper, result, now_us);
		break;
	case HVG_TIME_LET_GO:
	case HVG_TIME_WAIT:
		break;
	}
}

void hvg_timekeeper_stop(struct hvg_timekeeper *keeper)
{
	keeper->is_stopping = true;
}

const char *hvg_timekeeper_state(const struct hvg_timekeeper *keeper)
{
	if (!keeper->has_source)
		return "absent";
	return keeper->is_active ? hvg_servo_state_name(keeper->servo.state) : "monitoring";
}

const char *hvg_time_step_cause_name(enum hvg_time_step_cause cause)
{
	static const char *const names[] = {
		[HVG_TIME_STEP_AT_START] = "start",
		[HVG_TIME_STEP_AFTER_JUMP] = "jump",
		[HVG_TIME_STEP_BY_ANOTHER] = "another",
	};

	return names[cause];
}
