/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_FCOPY_TARGET_H
#define HVG_SERVICE_FCOPY_TARGET_H

/*
 * Where a copied file is to go, as text: what the host's administrator may write, and what this
 * guest's administrator allows.
 *
 * The destination is a folder if it ends in a slash, and the file keeps its name there. Otherwise
 * it is a folder if there is one of that name, and else the file's new name: as Copy-VMFile is
 * documented. Only a look at the file system tells, so both stand in the target.
 */

#include <limits.h>
#include <stdbool.h>

#define HVG_FCOPY_PATH_SIZE 1024 /* more than a message can hold */

struct hvg_fcopy_target {
	char path[HVG_FCOPY_PATH_SIZE]; /* absolute, single slashes, none at the end (but of "/") */
	char name[NAME_MAX + 1];	/* the file's own */
	bool is_folder;			/* path must be a folder */
};

/* -EINVAL, with a static reason, if there can be no such file. */
int hvg_fcopy_target_parse(const char *path, const char *name, struct hvg_fcopy_target *ret,
	const char **ret_reason);

struct hvg_fcopy_policy {
	const char *const *allow, *const *deny; /* folders, NULL at the end */
};

/* path: absolute and without links. Denied counts more than allowed. */
bool hvg_fcopy_policy_allows(const struct hvg_fcopy_policy *policy, const char *path);

#endif
