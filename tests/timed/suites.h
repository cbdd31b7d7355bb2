/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_TIMED_SUITES_H
#define HVG_TESTS_TIMED_SUITES_H

#include "timed/machine.h"

/* The machine of the test that runs; made and unmade around each by suite_new's fixture. */
extern struct machine *const m;

/* One more case of a suite, with that fixture; main.c runs all of them at once. */
TCase *suite_case(Suite *suite);

Suite *suite_bus(void);
Suite *suite_calls(void);
Suite *suite_clock(void);
Suite *suite_hvctl(void);
Suite *suite_owner(void);

#define MS 1e6
#define S  1e9

#endif
