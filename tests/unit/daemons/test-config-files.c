// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Each row is a tree: names with E for /etc/hvguest, R for /run/hvguest and V for the vendor's folder
 * in front; "@" behind the name makes it a link to /dev/null, "!" an empty file. What is found comes
 * back in the same letters.
 */

#include "suites.h"

#include "base/units.h"
#include "common/config-files.h"
#include "daemons/folder.h"

#include <errno.h>

static struct folder root;
static char trouble[512];

static void setup(void)
{
	folder_create(&root);
	trouble[0] = '\0';
}

static void teardown(void)
{
	folder_remove(&root);
}

static const struct {
	char letter;
	const char *path;
} places[] = {
	{ 'E', HVG_CONF_DIR },
	{ 'R', "/run/hvguest" },
	{ 'V', HVG_VENDOR_CONF_DIR },
};

/* The tree in words; ends with a letter at most. */
static void plant(const char *name)
{
	char path[256];
	size_t size = strlen(name) - 2;

	for (unsigned int i = 0; i < HVG_ELEMENTS(places); i++)
		if (places[i].letter == name[0])
			snprintf(path, sizeof(path), "%s%s", places[i].path + 1, name + 1);
	if (name[size + 1] == '@' || name[size + 1] == '!')
		path[strlen(path) - 1] = '\0';
	if (name[size + 1] == '@')
		folder_link(&root, path, "/dev/null");
	else
		folder_write(&root, path, name[size + 1] == '!' ? "" : "x");
}

static void append_found(char *text, const char *path)
{
	const char *below = path + strlen(root.path);

	ck_assert_int_eq(strncmp(path, root.path, strlen(root.path)), 0);
	for (unsigned int i = 0; i < HVG_ELEMENTS(places); i++) {
		size_t size = strlen(places[i].path);

		if (strncmp(below, places[i].path, size) == 0)
			sprintf(text + strlen(text), "%c%s ", places[i].letter, below + size);
	}
}

static void on_trouble(void *userdata, const char *path, int error)
{
	snprintf(trouble, sizeof(trouble), "%s %d", path, error);
}

static const char *find(void)
{
	static char text[1024];
	const struct hvg_config_search search = { root.path, "x", on_trouble, NULL };
	struct hvg_config_files files;

	text[0] = '\0';
	ck_assert_int_eq(hvg_config_files_find(&search, &files), 0);
	for (size_t i = 0; i < files.n; i++)
		append_found(text, files.paths[i]);
	hvg_config_files_done(&files);
	return text;
}

static const struct {
	const char *names[8];
	const char *found;
} trees[] = {
	{ { NULL }, "" },
	{ { "E/x.conf", "V/x.conf" }, "E/x.conf " },
	{ { "R/x.conf", "V/x.conf" }, "R/x.conf " },
	{ { "V/x.conf" }, "V/x.conf " },
	{ { "E/x.conf@", "V/x.conf" }, "" },
	{ { "E/x.conf!", "V/x.conf" }, "" },
	{ { "V/x.conf.d/5.conf", "E/x.conf.d/9.conf", "R/x.conf.d/7.conf", "E/x.conf.d/1.conf", "V/x.conf" },
		"V/x.conf E/x.conf.d/1.conf V/x.conf.d/5.conf R/x.conf.d/7.conf E/x.conf.d/9.conf " },
	{ { "E/x.conf.d/5.conf", "R/x.conf.d/5.conf", "V/x.conf.d/5.conf" }, "E/x.conf.d/5.conf " },
	{ { "R/x.conf.d/5.conf", "V/x.conf.d/5.conf" }, "R/x.conf.d/5.conf " },
	{ { "E/x.conf.d/5.conf@", "V/x.conf.d/5.conf", "V/x.conf.d/6.conf" }, "V/x.conf.d/6.conf " },
	{ { "R/x.conf.d/5.conf!", "V/x.conf.d/5.conf" }, "" },
	{ { "E/x.conf.d/5.conf", "R/x.conf.d/5.conf@" }, "E/x.conf.d/5.conf " },
	{ { "E/x.conf.d/a.conf.bak", "E/x.conf.d/.b.conf", "E/x.conf.d/c", "E/x.conf.d/d.conf~",
		  "E/x.conf.d/README", "E/y.conf", "E/y.conf.d/1.conf" },
		"" },
	{ { "E/x.conf.d/10.conf", "E/x.conf.d/9.conf", "E/x.conf.d/B.conf", "E/x.conf.d/a.conf" },
		"E/x.conf.d/10.conf E/x.conf.d/9.conf E/x.conf.d/B.conf E/x.conf.d/a.conf " },
};

