// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The timekeeper in a simulated world without noise: what it does when, and what it leaves
 * alone.
 */

#include "suites.h"

#include "base/units.h"
#include "random.h"
#include "service/timekeeper.h"
#include "sim/world.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define MS          1e6
#define S           1e9

#define N_READINGS  5
#define TOO_MANY    20 /* actions in a row without time going by: it spins */
#define N_KINDS     (HVG_TIME_LET_GO + 1)
#define PATIENCE_US (5 * HVG_USEC_PER_SEC)

static struct hvg_timekeeper_config config;
static struct hvg_timekeeper keeper;
static struct sim_trace trace;
static struct sim_world world;

/* What was done, and how deeds go. */
static unsigned int n_done[N_KINDS];
static struct hvg_time_action last[N_KINDS];
static int deed_result;
static bool is_kernel_steered;

static uint64_t now_us(void)
{
	return sim_world_now_us(&world);
}

static void create(void)
{
	sim_world_init(&world, &trace, 1);
	hvg_timekeeper_init(&keeper, &config, now_us());
	hvg_timekeeper_source(&keeper, true, now_us());
}

static void setup(void)
{
	config = (struct hvg_timekeeper_config){
		.servo = {
			.step_at_start_ns = 500000000,
			.step_after_jump_ns = 500000000,
			.panic_backwards_ns = UINT64_C(86400) * 1000000000,
			.period_us = 5 * HVG_USEC_PER_SEC,
			.slew_max_ppb = 5e6,
		},
		.owner = {
			.mode = HVG_CLOCK_AUTO,
			.patience_us = PATIENCE_US,
			.touch_us = 3600 * HVG_USEC_PER_SEC,
		},
	};
	trace = (struct sim_trace){ .name = "unit",
		.seconds = 1e9,
		.frequency_ppb = 20e3,
		.delay_ns = 600,
		.word_ns = 3e3 };
	memset(n_done, 0, sizeof(n_done));
	deed_result = 0;
	is_kernel_steered = false;
	create();
}

static int observe(void)
{
	struct hvg_clock_reading readings[N_READINGS];
	struct hvg_time_observation observation = {
		.readings = readings,
		.n_readings = N_READINGS,
		.condition = { world.correction_ppb, false, is_kernel_steered },
	};
	int r = sim_world_read(&world, readings, N_READINGS);

	if (r >= 0)
		hvg_timekeeper_recv(&keeper, &observation, now_us());
	return r;
}

static int perform(const struct hvg_time_action *action)
{
	if (action->kind == HVG_TIME_OBSERVE)
		return observe();
	if (deed_result < 0)
		return deed_result;
	if (action->kind == HVG_TIME_STEP)
		world.guest_ns += (double)action->step_ns;
	if (action->kind == HVG_TIME_CLAIM)
		is_kernel_steered = false;
	if (action->kind == HVG_TIME_STEER || action->kind == HVG_TIME_LET_GO) {
		struct hvg_timex_rate rate = hvg_timex_rate_encode(action->correction_ppb);

		world.correction_ppb = hvg_timex_rate_decode(&rate);
	}
	return 0;
}

static void pump(void)
{
	struct hvg_time_action action;

	for (unsigned int i = 0;
		action = hvg_timekeeper_next(&keeper, now_us()), action.kind != HVG_TIME_WAIT;
		i++) {
		ck_assert_uint_lt(i, TOO_MANY);
		n_done[action.kind]++;
		last[action.kind] = action;
		hvg_timekeeper_done(&keeper, action.serial, perform(&action), now_us());
	}
	ck_assert_uint_gt(keeper.deadline_us, now_us());
}

static void live(double seconds)
{
	double end_ns = world.monotonic_ns + seconds * S;

	for (pump(); world.monotonic_ns < end_ns; pump()) {
		double left_ns = end_ns - world.monotonic_ns;

		if (keeper.deadline_us != HVG_NEVER)
			left_ns = fmin(left_ns, (double)(keeper.deadline_us - now_us()) * 1e3);
		sim_world_sleep(&world, left_ns);
	}
}

