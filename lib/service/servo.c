// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A Kalman filter of two numbers, the offset and the frequency of our clock, and slews of
 * exactly the length that the offset needs.
 *
 * How much a sample moves the estimate depends on two variances that nobody knows beforehand:
 * the noise of a sample, and the wander of the frequency. The first is learnt from the size of
 * the surprises (sample minus expectation), the second from their order: the surprises of a
 * filter that is neither too slow nor too quick are white. Two in a row on the same side mean
 * that it lags, so the wander is taken for larger; two on different sides, that it chases
 * noise. (R. K. Mehra, "On the identification of variances and adaptive Kalman filtering", IEEE
 * Trans. AC-15, 1970.)
 */

#include "service/servo.h"

#include "base/units.h"

#include <math.h>

#define NSEC_PER_SEC        1e9

/* What is assumed of a machine that nobody knows yet: 20 us, 100 ppm. */
#define FIRST_NOISE_VAR     4e8
#define FIRST_FREQUENCY_VAR 1e10
#define FIRST_WANDER_VAR    4.0

/* What a jump may have done to the frequency: 10 ppm. */
#define JUMP_FREQUENCY_VAR  1e8
#define JUMP_AGAIN          12 /* samples */

/* A sample has a resolution of 100 ns (facts: guest protocol, section 8.2). */
#define NOISE_VAR_MIN       1e4
#define NOISE_VAR_MAX       1e14

/* From a crystal in an oven to a virtual machine on the move; ours, from simulations. */
#define WANDER_VAR_MIN      1e-3
#define WANDER_VAR_MAX      1e6

/* The frequency error that ADJ_FREQUENCY alone can make up for: MAXFREQ of <linux/timex.h>. */
#define FREQUENCY_MAX_PPB   500e3

/* Learning begins when the estimate is no longer made of the first samples alone. */
#define LEARN_FROM          6
#define LEARN_MEMORY        32
#define CORRELATION_GAIN    (1.0 / 16)
#define WANDER_GAIN         0.1
#define RUN                 8

/* Standard deviations that no honest sample is off by. */
#define GATE                6

/* How far two first samples may differ and still agree: a busy machine, no nonsense. */
#define AGREEMENT_NS        5e6

/* Twelve samples that did not come: long enough not to cry wolf, ours. */
#define HOLDOVER_PERIODS    12

void hvg_servo_init(struct hvg_servo *servo, const struct hvg_servo_config *config,
	double correction_ppb, uint64_t now_us)
{
	*servo = (struct hvg_servo){
		.config = *config,
		.state = HVG_SERVO_UNLOCKED,
		.at_us = now_us,
		.frequency_ppb = -correction_ppb,
		.correction_ppb = correction_ppb,
		.frequency_var = FIRST_FREQUENCY_VAR,
		.noise_var = FIRST_NOISE_VAR,
		.wander_var = FIRST_WANDER_VAR,
		.sampled_us = now_us,
	};
}

static double clamp(double value, double limit)
{
	return HVG_MAX(-limit, HVG_MIN(value, limit));
}

/* Seconds of the uncorrected clock: CLOCK_MONOTONIC runs with the correction, too. */
static double elapsed_s(const struct hvg_servo *servo, uint64_t now_us)
{
	if (now_us <= servo->at_us)
		return 0;
	return (double)(now_us - servo->at_us) / (double)HVG_USEC_PER_SEC /
		(1 + servo->correction_ppb / NSEC_PER_SEC);
}

/* The filter's step in time. */
static void advance(struct hvg_servo *servo, uint64_t now_us)
{
	double s = elapsed_s(servo, now_us);

	servo->at_us = HVG_MAX(servo->at_us, now_us);
	servo->offset_ns += (servo->frequency_ppb + servo->correction_ppb) * s;
	servo->offset_var += s * (2 * servo->joint_var + s * servo->frequency_var) +
		servo->wander_var * s * s * s / 3;
	servo->joint_var += s * servo->frequency_var + servo->wander_var * s * s / 2;
	servo->frequency_var += servo->wander_var * s;
}

