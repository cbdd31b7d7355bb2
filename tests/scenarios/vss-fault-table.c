// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Every fault in every state of a backup: whatever happens when, nothing of ours stays frozen. One scenario
 * for each state; each appends its rows of a table to $HVG_FAULT_TABLE, a file below the build.
 *
 * /mnt/low is not ours to freeze; somebody else freezes it to make what stands on it hang. Such a one is
 * judged when that is over.
 */

#include "scenario.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

#define FREEZE_TIMEOUT "6"

static const char settings[] = "[Freeze]\nFreezeTimeoutSec=" FREEZE_TIMEOUT "\nSyncTimeoutSec=0\n"
			       "[FileSystems]\nExclude=/mnt/low\n";

/* The states: how a backup comes there. What the host waits for, or 0. */

static uint64_t prepare(struct machine *m)
{
	uint64_t id;

	guest_run(m, "touch /tmp/slow; rm -f /tmp/began");
	id = host_begin_vss(m, VSS_OP_FREEZE);
	expect(machine_eventually(m, guest_try(m, "[ -e /tmp/began ]") == 0));
	return id;
}

static void hang_low(struct machine *m)
{
	guest_run(m, "fsfreeze -f " GUEST_DISKS "/low");
}

static uint64_t freeze_halfway(struct machine *m)
{
	uint64_t id;

	guest_run(m, "head -c 1M /dev/urandom >" GUEST_DISKS "/low/high/dirty");
	hang_low(m);
	id = host_begin_vss(m, VSS_OP_FREEZE);
	expect(machine_eventually(m, guest_is_frozen(m, "one")));
	return id;
}

static uint64_t freeze(struct machine *m)
{
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	expect(guest_is_frozen(m, "one") && guest_is_frozen(m, "low/high"));
	return 0;
}

static uint64_t thaw_halfway(struct machine *m)
{
	uint64_t id;

	(void)freeze(m);
	hang_low(m);
	id = host_begin_vss(m, VSS_OP_THAW);
	expect(machine_eventually(m, !guest_is_frozen(m, "one")));
	return id;
}

struct state {
	const char *name;
	uint64_t (*enter)(struct machine *m);
};

/* The faults. */

static void kill_daemon(struct machine *m)
{
	guest_kill_daemon(m);
}

static void stop_daemon(struct machine *m)
{
	guest_pause_daemon(m);
}

static void signal_freezer(struct machine *m, const char *signal)
{
	guest_run(m, "kill -%s %d", signal, (int)guest_freezer_pid(m));
}

static void kill_freezer(struct machine *m)
{
	signal_freezer(m, "KILL");
}

static void stop_freezer(struct machine *m)
{
	signal_freezer(m, "STOP");
}

/* As when the control group is killed, for want of memory or by its watchdog; then the unit's ExecStopPost. */
static void kill_both(struct machine *m)
{
	guest_run(m, "kill -STOP %d; kill -KILL %d; kill -KILL %d", (int)guest_daemon_pid(m), (int)guest_freezer_pid(m),
		(int)guest_daemon_pid(m));
	expect(machine_eventually(m, !guest_daemon_runs(m)));
	guest_run(m, "%s --thaw-leftovers >/dev/null 2>&1 &", guest_daemon_path(m)); /* may have to wait for /mnt/low */
}

static void terminate_daemon(struct machine *m)
{
	guest_begin_stopping_daemon(m);
}

static void withdraw_device(struct machine *m)
{
	host_withdraw_backup(m);
}

static void forget_guest(struct machine *m)
{
}

static const struct fault {
	const char *name;
	void (*strike)(struct machine *m);
} faults[] = {
	{ "SIGKILL, daemon", kill_daemon },
	{ "SIGSTOP, daemon", stop_daemon },
	{ "SIGKILL, freezer", kill_freezer },
	{ "SIGSTOP, freezer", stop_freezer },
	{ "SIGKILL, both (OOM)", kill_both },
	{ "SIGTERM", terminate_daemon },
	{ "device withdrawn", withdraw_device },
	{ "host says no more", forget_guest },
};

/* What must be true, and what is left for the next round. */

static uint64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The hook may end, and a freeze begin that nobody wants. */
static void let_go_of_hook(struct machine *m)
{
	guest_run(m, "[ ! -e /tmp/slow ] || { rm /tmp/slow; sleep 0.5; }");
}

