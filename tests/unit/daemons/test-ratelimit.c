// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "common/ratelimit.h"

#include <stdio.h>
#include <string.h>

static struct hvg_ratelimit limit;

static void setup(void)
{
	limit = (struct hvg_ratelimit){ 0 };
}

/* How many of n are admitted. */
static unsigned int say(const char *key, uint64_t now_us, unsigned int n)
{
	unsigned int n_said = 0, n_unsaid;

	while (n-- > 0)
		n_said += hvg_ratelimit_admit(&limit, key, now_us, &n_unsaid);
	return n_said;
}

START_TEST(admits_a_burst_and_no_more)
{
	ck_assert_uint_eq(say("a", 5, HVG_RATELIMIT_BURST), HVG_RATELIMIT_BURST);
	ck_assert_uint_eq(say("a", 5, 100), 0);
	ck_assert_uint_eq(say("a", 4 + HVG_RATELIMIT_US, 100), 0);
}
END_TEST

START_TEST(resumes_with_the_number_of_those_kept_back)
{
	unsigned int n_unsaid = 4711;

	say("a", 5, HVG_RATELIMIT_BURST + 37);
	ck_assert(hvg_ratelimit_admit(&limit, "a", 5 + HVG_RATELIMIT_US, &n_unsaid));
	ck_assert_uint_eq(n_unsaid, 37);
	ck_assert(hvg_ratelimit_admit(&limit, "a", 5 + HVG_RATELIMIT_US, &n_unsaid));
	ck_assert_uint_eq(n_unsaid, 0);
}
END_TEST

START_TEST(counts_each_kind_by_itself_and_by_its_text)
{
	char same[] = "a";

	ck_assert_uint_eq(say("a", 0, 100), HVG_RATELIMIT_BURST);
	ck_assert_uint_eq(say("b", 0, 100), HVG_RATELIMIT_BURST);
	ck_assert_uint_eq(say(same, 0, 100), 0);
}
END_TEST

START_TEST(holds_a_flood_to_twenty_lines_a_minute)
{
	unsigned int n_said = 0;

	for (uint64_t now_us = 0; now_us < 10 * 60 * HVG_USEC_PER_SEC; now_us += HVG_USEC_PER_SEC / 10)
		n_said += say("a", now_us, 1);
	ck_assert_uint_eq(n_said, 10 * 20);
}
END_TEST

START_TEST(forgets_the_oldest_kind_when_there_are_too_many)
{
	static char keys[HVG_RATELIMIT_KINDS + 1][8];

	for (unsigned int i = 0; i <= HVG_RATELIMIT_KINDS; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%u", i);
		ck_assert_uint_eq(say(keys[i], 1000 + i, 100), HVG_RATELIMIT_BURST);
	}
	ck_assert_uint_eq(say(keys[1], 2000, 100), 0);
	ck_assert_uint_eq(say(keys[0], 2000, 100), HVG_RATELIMIT_BURST);
}
END_TEST

Suite *hvg_suite_daemons_ratelimit(void)
{
	Suite *suite = suite_create("daemons-ratelimit");
	TCase *tcase = hvg_suite_case(suite, "ratelimit");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, admits_a_burst_and_no_more);
	tcase_add_test(tcase, resumes_with_the_number_of_those_kept_back);
	tcase_add_test(tcase, counts_each_kind_by_itself_and_by_its_text);
	tcase_add_test(tcase, holds_a_flood_to_twenty_lines_a_minute);
	tcase_add_test(tcase, forgets_the_oldest_kind_when_there_are_too_many);
	return suite;
}