/* The filter's step by a sample that was off by surprise. */
static void correct(struct hvg_servo *servo, double surprise_ns)
{
	double variance = servo->offset_var + servo->noise_var;
	double offset_gain = servo->offset_var / variance;
	double frequency_gain = servo->joint_var / variance;

	servo->offset_ns += offset_gain * surprise_ns;
	servo->frequency_ppb =
		clamp(servo->frequency_ppb + frequency_gain * surprise_ns, FREQUENCY_MAX_PPB);
	servo->frequency_var -= frequency_gain * servo->joint_var;
	servo->joint_var -= offset_gain * servo->joint_var;
	servo->offset_var -= offset_gain * servo->offset_var;
}

/* From how large a surprise is; an odd one counts as three standard deviations. */
static void learn_noise(struct hvg_servo *servo, double surprise)
{
	double variance = servo->offset_var + servo->noise_var;
	unsigned int n = servo->n_samples;
	double gain;

	if (n < LEARN_FROM)
		return;
	gain = 1.0 / HVG_MIN(n - LEARN_FROM + 2, LEARN_MEMORY + 0U);
	servo->noise_var += gain * ((surprise * surprise - 1) * variance);
	servo->noise_var = HVG_MAX(NOISE_VAR_MIN, HVG_MIN(servo->noise_var, NOISE_VAR_MAX));
}

/* From how like the last one it is. */
static void learn_wander(struct hvg_servo *servo, double surprise)
{
	if (servo->n_samples >= LEARN_FROM) {
		servo->surprise_correlation += CORRELATION_GAIN *
			(surprise * servo->last_surprise - servo->surprise_correlation);
		servo->wander_var *= exp(WANDER_GAIN * servo->surprise_correlation);
		servo->wander_var =
			HVG_MAX(WANDER_VAR_MIN, HVG_MIN(servo->wander_var, WANDER_VAR_MAX));
	}
	servo->last_surprise = surprise;
}

/* Many on one side: the frequency is further off than it is thought to be (chrony's test of
 * runs). */
static void doubt_frequency(struct hvg_servo *servo, double surprise)
{
	bool is_same_side = (surprise < 0) == (servo->last_surprise < 0);

	servo->n_on_one_side = is_same_side ? servo->n_on_one_side + 1 : 0;
	if (servo->n_on_one_side >= RUN)
		servo->frequency_var = HVG_MIN(2 * servo->frequency_var, FIRST_FREQUENCY_VAR);
}

/* One period is long enough for what is small, and the limit decides about what is not. */
static void begin_slew(struct hvg_servo *servo, uint64_t now_us)
{
	double period_s = (double)servo->config.period_us / (double)HVG_USEC_PER_SEC;

	servo->slew_ppb = clamp(servo->offset_ns / period_s, servo->config.slew_max_ppb);
	servo->slew_end_us = now_us;
	if (servo->slew_ppb != 0)
		servo->slew_end_us += (uint64_t)(servo->offset_ns / servo->slew_ppb *
			(double)HVG_USEC_PER_SEC);
}

/*
 * The offset is known by samples alone. The frequency is likely to be what it was, though a
 * machine that goes on elsewhere has another counter; but if the last jump was just before,
 * then it was the frequency that jumped, by as much as makes such an offset in a period.
 */
static void believe(struct hvg_servo *servo, double offset_ns)
{
	double period_s = (double)servo->config.period_us / (double)HVG_USEC_PER_SEC;
	double jump_ppb = (offset_ns - servo->offset_ns) / period_s;
	double variance = JUMP_FREQUENCY_VAR;

	if (servo->n_since_jump < JUMP_AGAIN)
		variance = HVG_MAX(FIRST_FREQUENCY_VAR, jump_ppb * jump_ppb);
	servo->frequency_var = HVG_MAX(servo->frequency_var, variance);
	servo->offset_ns = offset_ns;
	servo->offset_var = servo->noise_var;
	servo->joint_var = 0;
	servo->n_since_jump = 0;
	servo->is_suspicious = false;
}

static void track(struct hvg_servo *servo, uint64_t now_us)
{
	servo->state = HVG_SERVO_TRACKING;
	servo->has_locked = true;
	servo->refused_ns = 0;
	begin_slew(servo, now_us);
}

static bool is_far(double offset_ns, uint64_t threshold_ns)
{
	return threshold_ns != HVG_NEVER && fabs(offset_ns) > (double)threshold_ns;
}

