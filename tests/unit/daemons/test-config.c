// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "common/config.h"
#include "daemons/folder.h"

#include <errno.h>

struct settings {
	bool flag;
	unsigned int number;
	char *text;
	char **list;
};

static const struct hvg_setting rows[] = {
	{ "One", "Flag", "yes", "", HVG_BOOL(struct settings, flag) },
	{ "One", "Number", "7", "", HVG_UNSIGNED(struct settings, number), .smallest = 1, .largest = 10 },
	{ "Two", "Text", "none", "", HVG_TEXT(struct settings, text), .largest = 20 },
	{ "Two", "List", "a b", "", HVG_LIST(struct settings, list) },
};

static const struct hvg_config config = { "x", rows, HVG_ELEMENTS(rows), sizeof(struct settings) };

static struct folder root;
static struct settings settings;
static char warnings[4096];

static void setup(void)
{
	folder_create(&root);
	warnings[0] = '\0';
}

static void teardown(void)
{
	hvg_config_done(&config, &settings);
	folder_remove(&root);
}

/* FILE:LINE: TEXT, and a line break; the file by its name alone. */
static void on_warning(void *userdata, const struct hvg_config_warning *warning)
{
	size_t used = strlen(warnings);

	snprintf(warnings + used, sizeof(warnings) - used, "%s:%u: %s\n", strrchr(warning->file, '/') + 1,
		warning->line, warning->text);
}

static int load(const char *file)
{
	const struct hvg_config_source source = { .root = root.path, .file = file, .warn = on_warning };

	return hvg_config_load(&config, &source, &settings);
}