static void let_go_of_low(struct machine *m)
{
	guest_run(m, "fsfreeze -u " GUEST_DISKS "/low 2>/dev/null; true");
}

static void tell(const struct state *state, const struct fault *fault, uint64_t span_ms)
{
	const char *path = getenv("HVG_FAULT_TABLE");
	FILE *file = path ? fopen(path, "ae") : NULL;

	if (!file)
		return;
	(void)fprintf(file, "| %s | %s | nothing frozen after %llu ms |\n", state->name, fault->name,
		(unsigned long long)span_ms);
	(void)fclose(file);
}

/* The time that the others were frozen after the fault; and that what hung is thawed when it no longer does. */
static void expect_all_thawed(struct machine *m, const struct state *state, const struct fault *fault)
{
	uint64_t begin_ms = now_ms(), end_ms;

	let_go_of_hook(m);
	expect(machine_eventually(m, !guest_is_frozen(m, "one")));
	end_ms = now_ms();
	let_go_of_low(m);
	expect(machine_eventually(m, !guest_is_frozen(m, "low/high")));
	guest_expect_thawed(m);
	tell(state, fault, end_ms - begin_ms);
}

static void kill_what_is_left(struct machine *m)
{
	if (guest_daemon_runs(m))
		guest_kill_daemon(m);
	guest_run(m, "kill -KILL $(ps -C hv-vss-freezer -o pid=) 2>/dev/null; true");
	expect(machine_eventually(m, guest_freezer_pid(m) == 0));
}

static void begin_anew(struct machine *m, const struct fault *fault, uint64_t id)
{
	kill_what_is_left(m);
	if (id > 0)
		(void)host_end_vss(m, id);
	if (fault->strike == withdraw_device)
		host_offer_backup(m);
	guest_start_daemon(m);
	(void)host_vss(m, VSS_OP_THAW);
}

static void play_all(struct machine *m, const struct state *state)
{
	guest_append_file(m, GUEST_VSS_CONFIG, settings, sizeof(settings) - 1);
	guest_add_disk(m, "one", "mkfs.ext4 -q", 16);
	guest_add_disk(m, "low", "mkfs.ext4 -q", 64);
	guest_add_disk(m, "low/high", "mkfs.ext4 -q", 16);
	guest_run(m, "install -d /etc/hvguest/vss.d && printf '#!/bin/sh\\nwhile [ -e /tmp/slow ]; do touch /tmp/began; sleep 0.1; done\\n'"
		     " >/etc/hvguest/vss.d/hook && chmod 0755 /etc/hvguest/vss.d/hook");
	guest_start_bus(m);
	(void)guest_start_systemd(m);
	guest_start_daemon(m);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		uint64_t id;

		guest_wait_for_bus_name(m, "org.hvguest.Vss1");
		id = state->enter(m);
		faults[i].strike(m);
		expect_all_thawed(m, state, &faults[i]);
		begin_anew(m, &faults[i], id);
	}
}

static void leaves_nothing_frozen_when_hooks_run(struct machine *m)
{
	play_all(m, &(struct state){ "hooks run", prepare });
}

static void leaves_nothing_frozen_when_a_freeze_hangs(struct machine *m)
{
	play_all(m, &(struct state){ "a freeze hangs", freeze_halfway });
}

static void leaves_nothing_frozen_when_all_is_frozen(struct machine *m)
{
	play_all(m, &(struct state){ "all is frozen", freeze });
}

static void leaves_nothing_frozen_when_a_thaw_hangs(struct machine *m)
{
	play_all(m, &(struct state){ "a thaw hangs", thaw_halfway });
}

#define VSS_ROW(function, ...) ROW(function, .daemon = SCENARIO_VSS_OURS, .only_in_full = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	VSS_ROW(leaves_nothing_frozen_when_hooks_run),
	VSS_ROW(leaves_nothing_frozen_when_a_freeze_hangs),
	VSS_ROW(leaves_nothing_frozen_when_all_is_frozen),
	VSS_ROW(leaves_nothing_frozen_when_a_thaw_hangs),
};

SCENARIO_SET(scenarios_vss_fault_table, rows);