/* Whether two samples agree on what is not to be believed nonetheless. */
static bool refuse(struct hvg_servo *servo, double offset_ns, uint64_t now_us)
{
	if (!servo->has_locked || !is_far(offset_ns, servo->config.step_after_jump_ns) ||
		offset_ns <= (double)servo->config.panic_backwards_ns)
		return false;
	servo->state = HVG_SERVO_REFUSING;
	servo->refused_ns = -offset_ns;
	servo->slew_end_us = now_us;
	return true;
}

/* An offset that is sure, and not one that slewing has left: is it to be stepped? */
static void judge(struct hvg_servo *servo, uint64_t threshold_ns, uint64_t now_us)
{
	if (is_far(servo->offset_ns, threshold_ns))
		servo->state = HVG_SERVO_STEPPING;
	else
		track(servo, now_us);
}

/* The first samples: one to know, one to be sure. */
static void lock(struct hvg_servo *servo, double offset_ns, uint64_t now_us)
{
	double surprise_ns = offset_ns - servo->suspicion_ns;
	double drift_ns = FREQUENCY_MAX_PPB * elapsed_s(servo, now_us);

	servo->at_us = now_us;
	if (!servo->is_suspicious || fabs(surprise_ns) > AGREEMENT_NS + drift_ns) {
		servo->is_suspicious = true;
		servo->suspicion_ns = offset_ns;
		return;
	}
	if (refuse(servo, offset_ns, now_us))
		return;
	servo->offset_ns = offset_ns;
	believe(servo, offset_ns);
	servo->n_samples = 1;
	judge(servo,
		servo->has_locked ? servo->config.step_after_jump_ns
				  : servo->config.step_at_start_ns,
		now_us);
}

/* A sample that is off by more than chance: a jump if the last one was off by as much. */
static void suspect(
	struct hvg_servo *servo, double surprise_ns, double gate_ns, uint64_t now_us)
{
	double likeness_ns = HVG_MAX(gate_ns, fabs(surprise_ns) / 16);
	double offset_ns = servo->offset_ns + surprise_ns;

	if (servo->is_suspicious && fabs(surprise_ns - servo->suspicion_ns) <= likeness_ns &&
		!refuse(servo, offset_ns, now_us)) {
		believe(servo, offset_ns);
		judge(servo, servo->config.step_after_jump_ns, now_us);
		return;
	}
	servo->is_suspicious = true;
	servo->suspicion_ns = surprise_ns;
}

static void follow(struct hvg_servo *servo, double offset_ns, uint64_t now_us)
{
	double surprise_ns, deviation_ns, surprise;

	advance(servo, now_us);
	surprise_ns = offset_ns - servo->offset_ns;
	deviation_ns = sqrt(servo->offset_var + servo->noise_var);
	surprise = clamp(surprise_ns / deviation_ns, 3);
	learn_noise(servo, surprise);
	if (fabs(surprise_ns) > GATE * deviation_ns) {
		suspect(servo, surprise_ns, GATE * deviation_ns, now_us);
		return;
	}
	servo->is_suspicious = false;
	doubt_frequency(servo, surprise);
	learn_wander(servo, surprise);
	correct(servo, surprise_ns);
	servo->n_samples++;
	servo->n_since_jump++;
	if (servo->config.only_steps)
		judge(servo, servo->config.step_after_jump_ns, now_us);
	else
		track(servo, now_us);
}

void hvg_servo_sample(struct hvg_servo *servo, int64_t offset_ns, uint64_t now_us)
{
	servo->is_mute = false;
	servo->sampled_us = now_us;
	switch (servo->state) {
	case HVG_SERVO_UNLOCKED:
		lock(servo, (double)offset_ns, now_us);
		break;
	case HVG_SERVO_STEPPING: /* from before the step */
		break;
	case HVG_SERVO_TRACKING:
	case HVG_SERVO_HOLDOVER:
	case HVG_SERVO_REFUSING:
		follow(servo, (double)offset_ns, now_us);
		break;
	}
}

double hvg_servo_base_ppb(const struct hvg_servo *servo)
{
	return servo->config.only_steps ? servo->correction_ppb : -servo->frequency_ppb;
}

