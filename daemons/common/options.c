// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The rows of all daemons are in common_options[]; getopt_long's table is made from them and from
 * the daemon's own. It hands back the number of the row.
 */

#include "common/options.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "common/timespan.h"

#include <getopt.h>
#include <string.h>

#define HELP_COLUMN 24

/* getopt_long returns this plus the number of the row: no letter is that high. */
#define FIRST_ROW 256

/* HV_UTIL_TIMEOUT of drivers/hv/hyperv_vmbus.h: 30 s. */
#define KERNEL_TIMEOUT_US (30 * HVG_USEC_PER_SEC)

static int set_config(void *target, const char *argument)
{
	((struct hvg_options *)target)->config = argument;
	return 0;
}

static int set_device(void *target, const char *argument)
{
	((struct hvg_options *)target)->device = argument;
	return 0;
}

static int set_check(void *target, const char *argument)
{
	((struct hvg_options *)target)->checks_config = true;
	return 0;
}

static int set_dump(void *target, const char *argument)
{
	((struct hvg_options *)target)->dumps_config = true;
	return 0;
}

static int set_debug(void *target, const char *argument)
{
	((struct hvg_options *)target)->is_debug = true;
	return 0;
}

static int set_old(void *target, const char *argument)
{
	((struct hvg_options *)target)->has_old_option = true;
	return 0;
}

static int set_kernel_timeout(void *target, const char *argument)
{
	uint64_t timeout_us;
	int r;

	r = hvg_timespan_parse(argument, &timeout_us);
	if (r < 0)
		return r;
	if (timeout_us < 10 * HVG_USEC_PER_MSEC || timeout_us > 3600 * HVG_USEC_PER_SEC)
		return -ERANGE;
	((struct hvg_options *)target)->kernel_timeout_us = timeout_us;
	return 0;
}

static const struct hvg_option common_options[] = {
	{ "config", 0, "FILE", "read the settings from this file alone, without drop-ins", false, set_config },
	{ "device", 0, "PATH", "the device to serve, instead of the one that udev knows", false, set_device },
	{ "check-config", 0, NULL, "check the settings; exit with 1 if there is any warning", false, set_check },
	{ "debug", 'd', NULL, "log what happens in detail", false, set_debug },
	{ "version", 'V', NULL, "show the version", false, NULL },
	{ "help", 'h', NULL, "show this help", false, NULL },
	{ "no-daemon", 'n', NULL, NULL, false, set_old },
	{ "kernel-timeout", 0, "SECONDS", "the kernel's patience with an answer, instead of 30", true,
		set_kernel_timeout },
	{ "dump-config", 0, NULL, "print every setting with its default", true, set_dump },
};

#define N_COMMON ((unsigned int)HVG_ELEMENTS(common_options))

/* Everything that parsing needs. */
struct parser {
	const struct hvg_program *program;
	unsigned int n_rows;
	FILE *out, *err;
	struct hvg_options options;
};

static const struct hvg_option *row_at(const struct parser *parser, unsigned int i)
{
	return i < N_COMMON ? &common_options[i] : &parser->program->options[i - N_COMMON];
}

static void print_row(FILE *out, const struct hvg_option *row)
{
	char left[64];
	int used;

	used = snprintf(left, sizeof(left), "  --%s%s%s", row->name, row->argument ? " " : "",
		row->argument ? row->argument : "");
	(void)fprintf(out, "%-*s%s%s\n", HELP_COLUMN, left, used >= HELP_COLUMN ? " " : "", row->help);
}

static void print_rows(const struct parser *parser, bool is_for_tests)
{
	for (unsigned int i = 0; i < parser->n_rows; i++) {
		const struct hvg_option *row = row_at(parser, i);

		if (row->help && row->is_for_tests == is_for_tests)
			print_row(parser->out, row);
	}
}

