// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * System calls that fail. strace takes hold of a daemon that serves, or starts one, and makes calls of one kind fail
 * while the host asks for something; then it lets go. Which calls is random; HVG_SEED repeats it.
 *
 * Whatever failed: the daemon goes on, or has ended with a word and is started again. Then it serves, and what it was
 * about to change is as the host was told, or as it was before.
 */

#include "calls.h"

#include <signal.h>
#include <stdio.h>

#define N_ROUNDS      6
#define N_ROUNDS_FULL 60

/* Each thread counts its own calls, of each name. */
#define MAX_FIRST_RARE	   3
#define MAX_FIRST_SERVING  6
#define MAX_FIRST_STARTING 30


const struct call_kind call_memory = { "mmap", { "ENOMEM" }, .is_memory = true, .is_rare = true };
const struct call_kind call_opening = { "openat,openat2,?open,newfstatat,getdents64", { "EMFILE", "ENOMEM", "EIO" } };
const struct call_kind call_reading = { "read,pread64,preadv2", { "EIO", "EINTR" } };
/* Not write(): strace cannot spare eventfds, for which it fails nowhere. */
const struct call_kind call_writing = { "pwrite64,ftruncate,fallocate,fsync,fdatasync", { "ENOSPC", "EIO" },
	.is_mute = true };
/* Once: what cannot be removed twice is forgotten (os/filesink). */
const struct call_kind call_naming = { "?rename,renameat,renameat2,?unlink,unlinkat,linkat,?mkdir,mkdirat,fchmod,fchown",
	{ "EIO", "ENOSPC" }, .is_once = true };
const struct call_kind call_talking = { "socket,connect,bind,sendto,sendmsg,recvfrom,recvmsg", { "ENOBUFS", "ENOMEM" },
	.is_mute = true };
const struct call_kind call_arming = { "epoll_ctl,epoll_create1,timerfd_create,eventfd2,signalfd4", { "ENOMEM" } };
const struct call_kind call_waiting = { "?epoll_wait,epoll_pwait,?poll,ppoll", { "EINTR" } };
const struct call_kind call_commanding = { "ioctl", { "EIO" }, .is_rare = true, .is_once = true };
const struct call_kind call_starting = { "clone,clone3,?vfork,execve", { "EAGAIN", "ENOMEM" }, .is_rare = true };

static unsigned int random_below(unsigned int n)
{
	return (unsigned int)random() % n;
}

void begin_calls(struct machine *m)
{
	const char *text = getenv("HVG_SEED");
	unsigned int seed = text ? (unsigned int)strtoul(text, NULL, 10) : 1;

	srandom(seed);
	guest_run(m, "install -m 0666 /dev/null " CALLS_TRACE " # HVG_SEED=%u", seed);
}

/* How often memory was taken before main() began. */
static unsigned int n_before_main(struct machine *m)
{
	char *text = guest_ask(m, "strace -e trace=mmap %s --version 2>&1 | grep -c mmap", guest_daemon_path(m));
	unsigned int n = (unsigned int)strtoul(text, NULL, 10);

	free(text);
	return n;
}

/* One call, or one and each Nth after it. */
void choose_calls(struct machine *m, const struct call_kind *kind, bool is_start, char ret[static INJECTION_BYTES])
{
	unsigned int n_errors = 1, max = is_start ? MAX_FIRST_STARTING : MAX_FIRST_SERVING, first;

	if (kind->is_rare)
		max = MAX_FIRST_RARE;
	first = 1 + random_below(max) + (kind->is_memory ? n_before_main(m) : 0);
	while (n_errors < CALL_ERRORS && kind->errors[n_errors])
		n_errors++;
	(void)snprintf(ret, INJECTION_BYTES, "inject=%s:error=%s:when=%u", kind->calls,
		kind->errors[random_below(n_errors)], first);
	if (!is_start && !kind->is_once && random_below(2) == 0)
		(void)snprintf(ret + strlen(ret), INJECTION_BYTES - strlen(ret), "+%u", 1 + random_below(4));
}

unsigned int n_failed_calls(struct machine *m)
{
	char *text = guest_ask(m, "grep -c INJECTED " CALLS_TRACE);
	unsigned int n = (unsigned int)strtoul(text, NULL, 10);

	free(text);
	return n;
}

/* Lines of the log that are not the host's begin with who says it. */
static bool has_said_anything(struct machine *m, size_t since)
{
	char *log = guest_log(m), *rest = log + since, *line;
	bool has = false;

	while ((line = strsep(&rest, "\n")))
		has |= *line && strncmp(line, "host: ", strlen("host: ")) != 0;
	free(log);
	return has;
}

static size_t log_size(struct machine *m)
{
	char *log = guest_log(m);
	size_t size = strlen(log);

	free(log);
	return size;
}

static void fail_with_trace(struct machine *m, const char *what, int status)
{
	char *trace = guest_ask(m, "tail -n 5 " CALLS_TRACE);

	machine_fail(m, "the daemon ended with status %d%s, after\n%s", status, what, trace);
}

