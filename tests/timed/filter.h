/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_TIMED_FILTER_H
#define HVG_TESTS_TIMED_FILTER_H

/*
 * Hands every call of this process that reads a PTP clock, or that could change the system
 * clock, to a supervisor, for good: also after exec. Returns the supervisor's descriptor, or
 * negative errno.
 */
int filter_install(void);

#endif
