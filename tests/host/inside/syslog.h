/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_INSIDE_SYSLOG_H
#define HVG_TESTS_HOST_INSIDE_SYSLOG_H

/*
 * /dev/log of the guest's world: what programs tell syslog is appended to a file. Read by a
 * thread, because syslog() blocks when nobody reads.
 */

#include <pthread.h>

struct guest_syslog {
	int socket_fd, log_fd;
	pthread_t thread;
};

int guest_syslog_start(struct guest_syslog *syslog, int log_fd);
void guest_syslog_stop(struct guest_syslog *syslog);

#endif
