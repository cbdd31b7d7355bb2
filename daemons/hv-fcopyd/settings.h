/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FCOPYD_SETTINGS_H
#define HVG_FCOPYD_SETTINGS_H

#include "common/config.h"

#include <stdbool.h>

/* hvguest-fcopy.conf(5) */
struct fcopyd_settings {
	char **allow_paths, **deny_paths;
	unsigned int max_size; /* MiB; 0: any */
	char *owner, *group;   /* names or numbers */
	unsigned int file_mode, directory_mode;
	bool fsync, checksum;
	char *post_copy_hook; /* "": none */
};

extern const struct hvg_config fcopyd_config;

#endif