static unsigned int n_changes(void)
{
	return n_done[HVG_TIME_CLAIM] + n_done[HVG_TIME_STEP] + n_done[HVG_TIME_STEER] +
		n_done[HVG_TIME_LET_GO];
}

static void expect_good_time(double limit_ns)
{
	ck_assert_double_le(fabs(sim_world_offset_ns(&world)), limit_ns);
}

/* Nobody else is there, and the clock is in our hands. */
static void run_in(void)
{
	hvg_timekeeper_tell_active(&keeper, false);
	live(300);
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "tracking");
	expect_good_time(0.1 * MS);
}

static void forget(void)
{
	memset(n_done, 0, sizeof(n_done));
}

START_TEST(waits_for_a_clock_to_read)
{
	hvg_timekeeper_source(&keeper, false, now_us());
	hvg_timekeeper_tell_active(&keeper, false);
	live(60);
	ck_assert_uint_eq(n_done[HVG_TIME_OBSERVE] + n_changes(), 0);
	ck_assert_uint_eq(keeper.deadline_us, HVG_NEVER);
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "absent");
	hvg_timekeeper_source(&keeper, true, now_us());
	live(60);
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "tracking");
}
END_TEST

START_TEST(keeps_no_history_from_before_a_step)
{
	trace.first_offset_ns = -40000 * S;
	create();
	hvg_timekeeper_tell_active(&keeper, false);
	live(60);
	ck_assert_uint_ge(keeper.history.n, 5);
	ck_assert_int_le(hvg_timehistory_spread(&keeper.history).max_abs_ns, 1000000);
}
END_TEST

START_TEST(looks_before_it_acts)
{
	hvg_timekeeper_tell_active(&keeper, false);
	ck_assert_int_eq(hvg_timekeeper_next(&keeper, now_us()).kind, HVG_TIME_OBSERVE);
	ck_assert_int_eq(hvg_timekeeper_next(&keeper, now_us()).kind, HVG_TIME_WAIT);
}
END_TEST

START_TEST(takes_a_free_clock_and_sets_it_right_at_once)
{
	trace.first_offset_ns = -40000 * S;
	create();
	hvg_timekeeper_tell_active(&keeper, false);
	live(2);
	ck_assert_uint_eq(n_done[HVG_TIME_CLAIM], 1);
	ck_assert_uint_eq(n_done[HVG_TIME_STEP], 1);
	expect_good_time(1 * MS);
	ck_assert_int_eq(keeper.last_step_cause, HVG_TIME_STEP_AT_START);
	ck_assert_double_eq_tol((double)keeper.last_step_ns, 40000 * S, 1 * MS);
	live(300);
	ck_assert_uint_eq(n_done[HVG_TIME_STEP], 1);
	ck_assert_uint_eq(n_done[HVG_TIME_CLAIM], 1);
}
END_TEST

START_TEST(only_looks_on_until_the_service_manager_has_spoken)
{
	trace.first_offset_ns = 7 * S;
	create();
	live(4);
	ck_assert_uint_ge(n_done[HVG_TIME_OBSERVE], 1);
	ck_assert_uint_eq(n_changes(), 0);
	live(5);
	ck_assert_uint_eq(n_done[HVG_TIME_STEP], 1);
}
END_TEST

START_TEST(takes_each_word_of_the_host_once)
{
	run_in();
	forget();
	keeper.n_samples = 0;
	live(600);
	ck_assert_uint_ge(keeper.n_samples, 105); /* of 120: some look like the one before */
	ck_assert_uint_le(keeper.n_samples, 121);
}
END_TEST

