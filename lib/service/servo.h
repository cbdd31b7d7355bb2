/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_SERVO_H
#define HVG_SERVICE_SERVO_H

/*
 * How the guest's clock is brought to the host's time and kept there: samples in, rates and
 * steps out. Time passes as an argument, CLOCK_MONOTONIC in microseconds.
 *
 *	state		leaves it when				to
 *	UNLOCKED	two samples agree: near / far		TRACKING / STEPPING
 *	STEPPING	the clock was stepped / could not be	TRACKING / UNLOCKED
 *	TRACKING	two samples agree on a far jump		STEPPING, or REFUSING
 *			no sample for a minute			HOLDOVER
 *	HOLDOVER	a sample fits / two agree on a jump	TRACKING / STEPPING, or REFUSING
 *	REFUSING	a sample fits again			TRACKING
 *	any		somebody else set the clock		UNLOCKED
 *
 * Signs and units, here and everywhere: an offset is in nanoseconds, positive = our clock is
 * ahead of the host's. A frequency is in parts per billion, positive = our clock, left alone,
 * runs fast. A correction is what the kernel is told to add to its rate, in parts per billion,
 * positive = faster.
 */

#include <stdbool.h>
#include <stdint.h>

enum hvg_servo_state {
	HVG_SERVO_UNLOCKED,
	HVG_SERVO_STEPPING,
	HVG_SERVO_TRACKING,
	HVG_SERVO_HOLDOVER,
	HVG_SERVO_REFUSING, /* holdover too: the host's time is not to be believed */
};

struct hvg_servo_config {
	uint64_t step_at_start_ns; /* a first offset above this is stepped; UINT64_MAX: never */
	uint64_t step_after_jump_ns; /* one that came by a jump, of either clock */
	uint64_t panic_backwards_ns; /* once locked, no step back by more than this */
	uint64_t period_us;          /* how often the host tells its time: 5 s */
	double slew_max_ppb; /* how much faster or slower the clock may run to mend an offset */
	bool only_steps;     /* the rate is not ours to change */
};

struct hvg_servo {
	struct hvg_servo_config config;
	enum hvg_servo_state state;
	bool has_locked; /* since init: what happens from now on is no start */

	/* What is known at at_us, and how well (a variance in ns^2, ns*ppb, ppb^2). */
	uint64_t at_us;
	double offset_ns, frequency_ppb;
	double offset_var, joint_var, frequency_var;

	/* Learnt: what a sample is off by, and how fast the frequency wanders. */
	double noise_var;  /* ns^2 */
	double wander_var; /* ppb^2 per second */
	double last_surprise, surprise_correlation;
	unsigned int n_samples; /* since the last lock */
	unsigned int n_since_jump, n_on_one_side;
	uint64_t sampled_us;

	/* A sample that does not fit: an outlier, or the first one after a jump. */
	bool is_suspicious;
	double suspicion_ns; /* how far it was off */
	double refused_ns;   /* what the host would have us step by, while REFUSING */

	double correction_ppb; /* what the kernel has been told */
	double slew_ppb;       /* the part of it that mends the offset, until slew_end_us */
	uint64_t slew_end_us;
	bool is_out, is_mute;
};

enum hvg_servo_command_kind {
	HVG_SERVO_WAIT,
	HVG_SERVO_STEP,  /* add step_ns to the clock */
	HVG_SERVO_STEER, /* let it run with this correction */
};

struct hvg_servo_command {
	enum hvg_servo_command_kind kind;
	int64_t step_ns;
	double correction_ppb;
};

/* The correction is the one in force; a steerer before us may have known the clock well. */
void hvg_servo_init(struct hvg_servo *servo, const struct hvg_servo_config *config,
	double correction_ppb, uint64_t now_us);

/* The host's word, new since the last one: the offset of our clock right now. */
void hvg_servo_sample(struct hvg_servo *servo, int64_t offset_ns, uint64_t now_us);

/* What to do with the clock. done tells how it went, 0 or negative errno. */
struct hvg_servo_command hvg_servo_next(struct hvg_servo *servo, uint64_t now_us);
void hvg_servo_done(struct hvg_servo *servo, const struct hvg_servo_command *command,
	int result, uint64_t now_us);

/* Somebody else set the clock; its rate is as it was. */
void hvg_servo_jumped(struct hvg_servo *servo, uint64_t now_us);

/* When next has something to say even without a sample; HVG_NEVER for never. */
uint64_t hvg_servo_deadline_us(const struct hvg_servo *servo, uint64_t now_us);

/* The correction that only makes up for the frequency: what to leave behind. */
double hvg_servo_base_ppb(const struct hvg_servo *servo);

/* Whether noise_var is known, and not what is assumed at first. */
bool hvg_servo_has_learnt(const struct hvg_servo *servo);

/* What the offset is now, and one standard deviation of that, in nanoseconds. */
double hvg_servo_offset_ns(const struct hvg_servo *servo, uint64_t now_us);
double hvg_servo_offset_error_ns(const struct hvg_servo *servo, uint64_t now_us);

const char *hvg_servo_state_name(enum hvg_servo_state state);

#endif
