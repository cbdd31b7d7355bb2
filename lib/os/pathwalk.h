/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_PATHWALK_H
#define HVG_OS_PATHWALK_H

/*
 * Opens a folder component by component, and makes the ones that are missing. Whoever can write to a
 * folder on the way must not decide where we arrive:
 *
 *	- a link is followed if root (or we) made it; that of anybody else is -ELOOP
 *	- where we have arrived is asked of the kernel, and nothing is made where it is not allowed
 *
 * From then on only the descriptor counts.
 */

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct hvg_pathwalk_config {
	bool creates;	  /* missing folders */
	mode_t mode;	  /* of those */
	uid_t uid;	  /* and their owner; -1: whoever we are */
	gid_t gid;

	/* Whether something may be made at this path, which is absolute and without links. */
	bool (*allows)(void *userdata, const char *path);

	/*
	 * Before the first folder is made: all of the path that is going to be, n of whose last
	 * components are missing. For a note that outlives a crash; NULL: nobody wants to know.
	 */
	int (*plans)(void *userdata, const char *path, unsigned int n);
	void *userdata;
};

struct hvg_pathwalk {
	int fd;		       /* of the folder, O_PATH */
	char path[PATH_MAX];   /* where it is */
	unsigned int n_made;   /* how many of its last components we made */
};

/* path is absolute. After an error nothing of it is left, neither descriptor nor folder. */
int hvg_pathwalk_open(const struct hvg_pathwalk_config *config, const char *path, struct hvg_pathwalk *ret);

/*
 * Goes on into a folder of this one if there is one of that name (or a link to one that is followed):
 * 1, or 0 if there is none. After anything but 1 it is still here.
 */
int hvg_pathwalk_enter(const struct hvg_pathwalk_config *config, const char *name, struct hvg_pathwalk *walk);

/* Takes away the folders that were made, as far as they are there and empty. */
void hvg_pathwalk_undo(const char *path, unsigned int n_made);

#endif
