// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "service/clockowner.h"

#define SECOND   HVG_USEC_PER_SEC
#define PATIENCE (5 * SECOND)
#define TOUCH    (3600 * SECOND)
#define NOW      (1000 * SECOND)

static struct hvg_clock_owner owner;

static void begin(enum hvg_clock_mode mode)
{
	struct hvg_clock_owner_config config = {
		.mode = mode, .patience_us = PATIENCE, .touch_us = TOUCH
	};

	hvg_clock_owner_init(&owner, &config, NOW);
}

static void see(double correction_ppb, bool is_kernel_steered, uint64_t now_us)
{
	struct hvg_clock_condition condition = { correction_ppb, false, is_kernel_steered };

	hvg_clock_owner_look(&owner, &condition, now_us);
}

static void expect_rights(bool may_step, bool may_steer, uint64_t now_us)
{
	struct hvg_clock_rights rights = hvg_clock_owner_rights(&owner, now_us);

	ck_assert(rights.may_step == may_step);
	ck_assert(rights.may_steer == may_steer);
}

/* The table of the header, row by row. */
static const struct {
	enum hvg_clock_mode mode;
	bool is_active, is_touched, may_step, may_steer;
} table[] = {
	{ HVG_CLOCK_AUTO, false, false, true, true },
	{ HVG_CLOCK_AUTO, true, false, false, false },
	{ HVG_CLOCK_AUTO, false, true, false, false },
	{ HVG_CLOCK_DISCIPLINE, false, false, true, true },
	{ HVG_CLOCK_DISCIPLINE, true, false, true, true },
	{ HVG_CLOCK_DISCIPLINE, false, true, false, false },
	{ HVG_CLOCK_DISCIPLINE, true, true, false, false },
	{ HVG_CLOCK_STEP_ONLY, false, false, true, false },
	{ HVG_CLOCK_STEP_ONLY, true, false, false, false },
	{ HVG_CLOCK_STEP_ONLY, false, true, false, false },
	{ HVG_CLOCK_MONITOR, false, false, false, false },
	{ HVG_CLOCK_MONITOR, true, false, false, false },
	{ HVG_CLOCK_MONITOR, false, true, false, false },
};

START_TEST(keeps_to_its_table)
{
	begin(table[_i].mode);
	hvg_clock_owner_tell(&owner, table[_i].is_active);
	if (table[_i].is_touched) {
		see(0, false, NOW);
		see(1234, false, NOW + SECOND);
	}
	expect_rights(table[_i].may_step, table[_i].may_steer, NOW + 2 * SECOND);
}
END_TEST

START_TEST(waits_for_the_service_manager)
{
	begin(HVG_CLOCK_AUTO);
	expect_rights(false, false, NOW);
	ck_assert_uint_eq(hvg_clock_owner_deadline_us(&owner, NOW), NOW + PATIENCE);
	hvg_clock_owner_tell(&owner, false);
	expect_rights(true, true, NOW + 1);
	ck_assert_uint_eq(hvg_clock_owner_deadline_us(&owner, NOW + 1), HVG_NEVER);
}
END_TEST

START_TEST(goes_on_without_a_service_manager)
{
	begin(HVG_CLOCK_AUTO);
	expect_rights(false, false, NOW + PATIENCE - 1);
	expect_rights(true, true, NOW + PATIENCE);
	ck_assert_uint_eq(hvg_clock_owner_deadline_us(&owner, NOW + PATIENCE), HVG_NEVER);
	hvg_clock_owner_tell(&owner, true);
	expect_rights(false, false, NOW + PATIENCE);
}
END_TEST

