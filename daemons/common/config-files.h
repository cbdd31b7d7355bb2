/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_CONFIG_FILES_H
#define HVG_DAEMONS_CONFIG_FILES_H

/*
 * Which files make up a daemon's configuration, by systemd's rules.
 *
 * The main file NAME.conf is the first of these three that exists; then come the drop-ins, sorted by
 * file name, NAME.conf.d/….conf, where of several files of the same name the first counts:
 *
 *	/etc/hvguest	the administrator
 *	/run/hvguest	until the next boot
 *	/usr/lib/hvguest	the vendor
 *
 * An empty file or a link to /dev/null hides those of its name further down.
 */

#include <stddef.h>

#define HVG_CONFIG_FILE_MAX (1024 * 1024) /* bytes; ours */

struct hvg_config_files {
	char **paths; /* in the order in which they are read: a later setting wins */
	size_t n;
};

/* A directory or file that cannot be looked at; error is negative errno. */
typedef void hvg_config_trouble_fn(void *userdata, const char *path, int error);

/* Under root, or / if it is NULL or "". Only -ENOMEM is an error. */
struct hvg_config_search {
	const char *root;
	const char *name;
	hvg_config_trouble_fn *trouble;
	void *userdata;
};
int hvg_config_files_find(const struct hvg_config_search *search, struct hvg_config_files *ret);
void hvg_config_files_done(struct hvg_config_files *files);

/*
 * All of a file; the caller frees *ret_text. A file that hides others is read as empty. -EBADF
 * unless it is a regular file, -EFBIG above HVG_CONFIG_FILE_MAX.
 */
int hvg_config_file_read(const char *path, char **ret_text, size_t *ret_size);

#endif
