// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A process that watches over a machine's.
 */

#include "host/supervise.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void show_log(int log_fd)
{
	char bytes[4096];
	ssize_t n;
	off_t at = 0;

	while ((n = pread(log_fd, bytes, sizeof(bytes), at)) > 0 &&
		write(STDERR_FILENO, bytes, (size_t)n) == n)
		at += n;
}

/* Ends this process as the other one ended: libcheck looks at this one. */
static void supervise(pid_t pid, unsigned int time_limit_s, int log_fd)
{
	struct pollfd fd = { .fd = pidfd_open(pid, 0), .events = POLLIN };
	int status = 0;

	if (poll(&fd, 1, (int)time_limit_s * 1000) == 0) {
		dprintf(log_fd, "host: stopped after %u s\n", time_limit_s);
		(void)kill(pid, SIGKILL);
	}
	(void)waitpid(pid, &status, 0);
	if (status != 0 || getenv("HVG_SHOW_LOG"))
		show_log(log_fd);
	if (WIFSIGNALED(status)) {
		(void)signal(WTERMSIG(status), SIG_DFL);
		(void)raise(WTERMSIG(status));
	}
	_exit(WEXITSTATUS(status));
}

int supervise_rest(unsigned int time_limit_s, int log_fd)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid > 0)
		supervise(pid, time_limit_s, log_fd);
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : 0;
}

void supervise_fault(int log_fd, const char *format, ...)
{
	char message[4096];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	dprintf(log_fd, "host: %s\n", message);
	fprintf(stderr, "%s\n", message);
	fflush(stderr);
	_exit(HOST_FAULT_STATUS);
}
