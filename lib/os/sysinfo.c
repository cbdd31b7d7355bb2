// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * One uname(2) and one or two stat(2) are all that an unchanged system costs.
 */

#include "os/sysinfo.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the order of os-release(5): the administrator's before the vendor's. */
static const char *const release_files[] = { "/etc/os-release", "/usr/lib/os-release" };

void hvg_sysinfo_init(struct hvg_sysinfo *info, const char *root)
{
	*info = (struct hvg_sysinfo){ .root = root };
}

static void identify(const struct stat *status, struct hvg_file_identity *ret)
{
	*ret = (struct hvg_file_identity){
		.device = status->st_dev,
		.inode = status->st_ino,
		.size = status->st_size,
		.modified = status->st_mtim,
		.changed = status->st_ctim,
	};
}

static bool is_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same_file(const struct hvg_file_identity *a, const struct hvg_file_identity *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
		is_same_time(a->modified, b->modified) && is_same_time(a->changed, b->changed);
}

/* At most size bytes of a file that must be a regular one. */
static int read_file(const char *path, char *buffer, size_t size, struct hvg_file_identity *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	n = read(fd, buffer, size);
	if (n < 0)
		return -errno;
	identify(&status, ret);
	return (int)n;
}

/* 0 once os tells what the file says; nothing is read if that is so already. */
static int read_release(struct hvg_sysinfo *info, const char *path)
{
	char text[HVG_OSRELEASE_SIZE_MAX];
	struct hvg_file_identity now;
	struct stat status;
	int n;

	if (stat(path, &status) < 0)
		return -errno;
	identify(&status, &now);
	if (info->has_file && is_same_file(&now, &info->source))
		return 0;
	n = read_file(path, text, sizeof(text), &now);
	if (n < 0)
		return n;
	hvg_osrelease_parse(text, (size_t)n, &info->os);
	info->source = now;
	info->has_file = true;
	return 0;
}

static int read_releases(struct hvg_sysinfo *info)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < HVG_ELEMENTS(release_files); i++) {
		int n = snprintf(path, sizeof(path), "%s%s", info->root, release_files[i]);

		if ((size_t)n < sizeof(path) && read_release(info, path) == 0)
			return 0;
	}
	return -ENOENT;
}

void hvg_sysinfo_refresh(struct hvg_sysinfo *info)
{
	(void)uname(&info->kernel); /* its only failure is a bad pointer */
	if (read_releases(info) < 0) {
		info->has_file = false;
		info->os = (struct hvg_osrelease){ 0 };
	}
	if (info->os.name[0] == '\0')
		(void)snprintf(info->os.name, sizeof(info->os.name), "%s", info->kernel.sysname);
}

static uint64_t microseconds(struct timespec time)
{
	return (uint64_t)time.tv_sec * HVG_USEC_PER_SEC + (uint64_t)time.tv_nsec / HVG_NSEC_PER_USEC;
}

int hvg_boot_time(uint64_t *ret_realtime_us)
{
	struct timespec now, uptime;

	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -errno;
	if (clock_gettime(CLOCK_BOOTTIME, &uptime) < 0)
		return -errno;
	if (microseconds(now) < microseconds(uptime))
		return -ERANGE; /* a clock near 1970: nothing can be said */
	*ret_realtime_us = microseconds(now) - microseconds(uptime);
	return 0;
}

int hvg_boot_id(char ret[static HVG_GUID_TEXT_SIZE])
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char text[HVG_GUID_TEXT_SIZE];
	struct hvg_guid id;

	if (fd < 0)
		return -errno;
	if (read(fd, text, sizeof(text)) != sizeof(text)) /* with its line feed */
		return -EBADMSG;
	text[sizeof(text) - 1] = '\0';
	if (hvg_guid_parse(text, &id) < 0)
		return -EBADMSG;
	hvg_guid_render(&id, ret);
	return 0;
}
