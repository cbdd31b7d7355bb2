// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * ptrace(2). Each stop is looked at for what the store must never do: to create, rename or
 * remove anything but to create its journal.
 */

#include "tracer.h"

#include <elf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORD_CALL SYS_getpgid

/* No process has such a number: the call fails, and does nothing. */
#define WORD_BASE 0x70000000u

static const struct {
	long call;
	const char *name;
	bool is_deed, is_forbidden;
} calls[] = {
	{ SYS_pwrite64, "pwrite64", .is_deed = true },
	{ SYS_ftruncate, "ftruncate", .is_deed = true },
	{ SYS_fdatasync, "fdatasync", .is_deed = true },
	{ SYS_fsync, "fsync", .is_deed = true },
	{ SYS_utimensat, "utimensat", .is_deed = true },
	{ SYS_pread64, "pread64" },
	{ SYS_preadv2, "preadv2" },
	{ SYS_openat, "openat" },
	{ SYS_flock, "flock" },
	{ SYS_fcntl, "fcntl" },
	{ SYS_write, "write" },
	{ SYS_close, "close" },
	{ SYS_renameat2, "renameat2", .is_forbidden = true },
	{ SYS_unlinkat, "unlinkat", .is_forbidden = true },
	{ SYS_linkat, "linkat", .is_forbidden = true },
	{ SYS_symlinkat, "symlinkat", .is_forbidden = true },
	{ SYS_mknodat, "mknodat", .is_forbidden = true },
	{ SYS_mkdirat, "mkdirat", .is_forbidden = true },
	{ SYS_renameat, "renameat", .is_forbidden = true },
#ifdef SYS_rename
	{ SYS_rename, "rename", .is_forbidden = true },
	{ SYS_unlink, "unlink", .is_forbidden = true },
	{ SYS_link, "link", .is_forbidden = true },
	{ SYS_symlink, "symlink", .is_forbidden = true },
	{ SYS_creat, "creat", .is_forbidden = true },
	{ SYS_mknod, "mknod", .is_forbidden = true },
	{ SYS_mkdir, "mkdir", .is_forbidden = true },
#endif
};

static size_t find_call(long call)
{
	size_t i = 0;

	while (i < sizeof(calls) / sizeof(calls[0]) && calls[i].call != call)
		i++;
	return i;
}

static bool is_known(size_t i)
{
	return i < sizeof(calls) / sizeof(calls[0]);
}

void tracer_begin(void)
{
	(void)raise(SIGSTOP);
}

static void be_traced(void (*deed)(void *data), void *data)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(99);
	deed(data);
	_exit(0);
}

void tracer_start(
	struct tracer *tracer, const struct place *place, void (*deed)(void *data), void *data)
{
	*tracer = (struct tracer){ .place = place, .pid = fork() };
	if (tracer->pid < 0)
		err(2, "fork");
	if (tracer->pid == 0)
		be_traced(deed, data);
	if (waitpid(tracer->pid, &tracer->status, 0) != tracer->pid)
		err(2, "waitpid");
	if (!WIFSTOPPED(tracer->status))
		errx(2, "a child that never began: status %#x", (unsigned int)tracer->status);
	if (ptrace(PTRACE_SETOPTIONS, tracer->pid, NULL,
		    (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) < 0)
		err(2, "ptrace");
}

static void look(struct tracer *tracer)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracer->pid, (void *)sizeof(info), &info) <= 0)
		err(2, "ptrace");
	tracer->is_entry = info.op == PTRACE_SYSCALL_INFO_ENTRY;
	if (tracer->is_entry) {
		tracer->call = (long)info.entry.nr;
		for (int i = 0; i < 6; i++)
			tracer->arguments[i] = info.entry.args[i];
	} else {
		tracer->result = info.exit.rval;
	}
}

static bool is_journal(const struct tracer *tracer, uint64_t address)
{
	char path[sizeof(tracer->place->paths[0])] = { 0 };
	size_t size = strlen(tracer->place->paths[PLACE_JOURNAL]) + 1;
	struct iovec to = { path, size }, from = { (void *)(uintptr_t)address, size };

	return process_vm_readv(tracer->pid, &to, 1, &from, 1, 0) == (ssize_t)size &&
		strcmp(path, tracer->place->paths[PLACE_JOURNAL]) == 0;
}

static void watch(struct tracer *tracer)
{
	size_t i = find_call(tracer->call);

	if (!tracer->is_entry || !is_known(i))
		return;
	if (calls[i].is_forbidden)
		(void)snprintf(tracer->offence, sizeof(tracer->offence), "it called %s",
			calls[i].name);
	if (tracer->call == SYS_openat && tracer->arguments[2] & O_CREAT &&
		!is_journal(tracer, tracer->arguments[1]))
		(void)snprintf(tracer->offence, sizeof(tracer->offence), "it created a file");
}

