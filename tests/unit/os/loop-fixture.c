// SPDX-License-Identifier: LGPL-2.1-or-later

#include "os/loop-fixture.h"

#include "os/sandbox.h"

#include <check.h>
#include <fcntl.h>
#include <linux/major.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAX_MOUNTS 1024

bool hvg_loops_work(void)
{
	return geteuid() == 0 && access("/dev/loop-control", R_OK | W_OK) == 0;
}

void hvg_loop_mount(const char *folder, const char *mkfs, unsigned int mib)
{
	hvg_sandbox_mkdir(folder);
	hvg_sandbox_run("truncate -s %uM '%s.image' && %s '%s.image' >/dev/null 2>&1 &&"
			" mount -o loop '%s.image' '%s'",
		mib, folder, mkfs, folder, folder, folder);
}

static size_t read_mountinfo(char *text, size_t size)
{
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	while ((n = read(fd, text + used, size - used)) > 0)
		used += (size_t)n;
	close(fd);
	return used;
}

size_t hvg_loop_mounts(const struct hvg_mount **ret)
{
	static char text[4][256 * 1024];
	static struct hvg_mount mounts[4][MAX_MOUNTS];
	static unsigned int turn;
	unsigned int at = turn++ % 4;
	size_t n = hvg_mountinfo_parse(text[at], read_mountinfo(text[at], sizeof(text[at])), mounts[at], MAX_MOUNTS);

	ck_assert_uint_le(n, MAX_MOUNTS);
	*ret = mounts[at];
	return n;
}

struct hvg_mount hvg_loop_find(const char *folder)
{
	const struct hvg_mount *mounts;
	size_t n = hvg_loop_mounts(&mounts);
	char point[4096];
	struct stat found;

	ck_assert_int_eq(stat(folder, &found), 0);
	for (size_t i = 0; i < n; i++) {
		if (hvg_mount_unescape(mounts[i].point, point, sizeof(point)) < 0 || strcmp(point, folder) != 0)
			continue;
		ck_assert(major(found.st_dev) == LOOP_MAJOR || hvg_span_is(mounts[i].type, "btrfs"));
		ck_assert(strncmp(mounts[i].source.start, "/dev/loop", 9) == 0);
		return mounts[i];
	}
	ck_abort_msg("%s is not mounted", folder);
}
