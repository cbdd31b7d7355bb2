// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Files on their way, in mounts of the test's own: right ones, those that must not be, and disks that
 * do not play along. After each nothing may lie about that was not asked for.
 */

#include "suites.h"

#include "base/units.h"
#include "os/filesink.h"
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define NOTE	 "/run/note"
#define SOMEBODY 1

static const char *forbidden;

static bool allows(void *userdata, const char *path)
{
	return !forbidden || strncmp(path, forbidden, strlen(forbidden)) != 0;
}

static struct hvg_filesink_config config;
static struct hvg_filesink_request request;
static struct hvg_filesink sink;

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS);
	hvg_sandbox_mkdir("/run/drop");
	forbidden = NULL;
	config = (struct hvg_filesink_config){
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.file_mode = 0644,
		.folder_mode = 0755,
		.syncs = true,
		.note = NOTE,
		.allows = allows,
	};
	request = (struct hvg_filesink_request){ .path = "/run/drop", .name = "file", .is_folder = true,
		.bytes = 4 };
}

static int open_sink(void)
{
	return hvg_filesink_open(&sink, &config, &request);
}

static bool has_bytes(const char *path, const char *expected)
{
	char bytes[64] = "";
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(bytes, 1, sizeof(bytes) - 1, file) : 0;

	if (file)
		fclose(file);
	return file && n == strlen(expected) && memcmp(bytes, expected, n) == 0;
}

/* No temporary is left, and no note of one. */
static void expect_nothing_left(void)
{
	hvg_sandbox_run("! find /run -name '.hvcopy-*' | grep . && ! test -s " NOTE);
}

static void copy(const char *bytes)
{
	ck_assert_int_eq(open_sink(), 0);
	ck_assert_int_eq(hvg_filesink_write(&sink, bytes, 4, 0), 0);
	ck_assert_int_eq(hvg_filesink_publish(&sink), 0);
	expect_nothing_left();
}

START_TEST(puts_a_file_into_a_folder)
{
	struct stat stat;

	(void)umask(0077);
	copy("1234");
	ck_assert(has_bytes("/run/drop/file", "1234"));
	ck_assert_int_eq(lstat("/run/drop/file", &stat), 0);
	ck_assert_uint_eq(stat.st_mode, S_IFREG | 0644);
}
END_TEST

START_TEST(gives_owner_and_mode)
{
	struct stat stat;

	config.uid = SOMEBODY;
	config.gid = SOMEBODY + 1;
	config.file_mode = 0744;
	copy("1234");
	ck_assert_int_eq(lstat("/run/drop/file", &stat), 0);
	ck_assert_uint_eq(stat.st_mode, S_IFREG | 0744);
	ck_assert_uint_eq(stat.st_uid, SOMEBODY);
	ck_assert_uint_eq(stat.st_gid, SOMEBODY + 1);
}
END_TEST

/* Until it is whole nobody but root can read it, and its name is not there. */
START_TEST(shows_nothing_before_it_is_whole)
{
	ck_assert_int_eq(open_sink(), 0);
	ck_assert_int_eq(hvg_filesink_write(&sink, "12", 2, 0), 0);
	hvg_sandbox_run("! test -e /run/drop/file && test $(stat -c %%a /run/drop/.hvcopy-*) = 600");
	hvg_filesink_discard(&sink);
	expect_nothing_left();
}
END_TEST

START_TEST(writes_at_any_offset)
{
	ck_assert_int_eq(open_sink(), 0);
	ck_assert_int_eq(hvg_filesink_write(&sink, "34", 2, 2), 0);
	ck_assert_int_eq(hvg_filesink_write(&sink, "12", 2, 0), 0);
	ck_assert_int_eq(hvg_filesink_publish(&sink), 0);
	ck_assert(has_bytes("/run/drop/file", "1234"));
}
END_TEST

START_TEST(makes_an_empty_file)
{
	request.bytes = 0;
	ck_assert_int_eq(open_sink(), 0);
	ck_assert_int_eq(hvg_filesink_publish(&sink), 0);
	ck_assert(has_bytes("/run/drop/file", ""));
}
END_TEST

/* A destination that is a folder, will be a name, or cannot be. */

static const struct {
	const char *path;
	bool is_folder, creates_path;
	int result;
	const char *where;
} destinations[] = {
	{ "/run/drop", false, false, 0, "/run/drop/file" },
	{ "/run/drop/new", false, false, 0, "/run/drop/new" },
	{ "/run/new", false, false, 0, "/run/new" },
	{ "/run/drop/new", true, false, -ENOENT, NULL },
	{ "/run/drop/new", true, true, 0, "/run/drop/new/file" },
	{ "/run/x/y/new", false, false, -ENOENT, NULL },
	{ "/run/x/y/new", false, true, 0, "/run/x/y/new" },
	{ "/run/x/y/new", true, true, 0, "/run/x/y/new/file" },
	{ "/run/to-drop", false, false, 0, "/run/drop/file" },
	{ "/run/to-drop/new", false, false, 0, "/run/drop/new" },
	{ "/run/other", true, false, -ENOTDIR, NULL },
	{ "/run/other/new", false, true, -ENOTDIR, NULL },
};

