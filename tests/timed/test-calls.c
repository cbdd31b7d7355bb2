// SPDX-License-Identifier: LGPL-2.1-or-later

/* System calls of hv-timed fail, while it follows the host: strace makes each third of one kind, and then lets go. */

#include "timed/suites.h"

#include <math.h>
#include <stdio.h>
#include <sys/wait.h>

#define TRACED_S 3 /* 15 words of the host */

static const struct {
	const char *calls, *error;
	bool is_rare; /* perhaps none is made meanwhile */
} failures[] = {
	{ "openat,newfstatat", "EMFILE" },
	{ "read,pread64", "EIO" },
	{ "sendto,sendmsg", "ENOBUFS" },
	{ "recvmsg,recvfrom,socket,connect", "ENOMEM" },
	{ "epoll_ctl,timerfd_create", "ENOMEM", .is_rare = true },
	{ "epoll_wait,epoll_pwait,ppoll", "EINTR" },
	{ "ioctl", "EIO" },
#ifndef __SANITIZE_ADDRESS__ /* which dies of it itself */
	{ "mmap,mremap,brk", "ENOMEM", .is_rare = true },
#endif
};

#define N_FAILURES ((int)(sizeof(failures) / sizeof(failures[0])))

static bool is_right(void)
{
	return fabs(machine_offset_ns(m)) < 1 * MS;
}

static bool has_failed_calls(void)
{
	char command[512];

	snprintf(command, sizeof(command), "grep -q INJECTED %s/calls", m->bus.folder.path);
	return system(command) == 0;
}

/* Meanwhile it is told to read its settings, and asked over the bus. */
static void let_fail(const char *calls, const char *error)
{
	char command[2048];

	snprintf(command, sizeof(command),
		"(for i in 1 2 3 4; do sleep 0.5; kill -HUP %d; DBUS_SYSTEM_BUS_ADDRESS=%s timeout 2 %s time; done) >/dev/null 2>&1 &"
		" timeout %d strace -f -qq -Z -o %s/calls -e inject=%s:error=%s:when=1+3 -p %d", (int)m->daemon, m->bus.address,
		HVG_HVCTL, TRACED_S, m->bus.folder.path, calls, error, (int)m->daemon);
	ck_assert_int_ge(system(command), 0);
}

static bool is_running(void)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)m->daemon, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

/* It may have ended, though not by a signal: systemd starts it again. */
static void restart(void)
{
	ck_assert_int_ge(machine_stop(m), 0);
	ck_assert(!machine_has_said(m, "Sanitizer: ") && !machine_has_said(m, "runtime error:"));
	machine_start(m);
}

START_TEST(outlives_calls_that_fail)
{
	machine_start_bus(m, "");
	machine_start(m);
	machine_wait(m, machine_has_said(m, "follows the host's"));
	let_fail(failures[_i].calls, failures[_i].error);
	ck_assert(failures[_i].is_rare || has_failed_calls());
	if (is_running()) {
		machine_live(20);
		machine_wait(m, is_right());
	}
	restart();
	machine_live(20);
	machine_wait(m, is_right());
}
END_TEST

Suite *suite_calls(void)
{
	Suite *suite = suite_create("calls");

	for (int i = 0; i < N_FAILURES; i += 2)
		tcase_add_loop_test(suite_case(suite), outlives_calls_that_fail, i, i + 2 < N_FAILURES ? i + 2 : N_FAILURES);
	return suite;
}
