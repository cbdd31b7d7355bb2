// SPDX-License-Identifier: LGPL-2.1-or-later

/* The choice as a table: what a host offers, and what a guest takes. */

#include "suites.h"

#include "base/units.h"
#include "service/negotiate.h"

#include <errno.h>

static const struct hvg_icversion frameworks[] = { { 3, 0 }, { 1, 0 } };
static const struct hvg_icversion versions[] = { { 4, 0 }, { 3, 2 }, { 3, 0 } };
static const struct hvg_icsupport support = { frameworks, versions, 2, 3 };

static const struct {
	const char *offer; /* the versions' bytes: major and minor, 16 bits each */
	size_t n_frameworks, n_versions;
	int result;
	struct hvg_icchoice choice;
} cases[] = {
	{ "\3\0\0\0\4\0\0\0", 1, 1, 0, { { 3, 0 }, { 4, 0 } } },
	{ "\1\0\0\0\3\0\0\0", 1, 1, 0, { { 1, 0 }, { 3, 0 } } },
	{ "\1\0\0\0\3\0\0\0\3\0\0\0\3\0\2\0\5\0\0\0", 2, 3, 0, { { 3, 0 }, { 3, 2 } } }, /* ours decides */
	{ "\3\0\0\0\5\0\0\0", 1, 1, -EOPNOTSUPP },
	{ "\2\0\0\0\4\0\0\0", 1, 1, -EOPNOTSUPP },
	{ "\3\0\1\0\4\0\0\0", 1, 1, -EOPNOTSUPP }, /* 3.1 is not 3.0 */
	{ "\4\0\0\0\3\0\0\0", 1, 1, -EOPNOTSUPP }, /* each kind by itself */
	{ "\3\0\0\0", 1, 0, -EOPNOTSUPP },
	{ "\4\0\0\0", 0, 1, -EOPNOTSUPP },
	{ "", 0, 0, -EOPNOTSUPP },
};

START_TEST(takes_its_best_of_what_is_offered)
{
	struct hvg_icoffer offer = { cases[_i].n_frameworks, cases[_i].n_versions,
		(const uint8_t *)cases[_i].offer };
	struct hvg_icchoice choice = { { 0, 0 }, { 0, 0 } };

	ck_assert_int_eq(hvg_negotiate(&support, &offer, &choice), cases[_i].result);
	ck_assert_uint_eq(choice.framework.major, cases[_i].choice.framework.major);
	ck_assert_uint_eq(choice.version.major, cases[_i].choice.version.major);
	ck_assert_uint_eq(choice.version.minor, cases[_i].choice.version.minor);
}
END_TEST

START_TEST(speaks_file_copy)
{
	struct hvg_icoffer offer = { 2, 1, (const uint8_t *)"\1\0\0\0\3\0\0\0\1\0\1\0" };
	struct hvg_icchoice choice;

	ck_assert_int_eq(hvg_negotiate(&hvg_icsupport_fcopy, &offer, &choice), 0);
	ck_assert_uint_eq(choice.framework.major, 3);
	ck_assert_uint_eq(choice.version.minor, 1);
}
END_TEST

Suite *hvg_suite_service_negotiate(void)
{
	Suite *suite = suite_create("service/negotiate");
	TCase *tcase = hvg_suite_case(suite, "negotiate");

	tcase_add_loop_test(tcase, takes_its_best_of_what_is_offered, 0, HVG_ELEMENTS(cases));
	tcase_add_test(tcase, speaks_file_copy);
	return suite;
}
