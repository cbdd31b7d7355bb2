// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The servo with a clock that does exactly what it is told; tests/sim has clocks that do not.
 */

#include "suites.h"

#include "base/units.h"
#include "random.h"
#include "service/servo.h"

#include <errno.h>
#include <math.h>

#define PERIOD_US (5 * HVG_USEC_PER_SEC)
#define MS        1e6
#define S         1e9
#define DAY_NS    (UINT64_C(86400) * 1000000000)

static struct hvg_servo_config config;
static struct hvg_servo servo;

/* The clock: its offset and frequency are true, the correction is what the servo wanted. */
static double offset_ns, frequency_ppb, correction_ppb, noise_ns;
static uint64_t now_us;
static unsigned int n_steps;
static int deed_result;
static struct hvg_random chance;

static void begin(void)
{
	hvg_servo_init(&servo, &config, correction_ppb, now_us);
}

static void setup(void)
{
	config = (struct hvg_servo_config){
		.step_at_start_ns = 500000000,
		.step_after_jump_ns = 500000000,
		.panic_backwards_ns = DAY_NS,
		.period_us = PERIOD_US,
		.slew_max_ppb = 5e6,
	};
	offset_ns = frequency_ppb = correction_ppb = noise_ns = 0;
	now_us = 77 * HVG_USEC_PER_SEC;
	n_steps = 0;
	deed_result = 0;
	chance = hvg_random_from(5);
	begin();
}

/* CLOCK_MONOTONIC, in which time passes, runs with the correction, too. */
static void pass(uint64_t us)
{
	offset_ns += (frequency_ppb + correction_ppb) * (double)us / 1e6 /
		(1 + correction_ppb / 1e9);
	now_us += us;
}

static void perform(const struct hvg_servo_command *command)
{
	if (command->kind == HVG_SERVO_STEP && deed_result == 0) {
		offset_ns += (double)command->step_ns;
		n_steps++;
	}
	if (command->kind == HVG_SERVO_STEER && deed_result == 0)
		correction_ppb = command->correction_ppb;
	hvg_servo_done(&servo, command, deed_result, now_us);
}

static void obey(void)
{
	struct hvg_servo_command command;

	while (command = hvg_servo_next(&servo, now_us), command.kind != HVG_SERVO_WAIT)
		perform(&command);
}

static double noise(void)
{
	return noise_ns * ((double)hvg_random_below(&chance, 2001) - 1000) / 1000;
}

static void sample(void)
{
	hvg_servo_sample(&servo, llround(offset_ns + noise()), now_us);
	obey();
}

/* A period, with what is due in it. */
static void live(void)
{
	uint64_t end_us = now_us + PERIOD_US, due_us;

	while (due_us = hvg_servo_deadline_us(&servo, now_us), due_us < end_us) {
		pass(due_us - now_us);
		obey();
	}
	pass(end_us - now_us);
	obey();
}

static void live_and_sample(unsigned int n)
{
	for (; n > 0; n--) {
		live();
		sample();
	}
}

/* Two quick samples, as the timekeeper gives them. */
static void lock(void)
{
	sample();
	pass(250000);
	sample();
}

START_TEST(begins_unlocked_and_touches_nothing)
{
	offset_ns = 7 * S;
	ck_assert_int_eq(servo.state, HVG_SERVO_UNLOCKED);
	obey();
	sample();
	ck_assert_int_eq(servo.state, HVG_SERVO_UNLOCKED);
	ck_assert_double_eq(correction_ppb, 0);
	ck_assert_uint_eq(n_steps, 0);
}
END_TEST

START_TEST(steps_at_the_start_when_far_off)
{
	offset_ns = -40000 * S;
	lock();
	ck_assert_int_eq(servo.state, HVG_SERVO_TRACKING);
	ck_assert_uint_eq(n_steps, 1);
	ck_assert_double_le(fabs(offset_ns), 1 * MS);
}
END_TEST

START_TEST(steps_back_by_weeks_at_the_start)
{
	offset_ns = 14 * (double)DAY_NS;
	lock();
	ck_assert_uint_eq(n_steps, 1);
	ck_assert_double_le(fabs(offset_ns), 1 * MS);
}
END_TEST

START_TEST(believes_no_single_first_sample)
{
	offset_ns = 100 * S;
	sample();
	offset_ns = 0;
	pass(250000);
	sample();
	ck_assert_int_eq(servo.state, HVG_SERVO_UNLOCKED);
	pass(250000);
	sample();
	ck_assert_int_eq(servo.state, HVG_SERVO_TRACKING);
	ck_assert_uint_eq(n_steps, 0);
}
END_TEST

