// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Verbs with subcommands: a table of these is found in, counted against, and printed, in one way.
 */

#include "hvctl/hvctl.h"

#include <stdio.h>
#include <string.h>

static bool takes_arguments(const struct hvctl_subcommand *subcommands)
{
	for (; subcommands->name; subcommands++)
		if (subcommands->most > 1)
			return true;
	return false;
}

static void print_help(const char *verb, const struct hvctl_subcommand *subcommands, const char *words)
{
	printf("usage: hvctl %s SUBCOMMAND%s\n\n", verb, takes_arguments(subcommands) ? " …" : "");
	for (; subcommands->name; subcommands++)
		printf("  %s\n", subcommands->usage);
	printf("\n%s", words);
}

static void complain(const char *verb, const struct hvctl_subcommand *subcommands)
{
	const char *end = takes_arguments(subcommands) ? " …" : "";

	fprintf(stderr, "hvctl: usage: hvctl %s ", verb);
	for (; subcommands->name; subcommands++)
		fprintf(stderr, "%s%s", subcommands->name, subcommands[1].name ? "|" : "");
	fprintf(stderr, "%s; hvctl %s --help tells more\n", end, verb);
}

static bool is_help(const char *argument)
{
	return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

const struct hvctl_subcommand *hvctl_subcommand_find(const struct hvctl_subcommand *subcommands, const char *words,
	int argc, char *argv[], int *ret_code)
{
	const struct hvctl_subcommand *found = subcommands;

	*ret_code = HVCTL_USAGE;
	if (argc > 1 && is_help(argv[1])) {
		print_help(argv[0], subcommands, words);
		*ret_code = HVCTL_OK;
		return NULL;
	}
	while (argc > 1 && found->name && strcmp(argv[1], found->name) != 0)
		found++;
	if (argc < 2 || !found->name) {
		complain(argv[0], subcommands);
		return NULL;
	}
	if (argc - 1 < found->least || argc - 1 > found->most) {
		hvctl_complain("usage: hvctl %s %s", argv[0], found->usage);
		return NULL;
	}
	return found;
}

int hvctl_subcommand_run(struct hvctl *hvctl, const struct hvctl_subcommand *subcommands, const char *words, int argc,
	char *argv[])
{
	int code;
	const struct hvctl_subcommand *found = hvctl_subcommand_find(subcommands, words, argc, argv, &code);

	return found ? found->run(hvctl, argc - 1, argv + 1) : code;
}
