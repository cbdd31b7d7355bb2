// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Whatever goes wrong, nothing stays frozen: daemon and freezer die or stop, the host forgets its guest,
 * the device goes.
 */

#include "scenario.h"

#include <signal.h>
#include <stdio.h>

/* Before that it must be seen, on a busy machine, too, that they are frozen; and what waits for it has more patience. */
#define DEADLINE_S 10

static void set_timeout(struct machine *m, unsigned int seconds)
{
	char lines[64];

	(void)snprintf(lines, sizeof(lines), "[Freeze]\nFreezeTimeoutSec=%u\n", seconds);
	guest_append_file(m, GUEST_VSS_CONFIG, lines, strlen(lines));
}

static void begin(struct machine *m)
{
	guest_add_disk(m, "one", "mkfs.ext4 -q", 16);
	guest_add_disk(m, "two", "mkfs.ext4 -q", 16);
	guest_start_daemon(m);
}

static void freeze(struct machine *m)
{
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	expect(guest_is_frozen(m, "one") && guest_is_frozen(m, "two"));
}

static void expect_a_backup(struct machine *m)
{
	struct host_backup backup = host_backup(m, NULL, NULL);

	expect_status(backup.freeze, HV_S_OK);
	expect_status(backup.thaw, HV_S_OK);
	guest_expect_thawed(m);
}

static void signal_freezer(struct machine *m, int signal)
{
	pid_t pid = guest_freezer_pid(m);

	expect(pid > 0);
	guest_run(m, "kill -%d %d", signal, (int)pid);
}

/* As when a whole control group is killed: neither can thaw. */
static void kill_both(struct machine *m)
{
	guest_run(m, "kill -STOP %d; kill -KILL %d; kill -KILL %d", (int)guest_daemon_pid(m),
		(int)guest_freezer_pid(m), (int)guest_daemon_pid(m));
}

static void thaws_when_the_daemon_is_killed(struct machine *m)
{
	begin(m);
	freeze(m);
	guest_kill_daemon(m);
	guest_expect_thawed(m);
	expect(machine_eventually(m, guest_try(m, "[ -e " GUEST_VSS_NOTE " ]") != 0));
	expect(machine_eventually(m, guest_freezer_pid(m) == 0));
	guest_start_daemon(m);
	expect_a_backup(m);
}

static void thaws_when_the_daemon_is_stopped(struct machine *m)
{
	set_timeout(m, DEADLINE_S);
	begin(m);
	freeze(m);
	guest_pause_daemon(m);
	guest_expect_thawed(m); /* by the freezer, at its deadline */
	guest_resume_daemon(m);
	expect_status(host_vss(m, VSS_OP_THAW), HV_E_FAIL);
	host_wait_for_backup_service(m); /* it may have been stopped for so long that it opens the device anew */
	expect_a_backup(m);
}

static void thaws_when_the_freezer_is_killed(struct machine *m)
{
	begin(m);
	freeze(m);
	signal_freezer(m, SIGKILL);
	guest_expect_thawed(m);
	expect_status(host_vss(m, VSS_OP_THAW), HV_E_FAIL);
	guest_wait_for_log(m, "the freezer died");
	expect(machine_eventually(m, guest_freezer_pid(m) > 0));
	expect_a_backup(m);
}

static void thaws_when_the_freezer_is_stopped(struct machine *m)
{
	begin(m);
	freeze(m);
	signal_freezer(m, SIGSTOP);
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
	guest_expect_thawed(m);
	expect(machine_eventually(m, guest_freezer_pid(m) > 0));
	expect_a_backup(m);
}

static void thaws_at_the_deadline_when_the_freezer_is_stopped(struct machine *m)
{
	set_timeout(m, DEADLINE_S);
	begin(m);
	freeze(m);
	signal_freezer(m, SIGSTOP);
	guest_expect_thawed(m);
	expect_status(host_vss(m, VSS_OP_THAW), HV_E_FAIL);
}

static void thaws_by_note_when_both_are_killed(struct machine *m)
{
	begin(m);
	freeze(m);
	kill_both(m);
	expect(guest_is_frozen(m, "one"));
	guest_run(m, "%s --thaw-leftovers", guest_daemon_path(m));
	guest_expect_thawed(m);
	guest_run(m, "[ ! -e " GUEST_VSS_NOTE " ]");
}

static void thaws_what_a_dead_instance_left_when_it_starts(struct machine *m)
{
	begin(m);
	freeze(m);
	kill_both(m);
	expect(machine_eventually(m, !guest_daemon_runs(m)));
	guest_start_daemon(m);
	guest_expect_thawed(m);
	guest_wait_for_log(m, "Thawed what a former instance may have left frozen: 2 file systems");
	expect_a_backup(m);
}

static void thaws_when_the_daemon_is_told_to_end(struct machine *m)
{
	begin(m);
	freeze(m);
	guest_stop_daemon(m);
	guest_expect_thawed(m);
	expect(machine_eventually(m, guest_freezer_pid(m) == 0));
	guest_run(m, "[ ! -e " GUEST_VSS_NOTE " ]");
}

