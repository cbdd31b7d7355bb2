/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_REPORT_TEXT_H
#define HVG_VSSD_REPORT_TEXT_H

/*
 * Reports as lines of text, in which they outlive the daemon:
 *
 *	backup	complete	REASON	BEGIN	HOOKS	ANSWER	WINDOW
 *	+	frozen	TYPE	POINT	REASON	LEVEL	SYNC	FREEZE	THAW	MISSED
 *	+	…
 *	*	HOOK	FAILURE	BEFORE	AFTER
 *	*	…
 *
 * Times are microseconds. Texts are escaped as in mountinfo, so that no field has a tab or a line's end.
 */

#include "hv-vssd/report.h"

#include <stdio.h>

/* The stream tells of what went wrong. */
void vssd_report_render(const struct vssd_report *report, FILE *stream);

/*
 * The first reports of text, at most max; how many. A line that is none costs the report that it is in,
 * and no other.
 */
size_t vssd_report_parse(const char *text, size_t size, struct vssd_report *ret[], size_t max);

#endif