START_TEST(rests_until_the_next_word_is_due)
{
	run_in();
	forget();
	live(600);
	ck_assert_uint_le(n_done[HVG_TIME_OBSERVE], 120 * 4);
	ck_assert_uint_le(n_changes(), 120 * 2);
}
END_TEST

/* One slow look must not cost a word: the next one comes long before the next word. */
START_TEST(looks_again_soon_when_it_was_interrupted)
{
	struct hvg_clock_reading slow = {
		.before_ns = INT64_C(1790000000000000000),
		.device_ns = INT64_C(1790000000000000000),
		.after_ns = INT64_C(1790000000005000000),
	};
	struct hvg_time_observation observation = { .readings = &slow, .n_readings = 1 };
	struct hvg_time_action action;

	run_in();
	while (action = hvg_timekeeper_next(&keeper, now_us()), action.kind == HVG_TIME_WAIT)
		sim_world_sleep(&world, 0.1 * S);
	ck_assert_int_eq(action.kind, HVG_TIME_OBSERVE);
	observation.condition.correction_ppb = world.correction_ppb;
	hvg_timekeeper_recv(&keeper, &observation, now_us());
	hvg_timekeeper_done(&keeper, action.serial, 0, now_us());
	ck_assert_int_eq(hvg_timekeeper_next(&keeper, now_us()).kind, HVG_TIME_WAIT);
	ck_assert_uint_le(keeper.poll_us - now_us(), HVG_USEC_PER_SEC);
}
END_TEST

/* A servo that takes words for noisier than they are waits for jumps that never come. */
START_TEST(knows_that_a_host_speaks_whose_word_is_never_stale)
{
	trace.frequency_ppb = 0;
	trace.word_ns = 0;
	create();
	run_in();
	keeper.servo.noise_var = 1e10;
	keeper.servo.n_samples = 1000;
	keeper.n_samples = 0;
	live(500);
	ck_assert_uint_eq(keeper.n_samples, 0);
	live(130);
	ck_assert_uint_eq(keeper.n_samples, 1);
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "tracking");
}
END_TEST

START_TEST(notices_a_silent_host_before_the_kernel_does)
{
	static const struct sim_event silence = { 400, SIM_SILENCE, 7200 * S };
	unsigned int n_samples;

	trace.events = &silence;
	trace.n_events = 1;
	run_in();
	live(200);
	ck_assert_int_eq(keeper.source_error, 0);
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "holdover");
	n_samples = keeper.n_samples;
	live(1000);
	ck_assert_int_eq(keeper.source_error, -ESTALE);
	ck_assert_uint_eq(keeper.n_samples, n_samples);
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "holdover");
	expect_good_time(1 * MS);
}
END_TEST

START_TEST(goes_on_when_the_host_speaks_again)
{
	static const struct sim_event silence = { 400, SIM_SILENCE, 1200 * S };

	trace.events = &silence;
	trace.n_events = 1;
	run_in();
	live(1500);
	ck_assert_int_eq(keeper.source_error, 0);
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "tracking");
	ck_assert_uint_eq(n_done[HVG_TIME_STEP], 0);
	expect_good_time(0.1 * MS);
}
END_TEST

/* A quiet host is no silent one: 20 ppb and no noise are 100 ns in a word, which nobody can
 * see. */
START_TEST(follows_a_host_whose_words_cannot_be_told_apart)
{
	trace.frequency_ppb = 20;
	trace.word_ns = 0;
	create();
	run_in();
	live(3600);
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "tracking");
	expect_good_time(0.01 * MS);
}
END_TEST

START_TEST(is_right_within_15_seconds_of_a_resume)
{
	static const struct sim_event pauses[] = { { 403, SIM_PAUSE, 3600 * S },
		{ 4490.2, SIM_PAUSE, 70 * S } };

	trace.events = pauses;
	trace.n_events = 2;
	run_in();
	live(103 + 15 - 3);
	ck_assert_double_ge(world.true_ns, 4000 * S);
	expect_good_time(1 * MS);
	live(490);
	ck_assert_double_ge(world.true_ns, 4574 * S);
	expect_good_time(1 * MS);
	ck_assert_uint_eq(n_done[HVG_TIME_STEP], 2);
	ck_assert_int_eq(keeper.last_step_cause, HVG_TIME_STEP_AFTER_JUMP);
}
END_TEST