START_TEST(goes_where_the_destination_says)
{
	hvg_sandbox_write("/run/other", "other");
	hvg_sandbox_run("ln -s drop /run/to-drop");
	request.path = destinations[_i].path;
	request.is_folder = destinations[_i].is_folder;
	request.creates_path = destinations[_i].creates_path;
	if (destinations[_i].result == 0) {
		copy("1234");
		ck_assert(has_bytes(destinations[_i].where, "1234"));
	} else {
		ck_assert_int_eq(open_sink(), destinations[_i].result);
	}
	expect_nothing_left();
}
END_TEST

START_TEST(takes_back_the_folders_it_made)
{
	request.path = "/run/x/y/z";
	request.creates_path = true;
	ck_assert_int_eq(open_sink(), 0);
	hvg_sandbox_run("test -d /run/x/y/z");
	hvg_filesink_discard(&sink);
	hvg_sandbox_run("! test -e /run/x");
	expect_nothing_left();
}
END_TEST

/* What stands at the target already. */

START_TEST(replaces_nothing_unless_told_to)
{
	static const char *const commands[] = { "echo -n old >/run/drop/file", "mkdir /run/drop/file",
		"ln -s nowhere /run/drop/file", "mkfifo /run/drop/file" };

	hvg_sandbox_run("%s", commands[_i]);
	ck_assert_int_eq(open_sink(), -EEXIST);
	expect_nothing_left();
}
END_TEST

START_TEST(replaces_nothing_that_has_come_meanwhile)
{
	ck_assert_int_eq(open_sink(), 0);
	hvg_sandbox_write("/run/drop/file", "other");
	ck_assert_int_eq(hvg_filesink_publish(&sink), -EEXIST);
	hvg_filesink_discard(&sink);
	ck_assert(has_bytes("/run/drop/file", "other"));
	expect_nothing_left();
}
END_TEST

START_TEST(replaces_a_file_at_once)
{
	hvg_sandbox_write("/run/drop/file", "a longer one");
	request.overwrites = true;
	ck_assert_int_eq(open_sink(), 0);
	ck_assert(has_bytes("/run/drop/file", "a longer one"));
	ck_assert_int_eq(hvg_filesink_write(&sink, "1234", 4, 0), 0);
	ck_assert(has_bytes("/run/drop/file", "a longer one"));
	ck_assert_int_eq(hvg_filesink_publish(&sink), 0);
	ck_assert(has_bytes("/run/drop/file", "1234"));
	expect_nothing_left();
}
END_TEST

START_TEST(keeps_the_old_file_if_the_new_one_fails)
{
	hvg_sandbox_write("/run/drop/file", "old");
	request.overwrites = true;
	ck_assert_int_eq(open_sink(), 0);
	ck_assert_int_eq(hvg_filesink_write(&sink, "12", 2, 0), 0);
	hvg_filesink_discard(&sink);
	ck_assert(has_bytes("/run/drop/file", "old"));
	expect_nothing_left();
}
END_TEST

START_TEST(replaces_a_link_and_not_what_it_points_to)
{
	hvg_sandbox_write("/run/secret", "secret");
	hvg_sandbox_run("ln -s /run/secret /run/drop/file && chown -h %d /run/drop/file", SOMEBODY);
	request.overwrites = true;
	copy("1234");
	ck_assert(has_bytes("/run/secret", "secret"));
	hvg_sandbox_run("test ! -L /run/drop/file");
	ck_assert(has_bytes("/run/drop/file", "1234"));
}
END_TEST

START_TEST(replaces_no_folder)
{
	hvg_sandbox_mkdir("/run/drop/file");
	request.overwrites = true;
	ck_assert_int_eq(open_sink(), -EISDIR);
	expect_nothing_left();
}
END_TEST

/* Without SELinux it is an attribute like any other of the security namespace. */
START_TEST(hands_on_the_label_of_what_it_replaces)
{
	static const char label[] = "system_u:object_r:etc_t:s0";
	char found[64];

	hvg_sandbox_write("/run/drop/file", "old");
	if (setxattr("/run/drop/file", "security.selinux", label, sizeof(label), 0) < 0)
		return; /* SELinux is on, and knows no such label; or not root */
	request.overwrites = true;
	copy("1234");
	ck_assert_int_eq(getxattr("/run/drop/file", "security.selinux", found, sizeof(found)), sizeof(label));
	ck_assert_str_eq(found, label);
}
END_TEST

