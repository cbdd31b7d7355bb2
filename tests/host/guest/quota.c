// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * How much somebody may have on a disk: a hard limit for a user or a project. The disk must count them already
 * (ext4: the feature "quota", and the mount option that enforces it).
 */

#include "host/guest/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/quota.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int tool_quota(int argc, char *argv[])
{
	int type = strcmp(argv[1], "project") == 0 ? PRJQUOTA : USRQUOTA;
	struct if_dqblk limits = {
		.dqb_bhardlimit = strtoull(argv[3], NULL, 10) / QIF_DQBLKSIZE,
		.dqb_valid = QIF_BLIMITS,
	};
	int fd = open(argv[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_quotactl_fd, fd, QCMD(Q_SETQUOTA, type), strtoul(argv[2], NULL, 10), &limits) < 0) {
		printf("%s: %s\n", argv[0], strerrorname_np(errno));
		return 1;
	}
	return 0;
}