/* The settings as they would stand in a file. */
static const char *loaded(void)
{
	static char text[512];

	snprintf(text, sizeof(text), "%d %u %s", settings.flag, settings.number, settings.text);
	for (unsigned int i = 0; settings.list[i]; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s", settings.list[i]);
	return text;
}

static const struct {
	const char *text, *loaded, *warnings;
} files[] = {
	{ "", "1 7 none a b", "" },
	{ "[One]\nFlag=no\nNumber=3\n[Two]\nText=some words\nList=c d\n", "0 3 some words c d", "" },
	{ "[Two]\nList=c\nList=d e\n", "1 7 none c d e", "" },
	{ "[Two]\nList=\n", "1 7 none", "" },
	{ "[Two]\nList=c\nList=\nList=d\n", "1 7 none d", "" },
	{ "[One]\nNumber=\n[Two]\nText=\n", "1 7 none a b", "" },
	{ "[One]\nNumber=11\n", "1 7 none a b", "x.conf:2: Number=11: expected a number from 1 to 10; ignored\n" },
	{ "[One]\nFlag=perhaps\nNumber=3\n", "1 3 none a b", "x.conf:2: Flag=perhaps: expected yes or no; ignored\n" },
	{ "[One]\nNumber=3\nNumber=4\n", "1 3 none a b", "x.conf:3: Number= stands in this file already; ignored\n" },
	{ "[One]\nNumber=x\nNumber=4\n", "1 7 none a b",
		"x.conf:2: Number=x: expected a number from 1 to 10; ignored\n"
		"x.conf:3: Number= stands in this file already; ignored\n" },
	{ "[One]\nText=t\nnumber=3\n", "1 7 none a b",
		"x.conf:2: [One] has no setting \"Text\"; ignored\n"
		"x.conf:3: [One] has no setting \"number\"; ignored\n" },
	{ "[Three]\na=b\nc=d\n[one]\nFlag=no\n", "1 7 none a b",
		"x.conf:2: there is no section [Three]; what stands in it is ignored\n"
		"x.conf:5: there is no section [one]; what stands in it is ignored\n" },
	{ "Flag=no\n", "1 7 none a b", "x.conf:1: \"Flag\" stands before the first [Section]; ignored\n" },
	{ "[One]\nFlag=no ; really\n", "1 7 none a b",
		"x.conf:2: \" ;\" inside the line, which is ignored: comments are lines of their own\n" },
	{ "[One]\nFlag\n", "1 7 none a b", "x.conf:2: expected Key=Value; the line is ignored\n" },
};

static unsigned int count(const char *text, char c)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

START_TEST(takes_what_is_good_and_tells_the_rest)
{
	folder_write(&root, "etc/hvguest/x.conf", files[_i].text);
	ck_assert_int_eq(load(NULL), (int)count(files[_i].warnings, '\n'));
	ck_assert_str_eq(warnings, files[_i].warnings);
	ck_assert_str_eq(loaded(), files[_i].loaded);
}
END_TEST

START_TEST(lets_later_files_win)
{
	folder_write(&root, "etc/hvguest/x.conf", "[One]\nNumber=3\n[Two]\nText=main\nList=c\n");
	folder_write(&root, "run/hvguest/x.conf.d/5.conf", "[One]\nNumber=4\nFlag=no\n[Two]\nList=d\n");
	folder_write(&root, "etc/hvguest/x.conf.d/7.conf", "[One]\nNumber=5\nFlag=bad\n");
	ck_assert_int_eq(load(NULL), 1);
	ck_assert_str_eq(loaded(), "0 5 main c d");
	ck_assert_str_eq(warnings, "7.conf:3: Flag=bad: expected yes or no; ignored\n");
}
END_TEST

START_TEST(lets_a_later_file_empty_a_list)
{
	folder_write(&root, "etc/hvguest/x.conf", "[Two]\nList=c\n");
	folder_write(&root, "etc/hvguest/x.conf.d/7.conf", "[Two]\nList=\nList=z\n");
	ck_assert_int_eq(load(NULL), 0);
	ck_assert_str_eq(loaded(), "1 7 none z");
}
END_TEST

START_TEST(reads_only_the_file_that_is_named)
{
	folder_write(&root, "etc/hvguest/x.conf", "[One]\nNumber=3\n");
	folder_write(&root, "etc/hvguest/x.conf.d/7.conf", "[One]\nNumber=4\n");
	folder_write(&root, "mine.conf", "[One]\nFlag=no\n");
	folder_write(&root, "mine.conf.d/7.conf", "[One]\nNumber=4\n");
	ck_assert_int_eq(load(folder_path(&root, "mine.conf")), 0);
	ck_assert_str_eq(loaded(), "0 7 none a b");
}
END_TEST

START_TEST(takes_the_null_device_for_no_settings_at_all)
{
	folder_write(&root, "etc/hvguest/x.conf", "[One]\nNumber=3\n");
	ck_assert_int_eq(load("/dev/null"), 0);
	ck_assert_str_eq(loaded(), "1 7 none a b");
}
END_TEST

START_TEST(tells_files_that_cannot_be_read)
{
	folder_write(&root, "etc/hvguest/x.conf/file", "");
	folder_link(&root, "etc/hvguest/x.conf.d/1.conf", "nowhere");
	folder_write(&root, "etc/hvguest/x.conf.d/2.conf", "x");
	ck_assert_int_eq(truncate(folder_path(&root, "etc/hvguest/x.conf.d/2.conf"), 1024 * 1024 + 1), 0);
	folder_write_bytes(&root, "etc/hvguest/x.conf.d/3.conf", "[One]\nFlag=no\n\0", 15);
	folder_write(&root, "etc/hvguest/x.conf.d/4.conf", "[One]\nNumber=4\n");
	ck_assert_int_eq(load(NULL), 4);
	ck_assert_str_eq(warnings,
		"x.conf:0: not a regular file; ignored\n"
		"1.conf:0: cannot be read (No such file or directory); ignored\n"
		"2.conf:0: larger than 1048576 bytes; ignored\n"
		"3.conf:3: a NUL byte; this is no text file, and all of it is ignored\n");
	ck_assert_str_eq(loaded(), "1 4 none a b");
}
END_TEST

START_TEST(tells_a_named_file_that_is_not_there)
{
	ck_assert_int_eq(load(folder_path(&root, "none.conf")), 1);
	ck_assert_str_eq(warnings, "none.conf:0: cannot be read (No such file or directory); ignored\n");
	ck_assert_str_eq(loaded(), "1 7 none a b");
}
END_TEST

START_TEST(does_without_anybody_to_warn)
{
	const struct hvg_config_source source = { .root = root.path };

	folder_write(&root, "etc/hvguest/x.conf", "nonsense\n");
	ck_assert_int_eq(hvg_config_load(&config, &source, &settings), 1);
}
END_TEST

Suite *hvg_suite_daemons_config(void)
{
	Suite *suite = suite_create("daemons-config");
	TCase *tcase = hvg_suite_case(suite, "config");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, takes_what_is_good_and_tells_the_rest, 0, HVG_ELEMENTS(files));
	tcase_add_test(tcase, lets_later_files_win);
	tcase_add_test(tcase, lets_a_later_file_empty_a_list);
	tcase_add_test(tcase, reads_only_the_file_that_is_named);
	tcase_add_test(tcase, takes_the_null_device_for_no_settings_at_all);
	tcase_add_test(tcase, tells_files_that_cannot_be_read);
	tcase_add_test(tcase, tells_a_named_file_that_is_not_there);
	tcase_add_test(tcase, does_without_anybody_to_warn);
	return suite;
}
