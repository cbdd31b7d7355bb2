// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Walks through a tree of folders and links, in mounts of the test's own. Somebody else is user 1.
 */

#include "suites.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "os/pathwalk.h"
#include "os/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#define SOMEBODY 1

static struct hvg_pathwalk walk;
static const char *forbidden;

static bool allows(void *userdata, const char *path)
{
	return !forbidden || strncmp(path, forbidden, strlen(forbidden)) != 0;
}

static struct hvg_pathwalk_config config = { .mode = 0755, .uid = (uid_t)-1, .gid = (gid_t)-1, .allows = allows };

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS);
	hvg_sandbox_mkdir("/run/a/b/c");
	hvg_sandbox_mkdir("/run/other");
	hvg_sandbox_write("/run/a/file", "");
	hvg_sandbox_run("cd /run && ln -s a/b link && ln -s /run/a absolute && ln -s a/../other up");
	hvg_sandbox_run("cd /run && ln -s loop2 loop1 && ln -s loop1 loop2 && ln -s nowhere dangling");
	hvg_sandbox_run("cd /run && ln -s a/file to-file && ln -s /proc/self/root magic");
	forbidden = NULL;
	config.creates = false;
	walk.fd = -EBADF;
}

static void teardown(void)
{
	walk.fd = hvg_close(walk.fd);
}

static const struct {
	const char *path, *found;
	int result;
} paths[] = {
	{ "/", "/", 0 },
	{ "/run/a/b/c", "/run/a/b/c", 0 },
	{ "/run//a///b/", "/run/a/b", 0 },
	{ "/run/link", "/run/a/b", 0 },
	{ "/run/link/c", "/run/a/b/c", 0 },
	{ "/run/absolute/b", "/run/a/b", 0 },
	{ "/run/absolute/../other", "/run/other", 0 }, /* as the kernel walks; the service refuses ".." */
	{ "/run/up", "/run/other", 0 },
	{ "/run/nowhere", NULL, -ENOENT },
	{ "/run/dangling", NULL, -ENOENT },
	{ "/run/a/file", NULL, -ENOTDIR },
	{ "/run/a/file/x", NULL, -ENOTDIR },
	{ "/run/to-file", NULL, -ENOTDIR },
	{ "/run/loop1", NULL, -ELOOP },
};

START_TEST(walks)
{
	ck_assert_int_eq(hvg_pathwalk_open(&config, paths[_i].path, &walk), paths[_i].result);
	if (paths[_i].found)
		ck_assert_str_eq(walk.path, paths[_i].found);
	else
		ck_assert_int_eq(walk.fd, -EBADF);
}
END_TEST

START_TEST(follows_no_link_of_somebody_else)
{
	hvg_sandbox_run("chown -h %d /run/link", SOMEBODY);
	ck_assert_int_eq(hvg_pathwalk_open(&config, "/run/link", &walk), -ELOOP);
	ck_assert_int_eq(hvg_pathwalk_open(&config, "/run/link/c", &walk), -ELOOP);
	hvg_sandbox_run("chown %d /run/a", SOMEBODY); /* folders may be anybody's */
	ck_assert_int_eq(hvg_pathwalk_open(&config, "/run/a/b", &walk), 0);
}
END_TEST

/* /proc/self/root is no text: the kernel jumps. O_PATH gives us the link, whose text is "/". */
START_TEST(jumps_nowhere)
{
	hvg_sandbox_run("mkdir -p /run/jail/etc");
	ck_assert_int_eq(hvg_pathwalk_open(&config, "/run/magic", &walk), 0);
	ck_assert_str_eq(walk.path, "/");
}
END_TEST

START_TEST(makes_folders)
{
	struct stat stat;

	config.creates = true;
	config.mode = 0750;
	config.uid = SOMEBODY;
	(void)umask(0077);
	ck_assert_int_eq(hvg_pathwalk_open(&config, "/run/link/x/y/z", &walk), 0);
	config.uid = (uid_t)-1;
	ck_assert_str_eq(walk.path, "/run/a/b/x/y/z");
	ck_assert_uint_eq(walk.n_made, 3);
	ck_assert_int_eq(lstat("/run/a/b/x/y", &stat), 0);
	ck_assert_uint_eq(stat.st_mode, S_IFDIR | 0750);
	ck_assert_uint_eq(stat.st_uid, SOMEBODY);
	hvg_pathwalk_undo(walk.path, walk.n_made);
	ck_assert_int_lt(lstat("/run/a/b/x", &stat), 0);
	ck_assert_int_eq(lstat("/run/a/b", &stat), 0);
}
END_TEST

