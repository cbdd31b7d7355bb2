// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl: the face of hvguest. A table of verbs, and one file for each.
 */

#include "hvctl/hvctl.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

/* Of verbs in the module, which is not loaded for a shell's sake. The first in the order of disk/disk.h. */
const struct hvctl_option disk_options[] = {
	{ "dry-run", 0, NULL, "show the plan only" },
	{ "yes", 0, NULL, "do not ask" },
	{ NULL },
};

static const struct hvctl_option net_options[] = {
	{ "dry-run", 0, NULL, "show the plan, and how files would differ" },
	{ NULL },
};

static const struct hvctl_option time_options[] = {
	{ "svg", 0, "FILE", "the plot as a picture" },
	{ NULL },
};

const struct hvctl_verb hvctl_verbs[] = {
	{ "completion", "bash|zsh|fish", "what a shell needs to complete hvctl's command lines", hvctl_completion,
		.options = completion_options, .example = "hvctl completion bash >/etc/bash_completion.d/hvctl" },
	{ "devices", "[-v] [--tree]", "what the host offers over VMBus, and who drives it", hvctl_devices,
		.options = devices_options, .example = "hvctl devices --tree" },
	{ "disk", "rescan|grow …", "room that the host adds to virtual disks", .has_options = true,
		.options = disk_options },
	{ "doctor", "[ID…] [--list]", "known problems that are found here, each with its fix", hvctl_doctor,
		.options = doctor_options, .example = "hvctl doctor --from guest.report" },
	{ "fcopy", "status|watch|history", "files that the host copies into this guest" },
	{ "features", "[NAME…] [--all] [--for SYSTEM]", "which integration features there are, and which work",
		hvctl_features, .options = features_options, .example = "hvctl features ip-injection trim" },
	{ "host", "", "what the host told about itself and this virtual machine", hvctl_host,
		.options = host_options, .example = "hvctl --json host | jq -r .version" },
	{ "kvp", "list|get|set|unset|watch …", "key-value pairs exchanged with the host" },
	{ "monitor", "", "everything as it happens", .options = hvctl_no_options,
		.example = "hvctl --json monitor | jq --unbuffered -r .event" },
	{ "net", "status|history|rollback|apply …", "IP configurations that the host injects", .has_options = true,
		.options = net_options },
	{ "report", "[--full] [-o FILE]", "what hvctl sees of this guest, for others to judge", hvctl_report,
		.options = report_options, .example = "hvctl report -o guest.report" },
	{ "status", "", "this guest, its host and the services at a glance", hvctl_status, .options = status_options,
		.example = "hvctl status" },
	{ "time", "status|plot …", "the clock against the host's", .has_options = true, .options = time_options },
	{ "vss", "status|test|history|thaw", "backups that the host takes" },
	{ NULL },
};

/* What printf would count in bytes, and "…" has three of them. */
static void print_column(const char *text, size_t width)
{
	size_t used = hvctl_width(text);

	printf("%s%*s ", text, used < width ? (int)(width - used) : 0, "");
}

static void print_verb(const struct hvctl_verb *verb)
{
	printf("  ");
	print_column(verb->name, 10);
	print_column(verb->arguments, 31);
	printf("%s\n", verb->help);
}