START_TEST(tells_the_kernel_how_good_the_clock_is)
{
	const struct hvg_time_action *steer = &last[HVG_TIME_STEER];

	run_in();
	ck_assert(!steer->is_unsync);
	ck_assert_int_ge(steer->max_error_us, steer->error_us);
	ck_assert_int_ge(steer->error_us, 1);
	ck_assert_int_le(steer->max_error_us, 200);
	ck_assert_double_le(
		fabs(sim_world_offset_ns(&world)), (double)steer->max_error_us * 1e3);
}
END_TEST

START_TEST(tells_the_kernel_when_the_clock_is_good_no_more)
{
	static const struct sim_event silence = { 400, SIM_SILENCE, 1e6 * S };

	trace.events = &silence;
	trace.n_events = 1;
	run_in();
	live(3500);
	ck_assert(!last[HVG_TIME_STEER].is_unsync);
	forget();
	live(1000);
	ck_assert(last[HVG_TIME_STEER].is_unsync);
	ck_assert_uint_eq(n_done[HVG_TIME_STEER], 1);
}
END_TEST

START_TEST(measures_and_leaves_alone_what_another_owns)
{
	trace.first_offset_ns = 7 * S;
	create();
	hvg_timekeeper_tell_active(&keeper, true);
	live(600);
	ck_assert_uint_eq(n_changes(), 0);
	ck_assert_uint_ge(n_done[HVG_TIME_OBSERVE], 100);
	ck_assert_uint_ge(keeper.history.n, 100);
	ck_assert_double_eq_tol((double)keeper.sample.offset_ns, 7 * S, 50 * MS);
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "monitoring");
}
END_TEST

START_TEST(changes_nothing_as_a_monitor)
{
	config.owner.mode = HVG_CLOCK_MONITOR;
	trace.first_offset_ns = 7 * S;
	create();
	hvg_timekeeper_tell_active(&keeper, false);
	live(600);
	ck_assert_uint_eq(n_changes(), 0);
}
END_TEST

START_TEST(lets_go_and_takes_back)
{
	run_in();
	forget();
	hvg_timekeeper_tell_active(&keeper, true);
	live(30);
	ck_assert_uint_eq(n_done[HVG_TIME_STEER], 0);
	ck_assert_uint_eq(n_done[HVG_TIME_STEP], 0);
	ck_assert_uint_le(n_done[HVG_TIME_LET_GO], 1);
	world.correction_ppb = -150e3; /* what the other does */
	live(30);
	forget();
	live(600);
	ck_assert_uint_eq(n_changes(), 0);
	hvg_timekeeper_tell_active(&keeper, false);
	live(300);
	ck_assert_uint_eq(n_done[HVG_TIME_CLAIM], 1);
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "tracking");
	expect_good_time(0.1 * MS);
}
END_TEST

START_TEST(leaves_no_slew_behind_when_it_lets_go)
{
	trace.first_offset_ns = 400 * MS;
	create();
	hvg_timekeeper_tell_active(&keeper, false);
	live(20);
	ck_assert_double_ge(fabs(world.correction_ppb), 4e6);
	hvg_timekeeper_tell_active(&keeper, true);
	pump();
	ck_assert_uint_eq(n_done[HVG_TIME_LET_GO], 1);
	ck_assert_double_eq_tol(
		last[HVG_TIME_LET_GO].expected_ppb, last[HVG_TIME_STEER].correction_ppb, 1e-9);
	ck_assert_double_le(fabs(world.correction_ppb), 100e3);
}
END_TEST

