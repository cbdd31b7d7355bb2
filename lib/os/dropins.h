/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_DROPINS_H
#define HVG_OS_DROPINS_H

/*
 * Drop-ins by systemd's rules: NAME.conf of several folders in one order of names. Of several files of
 * the same name that of the first folder counts; an empty one or a link to /dev/null hides the others,
 * and is left out itself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct hvg_dropins {
	char **paths; /* in the order in which they are read: a later setting wins */
	size_t n;
};

struct hvg_dropins_search {
	const char *const *folders; /* up to a NULL; the first counts most */

	/* A folder that is there and cannot be read; error is negative errno. NULL: it is passed over. */
	void (*trouble)(void *userdata, const char *folder, int error);
	void *userdata;
};

/* Only -ENOMEM is an error. */
int hvg_dropins_find(const struct hvg_dropins_search *search, struct hvg_dropins *ret);
void hvg_dropins_done(struct hvg_dropins *dropins);

/* systemd's sign for "pretend that it is not there". */
bool hvg_dropin_is_mask(const struct stat *file);
bool hvg_dropin_hides(const char *path);

#endif