static double wanted_ppb(const struct hvg_servo *servo, uint64_t now_us)
{
	bool is_slewing = now_us < servo->slew_end_us && !servo->config.only_steps;

	if (servo->state == HVG_SERVO_UNLOCKED && !servo->has_locked)
		return servo->correction_ppb;
	return hvg_servo_base_ppb(servo) - (is_slewing ? servo->slew_ppb : 0);
}

static void look_at_the_clock(struct hvg_servo *servo, uint64_t now_us)
{
	if (servo->state == HVG_SERVO_TRACKING &&
		now_us - servo->sampled_us >= HOLDOVER_PERIODS * servo->config.period_us)
		servo->state = HVG_SERVO_HOLDOVER;
}

/* Less than the kernel can tell apart: frequencies are in units of 0.015 ppb. */
static bool is_same_rate(double a_ppb, double b_ppb)
{
	return fabs(a_ppb - b_ppb) < 0.02;
}

struct hvg_servo_command hvg_servo_next(struct hvg_servo *servo, uint64_t now_us)
{
	struct hvg_servo_command command = { .kind = HVG_SERVO_WAIT };

	look_at_the_clock(servo, now_us);
	if (servo->is_out || servo->is_mute)
		return command;
	command.correction_ppb = wanted_ppb(servo, now_us);
	if (servo->state == HVG_SERVO_STEPPING) {
		command.kind = HVG_SERVO_STEP;
		command.step_ns = -llround(hvg_servo_offset_ns(servo, now_us));
	} else if (!is_same_rate(command.correction_ppb, servo->correction_ppb)) {
		command.kind = HVG_SERVO_STEER;
	}
	servo->is_out = command.kind != HVG_SERVO_WAIT;
	return command;
}

static void stepped(struct hvg_servo *servo, int64_t step_ns, int result, uint64_t now_us)
{
	advance(servo, now_us);
	if (result < 0) {
		servo->state = HVG_SERVO_UNLOCKED;
		servo->is_mute = true;
		return;
	}
	servo->offset_ns += (double)step_ns;
	track(servo, now_us);
}

void hvg_servo_done(struct hvg_servo *servo, const struct hvg_servo_command *command,
	int result, uint64_t now_us)
{
	if (!servo->is_out)
		return;
	servo->is_out = false;
	if (command->kind == HVG_SERVO_STEP) {
		stepped(servo, command->step_ns, result, now_us);
		return;
	}
	advance(servo, now_us);
	if (result < 0)
		servo->is_mute = true; /* until the next sample: it would fail again at once */
	else
		servo->correction_ppb = command->correction_ppb;
}

void hvg_servo_jumped(struct hvg_servo *servo, uint64_t now_us)
{
	advance(servo, now_us);
	servo->state = HVG_SERVO_UNLOCKED;
	servo->is_suspicious = false;
	servo->is_out = false;
	servo->slew_end_us = now_us;
}

uint64_t hvg_servo_deadline_us(const struct hvg_servo *servo, uint64_t now_us)
{
	if (servo->state == HVG_SERVO_TRACKING && now_us < servo->slew_end_us &&
		!servo->config.only_steps)
		return servo->slew_end_us;
	return HVG_NEVER;
}

bool hvg_servo_has_learnt(const struct hvg_servo *servo)
{
	return servo->n_samples > LEARN_FROM + LEARN_MEMORY;
}

double hvg_servo_offset_ns(const struct hvg_servo *servo, uint64_t now_us)
{
	struct hvg_servo now = *servo;

	advance(&now, now_us);
	return now.offset_ns;
}

double hvg_servo_offset_error_ns(const struct hvg_servo *servo, uint64_t now_us)
{
	struct hvg_servo now = *servo;

	advance(&now, now_us);
	return sqrt(now.offset_var);
}

const char *hvg_servo_state_name(enum hvg_servo_state state)
{
	static const char *const names[] = {
		[HVG_SERVO_UNLOCKED] = "unlocked",
		[HVG_SERVO_STEPPING] = "stepping",
		[HVG_SERVO_TRACKING] = "tracking",
		[HVG_SERVO_HOLDOVER] = "holdover",
		[HVG_SERVO_REFUSING] = "refusing",
	};

	return names[state];
}