/* What must not be. */

START_TEST(follows_no_link_of_somebody_else)
{
	hvg_sandbox_mkdir("/run/etc");
	hvg_sandbox_run("ln -s /run/etc /run/drop/link && chown -h %d /run/drop/link", SOMEBODY);
	request.path = "/run/drop/link";
	ck_assert_int_eq(open_sink(), -ELOOP);
	request.path = "/run/drop/link/passwd";
	request.is_folder = false;
	ck_assert_int_eq(open_sink(), -ELOOP);
	request.path = "/run/drop/link"; /* as the name of the file, it is taken */
	ck_assert_int_eq(open_sink(), -EEXIST);
	hvg_sandbox_run("test -z \"$(ls /run/etc)\"");
	expect_nothing_left();
}
END_TEST

START_TEST(goes_nowhere_that_is_not_allowed)
{
	hvg_sandbox_mkdir("/run/state");
	hvg_sandbox_run("ln -s /run/state /run/drop/link");
	forbidden = "/run/state";
	request.path = "/run/state";
	ck_assert_int_eq(open_sink(), -EPERM);
	request.path = "/run/drop/link"; /* a link of root's is followed, but not out of the policy */
	ck_assert_int_eq(open_sink(), -EPERM);
	request.path = "/run/drop/link/x";
	request.creates_path = true;
	ck_assert_int_eq(open_sink(), -EPERM);
	forbidden = "/run/drop/file";
	request.path = "/run/drop";
	ck_assert_int_eq(open_sink(), -EPERM);
	hvg_sandbox_run("test -z \"$(ls /run/state)\"");
	expect_nothing_left();
}
END_TEST

static const char *const kernels[] = { "/proc", "/proc/sys/kernel", "/sys", "/sys/kernel" };

START_TEST(writes_nothing_to_the_kernel)
{
	request.path = kernels[_i];
	ck_assert_int_eq(open_sink(), -EPERM);
	expect_nothing_left();
}
END_TEST

/* Disks. */

static void mount_small(const char *options)
{
	hvg_sandbox_run("mkdir /run/small && mount -t tmpfs -o %s tmpfs /run/small", options);
	request.path = "/run/small";
}

START_TEST(tells_a_full_disk_at_once)
{
	mount_small("size=64k");
	request.bytes = 128 * 1024;
	ck_assert_int_eq(open_sink(), -ENOSPC);
	hvg_sandbox_run("test -z \"$(ls -A /run/small)\"");
	expect_nothing_left();
	request.bytes = 32 * 1024;
	ck_assert_int_eq(open_sink(), 0);
	hvg_sandbox_run("! dd if=/dev/zero of=/run/small/filler bs=4k 2>/dev/null"); /* too late: it is reserved */
	for (uint64_t at = 0; at < request.bytes; at += 4)
		ck_assert_int_eq(hvg_filesink_write(&sink, "1234", 4, at), 0);
	ck_assert_int_eq(hvg_filesink_publish(&sink), 0);
}
END_TEST

START_TEST(tells_a_full_disk_without_inodes)
{
	mount_small("nr_inodes=2");
	hvg_sandbox_run("touch /run/small/last");
	ck_assert_int_eq(open_sink(), -ENOSPC);
	expect_nothing_left();
}
END_TEST

START_TEST(copes_with_a_disk_that_cannot_reserve)
{
	hvg_sandbox_run("mkdir /run/small && mount -t ramfs ramfs /run/small");
	request.path = "/run/small";
	copy("1234");
	ck_assert(has_bytes("/run/small/file", "1234"));
}
END_TEST

START_TEST(tells_a_disk_that_is_read_only)
{
	mount_small("ro");
	ck_assert_int_eq(open_sink(), -EROFS);
	expect_nothing_left();
	request.path = "/run/small/x/y";
	request.creates_path = true;
	ck_assert_int_eq(open_sink(), -EROFS);
}
END_TEST

/* A mount point is what nobody can remove. */
START_TEST(removes_later_what_it_could_not_remove)
{
	ck_assert_int_eq(open_sink(), 0);
	hvg_sandbox_run("cd /run/drop && mount --bind .hvcopy-* .hvcopy-*");
	hvg_filesink_discard(&sink);
	hvg_sandbox_run("umount /run/drop/.hvcopy-* && test -e /run/drop/.hvcopy-*");
	request.name = "other";
	copy("1234");
	ck_assert(has_bytes("/run/drop/other", "1234"));
}
END_TEST