static void thaws_when_the_host_forgets_it(struct machine *m)
{
	set_timeout(m, DEADLINE_S);
	begin(m);
	freeze(m);
	guest_expect_thawed(m);
	guest_wait_for_log(m, "the host did not ask for it in time");
	expect_status(host_vss(m, VSS_OP_THAW), HV_E_FAIL);
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
	expect_a_backup(m);
}

static void thaws_when_the_device_is_withdrawn(struct machine *m)
{
	begin(m);
	freeze(m);
	host_withdraw_backup(m);
	guest_expect_thawed(m);
	host_offer_backup(m);
	host_wait_for_backup_service(m);
	expect_status(host_vss(m, VSS_OP_THAW), HV_E_FAIL);
	expect_a_backup(m);
}

static void survives_twenty_withdrawals(struct machine *m)
{
	begin(m);
	for (int i = 0; i < 20; i++) {
		if (i % 2)
			expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
		host_withdraw_backup(m);
		host_offer_backup(m);
		host_wait_for_backup_service(m);
	}
	guest_expect_thawed(m);
	(void)host_vss(m, VSS_OP_THAW);
	expect_a_backup(m);
}

/* The kernel's own THAW. Its answer is refused, and the device opened anew. */
static void thaws_when_the_guest_is_suspended(struct machine *m)
{
	begin(m);
	freeze(m);
	host_suspends(m);
	guest_expect_thawed(m);
	host_wait_for_backup_service(m);
	expect_a_backup(m);
}

/* The freezer does not answer, so that the thaw takes a while: logind is not told that it may go on until then. */
static void holds_sleep_up_until_all_is_thawed(struct machine *m)
{
	int logind;

	guest_start_bus(m);
	logind = guest_start_logind(m);
	begin(m);
	guest_wait_for_output(m, logind, "inhibited: sleep by hv-vssd, delay");
	freeze(m);
	signal_freezer(m, SIGSTOP);
	guest_sleeps(m, logind);
	guest_wait_for_output(m, logind, "released");
	expect(!guest_is_frozen(m, "one") && !guest_is_frozen(m, "two"));
	guest_wakes(m, logind);
	host_wait_for_backup_service(m);
	guest_wait_for_output(m, logind, "PrepareForSleep 0\ninhibited: sleep by hv-vssd, delay");
	(void)host_vss(m, VSS_OP_THAW);
	expect_a_backup(m);
}

/* A request that was read late: what lay in the device while the daemon did not run is not carried out. */
static void freezes_nothing_that_it_reads_too_late(struct machine *m)
{
	uint64_t id;

	begin(m);
	guest_pause_daemon(m);
	id = host_begin_vss(m, VSS_OP_FREEZE);
	kernel_seconds_pass(m, 40);
	guest_resume_daemon(m);
	expect_status(host_end_vss_within(m, id, 100), HV_E_FAIL);
	host_wait_for_backup_service(m);
	expect(!guest_is_frozen(m, "one"));
	expect_a_backup(m);
}

/* What somebody else freezes, so that what stands on it hangs. */
static const char without_sync[] = "[Freeze]\nSyncTimeoutSec=0\n[FileSystems]\nExclude=/mnt/low\n";

static void thaws_the_others_while_one_freeze_hangs(struct machine *m)
{
	uint64_t id;

	set_timeout(m, 5);
	guest_add_disk(m, "one", "mkfs.ext4 -q", 16);
	guest_add_disk(m, "low", "mkfs.ext4 -q", 64);
	guest_add_disk(m, "low/high", "mkfs.ext4 -q", 16);
	guest_append_file(m, GUEST_VSS_CONFIG, without_sync, sizeof(without_sync) - 1);
	guest_start_daemon(m);
	guest_run(m, "head -c 1M /dev/urandom >" GUEST_DISKS "/low/high/dirty && fsfreeze -f " GUEST_DISKS "/low");
	id = host_begin_vss(m, VSS_OP_FREEZE);
	expect(machine_eventually(m, guest_is_frozen(m, "one")));
	expect(machine_eventually(m, !guest_is_frozen(m, "one")));
	guest_run(m, "fsfreeze -u " GUEST_DISKS "/low");
	expect_status(host_end_vss(m, id), HV_E_FAIL);
	guest_expect_thawed(m);
	guest_wait_for_log(m, "freezing took longer than FreezeTimeoutSec=");
}

/*
 * A freeze waits for writers before it begins, and the disk of this one does not answer. Until then there is
 * nothing to thaw, and the thread that waits in the kernel outlives its process. What the host waits for.
 */
