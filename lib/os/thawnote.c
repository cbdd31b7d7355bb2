// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A mount that is named by the note is looked for again by its number and its point: whatever else is
 * mounted there by now is not ours to thaw.
 */

#include "os/thawnote.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "format/freezenote.h"
#include "os/freezecrew.h"
#include "os/fsfreeze.h"
#include "os/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Ours: how often somebody who waits for the holder's end looks. */
#define LOOK_US (20 * HVG_USEC_PER_MSEC)

int hvg_thawnote_write(const char *path, const char *text, size_t size, int *ret_fd)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (ftruncate(fd, 0) < 0 || write(fd, text, size) != (ssize_t)size)
		return -EIO; /* of /run, which is memory */
	*ret_fd = hvg_take_fd(&fd);
	return 0;
}

static bool is_held(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

int hvg_thawnote_await(const char *path, uint64_t patience_us)
{
	for (uint64_t us = 0; is_held(path); us += LOOK_US) {
		if (us >= patience_us)
			return -EBUSY;
		(void)usleep(LOOK_US);
	}
	return 0;
}

int hvg_thawnote_remove(const char *path)
{
	return unlink(path) == 0 || errno == ENOENT ? 0 : -errno;
}

/* Ours: much more than a thaw takes, and twice that is less than systemd gives an ExecStopPost. */
#define PATIENCE_US (5 * HVG_USEC_PER_SEC)

static const struct hvg_mount *find(const struct hvg_mounts *mounts, const struct hvg_freezenote_entry *entry)
{
	for (size_t i = 0; i < mounts->n; i++)
		if (hvg_devno_is(mounts->list[i].dev, entry->dev) &&
			mounts->list[i].point.size == entry->point.size &&
			memcmp(mounts->list[i].point.start, entry->point.start, entry->point.size) == 0)
			return &mounts->list[i];
	return NULL;
}

/* What the note names, as far as it is still there. */
struct leftovers {
	struct hvg_freeze_table table;
	int fds[HVG_FREEZE_MAX];
};

static int open_entry(const char *root, const struct hvg_mounts *mounts, const struct hvg_freezenote_entry *entry)
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
	return r < 0 ? r : hvg_take_fd(&fd);
}

/* Their order is known, and not what stands on what: each is a level of its own. */
static void add(struct leftovers *leftovers, int fd)
{
	struct hvg_freeze_table *table = &leftovers->table;

	leftovers->fds[table->n] = fd;
	table->slots[table->n] = (struct hvg_freeze_slot){ .level = table->n, .state = HVG_FREEZE_FROZEN };
	table->n_levels = ++table->n;
}

static void open_entries(struct leftovers *leftovers, const char *root, const char *text, const struct hvg_mounts *mounts,
	struct hvg_thawnote_result *result)
{
	struct hvg_span rest = hvg_span_of(text), line;
	struct hvg_freezenote_entry entry;

	while (hvg_span_cut(&rest, '\n', &line) && leftovers->table.n < HVG_FREEZE_MAX) {
		int fd;

		if (hvg_freezenote_parse(line.start, line.size, &entry, 1) != 1)
			continue;
		fd = open_entry(root, mounts, &entry);
		if (fd >= 0)
			add(leftovers, fd);
		else if (fd == -ENOENT || fd == -ESTALE)
			result->n_missing++;
		else
			result->n_failed++;
	}
}

/* In threads, because one that hangs must not keep the others waiting. */
static int thaw_entries(struct leftovers *leftovers, struct hvg_thawnote_result *result)
{
	struct hvg_crew_config config = {
		.deeds = &hvg_crew_real_deeds,
		.table = &leftovers->table,
		.fds = leftovers->fds,
	};
	struct hvg_crew *crew;
	int r = hvg_crew_new(&config, &crew);

	if (r < 0)
		return r;
	hvg_crew_adopt(crew);
	(void)hvg_crew_finish(crew, PATIENCE_US);
	for (uint32_t i = 0; i < leftovers->table.n; i++) {
		bool is_thawed = leftovers->table.slots[i].state == HVG_FREEZE_THAWED;

		result->n_thawed += is_thawed;
		result->n_failed += !is_thawed;
	}
	return hvg_crew_free(crew);
}

static void free_leftovers(struct leftovers *leftovers)
{
	for (uint32_t i = 0; i < leftovers->table.n; i++)
		(void)hvg_close(leftovers->fds[i]);
	free(leftovers);
}

int hvg_thawnote_thaw(const char *path, const char *root, const char *mountinfo_path,
	struct hvg_thawnote_result *ret)
{
	_cleanup_(hvg_mounts_done) struct hvg_mounts mounts = { 0 };
	struct leftovers *leftovers;
	_cleanup_free_ char *text = NULL;
	bool was_held = is_held(path); /* before: afterwards, its last freeze may be over as well */
	size_t size;
	int r;

	r = hvg_file_read(path, &text, &size);
	if (r >= 0)
		r = hvg_mounts_read(mountinfo_path, &mounts);
	if (r < 0)
		return r;
	leftovers = calloc(1, sizeof(*leftovers));
	if (!leftovers)
		return -ENOMEM;
	*ret = (struct hvg_thawnote_result){ .was_held = was_held };
	open_entries(leftovers, root, text, &mounts, ret);
	r = thaw_entries(leftovers, ret);
	if (r != -EBUSY)
		free_leftovers(leftovers); /* else a thread has them for ever */
	return r == -EBUSY ? 0 : r;
}