START_TEST(publishes_nothing_that_is_unwanted)
{
	ck_assert_int_eq(open_sink(), 0);
	ck_assert_int_eq(hvg_filesink_write(&sink, "1234", 4, 0), 0);
	atomic_store(&sink.is_unwanted, true);
	ck_assert_int_eq(hvg_filesink_publish(&sink), -ECANCELED);
	hvg_filesink_discard(&sink);
	hvg_sandbox_run("test -z \"$(ls -A /run/drop)\"");
	expect_nothing_left();
}
END_TEST

/* More than a few flushes, and bytes that can be told apart. */
START_TEST(flushes_a_large_file_as_it_comes)
{
	static char block[6144];

	request.bytes = UINT64_C(40) * 1024 * 1024 / sizeof(block) * sizeof(block);
	ck_assert_int_eq(open_sink(), 0);
	for (uint64_t at = 0; at < request.bytes; at += sizeof(block)) {
		memset(block, (int)(at / sizeof(block) % 251), sizeof(block));
		ck_assert_int_eq(hvg_filesink_write(&sink, block, sizeof(block), at), 0);
	}
	ck_assert_uint_gt(sink.flushed_at, 0);
	ck_assert_int_eq(hvg_filesink_publish(&sink), 0);
	hvg_sandbox_run("test $(stat -c %%s /run/drop/file) = %llu", (unsigned long long)request.bytes);
}
END_TEST

START_TEST(takes_the_longest_name)
{
	char name[NAME_MAX + 1] = "";

	memset(name, 'n', NAME_MAX);
	request.name = name;
	copy("1234");
	hvg_sandbox_run("test -e /run/drop/%s", name);
}
END_TEST

START_TEST(works_without_a_note)
{
	config.note = NULL;
	copy("1234");
	config.note = "/run/no/such/folder/note";
	request.name = "other";
	ck_assert_int_eq(open_sink(), -ENOENT);
	hvg_sandbox_run("test ! -e /run/drop/other");
}
END_TEST

START_TEST(leaks_no_descriptors)
{
	int before = dup(0), after;

	request.overwrites = true;
	for (int i = 0; i < 20; i++) {
		copy("1234");
		ck_assert_int_eq(open_sink(), 0);
		hvg_filesink_discard(&sink);
		request.path = "/proc";
		ck_assert_int_eq(open_sink(), -EPERM);
		request.path = "/run/drop";
	}
	after = dup(0);
	ck_assert_int_eq(after, before + 1);
}
END_TEST

Suite *hvg_suite_os_filesink(void)
{
	Suite *suite = suite_create("os/filesink");
	TCase *tcase = hvg_suite_case(suite, "filesink");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, puts_a_file_into_a_folder);
	tcase_add_test(tcase, gives_owner_and_mode);
	tcase_add_test(tcase, shows_nothing_before_it_is_whole);
	tcase_add_test(tcase, writes_at_any_offset);
	tcase_add_test(tcase, makes_an_empty_file);
	tcase_add_loop_test(tcase, goes_where_the_destination_says, 0, HVG_ELEMENTS(destinations));
	tcase_add_test(tcase, takes_back_the_folders_it_made);
	tcase_add_loop_test(tcase, replaces_nothing_unless_told_to, 0, 4);
	tcase_add_test(tcase, replaces_nothing_that_has_come_meanwhile);
	tcase_add_test(tcase, replaces_a_file_at_once);
	tcase_add_test(tcase, keeps_the_old_file_if_the_new_one_fails);
	tcase_add_test(tcase, replaces_a_link_and_not_what_it_points_to);
	tcase_add_test(tcase, replaces_no_folder);
	tcase_add_test(tcase, hands_on_the_label_of_what_it_replaces);
	tcase_add_test(tcase, follows_no_link_of_somebody_else);
	tcase_add_test(tcase, goes_nowhere_that_is_not_allowed);
	tcase_add_loop_test(tcase, writes_nothing_to_the_kernel, 0, HVG_ELEMENTS(kernels));
	tcase_add_test(tcase, tells_a_full_disk_at_once);
	tcase_add_test(tcase, tells_a_full_disk_without_inodes);
	tcase_add_test(tcase, copes_with_a_disk_that_cannot_reserve);
	tcase_add_test(tcase, tells_a_disk_that_is_read_only);
	tcase_add_test(tcase, removes_later_what_it_could_not_remove);
	tcase_add_test(tcase, publishes_nothing_that_is_unwanted);
	tcase_add_test(tcase, flushes_a_large_file_as_it_comes);
	tcase_add_test(tcase, takes_the_longest_name);
	tcase_add_test(tcase, works_without_a_note);
	tcase_add_test(tcase, leaks_no_descriptors);
	return suite;
}