/* The issue's: from 100 ms to nothing within a minute, 10 percent of overshoot at most, no
 * step. */
START_TEST(slews_100_ms_away_within_a_minute)
{
	static const double signs[] = { 1, -1 };
	double begin_ns = 100 * MS * signs[_i], overshoot = 0;

	offset_ns = begin_ns;
	frequency_ppb = 30e3;
	noise_ns = 10e3;
	lock();
	for (unsigned int i = 0; i < 12; i++) {
		live_and_sample(1);
		overshoot = fmax(overshoot, -offset_ns / begin_ns);
	}
	ck_assert_uint_eq(n_steps, 0);
	ck_assert_double_le(fabs(offset_ns), 0.1 * MS);
	ck_assert_double_le(overshoot, 0.01);
}
END_TEST

START_TEST(never_slews_faster_than_its_limit)
{
	offset_ns = 400 * MS;
	frequency_ppb = -80e3;
	lock();
	for (unsigned int i = 0; i < 40; i++) {
		ck_assert_double_le(fabs(correction_ppb), config.slew_max_ppb + 500e3);
		live_and_sample(1);
	}
	ck_assert_double_le(fabs(offset_ns), 0.1 * MS);
	ck_assert_double_eq_tol(correction_ppb, 80e3, 1e3);
}
END_TEST

START_TEST(learns_the_frequency)
{
	frequency_ppb = 54321;
	lock();
	live_and_sample(30);
	ck_assert_double_eq_tol(servo.frequency_ppb, 54321, 1);
	ck_assert_double_eq_tol(hvg_servo_base_ppb(&servo), -54321, 1);
	ck_assert_double_le(fabs(offset_ns), 200);
}
END_TEST

START_TEST(believes_no_frequency_beyond_500_ppm)
{
	frequency_ppb = 700e3;
	lock();
	live_and_sample(60);
	ck_assert_double_eq(servo.frequency_ppb, 500e3);
}
END_TEST

START_TEST(begins_with_the_frequency_that_a_former_steerer_knew)
{
	correction_ppb = -20e3;
	frequency_ppb = 20e3;
	begin();
	lock();
	ck_assert_double_eq_tol(servo.frequency_ppb, 20e3, 1);
	live_and_sample(5);
	ck_assert_double_le(fabs(offset_ns), 1000);
}
END_TEST

START_TEST(ends_a_slew_when_it_has_slewed_enough)
{
	offset_ns = 1 * MS;
	lock();
	ck_assert_double_eq_tol(correction_ppb, -200e3, 1e3);
	pass(hvg_servo_deadline_us(&servo, now_us) - now_us);
	ck_assert_double_le(fabs(offset_ns), 1000);
	obey();
	ck_assert_double_eq_tol(correction_ppb, 0, 1);
	ck_assert_uint_eq(hvg_servo_deadline_us(&servo, now_us), HVG_NEVER);
	pass(60 * HVG_USEC_PER_SEC); /* no sample comes, and nothing runs away */
	obey();
	ck_assert_double_le(fabs(offset_ns), 1000);
}
END_TEST

static void run_in(void)
{
	frequency_ppb = 12e3;
	noise_ns = 10e3;
	lock();
	live_and_sample(60);
	ck_assert_int_eq(servo.state, HVG_SERVO_TRACKING);
	ck_assert_double_le(fabs(offset_ns), 20e3);
}

START_TEST(learns_how_noisy_samples_are)
{
	run_in();
	live_and_sample(200);
	ck_assert_double_le(sqrt(servo.noise_var), 12e3); /* evenly spread over 10 us: 5.8 */
	ck_assert_double_ge(sqrt(servo.noise_var), 3e3);
	ck_assert_double_le(fabs(offset_ns), 10e3);
}
END_TEST

START_TEST(smoothes_what_is_only_noise)
{
	double sum = 0;

	run_in();
	for (unsigned int i = 0; i < 500; i++) {
		live_and_sample(1);
		sum += offset_ns * offset_ns;
	}
	ck_assert_double_le(sqrt(sum / 500), 0.5 * 5.8e3);
}
END_TEST

