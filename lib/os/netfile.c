// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Written beside its place, flushed, renamed into it; then the folder is flushed.
 */

#include "os/netfile.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int read_all(int fd, size_t size, char **ret_text, size_t *ret_size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	size_t used = 0;

	if (!text)
		return -ENOMEM;
	while (used < size) {
		ssize_t n = read(fd, text + used, size - used);

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	text[used] = '\0';
	*ret_size = used;
	*ret_text = hvg_take_ptr(text);
	return 0;
}

int hvg_netfile_read(const char *path, char **ret_text, size_t *ret_size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat stat;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &stat) < 0)
		return -errno;
	if (!S_ISREG(stat.st_mode))
		return -EBADF;
	if (stat.st_size > HVG_NETFILE_MAX)
		return -EFBIG;
	return read_all(fd, (size_t)stat.st_size, ret_text, ret_size);
}

/* The folder of a path; "." if it names none. */
static void folder_of(const char *path, char ret[static PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		snprintf(ret, PATH_MAX, ".");
	else
		snprintf(ret, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static int make_folder(const char *path)
{
	char part[PATH_MAX];

	for (const char *end = strchr(path + 1, '/');; end = strchr(end + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", end ? (int)(end - path) : PATH_MAX - 1, path);
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
		if (!end)
			return 0;
	}
}

int hvg_netfile_make_folder_of(const char *path)
{
	char folder[PATH_MAX];

	folder_of(path, folder);
	return make_folder(folder);
}

int hvg_netfile_flush_folder_of(const char *path)
{
	char folder[PATH_MAX];
	_cleanup_close_ int fd = -EBADF;

	folder_of(path, folder);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

static int write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, text, size);

		if (n < 0)
			return -errno;
		text += n;
		size -= (size_t)n;
	}
	return 0;
}

/* As the file that is replaced, or with that mode. */
static int dress(int fd, const char *path, mode_t mode)
{
	struct stat old;

	if (stat(path, &old) < 0)
		return fchmod(fd, mode) < 0 ? -errno : 0;
	if (fchown(fd, old.st_uid, old.st_gid) < 0 && errno != EPERM)
		return -errno;
	return fchmod(fd, old.st_mode & 07777) < 0 ? -errno : 0;
}

/* Hidden, because managers read whatever else they find in their folders. */
static int create_beside(const char *path, char ret[static PATH_MAX])
{
	const char *name = strrchr(path, '/');
	char folder[PATH_MAX];
	int fd;

	name = name ? name + 1 : path;
	folder_of(path, folder);
	if (snprintf(ret, PATH_MAX, "%s/.%s.XXXXXX", folder, name) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = mkostemp(ret, O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* All of it, and on the disk. */
static int prepare(int fd, const char *text, size_t size)
{
	int r = write_all(fd, text, size);

	if (r >= 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

static int replace(const char *path, const char *text, size_t size, mode_t mode)
{
	char temporary[PATH_MAX];
	_cleanup_close_ int fd = create_beside(path, temporary);
	int r;

	if (fd < 0)
		return fd;
	r = dress(fd, path, mode);
	if (r >= 0)
		r = prepare(fd, text, size);
	if (r >= 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(temporary);
		return r;
	}
	return hvg_netfile_flush_folder_of(path);
}

int hvg_netfile_write(const char *path, const char *text, size_t size, mode_t mode)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	int r;

	if (real)
		return replace(real, text, size, mode);
	r = hvg_netfile_make_folder_of(path);
	return r < 0 ? r : replace(path, text, size, mode);
}

int hvg_netfile_remove(const char *path)
{
	if (unlink(path) < 0)
		return errno == ENOENT ? 0 : -errno;
	return hvg_netfile_flush_folder_of(path);
}
