/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_HOOKDIR_H
#define HVG_OS_HOOKDIR_H

/*
 * A folder of programs that an administrator wants to be run, in the order of their names. Whoever may
 * write there is root for us, so what others may write to is not run.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct hvg_hookfile {
	char *path;
	bool is_session; /* named NAME.session: it stays alive between the two phases */
	const char *refusal; /* why it must not be run; static text, or NULL */
};

struct hvg_hookdir {
	struct hvg_hookfile *files;
	size_t n;
};

/*
 * Appends the programs of one folder, in order; a folder that does not exist has none. Hidden files, what
 * editors and package managers leave (~ .bak .dpkg-… .rpm…) and samples are no programs.
 */
int hvg_hookdir_read(struct hvg_hookdir *hooks, const char *folder);

/* Appends one program, if it exists. */
int hvg_hookdir_add(struct hvg_hookdir *hooks, const char *path);

/* Whether others than root may write to it. */
bool hvg_hookdir_is_for_others(const struct stat *file);

void hvg_hookdir_done(struct hvg_hookdir *hooks);

#endif