START_TEST(does_not_follow_an_outlier)
{
	double before_ppb;

	run_in();
	before_ppb = servo.frequency_ppb;
	live();
	hvg_servo_sample(&servo, llround(offset_ns + 5 * MS), now_us);
	obey();
	ck_assert(servo.is_suspicious);
	ck_assert_double_eq_tol(servo.frequency_ppb, before_ppb, 1e-6);
	live_and_sample(1);
	ck_assert(!servo.is_suspicious);
	ck_assert_double_le(fabs(offset_ns), 30e3);
}
END_TEST

START_TEST(slews_after_a_small_jump)
{
	run_in();
	offset_ns += 20 * MS;
	live_and_sample(2);
	ck_assert_double_ge(fabs(servo.slew_ppb), 3e6);
	live_and_sample(4);
	ck_assert_double_le(fabs(offset_ns), 50e3);
	ck_assert_uint_eq(n_steps, 0);
}
END_TEST

START_TEST(steps_after_a_far_jump_once_two_samples_agree)
{
	static const double jumps_ns[] = { -30 * S, 3600 * S, 0.6 * S, -14 * 86400 * S };

	run_in();
	offset_ns += jumps_ns[_i];
	live_and_sample(1);
	ck_assert_uint_eq(n_steps, 0);
	live_and_sample(1);
	ck_assert_uint_eq(n_steps, 1);
	ck_assert_double_le(fabs(offset_ns), 50e3);
	live_and_sample(50);
	ck_assert_uint_eq(n_steps, 1);
	ck_assert_double_le(fabs(offset_ns), 30e3);
}
END_TEST

START_TEST(never_steps_while_nothing_jumps)
{
	run_in();
	for (unsigned int i = 0; i < hvg_random_steps(2000); i++) {
		frequency_ppb += (double)hvg_random_below(&chance, 201) - 100;
		live_and_sample(1);
	}
	ck_assert_uint_eq(n_steps, 0);
}
END_TEST

START_TEST(refuses_to_go_back_by_more_than_a_day)
{
	run_in();
	offset_ns += 14 * (double)DAY_NS;
	live_and_sample(3);
	ck_assert_uint_eq(n_steps, 0);
	ck_assert_int_eq(servo.state, HVG_SERVO_REFUSING);
	ck_assert_double_eq_tol(servo.refused_ns, -14 * (double)DAY_NS, MS);
	ck_assert_double_eq_tol(correction_ppb, -12e3, 500);
	live_and_sample(20);
	ck_assert_int_eq(servo.state, HVG_SERVO_REFUSING);
}
END_TEST

START_TEST(believes_a_host_again_that_came_to_its_senses)
{
	run_in();
	offset_ns += 14 * (double)DAY_NS;
	live_and_sample(30);
	offset_ns -= 14 * (double)DAY_NS;
	live_and_sample(3);
	ck_assert_int_eq(servo.state, HVG_SERVO_TRACKING);
	ck_assert_double_eq(servo.refused_ns, 0);
	ck_assert_uint_eq(n_steps, 0);
	live_and_sample(5);
	ck_assert_double_le(fabs(offset_ns), 50e3);
}
END_TEST

START_TEST(goes_forward_as_far_as_it_takes)
{
	run_in();
	offset_ns -= 400 * (double)DAY_NS;
	live_and_sample(2);
	ck_assert_uint_eq(n_steps, 1);
}
END_TEST

START_TEST(holds_over_with_the_last_frequency)
{
	run_in();
	live_and_sample(200);
	for (unsigned int i = 0; i < 11; i++)
		live();
	ck_assert_int_eq(servo.state, HVG_SERVO_TRACKING);
	live();
	ck_assert_int_eq(servo.state, HVG_SERVO_HOLDOVER);
	ck_assert_double_eq_tol(correction_ppb, -12e3, 200);
	for (unsigned int i = 0; i < 700; i++)
		live();
	ck_assert_double_le(fabs(offset_ns), 0.5 * MS); /* within the hour */
	live_and_sample(2);
	ck_assert_int_eq(servo.state, HVG_SERVO_TRACKING);
	ck_assert_uint_eq(n_steps, 0);
	live_and_sample(10);
	ck_assert_double_le(fabs(offset_ns), 30e3);
}
END_TEST

START_TEST(knows_less_and_less_while_it_holds_over)
{
	double error_ns;

	run_in();
	error_ns = hvg_servo_offset_error_ns(&servo, now_us);
	ck_assert_double_le(error_ns, 10e3);
	ck_assert_double_ge(hvg_servo_offset_error_ns(&servo, now_us + 3600 * HVG_USEC_PER_SEC),
		10 * error_ns);
}
END_TEST

