// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "common/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND HVG_USEC_PER_SEC

static char *said[2]; /* on out, on err */
static size_t said_size[2];
static const char *colour;

static int set_colour(void *target, const char *argument)
{
	if (strcmp(argument, "none") == 0)
		return -EINVAL;
	*(const char **)target = argument;
	return 0;
}

static const struct hvg_option own[] = {
	{ "colour", 'c', "NAME", "paint it", false, set_colour },
};

/* The line is one word after the other; options must live as long as what points into it. */
static int parse(const char *line, struct hvg_options *ret)
{
	static char copy[256];
	char *argv[16] = { copy };
	int argc = 0, r;
	struct hvg_program program = {
		.name = "hv-testd",
		.summary = "A daemon for tests.",
		.options = own,
		.n_options = HVG_ELEMENTS(own),
		.target = &colour,
	};

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	for (unsigned int i = 0; i < 2; i++) {
		free(said[i]);
		*(i == 0 ? &program.out : &program.err) = open_memstream(&said[i], &said_size[i]);
	}
	r = hvg_options_parse(&program, argc, argv, ret);
	fclose(program.out);
	fclose(program.err);
	return r;
}

START_TEST(starts_with_the_defaults)
{
	struct hvg_options options;

	ck_assert_int_eq(parse("hv-testd", &options), 0);
	ck_assert_ptr_null(options.config);
	ck_assert_ptr_null(options.device);
	ck_assert(!options.checks_config && !options.dumps_config && !options.is_debug);
	ck_assert(!options.has_old_option);
	ck_assert_uint_eq(options.kernel_timeout_us, 30 * SECOND);
}
END_TEST

START_TEST(takes_every_option_of_all_daemons)
{
	struct hvg_options options;

	ck_assert_int_eq(parse("hv-testd --config=/a/b --device /dev/x --check-config --debug "
			       "--kernel-timeout 0.25 --dump-config",
				 &options),
		0);
	ck_assert_str_eq(options.config, "/a/b");
	ck_assert_str_eq(options.device, "/dev/x");
	ck_assert(options.checks_config && options.dumps_config && options.is_debug);
	ck_assert_uint_eq(options.kernel_timeout_us, SECOND / 4);
	ck_assert_str_eq(said[0], "");
	ck_assert_str_eq(said[1], "");
}
END_TEST

START_TEST(takes_a_daemons_own_options)
{
	struct hvg_options options;

	ck_assert_int_eq(parse("hv-testd -d --colour red", &options), 0);
	ck_assert(options.is_debug);
	ck_assert_str_eq(colour, "red");
	ck_assert_int_eq(parse("hv-testd -cblue", &options), 0);
	ck_assert_str_eq(colour, "blue");
}
END_TEST

static const char *const old_lines[] = { "hv-testd -n", "hv-testd --no-daemon", "hv-testd -dn" };

START_TEST(ignores_what_the_old_daemons_knew)
{
	struct hvg_options options;

	ck_assert_int_eq(parse(old_lines[_i], &options), 0);
	ck_assert(options.has_old_option);
	ck_assert_str_eq(said[1], "");
}
END_TEST

START_TEST(prints_help_from_the_table)
{
	struct hvg_options options;

	ck_assert_int_eq(parse("hv-testd --help", &options), 1);
	ck_assert_str_eq(said[0],
		"Usage: hv-testd [OPTION...]\n"
		"A daemon for tests.\n"
		"\n"
		"  --config FILE         read the settings from this file alone, without drop-ins\n"
		"  --device PATH         the device to serve, instead of the one that udev knows\n"
		"  --check-config        check the settings; exit with 1 if there is any warning\n"
		"  --debug               log what happens in detail\n"
		"  --version             show the version\n"
		"  --help                show this help\n"
		"  --colour NAME         paint it\n"
		"\n"
		"For tests:\n"
		"  --kernel-timeout SECONDS the kernel's patience with an answer, instead of 30\n"
		"  --dump-config         print every setting with its default\n"
		"\n"
		"See hv-testd(8).\n");
	ck_assert_int_eq(parse("hv-testd -h", &options), 1);
}
END_TEST

START_TEST(prints_its_version)
{
	struct hvg_options options;

	ck_assert_int_eq(parse("hv-testd --version --nonsense", &options), 1);
	ck_assert_str_eq(said[0], "hv-testd (hvguest) " HVG_VERSION "\n");
}
END_TEST

static const struct {
	const char *line, *told;
} wrong[] = {
	{ "hv-testd --nonsense", "--nonsense: no such option, or not with a value" },
	{ "hv-testd -x", "-x: no such option, or not with a value" },
	{ "hv-testd -dx", "-x: no such option, or not with a value" },
	{ "hv-testd --debug=yes", "--debug=yes: no such option, or not with a value" },
	{ "hv-testd --de", "--de: no such option, or not with a value" },
	{ "hv-testd --config", "--config: needs a value" },
	{ "hv-testd -c", "-c: needs a value" },
	{ "hv-testd file", "file: only options are expected" },
	{ "hv-testd --debug -- file", "file: only options are expected" },
	{ "hv-testd --kernel-timeout never", "never: no value for --kernel-timeout" },
	{ "hv-testd --kernel-timeout 0.009", "0.009: no value for --kernel-timeout" },
	{ "hv-testd --kernel-timeout 3601", "3601: no value for --kernel-timeout" },
	{ "hv-testd --kernel-timeout infinity", "infinity: no value for --kernel-timeout" },
	{ "hv-testd --colour none --help", "none: no value for --colour" },
};

START_TEST(refuses_wrong_usage_in_one_line)
{
	struct hvg_options options = { .config = "untouched" };
	char line[256];

	ck_assert_int_eq(parse(wrong[_i].line, &options), -EINVAL);
	snprintf(line, sizeof(line), "hv-testd: %s; `hv-testd --help` lists the options\n", wrong[_i].told);
	ck_assert_str_eq(said[1], line);
	ck_assert_str_eq(said[0], "");
	ck_assert_str_eq(options.config, "untouched");
}
END_TEST

Suite *hvg_suite_daemons_options(void)
{
	Suite *suite = suite_create("daemons-options");
	TCase *tcase = hvg_suite_case(suite, "options");

	tcase_add_test(tcase, starts_with_the_defaults);
	tcase_add_test(tcase, takes_every_option_of_all_daemons);
	tcase_add_test(tcase, takes_a_daemons_own_options);
	tcase_add_loop_test(tcase, ignores_what_the_old_daemons_knew, 0, HVG_ELEMENTS(old_lines));
	tcase_add_test(tcase, prints_help_from_the_table);
	tcase_add_test(tcase, prints_its_version);
	tcase_add_loop_test(tcase, refuses_wrong_usage_in_one_line, 0, HVG_ELEMENTS(wrong));
	return suite;
}
