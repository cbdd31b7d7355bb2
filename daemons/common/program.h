/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_COMMON_PROGRAM_H
#define HVG_COMMON_PROGRAM_H

/*
 * How each of our daemons begins and ends: its command line, its log, its exit code.
 */

#include "common/config-use.h"
#include "common/options.h"

#include <stdbool.h>

/* Reads the command line and opens the log. False when that was all; *ret_status is its exit status then. */
bool hvg_program_begin(const struct hvg_program *program, const struct hvg_config *config, int argc, char *argv[],
	struct hvg_options *options, int *ret_status);

/* The exit code for how it went: 0 or positive as it is, a negative errno with a line in the log. */
int hvg_program_end(const struct hvg_program *program, int r);

#endif
