// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl: the face of hvguest. A table of verbs, and one file for each.
 */

#include "hvctl/hvctl.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

const struct hvctl_verb hvctl_verbs[] = {
	{ "kvp", "list|get|set|unset|watch …", "key-value pairs exchanged with the host", hvctl_kvp },
	{ NULL },
};

static void print_help(void)
{
	printf("usage: hvctl [OPTION…] VERB …\n"
	       "\n"
	       "Shows and manages the Hyper-V integration services of this guest.\n"
	       "\n"
	       "Verbs:\n");
	for (const struct hvctl_verb *verb = hvctl_verbs; verb->name; verb++)
		printf("  %s %-28s %s\n", verb->name, verb->arguments, verb->help);
	printf("\n"
	       "Options:\n"
	       "  --json       print JSON, as hvctl(1) documents it\n"
	       "  --no-pager   print long output at once\n"
	       "  --version    print the version\n"
	       "  --help       this text; hvctl VERB --help tells about one verb\n"
	       "\n"
	       "Exit status: 0 fine, 1 something is wrong, 2 wrong usage, 3 not a Hyper-V guest,\n"
	       "4 not permitted.\n");
}

static const struct hvctl_verb *find_verb(const char *name)
{
	for (const struct hvctl_verb *verb = hvctl_verbs; verb->name; verb++)
		if (strcmp(verb->name, name) == 0)
			return verb;
	return NULL;
}

static int run_verb(struct hvctl *hvctl, int argc, char *argv[])
{
	const struct hvctl_verb *verb;
	int status;

	if (argc < 1) {
		hvctl_complain("what shall I do? hvctl --help lists the verbs");
		return HVCTL_USAGE;
	}
	verb = find_verb(argv[0]);
	if (!verb) {
		hvctl_complain("there is no verb '%s'; hvctl --help lists them", argv[0]);
		return HVCTL_USAGE;
	}
	status = verb->run(hvctl, argc, argv);
	sd_bus_flush_close_unref(hvctl->bus);
	return status;
}

int main(int argc, char *argv[])
{
	enum { OPTION_JSON = 256, OPTION_NO_PAGER, OPTION_VERSION };
	static const struct option options[] = {
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "no-pager", no_argument, NULL, OPTION_NO_PAGER },
		{ "version", no_argument, NULL, OPTION_VERSION },
		{ "help", no_argument, NULL, 'h' },
		{ NULL },
	};
	struct hvctl hvctl = { .pager = true };
	int option;

	(void)setlocale(LC_ALL, "");
	while ((option = getopt_long(argc, argv, "+h", options, NULL)) >= 0)
		switch (option) {
		case OPTION_JSON:
			hvctl.json = true;
			break;
		case OPTION_NO_PAGER:
			hvctl.pager = false;
			break;
		case OPTION_VERSION:
			printf("hvctl %s\n", HVG_VERSION);
			return HVCTL_OK;
		case 'h':
			print_help();
			return HVCTL_OK;
		default:
			return HVCTL_USAGE;
		}
	return run_verb(&hvctl, argc - optind, argv + optind);
}
