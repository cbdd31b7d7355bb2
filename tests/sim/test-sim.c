// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What the simulations must show: hvg-sim-test. Everything is seeded, so the figures are the
 * same on each run but for what another libm rounds otherwise.
 */

#include "sim/phc2sys.h"
#include "sim/score.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS        1e6
#define N_SEEDS   3
#define TOLERANCE 0.3 /* of a golden figure */

/* Of seed 1: our root mean square, in us, and how often the clock was set after the start. */
static const struct {
	const char *trace;
	double rms_us;
	unsigned int n_steps;
} golden[] = {
	{ "quiet", 1.92, 0 },
	{ "exact", 0.19, 0 },
	{ "far-off", 11.2, 0 },
	{ "white", 2.10, 0 },
	{ "walk", 2.47, 0 },
	{ "warmth", 3.04, 0 },
	{ "gusts", 3.84, 0 },
	{ "noisy-host", 9.1, 0 },
	{ "outliers", 39.8, 0 },
	{ "busy-guest", 20.9, 0 },
	{ "vm", 0.23, 0 },
	{ "host-steps", 65726718, 2 }, /* two of the four are slewed */
	{ "leap", 18257, 1 },
	{ "pauses", 162337299, 2 },
	{ "pauses-sync", 1.74, 0 }, /* the kernel sets it */
	{ "moved", 22772, 0 },
	{ "silence", 9.4, 0 },
	{ "start", 2.05, 0 },
	{ "wild", 135, 0 },
	{ "week", 1105670, 3 },
};

#define N_GOLDEN (sizeof(golden) / sizeof(golden[0]))

static const struct sim_trace *find_trace(const char *name)
{
	for (size_t i = 0; i < sim_n_traces; i++)
		if (strcmp(sim_traces[i].name, name) == 0)
			return &sim_traces[i];
	ck_abort_msg("there is no trace %s", name);
	return NULL;
}

START_TEST(every_trace_has_golden_figures)
{
	ck_assert_uint_eq(sim_n_traces, N_GOLDEN);
	for (size_t i = 0; i < N_GOLDEN; i++)
		(void)find_trace(golden[i].trace);
}
END_TEST

START_TEST(is_as_good_as_it_was)
{
	struct sim_score score;

	sim_run(&sim_hvguest, find_trace(golden[_i].trace), 1, &score);
	ck_assert_double_le(score.rms_ns, golden[_i].rms_us * 1e3 * (1 + TOLERANCE));
	ck_assert_double_ge(score.rms_ns, golden[_i].rms_us * 1e3 * (1 - TOLERANCE));
	sim_score_done(&score);
}
END_TEST

START_TEST(sets_the_clock_only_if_something_has_jumped)
{
	for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
		struct sim_score score;

		sim_run(&sim_hvguest, find_trace(golden[_i].trace), seed, &score);
		ck_assert_uint_eq(score.n_steps, golden[_i].n_steps);
		sim_score_done(&score);
	}
}
END_TEST

START_TEST(is_never_worse_than_phc2sys)
{
	for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
		const struct sim_trace *trace = find_trace(golden[_i].trace);
		struct sim_score ours, theirs;

		sim_run(&sim_hvguest, trace, seed, &ours);
		sim_run(&sim_phc2sys, trace, seed, &theirs);
		ck_assert_msg(ours.rms_ns <= theirs.rms_ns,
			"seed %d: %.0f ns, phc2sys: %.0f ns", (int)seed, ours.rms_ns,
			theirs.rms_ns);
		sim_score_done(&ours);
		sim_score_done(&theirs);
	}
}
END_TEST

/* When the offset is within a tenth of a millisecond for good. */
static size_t settled_at(const struct sim_score *score)
{
	size_t i = score->n;

	while (i > 0 && fabs(score->offsets_ns[i - 1]) < 0.1 * MS)
		i--;
	return i;
}

