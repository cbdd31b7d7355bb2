// SPDX-License-Identifier: LGPL-2.1-or-later

/* Real freezes, of images on loop devices that only this test has mounted (loop-fixture.h). */

#include "suites.h"

#include "os/fsfreeze.h"
#include "os/loop-fixture.h"
#include "os/sandbox.h"
#include "os/thawnote.h"

#include "format/freezenote.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define NOTE "/run/frozen"

static struct hvg_thawnote_result result;

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS);
}

static int write_note(const char *text)
{
	int fd = -EBADF, r = hvg_thawnote_write(NOTE, text, strlen(text), &fd);

	if (fd >= 0)
		close(fd);
	return r;
}

static int thaw(void)
{
	return hvg_thawnote_thaw(NOTE, "", "/proc/self/mountinfo", &result);
}

static void append(char *text, size_t size, const char *folder)
{
	struct hvg_mount mount = hvg_loop_find(folder);

	ck_assert_int_gt(hvg_freezenote_render(&mount, text + strlen(text), size - strlen(text)), 0);
}

static int freeze(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	(void)hvg_loop_find(folder); /* is what may be frozen */
	r = hvg_fsfreeze_freeze(fd);
	close(fd);
	return r;
}

START_TEST(thaws_what_the_note_names)
{
	char text[256] = "";

	if (!hvg_loops_work())
		return;
	hvg_loop_mount("/run/one", "mkfs.ext4 -q", 16);
	hvg_loop_mount("/run/two", "mkfs.ext4 -q", 16);
	hvg_loop_mount("/run/three", "mkfs.ext4 -q", 16);
	append(text, sizeof(text), "/run/one");
	append(text, sizeof(text), "/run/two");
	append(text, sizeof(text), "/run/three");
	ck_assert_int_eq(freeze("/run/one"), 0);
	ck_assert_int_eq(umount("/run/three"), 0);
	ck_assert_int_eq(write_note(text), 0);
	ck_assert_int_eq(thaw(), 0);
	ck_assert_uint_eq(result.n_thawed, 2);
	ck_assert_uint_eq(result.n_missing, 1);
	ck_assert_uint_eq(result.n_failed, 0);
	hvg_sandbox_run("timeout 5 touch /run/one/x /run/two/x");
	ck_assert_int_eq(hvg_thawnote_remove(NOTE), 0);
	ck_assert_int_eq(hvg_thawnote_remove(NOTE), 0);
	ck_assert_int_eq(thaw(), -ENOENT);
}
END_TEST

START_TEST(thaws_nothing_that_the_note_does_not_name)
{
	if (!hvg_loops_work())
		return;
	hvg_loop_mount("/run/one", "mkfs.ext4 -q", 16);
	ck_assert_int_eq(freeze("/run/one"), 0);
	ck_assert_int_eq(write_note("7:9999 /run/one\n"), 0);
	ck_assert_int_eq(thaw(), 0);
	ck_assert_uint_eq(result.n_missing, 1);
	ck_assert_int_eq(freeze("/run/one"), -EBUSY); /* it still is */
	hvg_sandbox_run("fsfreeze -u /run/one");
}
END_TEST

START_TEST(replaces_a_note_and_follows_no_link)
{
	int fd;

	ck_assert_int_eq(write_note("8:1 /longer\n"), 0);
	ck_assert_int_eq(write_note("8:1 /\n"), 0);
	hvg_sandbox_run("[ $(stat -c %%s " NOTE ") = 6 ] && [ $(stat -c %%a " NOTE ") = 600 ]");
	ck_assert_int_eq(hvg_thawnote_remove(NOTE), 0);
	ck_assert_int_eq(symlink("/run/elsewhere", NOTE), 0);
	ck_assert_int_eq(write_note("8:1 /\n"), -ELOOP);
	ck_assert_int_eq(hvg_thawnote_write("/run/none/note", "", 0, &fd), -ENOENT);
}
END_TEST

/* A copy of the descriptor is enough: it is what the freezer has. */
START_TEST(tells_of_a_note_that_is_held)
{
	int fd, copy;

	ck_assert_int_eq(hvg_thawnote_write(NOTE, "7:9999 /run/one\n", 16, &fd), 0);
	copy = dup(fd);
	close(fd);
	ck_assert_int_eq(thaw(), 0);
	ck_assert(result.was_held);
	ck_assert_int_eq(hvg_thawnote_await(NOTE, 50000), -EBUSY);
	ck_assert_int_eq(write_note("8:1 /\n"), -EBUSY);
	hvg_sandbox_run("grep -q one " NOTE);
	close(copy);
	ck_assert_int_eq(hvg_thawnote_await(NOTE, 0), 0);
	ck_assert_int_eq(thaw(), 0);
	ck_assert(!result.was_held);
	ck_assert_int_eq(hvg_thawnote_remove(NOTE), 0);
	ck_assert_int_eq(hvg_thawnote_await(NOTE, 0), 0);
}
END_TEST

Suite *hvg_suite_os_thawnote(void)
{
	Suite *suite = suite_create("thawnote");
	TCase *tcase = hvg_suite_case(suite, "thawnote");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, thaws_what_the_note_names);
	tcase_add_test(tcase, thaws_nothing_that_the_note_does_not_name);
	tcase_add_test(tcase, replaces_a_note_and_follows_no_link);
	tcase_add_test(tcase, tells_of_a_note_that_is_held);
	return suite;
}
