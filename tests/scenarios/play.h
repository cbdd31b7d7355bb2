/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SCENARIOS_PLAY_H
#define HVG_TESTS_SCENARIOS_PLAY_H

/*
 * Plays scenarios, several at a time, because most of their time is waiting. Each has a process of
 * its own; what it says is shown if it did not end as it should.
 */

#include "scenario.h"

struct play_options {
	struct host_setup setup;
	unsigned int jobs;
	bool has_kernel; /* the body's seconds are a kernel's own */
	const char *record_folder; /* gets SCENARIO.txt of each; or NULL */
	bool must_fail; /* the scenarios are exceptions: each must fail, by an expectation */
	const char *tap_path; /* or NULL */
	const char *tap_name;
};

/* How many did not end as they should. */
unsigned int play_all(const struct scenario *const scenarios[], size_t n,
	const struct play_options *options);

/* TAP that says why nothing was played. */
void play_skip(const struct play_options *options, const char *why);

#endif
