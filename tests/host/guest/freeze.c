// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A disk that does not answer: the file system of a folder is frozen until SIGTERM comes, or the
 * seconds are over. A frozen file system is frozen for every program of the whole machine, so it
 * must be one of a loop device, which only tests have.
 */

#include "host/guest/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/major.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static int complain(const char *what)
{
	printf("%s: %s\n", what, strerrorname_np(errno));
	return 1;
}

int tool_freeze(int argc, char *argv[])
{
	struct timespec limit = { .tv_sec = strtol(argv[1], NULL, 10) };
	int fd = open(argv[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat stat;
	sigset_t term;

	if (fd < 0 || fstat(fd, &stat) < 0)
		return complain(argv[0]);
	if (major(stat.st_dev) != LOOP_MAJOR) {
		printf("%s is not on a loop device\n", argv[0]);
		return 1;
	}
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	if (ioctl(fd, FIFREEZE, 0) < 0)
		return complain("FIFREEZE");
	printf("frozen\n");
	(void)sigtimedwait(&term, NULL, &limit);
	if (ioctl(fd, FITHAW, 0) < 0)
		return complain("FITHAW");
	printf("thawed\n");
	return 0;
}