START_TEST(begins_anew_when_another_set_the_clock)
{
	double before_ppb;

	run_in();
	before_ppb = servo.frequency_ppb;
	offset_ns -= 30 * S;
	hvg_servo_jumped(&servo, now_us);
	obey();
	ck_assert_int_eq(servo.state, HVG_SERVO_UNLOCKED);
	ck_assert_double_eq_tol(correction_ppb, -before_ppb, 0.02);
	lock();
	ck_assert_uint_eq(n_steps, 1);
	ck_assert_double_eq_tol(servo.frequency_ppb, before_ppb, 1e-6);
	ck_assert_double_le(fabs(offset_ns), 50e3);
}
END_TEST

/* What another did is no start: the panic limit holds. */
START_TEST(refuses_a_long_way_back_when_another_set_the_clock)
{
	run_in();
	offset_ns += 3 * (double)DAY_NS;
	hvg_servo_jumped(&servo, now_us);
	lock();
	ck_assert_uint_eq(n_steps, 0);
	ck_assert_int_eq(servo.state, HVG_SERVO_REFUSING);
}
END_TEST

START_TEST(tries_a_step_that_failed_again_but_not_at_once)
{
	struct hvg_servo_command command;

	offset_ns = 7 * S;
	deed_result = -EPERM;
	lock();
	ck_assert_int_eq(servo.state, HVG_SERVO_UNLOCKED);
	command = hvg_servo_next(&servo, now_us);
	ck_assert_int_eq(command.kind, HVG_SERVO_WAIT);
	deed_result = 0;
	pass(HVG_USEC_PER_SEC);
	sample();
	pass(HVG_USEC_PER_SEC);
	sample();
	ck_assert_uint_eq(n_steps, 1);
}
END_TEST

START_TEST(asks_once_for_what_cannot_be_steered)
{
	offset_ns = 1 * MS;
	deed_result = -EPERM;
	lock();
	ck_assert_int_eq(hvg_servo_next(&servo, now_us).kind, HVG_SERVO_WAIT);
	ck_assert_double_eq(servo.correction_ppb, 0);
	deed_result = 0;
	live_and_sample(10);
	ck_assert_double_le(fabs(offset_ns), 10e3);
}
END_TEST

START_TEST(yields_nothing_while_a_command_is_out)
{
	struct hvg_servo_command command;

	offset_ns = 1 * MS;
	hvg_servo_sample(&servo, llround(offset_ns), now_us);
	pass(250000);
	hvg_servo_sample(&servo, llround(offset_ns), now_us);
	command = hvg_servo_next(&servo, now_us);
	ck_assert_int_eq(command.kind, HVG_SERVO_STEER);
	ck_assert_int_eq(hvg_servo_next(&servo, now_us).kind, HVG_SERVO_WAIT);
	hvg_servo_done(&servo, &command, 0, now_us);
	ck_assert_int_eq(hvg_servo_next(&servo, now_us).kind, HVG_SERVO_WAIT);
}
END_TEST

START_TEST(only_steps_if_the_rate_is_not_its_own)
{
	config.only_steps = true;
	correction_ppb = 500;
	begin();
	offset_ns = 7 * S;
	frequency_ppb = 20e3;
	lock();
	ck_assert_uint_eq(n_steps, 1);
	for (unsigned int i = 0; i < 4800; i++)
		live_and_sample(1);
	ck_assert_uint_eq(n_steps, 1);
	ck_assert_double_eq(correction_ppb, 500);
	ck_assert_double_ge(fabs(offset_ns), 490 * MS);
	live_and_sample(200); /* 20 ppm: half a second in seven hours */
	ck_assert_uint_eq(n_steps, 2);
	ck_assert_double_le(fabs(offset_ns), 30 * MS);
}
END_TEST

START_TEST(never_steps_if_told_so)
{
	config.step_at_start_ns = config.step_after_jump_ns = UINT64_MAX;
	begin();
	offset_ns = 2 * S;
	lock();
	live_and_sample(100);
	ck_assert_uint_eq(n_steps, 0);
	ck_assert_double_le(fabs(offset_ns), 1 * MS);
}
END_TEST

/* Whatever comes: no rate beyond the limits, no state that is stuck, a clock that is right in
 * the end. */
