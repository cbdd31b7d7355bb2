/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_SUPERVISE_H
#define HVG_TESTS_HOST_SUPERVISE_H

/*
 * Returns in a new process. The caller itself waits for that one and ends as it ends; it stops it after
 * the time limit, and shows the log if it ends badly, or if HVG_SHOW_LOG is set.
 */
int supervise_rest(unsigned int time_limit_s, int log_fd);

/*
 * The machine had a fault: its kernel has stopped, or what plays its host did not understand the guest.
 * That is no failed expectation, whatever a scenario expected; the process ends with a status of its own.
 */
#define HOST_FAULT_STATUS 3
void supervise_fault(int log_fd, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

#endif