static uint64_t kill_both_before_a_freeze_begins(struct machine *m)
{
	uint64_t id;

	guest_append_file(m, GUEST_VSS_CONFIG, without_sync, sizeof(without_sync) - 1);
	guest_add_disk(m, "one", "mkfs.ext4 -q", 16);
	guest_add_disk(m, "low", "mkfs.ext4 -q", 64);
	guest_add_disk(m, "low/high", "mkfs.ext4 -q", 16);
	guest_start_daemon(m);
	guest_run(m, "fsfreeze -f " GUEST_DISKS "/low; { dd if=/dev/zero of=" GUEST_DISKS "/low/high/x bs=4k count=1 oflag=sync;"
		     " touch /tmp/written; } >/dev/null 2>&1 &");
	expect(machine_eventually(m, guest_try(m, "[ $(ps -C dd -o stat= | cut -c1) = D ]") == 0));
	id = host_begin_vss(m, VSS_OP_FREEZE);
	expect(machine_eventually(m, guest_is_frozen(m, "one")));
	kill_both(m);
	expect(machine_eventually(m, !guest_daemon_runs(m)));
	return id;
}

static void expect_that_its_freeze_is_undone(struct machine *m)
{
	expect(machine_eventually(m, !guest_is_frozen(m, "one")));
	guest_run(m, "sleep 1; fsfreeze -u " GUEST_DISKS "/low");
	expect(machine_eventually(m, guest_try(m, "[ -e /tmp/written ]") == 0));
	guest_run(m, "sleep 1"); /* now it freezes */
	expect(machine_eventually(m, !guest_is_frozen(m, "low/high")));
}

static void thaws_what_is_frozen_after_both_are_killed(struct machine *m)
{
	uint64_t id = kill_both_before_a_freeze_begins(m);

	guest_run(m, "%s --thaw-leftovers >/tmp/leftovers 2>&1 &", guest_daemon_path(m));
	expect_that_its_freeze_is_undone(m);
	expect_status(host_end_vss(m, id), HV_E_FAIL);
	expect(machine_eventually(m, guest_try(m, "[ -e " GUEST_VSS_NOTE " ]") != 0));
}

/* Neither is anything served, nor its note lost, as long as it may still freeze. */
static void serves_when_no_former_freeze_is_left(struct machine *m)
{
	uint64_t id = kill_both_before_a_freeze_begins(m);

	guest_launch_daemon(m);
	expect_that_its_freeze_is_undone(m);
	(void)host_end_vss(m, id);
	host_wait_for_backup_service(m);
	expect_a_backup(m);
}

/* As the one that systemd starts again and again meanwhile. */
static void ends_when_a_former_freeze_does_not(struct machine *m)
{
	uint64_t id = kill_both_before_a_freeze_begins(m);

	guest_launch_daemon(m);
	expect(machine_eventually(m, !guest_daemon_runs(m)));
	guest_wait_for_log(m, "A freeze of a former instance hangs in the kernel");
	guest_run(m, "[ -e " GUEST_VSS_NOTE " ]");
	guest_launch_daemon(m);
	expect_that_its_freeze_is_undone(m);
	(void)host_end_vss(m, id);
}

/* Its descriptor keeps the file system, and thaws it wherever it is mounted by then. */
static void thaws_what_was_unmounted_meanwhile(struct machine *m)
{
	begin(m);
	freeze(m);
	guest_run(m, "umount -l " GUEST_DISKS "/one && mkdir /tmp/over && mount -t tmpfs none " GUEST_DISKS "/two");
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
	guest_run(m, "umount " GUEST_DISKS "/two");
	guest_expect_thawed(m);
	guest_run(m, "timeout 10 e2fsck -fn /tmp/one.image");
}

#define VSS_ROW(function, ...) ROW(function, .daemon = SCENARIO_VSS_OURS, ##__VA_ARGS__)
#define FULL_ROW(function, ...) VSS_ROW(function, .only_in_full = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	VSS_ROW(thaws_when_the_daemon_is_killed),
	FULL_ROW(thaws_when_the_daemon_is_stopped),
	FULL_ROW(thaws_when_the_freezer_is_killed),
	FULL_ROW(thaws_when_the_freezer_is_stopped),
	FULL_ROW(thaws_at_the_deadline_when_the_freezer_is_stopped),
	FULL_ROW(thaws_by_note_when_both_are_killed),
	FULL_ROW(thaws_what_a_dead_instance_left_when_it_starts),
	FULL_ROW(thaws_when_the_daemon_is_told_to_end),
	FULL_ROW(thaws_when_the_host_forgets_it),
	VSS_ROW(thaws_when_the_device_is_withdrawn),
	FULL_ROW(survives_twenty_withdrawals),
	FULL_ROW(thaws_when_the_guest_is_suspended, .not_on_kernel = "a pause is nothing that its kernel hears of"),
	FULL_ROW(holds_sleep_up_until_all_is_thawed, .not_on_kernel = "a pause is nothing that its kernel hears of"),
	FULL_ROW(freezes_nothing_that_it_reads_too_late),
	FULL_ROW(thaws_the_others_while_one_freeze_hangs),
	FULL_ROW(thaws_what_is_frozen_after_both_are_killed),
	FULL_ROW(serves_when_no_former_freeze_is_left),
	FULL_ROW(ends_when_a_former_freeze_does_not),
	FULL_ROW(thaws_what_was_unmounted_meanwhile),
};

SCENARIO_SET(scenarios_vss_faults, rows);
