/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_OPTIONS_H
#define HVG_DAEMONS_OPTIONS_H

/*
 * The command line of a daemon: the options that all of them have, and a daemon's own rows. One
 * table is what getopt_long reads and what --help prints.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
	HVG_EXIT_USAGE = 2, /* product-wide: wrong usage */
};

struct hvg_options {
	const char *config; /* NULL: where configuration files are (config-files.h) */
	const char *device; /* NULL: found by udev */
	bool checks_config, dumps_config, is_debug;
	bool has_old_option; /* one of the kernel tree's daemons that means nothing here: worth a debug line */
	uint64_t kernel_timeout_us; /* the kernel's patience with us */
};

struct hvg_option {
	const char *name;
	char letter;	      /* 0: none */
	const char *argument; /* what --help calls it; NULL: takes none */
	const char *help;     /* NULL: not in --help */
	bool is_for_tests;    /* under its own heading */

	/* 0, or negative errno if the argument is no good. Sees hvg_program.target. */
	int (*set)(void *target, const char *argument);
};

struct hvg_program {
	const char *name;    /* "hv-kvpd" */
	const char *summary; /* "Key-value pair exchange with the Hyper-V host." */
	const struct hvg_option *options; /* its own */
	unsigned int n_options;
	void *target;
	FILE *out, *err; /* NULL: stdout and stderr */
};

/*
 * 0: go on. 1: all is done (--help, --version), exit with 0. -EINVAL: wrong usage, which was told in
 * one line on err; exit with HVG_EXIT_USAGE. The strings in *ret are those of argv.
 */
int hvg_options_parse(const struct hvg_program *program, int argc, char *argv[],
	struct hvg_options *ret);

#endif
