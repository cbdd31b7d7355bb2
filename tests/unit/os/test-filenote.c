// SPDX-License-Identifier: LGPL-2.1-or-later

/* What is remembered, what is taken away, and what is not. */

#include "suites.h"

#include "base/units.h"
#include "os/filenote.h"
#include "os/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTE "/run/note"

static struct hvg_filenote note, found;

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS);
	hvg_sandbox_mkdir("/run/a/b/c");
	memset(&found, 0, sizeof(found));
	note = (struct hvg_filenote){ .folder = "/run/a/b/c", .n_made = 2 };
	hvg_filenote_pick_name(note.name);
}

static bool is_there(const char *path)
{
	struct stat stat;

	return lstat(path, &stat) == 0;
}

static void make_file(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "/run/a/b/c/%s", name);
	hvg_sandbox_write(path, "half");
}

START_TEST(takes_away_what_a_crash_left)
{
	make_file(note.name);
	ck_assert_int_eq(hvg_filenote_write(NOTE, &note), 0);
	ck_assert_int_eq(hvg_filenote_recover(NOTE, &found), 1);
	ck_assert_str_eq(found.folder, "/run/a/b/c");
	ck_assert_str_eq(found.name, note.name);
	ck_assert(!is_there("/run/a/b"));
	ck_assert(is_there("/run/a"));
	ck_assert_int_eq(hvg_filenote_recover(NOTE, &found), 0);
}
END_TEST

START_TEST(takes_away_folders_without_a_file)
{
	hvg_filenote_write(NOTE, &note);
	hvg_sandbox_run("rmdir /run/a/b/c"); /* it died between two of them */
	ck_assert_int_eq(hvg_filenote_recover(NOTE, &found), 0);
	ck_assert(!is_there("/run/a/b"));
	ck_assert(is_there("/run/a"));
}
END_TEST

START_TEST(leaves_folders_that_are_in_use)
{
	make_file(note.name);
	make_file("other");
	hvg_filenote_write(NOTE, &note);
	ck_assert_int_eq(hvg_filenote_recover(NOTE, &found), 1);
	ck_assert(is_there("/run/a/b/c/other"));
}
END_TEST

START_TEST(has_nothing_to_do_after_a_clear)
{
	make_file(note.name);
	hvg_filenote_write(NOTE, &note);
	hvg_filenote_clear(NOTE);
	ck_assert_int_eq(hvg_filenote_recover(NOTE, &found), 0);
	ck_assert_int_eq(hvg_filenote_recover("/run/nowhere", &found), 0);
	ck_assert(is_there("/run/a/b/c"));
}
END_TEST

static const char *const names[] = { "passwd", ".hvcopy-", ".hvcopy-0123456789abcde", ".hvcopy-0123456789abcdef0",
	".hvcopy-0123456789abcdeg", ".hvcopy-../../../x/y/z/", "" };

START_TEST(remembers_what_it_cannot_remove)
{
	make_file(note.name);
	ck_assert_int_eq(hvg_filenote_write(NOTE, &note), 0);
	hvg_sandbox_run("cd /run/a/b/c && mount --bind %s %s", note.name, note.name);
	ck_assert_int_eq(hvg_filenote_recover(NOTE, &found), -EBUSY);
	hvg_sandbox_run("umount /run/a/b/c/%s", note.name);
	ck_assert_int_eq(hvg_filenote_recover(NOTE, &found), 1);
	ck_assert(!is_there("/run/a/b"));
}
END_TEST

START_TEST(removes_nothing_of_another_name)
{
	if (*names[_i] && !strchr(names[_i], '/'))
		make_file(names[_i]);
	snprintf(note.name, sizeof(note.name), "%s", names[_i]);
	hvg_filenote_write(NOTE, &note);
	ck_assert_int_eq(hvg_filenote_recover(NOTE, &found), 0);
	ck_assert(is_there("/run/a/b/c"));
	if (*names[_i] && !strchr(names[_i], '/'))
		ck_assert(unlink("/run/a/b/c") < 0 && is_there("/run/a/b/c"));
}
END_TEST

START_TEST(follows_no_link_that_has_come_since)
{
	make_file(note.name);
	hvg_filenote_write(NOTE, &note);
	hvg_sandbox_run("mv /run/a/b /run/elsewhere && ln -s ../elsewhere /run/a/b");
	ck_assert_int_eq(hvg_filenote_recover(NOTE, &found), 0);
	hvg_sandbox_run("test -e /run/elsewhere/c/%s", note.name);
}
END_TEST

/* Cut anywhere, as after a loss of power. */
START_TEST(takes_a_note_that_is_cut_for_none)
{
	long size;
	FILE *file;

	make_file(note.name);
	hvg_filenote_write(NOTE, &note);
	file = fopen(NOTE, "re");
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	fclose(file);
	while (size-- > 0) {
		ck_assert_int_eq(truncate(NOTE, size), 0);
		ck_assert_int_eq(hvg_filenote_recover(NOTE, &found), 0);
		hvg_filenote_write(NOTE, &note);
	}
	ck_assert_int_eq(hvg_filenote_recover(NOTE, &found), 1);
}
END_TEST

START_TEST(survives_noise)
{
	hvg_sandbox_run("head -c 3000 /dev/urandom >" NOTE);
	ck_assert_int_eq(hvg_filenote_recover(NOTE, &found), 0);
}
END_TEST

START_TEST(picks_names_that_differ)
{
	char other[HVG_FILENOTE_NAME_SIZE];

	hvg_filenote_pick_name(other);
	ck_assert_str_ne(note.name, other);
	ck_assert_uint_eq(strlen(other), 24);
}
END_TEST

Suite *hvg_suite_os_filenote(void)
{
	Suite *suite = suite_create("os/filenote");
	TCase *tcase = hvg_suite_case(suite, "filenote");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, takes_away_what_a_crash_left);
	tcase_add_test(tcase, takes_away_folders_without_a_file);
	tcase_add_test(tcase, leaves_folders_that_are_in_use);
	tcase_add_test(tcase, has_nothing_to_do_after_a_clear);
	tcase_add_test(tcase, remembers_what_it_cannot_remove);
	tcase_add_loop_test(tcase, removes_nothing_of_another_name, 0, HVG_ELEMENTS(names));
	tcase_add_test(tcase, follows_no_link_that_has_come_since);
	tcase_add_test(tcase, takes_a_note_that_is_cut_for_none);
	tcase_add_test(tcase, survives_noise);
	tcase_add_test(tcase, picks_names_that_differ);
	return suite;
}
