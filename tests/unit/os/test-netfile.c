// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "daemons/folder.h"
#include "os/netfile.h"
#include "os/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>

static struct folder folder;

static void setup(void)
{
	folder_create(&folder);
}

static void teardown(void)
{
	folder_remove(&folder);
}

static const char *path(const char *name)
{
	return folder_path(&folder, name);
}

static int put(const char *name, const char *text)
{
	return hvg_netfile_write(path(name), text, strlen(text), 0640);
}

static void expect(const char *name, const char *text)
{
	char *found;
	size_t size;

	ck_assert_int_eq(hvg_netfile_read(path(name), &found, &size), 0);
	ck_assert_str_eq(found, text);
	ck_assert_uint_eq(size, strlen(text));
	free(found);
}

static unsigned int count_entries(const char *name)
{
	DIR *entries = opendir(path(name));
	unsigned int n = 0;

	while (readdir(entries))
		n++;
	closedir(entries);
	return n - 2; /* "." and ".." */
}

START_TEST(creates_a_file_and_its_folders)
{
	struct stat stat_;

	ck_assert_int_eq(put("a/b/file", "text"), 0);
	expect("a/b/file", "text");
	ck_assert_int_eq(stat(path("a/b/file"), &stat_), 0);
	ck_assert_uint_eq(stat_.st_mode & 07777, 0640);
	ck_assert_uint_eq(count_entries("a/b"), 1);
}
END_TEST

START_TEST(replaces_a_file_that_keeps_its_mode_and_owner)
{
	struct stat old, new;

	folder_write(&folder, "file", "a long old text");
	ck_assert_int_eq(chmod(path("file"), 04604), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path("file"), 12, 34), 0);
	ck_assert_int_eq(chmod(path("file"), 0604), 0);
	ck_assert_int_eq(stat(path("file"), &old), 0);
	ck_assert_int_eq(put("file", "new"), 0);
	expect("file", "new");
	ck_assert_int_eq(stat(path("file"), &new), 0);
	ck_assert_uint_eq(new.st_mode, old.st_mode);
	ck_assert_uint_eq(new.st_uid, old.st_uid);
	ck_assert_uint_eq(new.st_gid, old.st_gid);
	ck_assert_uint_ne(new.st_ino, old.st_ino); /* not in place */
}
END_TEST

START_TEST(keeps_a_link_and_replaces_what_it_leads_to)
{
	struct stat stat_;

	folder_write(&folder, "real/file", "old");
	folder_link(&folder, "link", "real/file");
	ck_assert_int_eq(put("link", "new"), 0);
	ck_assert_int_eq(lstat(path("link"), &stat_), 0);
	ck_assert(S_ISLNK(stat_.st_mode));
	expect("real/file", "new");
}
END_TEST

START_TEST(leaves_the_old_file_when_the_disk_is_full)
{
	char text[8192];

	hvg_sandbox_enter(CLONE_NEWNS);
	hvg_sandbox_run("mkdir -p /run/small && mount -t tmpfs -o size=8k none /run/small && printf old >/run/small/file");
	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(hvg_netfile_write("/run/small/file", text, sizeof(text), 0644), -ENOSPC);
	hvg_sandbox_run("[ \"$(cat /run/small/file)\" = old ] && [ \"$(ls -A /run/small)\" = file ]");
}
END_TEST

START_TEST(reads_no_folder_and_no_endless_file)
{
	char *text;
	size_t size;

	ck_assert_int_eq(hvg_netfile_read(path("none"), &text, &size), -ENOENT);
	ck_assert_int_eq(hvg_netfile_read(folder.path, &text, &size), -EBADF);
	ck_assert_int_eq(hvg_netfile_read("/dev/zero", &text, &size), -EBADF);
	folder_write(&folder, "large", "");
	ck_assert_int_eq(truncate(path("large"), HVG_NETFILE_MAX + 1), 0);
	ck_assert_int_eq(hvg_netfile_read(path("large"), &text, &size), -EFBIG);
}
END_TEST

START_TEST(removes_what_may_not_be_there)
{
	folder_write(&folder, "file", "x");
	ck_assert_int_eq(hvg_netfile_remove(path("file")), 0);
	ck_assert_int_eq(access(path("file"), F_OK), -1);
	ck_assert_int_eq(hvg_netfile_remove(path("file")), 0);
	ck_assert_int_eq(hvg_netfile_remove(folder.path), -EISDIR);
}
END_TEST

Suite *hvg_suite_os_netfile(void)
{
	Suite *suite = suite_create("os/netfile");
	TCase *tcase = hvg_suite_case(suite, "netfile");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, creates_a_file_and_its_folders);
	tcase_add_test(tcase, replaces_a_file_that_keeps_its_mode_and_owner);
	tcase_add_test(tcase, keeps_a_link_and_replaces_what_it_leads_to);
	tcase_add_test(tcase, leaves_the_old_file_when_the_disk_is_full);
	tcase_add_test(tcase, reads_no_folder_and_no_endless_file);
	tcase_add_test(tcase, removes_what_may_not_be_there);
	return suite;
}