static void print_help(void)
{
	printf("usage: hvctl [OPTION…] VERB …\n"
	       "\n"
	       "Shows and manages the Hyper-V integration services of this guest.\n"
	       "\n"
	       "Verbs:\n");
	for (const struct hvctl_verb *verb = hvctl_verbs; verb->name; verb++)
		print_verb(verb);
	printf("\n"
	       "Options, before the verb or behind it, up to \"--\":\n"
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

/* Of a verb that has a table of options; the others tell about themselves. */
static int print_verb_help(const struct hvctl_verb *verb)
{
	printf("usage: hvctl %s%s%s [OPTION…]\n\nShows %s.\n\nOptions:\n", verb->name, *verb->arguments ? " " : "",
		verb->arguments, verb->help);
	for (const struct hvctl_option *option = verb->options; option->name; option++) {
		char name[32], letter[8] = "";

		if (option->letter)
			(void)snprintf(letter, sizeof(letter), "-%c, ", option->letter);
		(void)snprintf(name, sizeof(name), "%s--%s%s%s", letter, option->name, option->argument ? " " : "",
			option->argument ? option->argument : "");
		printf("  %-20s %s\n", name, option->help);
	}
	printf("\nExample: %s\n", verb->example);
	return HVCTL_OK;
}

int hvctl_misuse(const char *verb)
{
	hvctl_complain("hvctl %s --help tells how it is used", verb);
	return HVCTL_USAGE;
}

static int run_verb(struct hvctl *hvctl, int argc, char *argv[])
{
	const struct hvctl_verb *verb;
	hvctl_run *run;
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
	if (verb->options && !verb->has_options && argc > 1 && strcmp(argv[1], "--help") == 0)
		return print_verb_help(verb);
	run = verb->run ? verb->run : hvctl_module_verb(verb->name);
	status = run(hvctl, argc, argv);
	if (hvctl->done)
		hvctl->done(hvctl);
	return status;
}

/* What getopt does not know, in front of argv[optind]: the verb's own, or a mistake. */
static bool is_for_verb(int argc, char *argv[], const char *option)
{
	const struct hvctl_verb *verb = argc > 0 ? find_verb(argv[0]) : NULL;

	if (optopt == 0 && verb && verb->has_options)
		return true;
	if (verb && verb->options)
		return true;
	if (optopt != 0)
		hvctl_complain("there is no option '-%c'; behind \"--\" it would be none", optopt);
	else
		hvctl_complain("there is no option '%s'; behind \"--\" it would be none", option);
	return false;
}

static int print_version(void)
{
	printf("hvctl %s\n", HVG_VERSION);
	return HVCTL_OK;
}

/* What the options say, and how many words are left at the front of argv. */
struct invocation {
	struct hvctl hvctl;
	bool wants_help, wants_version;
	int n_words;
};

/* Options may stand anywhere, up to "--". -EINVAL for one that nobody knows, after having said so. */
static int parse(int argc, char *argv[], struct invocation *ret)
{
	enum { OPTION_WORD = 1, OPTION_JSON = 256, OPTION_NO_PAGER, OPTION_VERSION, OPTION_HELP };
	static const struct option options[] = {
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "no-pager", no_argument, NULL, OPTION_NO_PAGER },
		{ "version", no_argument, NULL, OPTION_VERSION },
		{ "help", no_argument, NULL, OPTION_HELP },
		{ NULL },
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "-h", options, NULL)) >= 0)
		switch (option) {
		case OPTION_WORD:
			argv[ret->n_words++] = optarg;
			break;
		case OPTION_JSON:
			ret->hvctl.json = true;
			break;
		case OPTION_NO_PAGER:
			ret->hvctl.pager = false;
			break;
		case OPTION_VERSION:
			ret->wants_version = true;
			break;
		case OPTION_HELP:
		case 'h':
			ret->wants_help = true;
			break;
		default:
			if (!is_for_verb(ret->n_words, argv, argv[optind - 1]))
				return -EINVAL;
			argv[ret->n_words++] = argv[optind - 1];
		}
	while (optind < argc)
		argv[ret->n_words++] = argv[optind++];
	argv[ret->n_words] = NULL;
	return 0;
}

/* The verb tells about itself; without one, this is about all. */
static int show_help(struct hvctl *hvctl, int n_words, char *words[])
{
	char help[] = "--help", *argv[] = { words[0], help, NULL };

	if (n_words > 0)
		return run_verb(hvctl, 2, argv);
	print_help();
	return HVCTL_OK;
}

int main(int argc, char *argv[])
{
	struct invocation invocation = { .hvctl.pager = true };

	(void)setlocale(LC_CTYPE, ""); /* how wide characters are; the rest has one form for all */
	if (parse(argc, argv, &invocation) < 0)
		return HVCTL_USAGE;
	if (invocation.wants_version)
		return print_version();
	if (invocation.wants_help)
		return show_help(&invocation.hvctl, invocation.n_words, argv);
	return run_verb(&invocation.hvctl, invocation.n_words, argv);
}
