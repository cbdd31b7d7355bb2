/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_FILENOTE_H
#define HVG_OS_FILENOTE_H

/*
 * Remembers across a crash what is on its way: a temporary file, and the folders made for it. The
 * note is on the disk before the file is, and is emptied when there is nothing left to remember.
 */

#include <limits.h>
#include <stdbool.h>

#define HVG_FILENOTE_PREFIX	 ".hvcopy-"
#define HVG_FILENOTE_NAME_SIZE 32 /* the prefix and 16 hex digits */

struct hvg_filenote {
	char folder[PATH_MAX];
	char name[HVG_FILENOTE_NAME_SIZE];
	unsigned int n_made; /* of the folder's last components */
};

/* A name that no other file has. */
void hvg_filenote_pick_name(char ret[static HVG_FILENOTE_NAME_SIZE]);

int hvg_filenote_write(const char *path, const struct hvg_filenote *note);
void hvg_filenote_clear(const char *path);

/*
 * Takes away what a crash left, and empties the note. 1, with the note, if there was something; 0 if there was
 * nothing; negative errno if it cannot be removed, and the note stays. Removes nothing that is not called like a
 * temporary of ours.
 */
int hvg_filenote_recover(const char *path, struct hvg_filenote *ret);

#endif
