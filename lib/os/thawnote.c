// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A mount that is named by the note is looked for again by its number and its point: whatever else is
 * mounted there by now is not ours to thaw.
 */

#include "os/thawnote.h"

#include "base/cleanup.h"
#include "format/freezenote.h"
#include "os/fsfreeze.h"
#include "os/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int hvg_thawnote_write(const char *path, const char *text, size_t size)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -errno;
	if (write(fd, text, size) != (ssize_t)size)
		return -EIO; /* of /run, which is memory */
	return 0;
}

int hvg_thawnote_remove(const char *path)
{
	return unlink(path) == 0 || errno == ENOENT ? 0 : -errno;
}

static const struct hvg_mount *find(const struct hvg_mounts *mounts, const struct hvg_freezenote_entry *entry)
{
	for (size_t i = 0; i < mounts->n; i++)
		if (hvg_devno_is(mounts->list[i].dev, entry->dev) &&
			mounts->list[i].point.size == entry->point.size &&
			memcmp(mounts->list[i].point.start, entry->point.start, entry->point.size) == 0)
			return &mounts->list[i];
	return NULL;
}

static int thaw(const char *root, const struct hvg_mounts *mounts, const struct hvg_freezenote_entry *entry)
{
	const struct hvg_mount *mount = find(mounts, entry);
	_cleanup_close_ int fd = -EBADF;
	int r;

	if (!mount)
		return -ENOENT;
	fd = hvg_fsfreeze_open(root, mount);
	if (fd < 0)
		return fd;
	r = hvg_fsfreeze_check(fd, entry->dev, mounts->list, mounts->n);
	return r < 0 ? r : hvg_fsfreeze_thaw(fd);
}

static void count(int r, struct hvg_thawnote_result *result)
{
	if (r == 0)
		result->n_thawed++;
	else if (r == -ENOENT || r == -ESTALE)
		result->n_missing++;
	else
		result->n_failed++;
}

int hvg_thawnote_thaw(const char *path, const char *root, const char *mountinfo_path,
	struct hvg_thawnote_result *ret)
{
	_cleanup_(hvg_mounts_done) struct hvg_mounts mounts = { 0 };
	_cleanup_free_ struct hvg_freezenote_entry *entries = NULL;
	_cleanup_free_ char *text = NULL;
	size_t size, n;
	int r;

	r = hvg_file_read(path, &text, &size);
	if (r >= 0)
		r = hvg_mounts_read(mountinfo_path, &mounts);
	if (r < 0)
		return r;
	n = hvg_freezenote_parse(text, size, NULL, 0);
	entries = calloc(n + 1, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	(void)hvg_freezenote_parse(text, size, entries, n);
	*ret = (struct hvg_thawnote_result){ 0 };
	while (n-- > 0)
		count(thaw(root, &mounts, &entries[n]), ret);
	return 0;
}
