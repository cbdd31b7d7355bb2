/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_TIMED_SUITES_H
#define HVG_TESTS_TIMED_SUITES_H

#include "timed/machine.h"

/* The machine of the test that runs; made and unmade around each by suite_new's fixture. */
extern struct machine *const m;

/* A suite of one case with that fixture. */
TCase *suite_case(Suite *suite);

Suite *suite_bus(void);
Suite *suite_clock(void);
Suite *suite_hvctl(void);
Suite *suite_owner(void);

#define MS 1e6
#define S  1e9

#endif
