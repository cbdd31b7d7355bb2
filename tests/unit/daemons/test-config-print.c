// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "common/config.h"
#include "daemons/folder.h"

struct settings {
	bool flag;
	unsigned int number;
	char **list;
};

static const struct hvg_setting rows[] = {
	{ "One", "Flag", "yes",
		"Whether the host may also set and delete what the guest publishes (pool 1, \"guest\"). Windows "
		"guests do not allow it. Change it only for management software that insists.",
		HVG_BOOL(struct settings, flag) },
	{ "One", "Number", "7", "How many.", HVG_UNSIGNED(struct settings, number), .largest = 10 },
	{ "Two", "List", "a b", "Names.", HVG_LIST(struct settings, list) },
};

static const struct hvg_config config = { "x", rows, HVG_ELEMENTS(rows), sizeof(struct settings) };

static char *printed;
static size_t printed_size;
static FILE *out;
static struct folder root;

static void setup(void)
{
	folder_create(&root);
	out = open_memstream(&printed, &printed_size);
}

static void teardown(void)
{
	fclose(out);
	free(printed);
	folder_remove(&root);
}

START_TEST(prints_the_sample_file)
{
	hvg_config_dump(&config, out);
	fflush(out);
	ck_assert_str_eq(printed,
		"[One]\n"
		"# Whether the host may also set and delete what the guest publishes (pool 1, \"guest\"). Windows\n"
		"# guests do not allow it. Change it only for management software that insists.\n"
		"#Flag=yes\n"
		"\n"
		"# How many.\n"
		"#Number=7\n"
		"\n"
		"[Two]\n"
		"# Names.\n"
		"#List=a b\n");
}
END_TEST

START_TEST(breaks_comments_after_column_96)
{
	char help[200];
	const struct hvg_setting row = { "One", "Flag", "yes", help, HVG_BOOL(struct settings, flag) };
	const struct hvg_config small = { "x", &row, 1, sizeof(struct settings) };

	memset(help, 'x', sizeof(help));
	help[50] = ' ';
	help[94] = ' ';
	help[94 + 95] = '\0';
	hvg_config_dump(&small, out);
	fflush(out);
	ck_assert_int_eq(printed[strlen("[One]\n") + 96], '\n');
}
END_TEST

static int check(const char *text)
{
	const struct hvg_config_source source = { .root = root.path };

	folder_write(&root, "etc/hvguest/x.conf", text);
	return hvg_config_check(&config, &source, out);
}

START_TEST(checks_a_good_file)
{
	ck_assert_int_eq(check("[One]\nFlag=no\n"), 0);
	fflush(out);
	ck_assert_str_eq(printed, "x.conf: 0 warnings\n");
}
END_TEST

START_TEST(checks_a_bad_file)
{
	ck_assert_int_eq(check("[One]\nFlag=\xc2\x9b" "31m\n"), 1);
	fflush(out);
	ck_assert_str_eq(strrchr(printed, '/'),
		"/x.conf:2: Flag=\\x9b31m: expected yes or no; ignored\n"
		"x.conf: 1 warning\n");
	ck_assert_int_eq(strncmp(printed, root.path, strlen(root.path)), 0);
}
END_TEST

START_TEST(checks_a_file_that_is_not_there)
{
	const struct hvg_config_source source = { .file = folder_path(&root, "none") };

	ck_assert_int_eq(hvg_config_check(&config, &source, out), 1);
	fflush(out);
	ck_assert_ptr_nonnull(strstr(printed, "/none: cannot be read (No such file or directory); ignored\n"));
}
END_TEST

Suite *hvg_suite_daemons_config_print(void)
{
	Suite *suite = suite_create("daemons-config-print");
	TCase *tcase = hvg_suite_case(suite, "config-print");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, prints_the_sample_file);
	tcase_add_test(tcase, breaks_comments_after_column_96);
	tcase_add_test(tcase, checks_a_good_file);
	tcase_add_test(tcase, checks_a_bad_file);
	tcase_add_test(tcase, checks_a_file_that_is_not_there);
	return suite;
}
