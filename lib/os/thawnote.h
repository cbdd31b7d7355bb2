/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_THAWNOTE_H
#define HVG_OS_THAWNOTE_H

/*
 * The last net: thaws what the note (format/freezenote.h) names, for a daemon that is dead or hangs. Whoever
 * may still freeze what it names holds it by a lock, which outlives even a process that was killed, for as
 * long as one of its threads hangs in a freeze.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hvg_thawnote_result {
	bool was_held;		/* something may be frozen after this */
	unsigned int n_thawed;	/* or not frozen any more */
	unsigned int n_missing; /* not mounted there any more */
	unsigned int n_failed;
};

/*
 * Creates the note, or replaces it. Its folder must exist. It is held until the descriptor and all copies of
 * it are closed. -EBUSY: somebody else holds it.
 */
int hvg_thawnote_write(const char *path, const char *text, size_t size, int *ret_fd);

/* 0 also if there is none. */
int hvg_thawnote_remove(const char *path);

/*
 * Thaws in reverse order what the note names, as seen from root ("" or /proc/1/root; the mounts are
 * those of mountinfo_path). -ENOENT: there is no note.
 */
int hvg_thawnote_thaw(const char *path, const char *root, const char *mountinfo_path,
	struct hvg_thawnote_result *ret);

/* Blocks until nobody holds the note, or there is none any more. -EBUSY: it took too long. */
int hvg_thawnote_await(const char *path, uint64_t patience_us);

#endif
