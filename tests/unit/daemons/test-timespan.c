// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "common/timespan.h"

#include <errno.h>

static const struct {
	const char *text;
	int result;
	uint64_t us;
} spans[] = {
	{ "0", 0, 0 },
	{ "30", 0, 30000000 },
	{ "1.5", 0, 1500000 },
	{ "0.000001", 0, 1 },
	{ "0.0000019", 0, 1 },
	{ "1.25min", 0, 75000000 },
	{ "7us", 0, 7 },
	{ "7usec", 0, 7 },
	{ "500ms", 0, 500000 },
	{ "500 msec", 0, 500000 },
	{ "90s", 0, 90000000 },
	{ "2sec", 0, 2000000 },
	{ "1second", 0, 1000000 },
	{ "2m", 0, 120000000 },
	{ "2min 30s", 0, 150000000 },
	{ "2min30s", 0, 150000000 },
	{ " 1h\t5us ", 0, 3600000005 },
	{ "1hr", 0, 3600000000 },
	{ "1d", 0, 86400000000 },
	{ "2days", 0, 172800000000 },
	{ "infinity", 0, HVG_NEVER },
	{ "213503982d", 0, UINT64_C(213503982) * 86400 * 1000000 },
	{ "18446744073709551614us", 0, UINT64_MAX - 1 },
	{ "18446744073709551615us", -ERANGE, 0 },
	{ "18446744073709551616us", -ERANGE, 0 },
	{ "213503983d", -ERANGE, 0 },
	{ "18446744073709s 1h", -ERANGE, 0 },
	{ "99999999999999999999", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ " ", -EINVAL, 0 },
	{ "s", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ ".5", -EINVAL, 0 },
	{ "5.", -EINVAL, 0 },
	{ "1.2.3", -EINVAL, 0 },
	{ "5 30", -EINVAL, 0 },
	{ "2min 30", -EINVAL, 0 },
	{ "5parsec", -EINVAL, 0 },
	{ "5S", -EINVAL, 0 },
	{ "infinity 1s", -EINVAL, 0 },
	{ "1s,", -EINVAL, 0 },
};

START_TEST(parses_what_people_write)
{
	uint64_t us = 4711;

	ck_assert_int_eq(hvg_timespan_parse(spans[_i].text, &us), spans[_i].result);
	ck_assert_uint_eq(us, spans[_i].result == 0 ? spans[_i].us : 4711);
}
END_TEST

static const struct {
	uint64_t us;
	const char *text;
} rendered[] = {
	{ 0, "0" },
	{ 1, "1us" },
	{ 1500, "1500us" },
	{ 250000, "250ms" },
	{ 90000000, "90s" },
	{ 120000000, "2min" },
	{ 3600000000, "1h" },
	{ 172800000000, "2d" },
	{ UINT64_MAX - 1, "18446744073709551614us" },
	{ HVG_NEVER, "infinity" },
};

START_TEST(renders_what_it_would_parse)
{
	char text[HVG_TIMESPAN_SIZE];
	uint64_t us;

	hvg_timespan_render(rendered[_i].us, text);
	ck_assert_str_eq(text, rendered[_i].text);
	ck_assert_int_eq(hvg_timespan_parse(text, &us), 0);
	ck_assert_uint_eq(us, rendered[_i].us);
}
END_TEST

Suite *hvg_suite_daemons_timespan(void)
{
	Suite *suite = suite_create("daemons-timespan");
	TCase *tcase = hvg_suite_case(suite, "timespan");

	tcase_add_loop_test(tcase, parses_what_people_write, 0, HVG_ELEMENTS(spans));
	tcase_add_loop_test(tcase, renders_what_it_would_parse, 0, HVG_ELEMENTS(rendered));
	return suite;
}
