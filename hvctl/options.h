/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_OPTIONS_H
#define HVG_HVCTL_OPTIONS_H

/*
 * Options of one verb, as a table: parsed, shown by --help and completed by shells from the
 * same rows.
 */

#include <stdbool.h>
#include <stddef.h>

struct hvctl_option {
	const char *name;     /* "from" for --from */
	char letter;          /* 'v' for -v, or 0 */
	const char *argument; /* "FILE" as --help shows it; NULL: it takes none */
	const char *help;
};

#define HVCTL_OPTIONS_MAX 8

extern const struct hvctl_option hvctl_no_options[]; /* of a verb that has none */

/* In the order of the table: the argument, or "" of an option without one; NULL if it was not
 * given. */
struct hvctl_given {
	const char *value[HVCTL_OPTIONS_MAX];
};

/*
 * Takes the options out of argv, behind argv[0]; the table ends with a row without a name.
 * -EINVAL for what is none of them, after having said so.
 */
int hvctl_take_options(
	const struct hvctl_option options[], int *argc, char *argv[], struct hvctl_given *ret);

#endif