START_TEST(makes_nothing_that_is_not_allowed)
{
	struct stat stat;

	config.creates = true;
	forbidden = "/run/a/b/x";
	ck_assert_int_eq(hvg_pathwalk_open(&config, "/run/link/x/y", &walk), -EPERM);
	ck_assert_int_lt(lstat("/run/a/b/x", &stat), 0);
	forbidden = "/run/a/b/x/y"; /* half way: nothing stays */
	ck_assert_int_eq(hvg_pathwalk_open(&config, "/run/absolute/b/x/y/z", &walk), -EPERM);
	ck_assert_int_lt(lstat("/run/a/b/x", &stat), 0);
}
END_TEST

START_TEST(undoes_what_it_made_before_it_failed)
{
	char path[600] = "/run/new/", *end = path + strlen(path);
	struct stat stat;

	config.creates = true;
	memset(end, 'x', 300); /* a name that no file system takes */
	ck_assert_int_eq(hvg_pathwalk_open(&config, path, &walk), -ENAMETOOLONG);
	ck_assert_int_lt(lstat("/run/new", &stat), 0);
}
END_TEST

static char planned[PATH_MAX];
static unsigned int n_planned, n_plans;

static int plans(void *userdata, const char *path, unsigned int n)
{
	struct stat stat;

	snprintf(planned, sizeof(planned), "%s", path);
	n_planned = n;
	n_plans++;
	ck_assert_int_lt(lstat("/run/a/b/x", &stat), 0); /* before anything is made */
	return 0;
}

START_TEST(tells_its_plan_once)
{
	config.creates = true;
	config.plans = plans;
	ck_assert_int_eq(hvg_pathwalk_open(&config, "/run/link/x//y/z/", &walk), 0);
	ck_assert_str_eq(planned, "/run/a/b/x/y/z");
	ck_assert_uint_eq(n_planned, 3);
	ck_assert_uint_eq(n_plans, 1);
	ck_assert_int_eq(hvg_pathwalk_open(&config, "/run/link/x//y/z/", &walk), 0);
	ck_assert_uint_eq(n_plans, 1);
	config.plans = NULL;
}
END_TEST

START_TEST(enters_what_is_a_folder)
{
	config.creates = true; /* but not here */
	ck_assert_int_eq(hvg_pathwalk_open(&config, "/run", &walk), 0);
	ck_assert_int_eq(hvg_pathwalk_enter(&config, "nowhere", &walk), 0);
	ck_assert_int_eq(hvg_pathwalk_enter(&config, "to-file", &walk), 0);
	ck_assert_int_eq(hvg_pathwalk_enter(&config, "loop1", &walk), 0);
	ck_assert_str_eq(walk.path, "/run");
	hvg_sandbox_run("chown -h %d /run/link", SOMEBODY);
	ck_assert_int_eq(hvg_pathwalk_enter(&config, "link", &walk), 0);
	ck_assert_int_eq(hvg_pathwalk_enter(&config, "absolute", &walk), 1);
	ck_assert_str_eq(walk.path, "/run/a");
	ck_assert_int_eq(hvg_pathwalk_enter(&config, "b", &walk), 1);
	ck_assert_str_eq(walk.path, "/run/a/b");
}
END_TEST

/* Too deep for the kernel to tell its path; walk.fd is still the one of the folder around it. */
START_TEST(stays_where_it_is_when_it_cannot_enter)
{
	char path[PATH_MAX] = "/run", name[202] = "/";
	struct stat before, after;

	memset(name + 1, 'x', 200);
	for (int i = 0; i < 20; i++)
		strcat(path, name);
	config.creates = true;
	ck_assert_int_eq(hvg_pathwalk_open(&config, path, &walk), 0);
	ck_assert_int_eq(fstat(walk.fd, &before), 0);
	ck_assert_int_eq(mkdirat(walk.fd, name + 1, 0700), 0);
	ck_assert_int_eq(hvg_pathwalk_enter(&config, name + 1, &walk), -ENAMETOOLONG);
	ck_assert_int_eq(fstat(walk.fd, &after), 0);
	ck_assert_uint_eq(after.st_ino, before.st_ino);
	ck_assert_str_eq(walk.path, path);
}
END_TEST

Suite *hvg_suite_os_pathwalk(void)
{
	Suite *suite = suite_create("os/pathwalk");
	TCase *tcase = hvg_suite_case(suite, "pathwalk");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, walks, 0, HVG_ELEMENTS(paths));
	tcase_add_test(tcase, follows_no_link_of_somebody_else);
	tcase_add_test(tcase, jumps_nowhere);
	tcase_add_test(tcase, makes_folders);
	tcase_add_test(tcase, makes_nothing_that_is_not_allowed);
	tcase_add_test(tcase, undoes_what_it_made_before_it_failed);
	tcase_add_test(tcase, tells_its_plan_once);
	tcase_add_test(tcase, enters_what_is_a_folder);
	tcase_add_test(tcase, stays_where_it_is_when_it_cannot_enter);
	return suite;
}