START_TEST(settles_from_100_ms_within_a_minute)
{
	struct sim_trace trace = *find_trace("start");
	double overshoot_ns = 0;
	struct sim_score score;

	trace.first_offset_ns = _i ? -100 * MS : 100 * MS;
	sim_run(&sim_hvguest, &trace, 1, &score);
	for (size_t i = 0; i < score.n; i++)
		overshoot_ns =
			fmax(overshoot_ns, _i ? score.offsets_ns[i] : -score.offsets_ns[i]);
	ck_assert_uint_lt(settled_at(&score), 60);
	ck_assert_double_le(overshoot_ns, 10 * MS);
	ck_assert_uint_eq(score.n_steps, 0);
	sim_score_done(&score);
}
END_TEST

/* The reference point is one: it finds the frequency, steps at the start, and follows its PI
 * law. */
START_TEST(phc2sys_does_what_its_manual_says)
{
	struct sim_trace trace = *find_trace("exact");
	struct sim_score score;

	trace.first_offset_ns = 5000 * MS;
	sim_run(&sim_phc2sys, &trace, 1, &score);
	ck_assert_uint_eq(score.n_steps, 1);
	ck_assert_double_le(score.max_ns, 2e3);
	sim_score_done(&score);
	trace.first_offset_ns = 0.015 * MS; /* below 20 us: slewed */
	sim_run(&sim_phc2sys, &trace, 1, &score);
	ck_assert_uint_eq(score.n_steps, 0);
	ck_assert_double_le(score.max_ns, 2e3);
	sim_score_done(&score);
}
END_TEST

/* 2 s at 500 ppm are 4000 s: it never steps again. */
START_TEST(phc2sys_slews_at_500_ppm)
{
	static const struct sim_event set = { 1000, SIM_HOST_SET, 2000 * MS };
	struct sim_trace trace = *find_trace("exact");
	struct sim_score score;

	trace.events = &set;
	trace.n_events = 1;
	sim_run(&sim_phc2sys, &trace, 1, &score);
	ck_assert_double_eq_tol(score.offsets_ns[3000], -1000 * MS, 20 * MS);
	ck_assert_double_ge(fabs(score.offsets_ns[4900]), 10 * MS);
	ck_assert_double_le(fabs(score.offsets_ns[5200]), 10 * MS);
	sim_score_done(&score);
}
END_TEST

START_TEST(the_world_repeats_itself)
{
	struct sim_score first, second, other;

	sim_run(&sim_hvguest, find_trace("walk"), 1, &first);
	sim_run(&sim_hvguest, find_trace("walk"), 1, &second);
	sim_run(&sim_hvguest, find_trace("walk"), 2, &other);
	ck_assert_double_eq(first.rms_ns, second.rms_ns);
	ck_assert_double_ne(first.rms_ns, other.rms_ns);
	sim_score_done(&first);
	sim_score_done(&second);
	sim_score_done(&other);
}
END_TEST

static Suite *create(void)
{
	Suite *suite = suite_create("sim");
	TCase *tcase = tcase_create("sim");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, every_trace_has_golden_figures);
	tcase_add_loop_test(tcase, is_as_good_as_it_was, 0, N_GOLDEN);
	tcase_add_loop_test(tcase, sets_the_clock_only_if_something_has_jumped, 0, N_GOLDEN);
	tcase_add_loop_test(tcase, is_never_worse_than_phc2sys, 0, N_GOLDEN);
	tcase_add_loop_test(tcase, settles_from_100_ms_within_a_minute, 0, 2);
	tcase_add_test(tcase, phc2sys_does_what_its_manual_says);
	tcase_add_test(tcase, phc2sys_slews_at_500_ppm);
	tcase_add_test(tcase, the_world_repeats_itself);
	return suite;
}

int main(void)
{
	const char *folder = getenv("HVG_TAP_DIR");
	SRunner *runner = srunner_create(create());
	char path[4096];
	int failed;

	if (folder) {
		snprintf(path, sizeof(path), "%s/sim-time.tap", folder);
		srunner_set_tap(runner, path);
	}
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
