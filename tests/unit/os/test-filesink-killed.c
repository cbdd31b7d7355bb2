// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A copy that is killed before each of its system calls in turn. After the next start there is the
 * whole file, or what was there before, and nothing else: no temporary, no folder, no note.
 */

#include "suites.h"

#include "os/filesink.h"
#include "os/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOTE "/run/note"

static bool allows(void *userdata, const char *path)
{
	return true;
}

static void copy(bool overwrites, bool discards)
{
	struct hvg_filesink_config config = { .uid = 0, .gid = 0, .file_mode = 0644, .folder_mode = 0755,
		.syncs = true, .note = NOTE, .allows = allows };
	struct hvg_filesink_request request = { .path = "/run/drop/x/y", .name = "file", .is_folder = true,
		.overwrites = overwrites, .creates_path = true, .bytes = 8 };
	static struct hvg_filesink sink;

	if (hvg_filesink_open(&sink, &config, &request) < 0)
		_exit(1);
	if (hvg_filesink_write(&sink, "new ", 4, 0) < 0 || hvg_filesink_write(&sink, "file", 4, 4) < 0)
		_exit(1);
	if (discards)
		hvg_filesink_discard(&sink);
	else if (hvg_filesink_publish(&sink) < 0)
		_exit(1);
}

/* Kills the copy before its n-th system call. False if it has ended by then. */
static bool kill_before(unsigned int n, bool overwrites, bool discards)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		copy(overwrites, discards);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	for (unsigned int stops = 0; stops < 2 * n; stops++) { /* at entry and exit */
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status)) {
			ck_assert_int_eq(WEXITSTATUS(status), 0);
			return false;
		}
	}
	(void)kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return true;
}

/* All there is below /run/drop, as one line. */
static void list(char *ret, size_t size)
{
	FILE *pipe = popen("cd /run/drop && find . -mindepth 1 -type f -exec sh -c "
			   "'for f; do echo -n \"$f=$(cat $f) \"; done' - {} + -o -type d -exec echo -n {} '' \\;",
		"r");
	size_t n = fread(ret, 1, size - 1, pipe);

	ret[n] = '\0';
	pclose(pipe);
}

static const struct {
	const char *before; /* a command */
	bool overwrites, discards;
	const char *allowed[2];
} cases[] = {
	{ "mkdir /run/drop", false, false, { "", "./x ./x/y ./x/y/file=new file " } },
	{ "mkdir -p /run/drop/x/y", false, false, { "./x ./x/y ", "./x ./x/y ./x/y/file=new file " } },
	{ "mkdir -p /run/drop/x/y && echo old >/run/drop/x/y/file", true, false,
		{ "./x ./x/y ./x/y/file=old ", "./x ./x/y ./x/y/file=new file " } },
	{ "mkdir /run/drop", false, true, { "", "" } },
};

START_TEST(leaves_all_or_nothing_wherever_it_is_killed)
{
	struct hvg_filenote note;
	struct stat stat;
	char found[256];
	unsigned int n;

	hvg_sandbox_enter(CLONE_NEWNS);
	for (n = 1;; n++) {
		bool was_killed;

		hvg_sandbox_run("rm -rf /run/drop " NOTE " && %s", cases[_i].before);
		was_killed = kill_before(n, cases[_i].overwrites, cases[_i].discards);
		(void)hvg_filenote_recover(NOTE, &note);
		list(found, sizeof(found));
		ck_assert_msg(strcmp(found, cases[_i].allowed[0]) == 0 || strcmp(found, cases[_i].allowed[1]) == 0,
			"killed before call %u: %s", n, found);
		ck_assert(lstat(NOTE, &stat) < 0 || stat.st_size == 0);
		if (!was_killed) {
			ck_assert_str_eq(found, cases[_i].allowed[1]);
			break;
		}
	}
	ck_assert_uint_gt(n, 20); /* it was a copy that was killed */
}
END_TEST

Suite *hvg_suite_os_filesink_killed(void)
{
	Suite *suite = suite_create("os/filesink-killed");
	TCase *tcase = hvg_suite_case(suite, "killed");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, leaves_all_or_nothing_wherever_it_is_killed, 0, 4);
	return suite;
}
