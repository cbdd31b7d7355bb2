// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/duration.h"
#include "base/units.h"

#include <float.h>
#include <string.h>

static const struct {
	double ns;
	const char *text;
} durations[] = {
	{ 0, "0 ns" },
	{ -0.3, "0 ns" },
	{ 850, "850 ns" },
	{ -999, "-999 ns" },
	{ 1000, "1.0 us" },
	{ 12345, "12.3 us" },
	{ -4560000, "-4.560 ms" },
	{ 1500000000, "1.500 s" },
	{ 40000e9, "40000.000 s" },
	{ -172799e9, "-172799.000 s" },
	{ 14 * 86400e9, "14.0 d" },
	{ -400.5 * 86400e9, "-400.5 d" },
};

START_TEST(reads_as_people_say_it)
{
	char text[HVG_DURATION_SIZE];

	hvg_duration_render(durations[_i].ns, text);
	ck_assert_str_eq(text, durations[_i].text);
}
END_TEST

START_TEST(stays_within_its_buffer)
{
	char text[HVG_DURATION_SIZE];

	hvg_duration_render(-DBL_MAX, text);
	ck_assert_uint_lt(strnlen(text, sizeof(text)), sizeof(text));
}
END_TEST

Suite *hvg_suite_base_duration(void)
{
	Suite *suite = suite_create("duration");
	TCase *tcase = hvg_suite_case(suite, "duration");

	tcase_add_loop_test(tcase, reads_as_people_say_it, 0, HVG_ELEMENTS(durations));
	tcase_add_test(tcase, stays_within_its_buffer);
	return suite;
}