START_TEST(leaves_no_slew_behind_when_it_ends)
{
	trace.first_offset_ns = 400 * MS;
	create();
	hvg_timekeeper_tell_active(&keeper, false);
	live(20);
	hvg_timekeeper_stop(&keeper);
	pump();
	ck_assert_double_le(fabs(world.correction_ppb), 100e3);
	forget();
	live(60);
	ck_assert_uint_eq(n_done[HVG_TIME_OBSERVE] + n_changes(), 0);
}
END_TEST

START_TEST(ends_without_a_deed_if_nothing_is_under_way)
{
	hvg_timekeeper_tell_active(&keeper, true);
	live(20);
	hvg_timekeeper_stop(&keeper);
	pump();
	ck_assert_uint_eq(n_changes(), 0);
}
END_TEST

START_TEST(yields_to_one_whom_nobody_knows)
{
	run_in();
	world.correction_ppb += 500;
	live(10);
	forget();
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "monitoring");
	for (unsigned int i = 0; i < 60; i++) {
		world.correction_ppb += 500;
		live(10);
	}
	ck_assert_uint_eq(n_changes(), 0);
	live(3700); /* it has gone */
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "tracking");
}
END_TEST

START_TEST(yields_to_one_that_feeds_the_kernels_loop)
{
	run_in();
	is_kernel_steered = true;
	live(10);
	forget();
	live(600);
	ck_assert_uint_eq(n_changes(), 0);
}
END_TEST

START_TEST(clears_what_a_former_steerer_has_left)
{
	is_kernel_steered = true;
	run_in();
	ck_assert(!is_kernel_steered);
	ck_assert_uint_eq(n_done[HVG_TIME_CLAIM], 1);
}
END_TEST

START_TEST(only_steps_in_that_mode)
{
	static const struct sim_event pause = { 400, SIM_PAUSE, 60 * S };

	config.owner.mode = HVG_CLOCK_STEP_ONLY;
	trace.first_offset_ns = -2 * S;
	trace.events = &pause;
	trace.n_events = 1;
	create();
	hvg_timekeeper_tell_active(&keeper, false);
	live(500);
	ck_assert_uint_eq(n_done[HVG_TIME_STEP], 2);
	ck_assert_uint_eq(n_changes(), 2);
	ck_assert_double_eq(world.correction_ppb, 0);
	expect_good_time(10 * MS);
}
END_TEST

START_TEST(notices_that_another_set_the_clock)
{
	run_in();
	forget();
	world.guest_ns += 600 * S;
	hvg_timekeeper_was_set(&keeper, now_us());
	live(3);
	ck_assert_uint_eq(n_done[HVG_TIME_STEP], 1);
	expect_good_time(0.1 * MS);
	live(60);
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "tracking");
}
END_TEST

START_TEST(tells_by_how_much_another_set_the_clock)
{
	hvg_timekeeper_tell_active(&keeper, true);
	live(60);
	world.guest_ns -= 30 * S;
	hvg_timekeeper_was_set(&keeper, now_us());
	live(3);
	ck_assert_double_eq_tol((double)keeper.last_step_ns, -30 * S, 1 * MS);
	ck_assert_int_eq(keeper.last_step_cause, HVG_TIME_STEP_BY_ANOTHER);
}
END_TEST

/* The kernel has done our work (SYNC): no step of ours, and no frequency is forgotten. */
START_TEST(goes_on_after_the_kernel_set_the_clock)
{
	static const struct sim_event sync = { 400, SIM_PAUSE_SYNC, 300 * S };

	trace.events = &sync;
	trace.n_events = 1;
	run_in();
	forget();
	live(99.5);
	hvg_timekeeper_was_set(&keeper, now_us());
	live(60);
	ck_assert_uint_eq(n_done[HVG_TIME_STEP], 0);
	ck_assert_double_eq_tol(keeper.servo.frequency_ppb, 20e3, 2e3);
	expect_good_time(0.1 * MS);
}
END_TEST