bool tracer_next(struct tracer *tracer)
{
	if (tracer->pid == 0)
		return false;
	if (ptrace(PTRACE_SYSCALL, tracer->pid, NULL, NULL) < 0)
		err(2, "ptrace");
	if (waitpid(tracer->pid, &tracer->status, 0) != tracer->pid)
		err(2, "waitpid");
	if (!WIFSTOPPED(tracer->status)) {
		tracer->pid = 0;
		return false;
	}
	if (WSTOPSIG(tracer->status) != (SIGTRAP | 0x80))
		errx(2, "a child with signal %d", WSTOPSIG(tracer->status));
	look(tracer);
	watch(tracer);
	return true;
}

static void set_registers(const struct tracer *tracer, bool is_entry, uint64_t value)
{
	struct user_regs_struct registers;
	struct iovec vector = { &registers, sizeof(registers) };

	if (ptrace(PTRACE_GETREGSET, tracer->pid, (void *)NT_PRSTATUS, &vector) < 0)
		err(2, "ptrace");
#if defined(__x86_64__)
	if (is_entry)
		registers.rdx = value;
	else
		registers.rax = value;
#elif defined(__aarch64__)
	registers.regs[is_entry ? 2 : 0] = value;
#else
#error "which register has the third argument of a system call, and which its result?"
#endif
	if (ptrace(PTRACE_SETREGSET, tracer->pid, (void *)NT_PRSTATUS, &vector) < 0)
		err(2, "ptrace");
}

void tracer_shorten(struct tracer *tracer, uint64_t size_bytes)
{
	set_registers(tracer, true, size_bytes);
	tracer->arguments[2] = size_bytes;
}

static void forget_call(const struct tracer *tracer)
{
#if defined(__x86_64__)
	struct user_regs_struct registers;
	struct iovec vector = { &registers, sizeof(registers) };

	if (ptrace(PTRACE_GETREGSET, tracer->pid, (void *)NT_PRSTATUS, &vector) < 0)
		err(2, "ptrace");
	registers.orig_rax = UINT64_MAX;
	if (ptrace(PTRACE_SETREGSET, tracer->pid, (void *)NT_PRSTATUS, &vector) < 0)
		err(2, "ptrace");
#else
	int none = -1;
	struct iovec vector = { &none, sizeof(none) };

	if (ptrace(PTRACE_SETREGSET, tracer->pid, (void *)NT_ARM_SYSTEM_CALL, &vector) < 0)
		err(2, "ptrace");
#endif
}

void tracer_fail(struct tracer *tracer, int error)
{
	forget_call(tracer);
	if (!tracer_next(tracer))
		errx(2, "a child that ended in a call");
	set_registers(tracer, false, (uint64_t)(int64_t)error);
	tracer->result = error;
}

void tracer_kill(struct tracer *tracer)
{
	if (tracer->pid == 0)
		return;
	(void)kill(tracer->pid, SIGKILL);
	do
		if (waitpid(tracer->pid, &tracer->status, 0) != tracer->pid)
			err(2, "waitpid");
	while (WIFSTOPPED(tracer->status));
	tracer->pid = 0;
}

bool tracer_finish(struct tracer *tracer)
{
	while (tracer_next(tracer))
		;
	return WIFEXITED(tracer->status) && WEXITSTATUS(tracer->status) == 0;
}

bool tracer_is_of(const struct tracer *tracer, enum place_file file)
{
	char link[64], path[sizeof(tracer->place->paths[0])];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)tracer->pid,
		(int)tracer->arguments[0]);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	return strcmp(path, tracer->place->paths[file]) == 0;
}

bool tracer_is_deed(const struct tracer *tracer)
{
	size_t i = find_call(tracer->call);

	return is_known(i) && calls[i].is_deed;
}

const char *tracer_describe(const struct tracer *tracer)
{
	static char text[64];
	size_t i = find_call(tracer->call);

	(void)snprintf(text, sizeof(text), "%s of %s", tracer->is_entry ? "entry" : "exit",
		is_known(i) ? calls[i].name : "another call");
	return text;
}

void tracer_say(unsigned int word)
{
	(void)syscall(WORD_CALL, WORD_BASE + word);
}

bool tracer_heard(const struct tracer *tracer, unsigned int *ret_word)
{
	if (!tracer->is_entry || tracer->call != WORD_CALL || tracer->arguments[0] < WORD_BASE)
		return false;
	*ret_word = (unsigned int)tracer->arguments[0] - WORD_BASE;
	return true;
}