START_TEST(keeps_away_for_a_while_from_a_rate_that_another_changed)
{
	begin(HVG_CLOCK_AUTO);
	hvg_clock_owner_tell(&owner, false);
	see(500, false, NOW);
	expect_rights(true, true, NOW);
	see(500, false, NOW + SECOND);
	expect_rights(true, true, NOW + SECOND);
	see(501, false, NOW + 2 * SECOND);
	expect_rights(false, false, NOW + 2 * SECOND);
	ck_assert_uint_eq(hvg_clock_owner_deadline_us(&owner, NOW + 2 * SECOND),
		NOW + 2 * SECOND + TOUCH);
	see(502, false, NOW + 9 * SECOND);
	expect_rights(false, false, NOW + 8 * SECOND + TOUCH);
	expect_rights(true, true, NOW + 9 * SECOND + TOUCH);
}
END_TEST

START_TEST(knows_its_own_changes)
{
	begin(HVG_CLOCK_AUTO);
	hvg_clock_owner_tell(&owner, false);
	see(0, false, NOW);
	hvg_clock_owner_steered(&owner, 777.013);
	see(777.02, false, NOW + SECOND);
	expect_rights(true, true, NOW + SECOND);
}
END_TEST

START_TEST(notices_that_somebody_feeds_the_kernels_loop)
{
	begin(HVG_CLOCK_AUTO);
	hvg_clock_owner_tell(&owner, false);
	see(0, true, NOW);
	expect_rights(true, true, NOW); /* what a former owner has left */
	hvg_clock_owner_steered(&owner, 0);
	see(0, true, NOW + SECOND);
	expect_rights(false, false, NOW + SECOND);
}
END_TEST

START_TEST(gets_the_clock_back_when_the_service_ends)
{
	begin(HVG_CLOCK_AUTO);
	hvg_clock_owner_tell(&owner, true);
	see(0, false, NOW);
	see(3000, false, NOW + SECOND);
	see(-9000, true, NOW + 2 * SECOND);
	expect_rights(false, false, NOW + 3 * SECOND);
	hvg_clock_owner_tell(&owner, false);
	expect_rights(true, true, NOW + 3 * SECOND);
	see(42, false, NOW + 4 * SECOND); /* its last words */
	expect_rights(true, true, NOW + 4 * SECOND);
}
END_TEST

START_TEST(yields_even_if_told_to_discipline_when_the_service_does_steer)
{
	begin(HVG_CLOCK_DISCIPLINE);
	hvg_clock_owner_tell(&owner, true);
	see(0, false, NOW);
	expect_rights(true, true, NOW);
	hvg_clock_owner_steered(&owner, 100);
	see(5000, false, NOW + SECOND);
	expect_rights(false, false, NOW + SECOND);
}
END_TEST

START_TEST(names_its_modes)
{
	ck_assert_str_eq(hvg_clock_mode_name(HVG_CLOCK_AUTO), "auto");
	ck_assert_str_eq(hvg_clock_mode_name(HVG_CLOCK_DISCIPLINE), "discipline");
	ck_assert_str_eq(hvg_clock_mode_name(HVG_CLOCK_STEP_ONLY), "step-only");
	ck_assert_str_eq(hvg_clock_mode_name(HVG_CLOCK_MONITOR), "monitor");
}
END_TEST

Suite *hvg_suite_service_clockowner(void)
{
	Suite *suite = suite_create("clockowner");
	TCase *tcase = hvg_suite_case(suite, "clockowner");

	tcase_add_loop_test(tcase, keeps_to_its_table, 0, HVG_ELEMENTS(table));
	tcase_add_test(tcase, waits_for_the_service_manager);
	tcase_add_test(tcase, goes_on_without_a_service_manager);
	tcase_add_test(tcase, keeps_away_for_a_while_from_a_rate_that_another_changed);
	tcase_add_test(tcase, knows_its_own_changes);
	tcase_add_test(tcase, notices_that_somebody_feeds_the_kernels_loop);
	tcase_add_test(tcase, gets_the_clock_back_when_the_service_ends);
	tcase_add_test(tcase, yields_even_if_told_to_discipline_when_the_service_does_steer);
	tcase_add_test(tcase, names_its_modes);
	return suite;
}
