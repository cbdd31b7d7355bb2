/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_INSIDE_PROCESS_H
#define HVG_TESTS_HOST_INSIDE_PROCESS_H

/* A program that runs in the guest's world, as a child of this process. */

#include "host/body.h"

struct process {
	pid_t pid;
	int output_fd; /* a file in memory, which grows while the program runs; or the log */
	bool has_ended;
	int status;
};

int process_start(const struct guest_command *command, int log_fd, struct process *ret);

/* The wait status, or -ETIMEDOUT. May be asked again and again. */
int process_wait(struct process *process, uint64_t patience_us);

/* -ESRCH once its end was seen. */
int process_signal(const struct process *process, int signal);

/* All of a file, with a NUL behind it; the caller frees. */
int process_read_all(int fd, char **ret, size_t *ret_size);

#endif