START_TEST(finds_files_in_the_order_of_precedence)
{
	for (const char *const *name = trees[_i].names; *name; name++)
		plant(*name);
	ck_assert_str_eq(find(), trees[_i].found);
	ck_assert_str_eq(trouble, "");
}
END_TEST

START_TEST(lists_what_is_no_file_so_that_reading_it_tells)
{
	folder_link(&root, "etc/hvguest/x.conf", "/nonexistent/x.conf");
	folder_write(&root, "etc/hvguest/x.conf.d/folder.conf/file", "");
	ck_assert_str_eq(find(), "E/x.conf E/x.conf.d/folder.conf ");
}
END_TEST

START_TEST(tells_a_directory_that_cannot_be_searched)
{
	folder_write(&root, "etc/hvguest/x.conf.d", "");
	ck_assert_str_eq(find(), "");
	ck_assert_ptr_nonnull(strstr(trouble, "/etc/hvguest/x.conf.d -20"));
}
END_TEST

/* The result of reading the file, whose text then stands in text. */
static int read_file(const char *name, char *text, size_t *ret_size)
{
	char *copy;
	int r = hvg_config_file_read(folder_path(&root, name), &copy, ret_size);

	if (r == 0) {
		snprintf(text, 64, "%s", copy);
		free(copy);
	}
	return r;
}

START_TEST(reads_a_regular_file)
{
	char text[64];
	size_t size;

	folder_write(&root, "file", "[A]\n");
	folder_link(&root, "link", "file");
	ck_assert_int_eq(read_file("file", text, &size), 0);
	ck_assert_str_eq(text, "[A]\n");
	ck_assert_uint_eq(size, 4);
	ck_assert_int_eq(read_file("link", text, &size), 0);
	ck_assert_str_eq(text, "[A]\n");
}
END_TEST

START_TEST(reads_a_mask_as_empty)
{
	char text[64] = "x";
	size_t size = 1;

	folder_link(&root, "null", "/dev/null");
	ck_assert_int_eq(read_file("null", text, &size), 0);
	ck_assert_uint_eq(size, 0);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(refuses_what_is_no_regular_file)
{
	char text[64];
	size_t size;

	folder_write(&root, "folder/file", "");
	ck_assert_int_eq(mkfifo(folder_path(&root, "fifo"), 0644), 0);
	folder_link(&root, "zero", "/dev/zero");
	folder_link(&root, "loop", "loop");
	ck_assert_int_eq(read_file("folder", text, &size), -EBADF);
	ck_assert_int_eq(read_file("fifo", text, &size), -EBADF);
	ck_assert_int_eq(read_file("zero", text, &size), -EBADF);
	ck_assert_int_eq(read_file("loop", text, &size), -ELOOP);
	ck_assert_int_eq(read_file("none", text, &size), -ENOENT);
}
END_TEST

START_TEST(refuses_a_file_above_the_limit)
{
	char text[64];
	size_t size;

	folder_write(&root, "file", "");
	ck_assert_int_eq(truncate(folder_path(&root, "file"), HVG_CONFIG_FILE_MAX + 1), 0);
	ck_assert_int_eq(read_file("file", text, &size), -EFBIG);
	ck_assert_int_eq(truncate(folder_path(&root, "file"), HVG_CONFIG_FILE_MAX), 0);
	ck_assert_int_eq(read_file("file", text, &size), 0);
	ck_assert_uint_eq(size, HVG_CONFIG_FILE_MAX);
}
END_TEST

Suite *hvg_suite_daemons_config_files(void)
{
	Suite *suite = suite_create("daemons-config-files");
	TCase *tcase = hvg_suite_case(suite, "config-files");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, finds_files_in_the_order_of_precedence, 0, HVG_ELEMENTS(trees));
	tcase_add_test(tcase, lists_what_is_no_file_so_that_reading_it_tells);
	tcase_add_test(tcase, tells_a_directory_that_cannot_be_searched);
	tcase_add_test(tcase, reads_a_regular_file);
	tcase_add_test(tcase, reads_a_mask_as_empty);
	tcase_add_test(tcase, refuses_what_is_no_regular_file);
	tcase_add_test(tcase, refuses_a_file_above_the_limit);
	return suite;
}