static int print_help(const struct parser *parser)
{
	(void)fprintf(parser->out, "Usage: %s [OPTION...]\n%s\n\n", parser->program->name,
		parser->program->summary);
	print_rows(parser, false);
	(void)fprintf(parser->out, "\nFor tests:\n");
	print_rows(parser, true);
	(void)fprintf(parser->out, "\nSee %s(8).\n", parser->program->name);
	return 1;
}

static int print_version(const struct parser *parser)
{
	(void)fprintf(parser->out, "%s (hvguest) %s\n", parser->program->name, HVG_VERSION);
	return 1;
}

static int refuse(const struct parser *parser, const char *what, const char *word)
{
	(void)fprintf(parser->err, "%s: %s: %s; `%s --help` lists the options\n", parser->program->name,
		word, what, parser->program->name);
	return -EINVAL;
}

static int take(struct parser *parser, const struct hvg_option *row, const char *argument)
{
	bool is_common = row >= common_options && row < common_options + N_COMMON;
	char what[64];

	if (is_common && row->letter == 'h')
		return print_help(parser);
	if (is_common && row->letter == 'V')
		return print_version(parser);
	if (row->set(is_common ? (void *)&parser->options : parser->program->target, argument) < 0) {
		(void)snprintf(what, sizeof(what), "no value for --%s", row->name);
		return refuse(parser, what, argument);
	}
	return 0;
}

static const struct hvg_option *find_letter(const struct parser *parser, int letter)
{
	for (unsigned int i = 0; i < parser->n_rows; i++)
		if (row_at(parser, i)->letter == letter)
			return row_at(parser, i);
	return NULL;
}

/* What getopt_long reads. */
static void fill_tables(const struct parser *parser, struct option *longs, char *letters)
{
	*letters++ = ':'; /* a missing argument is told apart */
	for (unsigned int i = 0; i < parser->n_rows; i++) {
		const struct hvg_option *row = row_at(parser, i);

		longs[i] = (struct option){
			.name = row->name,
			.has_arg = row->argument ? required_argument : no_argument,
			.val = (int)(FIRST_ROW + i),
		};
		if (!row->letter)
			continue;
		*letters++ = row->letter;
		if (row->argument)
			*letters++ = ':';
	}
	*letters = '\0';
}

/* After getopt_long has complained: about one letter of a word, or about a whole word? */
static int refuse_option(const struct parser *parser, int complaint, const char *word)
{
	const char *what = complaint == ':' ? "needs a value" : "no such option, or not with a value";
	char letter[] = { '-', (char)optopt, '\0' };

	return refuse(parser, what, optopt > 0 && optopt < FIRST_ROW ? letter : word);
}

static int parse_all(struct parser *parser, int argc, char *argv[])
{
	_cleanup_free_ struct option *longs = calloc(parser->n_rows + 1, sizeof(*longs));
	_cleanup_free_ char *letters = calloc(parser->n_rows + 1, 2);
	int c, r = 0;

	if (!longs || !letters)
		return refuse(parser, "out of memory", argv[0]);
	fill_tables(parser, longs, letters);
	opterr = 0;
	optind = 0; /* glibc: start afresh */
	while (r == 0 && (c = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
		if (c == ':' || c == '?')
			r = refuse_option(parser, c, argv[optind - 1]);
		else
			r = take(parser, c >= FIRST_ROW ? row_at(parser, (unsigned int)(c - FIRST_ROW)) :
							  find_letter(parser, c),
				optarg);
	}
	if (r == 0 && optind < argc)
		r = refuse(parser, "only options are expected", argv[optind]);
	return r;
}

int hvg_options_parse(const struct hvg_program *program, int argc, char *argv[],
	struct hvg_options *ret)
{
	struct parser parser = {
		.program = program,
		.n_rows = N_COMMON + program->n_options,
		.out = program->out ? program->out : stdout,
		.err = program->err ? program->err : stderr,
		.options = { .kernel_timeout_us = KERNEL_TIMEOUT_US },
	};
	int r;

	r = parse_all(&parser, argc, argv);
	if (r == 0)
		*ret = parser.options;
	return r;
}