START_TEST(does_not_spin_when_it_may_not_touch_the_clock)
{
	trace.first_offset_ns = 7 * S;
	create();
	deed_result = -EPERM;
	hvg_timekeeper_tell_active(&keeper, false);
	live(120);
	ck_assert_uint_le(n_changes(), 2 * 120 * 4);
	deed_result = 0;
	live(120);
	expect_good_time(1 * MS);
}
END_TEST

START_TEST(refuses_what_is_beyond_the_panic_limit)
{
	static const struct sim_event set_back = { 400, SIM_HOST_SET, -14 * 86400 * S };

	trace.events = &set_back;
	trace.n_events = 1;
	run_in();
	live(200);
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "refusing");
	ck_assert_uint_eq(n_done[HVG_TIME_STEP], 0);
	ck_assert(last[HVG_TIME_STEER].is_unsync);
}
END_TEST

START_TEST(takes_new_settings)
{
	run_in();
	config.owner.mode = HVG_CLOCK_MONITOR;
	hvg_timekeeper_configure(&keeper, &config, now_us());
	live(10);
	forget();
	live(100);
	ck_assert_uint_eq(n_changes(), 0);
	config.owner.mode = HVG_CLOCK_AUTO;
	hvg_timekeeper_configure(&keeper, &config, now_us());
	live(100);
	ck_assert_str_eq(hvg_timekeeper_state(&keeper), "tracking");
}
END_TEST

START_TEST(drops_results_with_an_old_serial)
{
	struct hvg_time_action action;

	run_in();
	while (action = hvg_timekeeper_next(&keeper, now_us()), action.kind == HVG_TIME_WAIT)
		sim_world_sleep(&world, 0.1 * S);
	hvg_timekeeper_done(&keeper, action.serial - 1, 0, now_us());
	ck_assert_int_eq(hvg_timekeeper_next(&keeper, now_us()).kind, HVG_TIME_WAIT);
	ck_assert(keeper.is_out);
	hvg_timekeeper_done(&keeper, action.serial, -ESTALE, now_us());
	ck_assert(!keeper.is_out);
}
END_TEST

static bool may(bool steer)
{
	struct hvg_clock_rights rights = hvg_clock_owner_rights(&keeper.owner, now_us());

	return steer ? rights.may_steer : rights.may_step;
}

/* What is done without the right to do it; letting go and looking need none. */
static bool is_trespass(enum hvg_time_action_kind kind)
{
	return (kind == HVG_TIME_STEP && !may(false)) ||
		((kind == HVG_TIME_STEER || kind == HVG_TIME_CLAIM) && !may(true));
}

static void stumble(struct hvg_random *chance)
{
	switch (hvg_random_below(chance, 10)) {
	case 0:
		hvg_timekeeper_tell_active(&keeper, hvg_random_below(chance, 2));
		break;
	case 1:
		world.guest_ns += ((double)hvg_random_below(chance, 2000) - 1000) * 10 * MS;
		hvg_timekeeper_was_set(&keeper, now_us());
		break;
	case 2:
		world.host_set_ns += ((double)hvg_random_below(chance, 2000) - 1000) * MS;
		break;
	case 3:
		config.owner.mode = hvg_random_below(chance, 4);
		hvg_timekeeper_configure(&keeper, &config, now_us());
		break;
	case 4:
		hvg_timekeeper_source(&keeper, hvg_random_below(chance, 2), now_us());
		break;
	case 5:
		deed_result = hvg_random_below(chance, 3) ? 0 : -EPERM;
		break;
	case 6:
		world.correction_ppb += hvg_random_below(chance, 2) ? 0 : 1000;
		break;
	default:
		break;
	}
}