/* It may have ended, though not by a signal, and not without a word where it could say one. */
static void expect_good_end(struct machine *m, const struct call_kind *kind, size_t since)
{
	int status = guest_wait_for_daemon(m);

	if (status >= 128 && status != 128 + SIGTERM) /* ours, before it is prepared for one */
		fail_with_trace(m, "", status);
	if (status != 0 && !kind->is_mute && !has_said_anything(m, since))
		fail_with_trace(m, ", and said nothing", status);
}

/* That LeakSanitizer cannot work below strace is none. */
static void expect_no_report(struct machine *m)
{
	expect(!guest_has_logged(m, "Sanitizer: ") && !guest_has_logged(m, "runtime error:"));
}

/* Takes hold of all of its threads before anything else happens. */
static int take_hold(struct machine *m, const char *injection)
{
	char command[1024], freezer[32] = "";
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };
	pid_t pid = guest_daemon_pid(m), freezer_pid = guest_freezer_pid(m);
	int strace;

	if (freezer_pid > 0)
		(void)snprintf(freezer, sizeof(freezer), "-p %d", (int)freezer_pid);
	(void)snprintf(command, sizeof(command), "exec strace -f -qq -A -Z -o " CALLS_TRACE " -e %s -p %d %s", injection, (int)pid,
		freezer);
	strace = guest_spawn(m, &(struct guest_command){ .argv = argv });
	expect(machine_eventually(m,
		guest_try(m, "! grep -q '^TracerPid:[[:space:]]*0$' /proc/%d/task/*/status", (int)pid) == 0));
	return strace;
}

static void let_go(struct machine *m, int strace)
{
	if (guest_runs(m, strace))
		guest_signal(m, strace, SIGTERM);
	(void)guest_wait(m, strace);
}

static uint32_t play_serving(struct machine *m, const struct call_test *test, unsigned int round)
{
	char injection[INJECTION_BYTES];
	size_t since = log_size(m);
	uint32_t status;
	int strace;

	choose_calls(m, test->kind, false, injection);
	strace = take_hold(m, injection);
	status = test->service->ask(m, round);
	let_go(m, strace);
	kernel_seconds_pass(m, 2); /* a call that strace had begun to fail when it went is none that the kernel knows */
	if (!guest_daemon_runs(m)) {
		expect_good_end(m, test->kind, since);
		guest_launch_daemon(m);
	}
	return status;
}

static bool has_registered(struct machine *m, size_t since)
{
	char *log = guest_log(m);
	bool has = strstr(log + since, "Registered with the kernel");

	free(log);
	return has;
}

/* strace is the grandchild, so that the daemon is who was started. LeakSanitizer cannot work below it. */
static uint32_t play_starting(struct machine *m, const struct call_test *test, unsigned int round)
{
	static const char *const environment[] = { "ASAN_OPTIONS=detect_leaks=0", NULL };
	char injection[INJECTION_BYTES];
	const char *const prefix[] = { "strace", "-D", "-f", "-qq", "-A", "-Z", "-o", CALLS_TRACE, "-e", injection, NULL };
	size_t since;
	uint32_t status;

	if (guest_daemon_runs(m))
		guest_stop_daemon(m);
	since = log_size(m);
	choose_calls(m, test->kind, true, injection);
	guest_launch_daemon_with(m, prefix, environment);
	(void)machine_eventually(m, !guest_daemon_runs(m) || has_registered(m, since));
	status = test->service->ask(m, round);
	if (guest_daemon_runs(m))
		guest_begin_stopping_daemon(m);
	expect_good_end(m, test->kind, since);
	guest_launch_daemon(m);
	return status;
}

/* What nobody has answered in a round, the next daemon does; the host has room for so many. */
static struct owed {
	uint64_t id;
	uint32_t (*end_within)(struct machine *m, uint64_t id, unsigned int seconds);
} owed[2 * MAX_FIRST_STARTING];
static size_t n_owed;

uint32_t wait_for_answer(
	struct machine *m, uint64_t id, uint32_t (*end_within)(struct machine *m, uint64_t id, unsigned int seconds))
{
	uint32_t status = HOST_NO_ANSWER;

	for (int tries = 0; tries < 12 && status == HOST_NO_ANSWER && guest_daemon_runs(m); tries++)
		status = end_within(m, id, 5);
	if (status == HOST_NO_ANSWER) {
		expect(n_owed < sizeof(owed) / sizeof(owed[0]));
		owed[n_owed++] = (struct owed){ id, end_within };
	}
	return status;
}

static void take_answers(struct machine *m)
{
	while (n_owed > 0) {
		n_owed--;
		expect(owed[n_owed].end_within(m, owed[n_owed].id, KERNEL_TIMEOUT_S) != HOST_NO_ANSWER);
	}
}

void play_calls(struct machine *m, const struct call_test *test)
{
	unsigned int n_rounds = getenv("HVG_FULL") ? N_ROUNDS_FULL : N_ROUNDS;
	uint32_t status;

	begin_calls(m);
	test->service->begin(m);
	test->service->check(m, 0, HV_S_OK);
	for (unsigned int round = 1; round <= n_rounds || (n_failed_calls(m) == 0 && round <= 8 * n_rounds); round++) {
		status = (round % 2 && !test->kind->is_memory ? play_serving : play_starting)(m, test, round);
		expect_no_report(m);
		test->service->check(m, round, status);
		take_answers(m);
	}
	expect(n_failed_calls(m) > 0);
}
