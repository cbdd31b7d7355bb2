/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_TIMED_MACHINE_H
#define HVG_TESTS_TIMED_MACHINE_H

/*
 * A guest whose clock is not this machine's, for the real hv-timed: its system calls about
 * clocks are answered by a simulated world (seccomp's user notification), and everything else is
 * real.
 *
 *	hv-timed
 *	   |-- ioctl(PTP_SYS_OFFSET) --> sim/world: the host's clock against the guest's
 *	   |-- clock_adjtime ----------> sim/kernel --> sim/world
 *	   |-- clock_settime, settimeofday, adjtimex: refused, and counted
 *	   `-- the bus: a dbus-daemon of the test's own, with a systemd that only says so
 *
 * So nothing of the program knows that it is tested, and nothing it does can reach a real
 * clock. The world lives at the pace of CLOCK_MONOTONIC, with words of the host every PERIOD_MS.
 */

#include "daemons/private-bus.h"
#include "sim/kernel.h"
#include "sim/world.h"

#include <pthread.h>
#include <stdbool.h>

#define PERIOD_MS 200

struct machine {
	struct private_bus bus;
	struct sim_trace trace;
	const char *options; /* for hv-timed, besides what it needs here; or NULL */

	pthread_mutex_t lock; /* of what follows */
	struct sim_world world;
	struct sim_kernel kernel;
	uint64_t lived_us;
	int read_error; /* what reading the host's clock fails with, or 0 */
	unsigned int n_reads, n_forbidden;

	pthread_t thread;
	int notify_fd;
	bool is_ending;
	pid_t daemon, systemd; /* 0: not running */
	int systemd_input;
};

/* A world like a quiet host's; change the trace before the start. */
void machine_init(struct machine *machine);
void machine_done(struct machine *machine);

/* The bus, with a systemd that knows these active units ("a b", or ""). */
void machine_start_bus(struct machine *machine, const char *units);
void machine_tell_systemd(struct machine *machine, const char *verb, const char *unit);

void machine_start(struct machine *machine); /* hv-timed */
int machine_stop(struct machine *machine);   /* by SIGTERM; its exit status */

/* Lets so many words of the host go by. */
void machine_live(double periods);

/* While locked, the world stands still and may be changed. */
void machine_lock(struct machine *machine);
void machine_unlock(struct machine *machine);

double machine_offset_ns(struct machine *machine);       /* the true one */
unsigned int machine_n_changes(struct machine *machine); /* of the clock, by hv-timed */

/* What a command of the guest prints (its stderr, too), run with the bus; the caller frees. */
char *machine_ask(struct machine *machine, int *ret_status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Everything that hv-timed has said; the caller frees. */
char *machine_log(struct machine *machine);
bool machine_has_said(struct machine *machine, const char *text);

/* Waits for what must come; far longer than it takes. */
#define machine_wait(machine, condition)                                                       \
	do {                                                                                   \
		int patience_ = 400;                                                           \
		while (!(condition) && patience_-- > 0)                                        \
			usleep(50000);                                                         \
		if (patience_ < 0)                                                             \
			ck_abort_msg("waited in vain for %s; hv-timed said:\n%s", #condition,  \
				machine_log(machine));                                         \
	} while (0)

#endif