static void walk_one_step(void)
{
	struct hvg_time_action action;

	for (unsigned int i = 0;
		action = hvg_timekeeper_next(&keeper, now_us()), action.kind != HVG_TIME_WAIT;
		i++) {
		ck_assert_uint_lt(i, TOO_MANY);
		ck_assert(!is_trespass(action.kind));
		hvg_timekeeper_done(&keeper, action.serial, perform(&action), now_us());
	}
	ck_assert_uint_gt(keeper.deadline_us, now_us());
}

START_TEST(never_trespasses_and_never_spins)
{
	struct hvg_random chance = hvg_random_from(9);

	for (unsigned int i = 0; i < hvg_random_steps(20000); i++) {
		stumble(&chance);
		walk_one_step();
		sim_world_sleep(&world, hvg_random_below(&chance, 2000) * MS);
	}
}
END_TEST

static void add_life(TCase *tcase)
{
	tcase_add_test(tcase, waits_for_a_clock_to_read);
	tcase_add_test(tcase, keeps_no_history_from_before_a_step);
	tcase_add_test(tcase, looks_before_it_acts);
	tcase_add_test(tcase, takes_a_free_clock_and_sets_it_right_at_once);
	tcase_add_test(tcase, only_looks_on_until_the_service_manager_has_spoken);
	tcase_add_test(tcase, takes_each_word_of_the_host_once);
	tcase_add_test(tcase, rests_until_the_next_word_is_due);
	tcase_add_test(tcase, looks_again_soon_when_it_was_interrupted);
	tcase_add_test(tcase, knows_that_a_host_speaks_whose_word_is_never_stale);
	tcase_add_test(tcase, notices_a_silent_host_before_the_kernel_does);
	tcase_add_test(tcase, goes_on_when_the_host_speaks_again);
	tcase_add_test(tcase, follows_a_host_whose_words_cannot_be_told_apart);
	tcase_add_test(tcase, is_right_within_15_seconds_of_a_resume);
	tcase_add_test(tcase, tells_the_kernel_how_good_the_clock_is);
	tcase_add_test(tcase, tells_the_kernel_when_the_clock_is_good_no_more);
}

static void add_ownership(TCase *tcase)
{
	tcase_add_test(tcase, measures_and_leaves_alone_what_another_owns);
	tcase_add_test(tcase, changes_nothing_as_a_monitor);
	tcase_add_test(tcase, lets_go_and_takes_back);
	tcase_add_test(tcase, leaves_no_slew_behind_when_it_lets_go);
	tcase_add_test(tcase, leaves_no_slew_behind_when_it_ends);
	tcase_add_test(tcase, ends_without_a_deed_if_nothing_is_under_way);
	tcase_add_test(tcase, yields_to_one_whom_nobody_knows);
	tcase_add_test(tcase, yields_to_one_that_feeds_the_kernels_loop);
	tcase_add_test(tcase, clears_what_a_former_steerer_has_left);
	tcase_add_test(tcase, only_steps_in_that_mode);
}

static void add_surprises(TCase *tcase)
{
	tcase_add_test(tcase, notices_that_another_set_the_clock);
	tcase_add_test(tcase, tells_by_how_much_another_set_the_clock);
	tcase_add_test(tcase, goes_on_after_the_kernel_set_the_clock);
	tcase_add_test(tcase, does_not_spin_when_it_may_not_touch_the_clock);
	tcase_add_test(tcase, refuses_what_is_beyond_the_panic_limit);
	tcase_add_test(tcase, takes_new_settings);
	tcase_add_test(tcase, drops_results_with_an_old_serial);
	tcase_add_test(tcase, never_trespasses_and_never_spins);
}

Suite *hvg_suite_service_timekeeper(void)
{
	Suite *suite = suite_create("timekeeper");
	TCase *tcase = hvg_suite_case(suite, "timekeeper");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, NULL);
	add_life(tcase);
	add_ownership(tcase);
	add_surprises(tcase);
	return suite;
}
