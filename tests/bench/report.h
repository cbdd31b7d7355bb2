/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_BENCH_REPORT_H
#define HVG_TESTS_BENCH_REPORT_H

/*
 * Rows of figures, printed as they come and written as JSON at the end; and the ratios of the old
 * daemon to ours, which are what counts: absolute figures say as much of the machine as of the daemon.
 */

#include "subject.h"

struct report;

struct report *report_new(void);

/* Prints the row. */
void report_add(struct report *report, const char *subject, unsigned int n_records,
	const char *operation, const struct figure *figure);
void report_add_idleness(struct report *report, const struct subject *subject,
	const struct idleness *idleness);

/*
 * Prints the ratios of old to ours, and of ours to its floor: an exchange with the echo, and a page
 * flushed to the disk as well if the exchange is a change.
 */
void report_compare(const struct report *report, const char *old, const char *ours);

/* Prints for each target of issue 2 whether ours reaches it, and by how much. */
void report_judge(const struct report *report, const char *old, const char *ours);

/* Prints one such line: bound is ">" (at least limit) or "<" (at most). */
void report_verdict(const char *what, double value, const char *bound, double limit);

/* Writes it all to the file, and frees the report. */
void report_finish(struct report *report, const char *path);

#endif
