// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Somebody who holds a lock on a pool file: cloud-init's kind (flock) or the old daemon's
 * (fcntl).
 */

#include "host/guest/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int tool_hold(int argc, char *argv[])
{
	struct flock whole_file = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(argv[1], O_RDWR | O_CLOEXEC), r;

	if (strcmp(argv[0], "flock") == 0)
		r = flock(fd, LOCK_EX);
	else
		r = fcntl(fd, F_SETLKW, &whole_file);
	if (r < 0) {
		printf("%s\n", strerrorname_np(errno));
		return 1;
	}
	printf("held\n");
	for (;;)
		pause();
}
