/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_UNIT_DAEMONS_FOLDER_H
#define HVG_TESTS_UNIT_DAEMONS_FOLDER_H

/* A folder of a test's own, and files in it. Paths are relative to it. */

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	char path[64];
};

static inline void folder_create(struct folder *folder)
{
	snprintf(folder->path, sizeof(folder->path), "/tmp/hvg-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder->path));
	ck_assert_int_eq(chmod(folder->path, 0755), 0);
}

static inline int folder_remove_one(const char *path, const struct stat *file, int type, struct FTW *ftw)
{
	return remove(path);
}

static inline void folder_remove(struct folder *folder)
{
	(void)nftw(folder->path, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The full path, which lives until the next call but one. */
static inline const char *folder_path(const struct folder *folder, const char *name)
{
	static char paths[2][512];
	static unsigned int turn;
	char *path = paths[turn++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder->path, name);
	return path;
}

/* The folders above name, too. */
static inline const char *folder_make_parents(const struct folder *folder, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s", folder_path(folder, name));
	for (char *slash = strchr(path + strlen(folder->path) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0755);
		*slash = '/';
	}
	return folder_path(folder, name);
}

static inline void folder_write_bytes(const struct folder *folder, const char *name, const void *bytes, size_t size)
{
	int fd = open(folder_make_parents(folder, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	close(fd);
}

static inline void folder_write(const struct folder *folder, const char *name, const char *text)
{
	folder_write_bytes(folder, name, text, strlen(text));
}

static inline void folder_link(const struct folder *folder, const char *name, const char *target)
{
	ck_assert_int_eq(symlink(target, folder_make_parents(folder, name)), 0);
}

#endif