START_TEST(survives_a_random_walk)
{
	for (unsigned int walk = 0; walk < hvg_random_steps(20); walk++) {
		setup();
		chance = hvg_random_from(walk);
		for (unsigned int i = 0; i < 200; i++) {
			noise_ns = hvg_random_below(&chance, 100) * 1e3;
			switch (hvg_random_below(&chance, 12)) {
			case 0:
				offset_ns +=
					((double)hvg_random_below(&chance, 2000) - 1000) * MS;
				break;
			case 1:
				offset_ns += 7 * S;
				hvg_servo_jumped(&servo, now_us);
				break;
			case 2:
				frequency_ppb =
					(double)hvg_random_below(&chance, 200000) - 100000;
				break;
			case 3:
				live();
				break;
			case 4:
				deed_result = deed_result ? 0 : -EPERM;
				break;
			default:
				live_and_sample(1);
			}
			ck_assert_double_le(fabs(correction_ppb), config.slew_max_ppb + 500e3);
		}
		deed_result = 0;
		noise_ns = 10e3;
		live_and_sample(150);
		ck_assert_int_eq(servo.state, HVG_SERVO_TRACKING);
		ck_assert_double_le(fabs(offset_ns), 100e3);
	}
}
END_TEST

START_TEST(names_its_states)
{
	ck_assert_str_eq(hvg_servo_state_name(HVG_SERVO_UNLOCKED), "unlocked");
	ck_assert_str_eq(hvg_servo_state_name(HVG_SERVO_STEPPING), "stepping");
	ck_assert_str_eq(hvg_servo_state_name(HVG_SERVO_TRACKING), "tracking");
	ck_assert_str_eq(hvg_servo_state_name(HVG_SERVO_HOLDOVER), "holdover");
	ck_assert_str_eq(hvg_servo_state_name(HVG_SERVO_REFUSING), "refusing");
}
END_TEST

static void add_start(TCase *tcase)
{
	tcase_add_test(tcase, begins_unlocked_and_touches_nothing);
	tcase_add_test(tcase, steps_at_the_start_when_far_off);
	tcase_add_test(tcase, steps_back_by_weeks_at_the_start);
	tcase_add_test(tcase, believes_no_single_first_sample);
	tcase_add_loop_test(tcase, slews_100_ms_away_within_a_minute, 0, 2);
	tcase_add_test(tcase, never_slews_faster_than_its_limit);
	tcase_add_test(tcase, learns_the_frequency);
	tcase_add_test(tcase, believes_no_frequency_beyond_500_ppm);
	tcase_add_test(tcase, begins_with_the_frequency_that_a_former_steerer_knew);
	tcase_add_test(tcase, ends_a_slew_when_it_has_slewed_enough);
}

static void add_noise(TCase *tcase)
{
	tcase_add_test(tcase, learns_how_noisy_samples_are);
	tcase_add_test(tcase, smoothes_what_is_only_noise);
	tcase_add_test(tcase, does_not_follow_an_outlier);
}

static void add_jumps(TCase *tcase)
{
	tcase_add_test(tcase, slews_after_a_small_jump);
	tcase_add_loop_test(tcase, steps_after_a_far_jump_once_two_samples_agree, 0, 4);
	tcase_add_test(tcase, never_steps_while_nothing_jumps);
	tcase_add_test(tcase, refuses_to_go_back_by_more_than_a_day);
	tcase_add_test(tcase, believes_a_host_again_that_came_to_its_senses);
	tcase_add_test(tcase, goes_forward_as_far_as_it_takes);
	tcase_add_test(tcase, holds_over_with_the_last_frequency);
	tcase_add_test(tcase, knows_less_and_less_while_it_holds_over);
	tcase_add_test(tcase, begins_anew_when_another_set_the_clock);
	tcase_add_test(tcase, refuses_a_long_way_back_when_another_set_the_clock);
}

static void add_law(TCase *tcase)
{
	tcase_add_test(tcase, tries_a_step_that_failed_again_but_not_at_once);
	tcase_add_test(tcase, asks_once_for_what_cannot_be_steered);
	tcase_add_test(tcase, yields_nothing_while_a_command_is_out);
	tcase_add_test(tcase, only_steps_if_the_rate_is_not_its_own);
	tcase_add_test(tcase, never_steps_if_told_so);
	tcase_add_test(tcase, survives_a_random_walk);
	tcase_add_test(tcase, names_its_states);
}

Suite *hvg_suite_service_servo(void)
{
	Suite *suite = suite_create("servo");
	TCase *tcase = hvg_suite_case(suite, "servo");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, NULL);
	add_start(tcase);
	add_noise(tcase);
	add_jumps(tcase);
	add_law(tcase);
	return suite;
}
