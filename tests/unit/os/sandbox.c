// SPDX-License-Identifier: LGPL-2.1-or-later

#include "os/sandbox.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_map(const char *path, const char *format, unsigned int id)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	ck_assert_msg(fd >= 0, "%s", path);
	if (strcmp(format, "deny") == 0)
		ck_assert_int_gt(dprintf(fd, "deny"), 0);
	else
		ck_assert_int_gt(dprintf(fd, "0 %u 1", id), 0);
	close(fd);
}

void hvg_sandbox_enter(int namespaces)
{
	unsigned int user = geteuid(), group = getegid();

	if (user != 0)
		namespaces |= CLONE_NEWUSER;
	ck_assert_msg(unshare(namespaces) == 0, "unshare: %s (this test needs root)",
		strerror(errno));
	if (user != 0) {
		write_map("/proc/self/setgroups", "deny", 0);
		write_map("/proc/self/uid_map", "map", user);
		write_map("/proc/self/gid_map", "map", group);
	}
	if (!(namespaces & CLONE_NEWNS))
		return;
	ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"), 0);
}

void hvg_sandbox_run(const char *format, ...)
{
	char command[1024];
	va_list arguments;
	int status;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	status = system(command);
	ck_assert_msg(status == 0, "%s: status %d", command, status);
}

void hvg_sandbox_mkdir(const char *path)
{
	char folder[1024];

	snprintf(folder, sizeof(folder), "%s/", path);
	for (char *at = strchr(folder + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		ck_assert_msg(mkdir(folder, 0755) == 0 || errno == EEXIST, "%s: %s", folder,
			strerror(errno));
		*at = '/';
	}
}

void hvg_sandbox_write(const char *path, const char *content)
{
	char folder[1024];
	FILE *file;

	snprintf(folder, sizeof(folder), "%s", path);
	hvg_sandbox_mkdir(dirname(folder));
	file = fopen(path, "we");
	ck_assert_msg(file != NULL, "%s: %s", path, strerror(errno));
	ck_assert(fputs(content, file) >= 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* A system call that nobody makes by accident, to mark begin and end. */
#define MARK SYS_getpgid

static void be_traced(void (*deed)(void *data), void *data)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(99);
	raise(SIGSTOP);
	syscall(MARK, 0);
	deed(data);
	syscall(MARK, 0);
	_exit(0);
}

/* Runs the child to its next entry of a system call, and returns its number; -1 at its end. */
static long next_call(pid_t child)
{
	struct __ptrace_syscall_info info;
	int status;

	for (;;) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		if (!WIFSTOPPED(status)) {
			ck_assert_int_eq(status, 0);
			return -1;
		}
		ck_assert_int_gt(
			ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof(info), &info), 0);
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
			return (long)info.entry.nr;
	}
}

size_t hvg_sandbox_trace(void (*deed)(void *data), void *data, long *ret_calls, size_t max_calls)
{
	pid_t child = fork();
	size_t n = 0;
	int status;
	long call;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		be_traced(deed, data);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSTOPPED(status));
	ck_assert_int_eq(
		ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)PTRACE_O_TRACESYSGOOD), 0);
	while (call = next_call(child), call != MARK)
		ck_assert_int_ne(call, -1);
	while (call = next_call(child), call != MARK) {
		ck_assert_int_ne(call, -1);
		if (n < max_calls)
			ret_calls[n] = call;
		n++;
	}
	while (next_call(child) != -1)
		; /* A sanitizer tidies up behind the mark. */
	return n;
}
