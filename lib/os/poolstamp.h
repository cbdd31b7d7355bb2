/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_POOLSTAMP_H
#define HVG_OS_POOLSTAMP_H

/*
 * Stamps: how a change of a pool file is noticed without reading it.
 *
 * They have one hole. The clock of a file system ticks (every 4 ms, say), and a second write within
 * a tick that leaves the size as it is leaves the stamp too. So the stamp of a file that was written
 * just now is *young*: it holds until that tick must be over, and then the file is looked at again.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Identity, size and times of a file, or that there is none. */
struct hvg_poolstamp {
	bool is_there;
	dev_t device;
	ino_t inode;
	uint64_t size_bytes;
	struct timespec written; /* mtime */
	struct timespec changed; /* ctime: a tool may put the mtime back (rsync -t, cp -p) */
	uint64_t young_until_us; /* monotonic; 0 if it is not young */
};

/*
 * 0 also if there is no file. -ELOOP for a symbolic link, -EISDIR for a directory, -EBADFD for
 * anything else that is no regular file.
 */
int hvg_poolstamp_of_path(const char *path, struct hvg_poolstamp *ret);
int hvg_poolstamp_of_fd(int fd, struct hvg_poolstamp *ret);

/*
 * Stamps a file that was just written with a time that no tick has: no other write can leave the
 * same. It takes the file's owner; for others, the stamp is young.
 */
int hvg_poolstamp_set_own(int fd, struct hvg_poolstamp *ret);

bool hvg_poolstamp_is_same_file(const struct hvg_poolstamp *a, const struct hvg_poolstamp *b);
bool hvg_poolstamp_is_equal(const struct hvg_poolstamp *a, const struct hvg_poolstamp *b);

/* Whether what was found with the one stamp is still there, now that it is the other. */
bool hvg_poolstamp_holds(const struct hvg_poolstamp *known, const struct hvg_poolstamp *now);

#endif
