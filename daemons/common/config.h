/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_CONFIG_H
#define HVG_DAEMONS_CONFIG_H

/*
 * A daemon's configuration: one table of settings, from which come the reading of the files, their
 * check, and the sample file.
 *
 * Nothing in a file stops a daemon. What is not understood (an unknown section or key, a value that
 * is no good, a key that stands twice in one file) is a warning, and the setting keeps the value it
 * had. A list grows with each of its lines, in one file or in several; the first one replaces the
 * default, and an empty one ("Key=") makes it empty. For other settings "Key=" means the default.
 */

#include "common/setting.h"

#include <stdio.h>

struct hvg_config {
	const char *name;		    /* "kvp": kvp.conf, kvp.conf.d/ (config-files.h has the rules) */
	const struct hvg_setting *settings; /* those of one section stand together */
	size_t n_settings;
	size_t size; /* of the settings struct */
};

struct hvg_config_warning {
	const char *file;
	unsigned int line; /* 0: the file as a whole */
	const char *text;  /* what was found, what was expected, what happens; has foreign bytes in it */
};

struct hvg_config_source {
	const char *root; /* NULL: / */
	const char *file; /* only this file, and no drop-ins; NULL: wherever the files are */
	void (*warn)(void *userdata, const struct hvg_config_warning *warning);
	void *userdata;
};

/*
 * Fills ret_settings, which the caller hands to hvg_config_done. Returns the number of warnings;
 * only -ENOMEM is an error.
 */
int hvg_config_load(const struct hvg_config *config, const struct hvg_config_source *source,
	void *ret_settings);

/* Frees what the settings own; they may be zeroes. */
void hvg_config_done(const struct hvg_config *config, void *settings);

/* --check-config: prints the warnings and their number to out. 0 if there are none, else 1. */
int hvg_config_check(const struct hvg_config *config, const struct hvg_config_source *source,
	FILE *out);

/*
 * The sample file from its first [Section] on: each setting commented out with its default, below
 * its help.
 */
void hvg_config_dump(const struct hvg_config *config, FILE *out);

#endif
