/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_UNIT_SUITES_H
#define HVG_TESTS_UNIT_SUITES_H

/* Every suite's constructor, from the list of test files in CMakeLists.txt. */

#include <check.h>
#include <stdbool.h>

#define HVG_SUITE(name) Suite *hvg_suite_##name(void);
#include "suites.inc"
#undef HVG_SUITE

/* A suite of one test case; more tests are added to the case that comes back. */
static inline TCase *hvg_suite_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	suite_add_tcase(suite, tcase);
	return tcase;
}

#endif
