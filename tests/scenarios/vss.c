// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Backups that go well, and those that are refused: what the host is told, and what is frozen meanwhile.
 */

#include "scenario.h"

#include <stdio.h>

static void add_setting(struct machine *m, const char *section, const char *setting)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "[%s]\n%s\n", section, setting);
	guest_append_file(m, GUEST_VSS_CONFIG, line, strlen(line));
}

static void expect_backup(struct machine *m, void (*snapshot)(struct machine *, void *), void *userdata)
{
	struct host_backup backup = host_backup(m, snapshot, userdata);

	expect_status(backup.check, HV_S_OK);
	expect_status(backup.freeze, HV_S_OK);
	expect_status(backup.thaw, HV_S_OK);
}

/* zram: a disk that any daemon takes for one. Its number is taken from this machine, and given back. */
static void freezes_and_thaws_a_disk(struct machine *m)
{
	char *number = guest_ask(m, "cat /sys/class/zram-control/hot_add 2>/dev/null");
	int n = (int)strtol(number, NULL, 10);

	free(number);
	if (n <= 0) {
		guest_start_daemon(m); /* no zram here: the conversation alone */
		expect_backup(m, NULL, NULL);
		return;
	}
	guest_run(m, "mknod /dev/zram%d b $(grep zram /proc/devices | cut -c1-3) %d; echo 32M >/sys/block/zram%d/disksize &&"
		     " mkfs.ext4 -q /dev/zram%d && mkdir -p " GUEST_DISKS "/zram && mount /dev/zram%d " GUEST_DISKS "/zram",
		n, n, n, n, n);
	guest_start_daemon(m);
	expect_status(host_vss(m, VSS_OP_HOT_BACKUP), HV_S_OK);
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	if (strcmp(machine_daemon(m), "debian") == 0)
		expect(guest_is_frozen(m, "zram"));
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
	expect(!guest_is_frozen(m, "zram"));
	guest_stop_daemon(m);
	/* The world in which Debian's daemon was alone goes some time after it. */
	guest_run(m, "for try in $(seq 50); do umount " GUEST_DISKS "/zram && break; sleep 0.1; done;"
		     " ! mountpoint -q " GUEST_DISKS "/zram && echo 1 >/sys/block/zram%d/reset && echo %d >/sys/class/zram-control/hot_remove",
		n, n);
}

static void expect_frozen(struct machine *m, void *userdata)
{
	for (const char *const *name = userdata; *name; name++)
		expect(guest_is_frozen(m, *name));
}

static void freezes_file_systems_of_all_kinds(struct machine *m)
{
	static const char *const names[] = { "ext4", "ext2", "xfs", "btrfs", NULL };

	guest_add_disk(m, "ext4", "mkfs.ext4 -q", 16);
	guest_add_disk(m, "ext2", "mkfs.ext2 -q", 16);
	guest_add_disk(m, "xfs", "mkfs.xfs -q", 320);
	guest_add_disk(m, "btrfs", "mkfs.btrfs -q", 128);
	guest_run(m, "btrfs -q subvolume create " GUEST_DISKS "/btrfs/sub && mkdir -p " GUEST_DISKS "/sub " GUEST_DISKS
		     "/bind && mount -o subvol=sub $(findmnt -no SOURCE " GUEST_DISKS "/btrfs) " GUEST_DISKS "/sub &&"
		     " mount --bind " GUEST_DISKS "/ext4 " GUEST_DISKS "/bind");
	guest_start_daemon(m);
	expect_backup(m, expect_frozen, (void *)(uintptr_t)names);
	guest_expect_thawed(m);
	guest_wait_for_log(m, "4 file systems were frozen");
}

static void freezes_stacks_from_the_top(struct machine *m)
{
	static const char *const names[] = { "low", "low/middle", "low/middle/top", NULL };

	guest_add_disk(m, "low", "mkfs.ext4 -q", 128);
	guest_add_disk(m, "low/middle", "mkfs.ext4 -q", 64);
	guest_add_disk(m, "low/middle/top", "mkfs.ext4 -q", 16);
	guest_start_daemon(m);
	for (int i = 0; i < 3; i++) {
		guest_run(m, "for d in low low/middle low/middle/top; do head -c 1M /dev/urandom >" GUEST_DISKS "/$d/dirty; done");
		expect_backup(m, i == 0 ? expect_frozen : NULL, (void *)(uintptr_t)names);
	}
	guest_expect_thawed(m);
}

/* Not every guest has squashfs; where it has, Debian's daemon fails every backup because of one. */
static void add_what_never_changes(struct machine *m)
{
	guest_add_disk(m, "ro", "mkfs.ext4 -q", 16);
	guest_run(m, "mount -o remount,ro " GUEST_DISKS "/ro");
	guest_run(m, "mkdir -p /tmp/s && echo x >/tmp/s/x");
	if (guest_try(m, "grep -q squashfs /proc/filesystems && mksquashfs /tmp/s /tmp/squash.image -quiet -no-progress") == 0)
		guest_insert_disk(m, "squash");
	guest_run(m, "mkdir " GUEST_DISKS "/tmp " GUEST_DISKS "/merged && mount -t tmpfs none " GUEST_DISKS "/tmp &&"
		     " mkdir " GUEST_DISKS "/tmp/u " GUEST_DISKS "/tmp/w && mount -t overlay none -o lowerdir=/tmp/s,upperdir="
		     GUEST_DISKS "/tmp/u,workdir=" GUEST_DISKS "/tmp/w " GUEST_DISKS "/merged");
}

static void leaves_out_what_cannot_be_frozen(struct machine *m)
{
	guest_add_disk(m, "good", "mkfs.ext4 -q", 16);
	add_what_never_changes(m);
	guest_start_daemon(m);
	expect_backup(m, NULL, NULL);
	guest_wait_for_log(m, "1 file systems were frozen");
	guest_expect_thawed(m);
}

/* What is not written to is whole in the snapshot. */
static void requires_nothing_of_what_never_changes(struct machine *m)
{
	add_setting(m, "FileSystems", "RequireAll=yes");
	guest_add_disk(m, "good", "mkfs.ext4 -q", 16);
	add_what_never_changes(m);
	guest_start_daemon(m);
	expect_backup(m, NULL, NULL);
	guest_wait_for_log(m, "1 file systems were frozen");
}

static void refuses_a_backup_that_cannot_be_whole(struct machine *m)
{
	add_setting(m, "FileSystems", "RequireAll=yes");
	guest_add_disk(m, "good", "mkfs.ext4 -q", 16);
	guest_add_disk(m, "hidden", "mkfs.ext4 -q", 16);
	guest_run(m, "mount -t tmpfs none " GUEST_DISKS "/hidden");
	guest_start_daemon(m);
	expect_status(host_vss(m, VSS_OP_HOT_BACKUP), HV_E_FAIL);
	guest_wait_for_log(m, "RequireAll= is set, and /mnt/hidden cannot be frozen");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	expect(!guest_is_frozen(m, "good"));
	guest_run(m, "umount " GUEST_DISKS "/hidden");
	expect_backup(m, NULL, NULL);
}

static void fails_when_somebody_else_has_frozen_a_disk(struct machine *m)
{
	guest_add_disk(m, "mine", "mkfs.ext4 -q", 16);
	guest_add_disk(m, "theirs", "mkfs.ext4 -q", 16);
	guest_start_daemon(m);
	guest_run(m, "fsfreeze -f " GUEST_DISKS "/theirs");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	expect(!guest_is_frozen(m, "mine"));
	expect(guest_is_frozen(m, "theirs")); /* not ours to thaw */
	guest_run(m, "fsfreeze -u " GUEST_DISKS "/theirs");
	guest_wait_for_log(m, "/mnt/theirs cannot be frozen: somebody else has frozen it");
	expect_backup(m, NULL, NULL);
	guest_expect_thawed(m);
}

static void skips_what_somebody_else_has_frozen_if_told_so(struct machine *m)
{
	add_setting(m, "FileSystems", "AlreadyFrozen=skip");
	guest_add_disk(m, "mine", "mkfs.ext4 -q", 16);
	guest_add_disk(m, "theirs", "mkfs.ext4 -q", 16);
	guest_start_daemon(m);
	guest_run(m, "fsfreeze -f " GUEST_DISKS "/theirs");
	expect_backup(m, NULL, NULL);
	expect(guest_is_frozen(m, "theirs"));
	guest_run(m, "fsfreeze -u " GUEST_DISKS "/theirs");
	guest_expect_thawed(m);
}

static void answers_what_comes_out_of_turn(struct machine *m)
{
	guest_add_disk(m, "disk", "mkfs.ext4 -q", 16);
	guest_start_daemon(m);
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
	expect_status(host_vss(m, VSS_OP_HOT_BACKUP), HV_S_OK);
	expect_status(host_vss(m, VSS_OP_HOT_BACKUP), HV_S_OK);
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	expect_status(host_vss(m, VSS_OP_HOT_BACKUP), HV_S_OK);
	expect(guest_is_frozen(m, "disk"));
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
	guest_expect_thawed(m);
}

/* The log may be on a disk that is frozen. */
static void keeps_what_it_says_until_the_thaw(struct machine *m)
{
	guest_add_disk(m, "disk", "mkfs.ext4 -q", 16);
	guest_start_daemon(m);
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	guest_run(m, "sleep 0.5");
	expect(guest_is_frozen(m, "disk") && !guest_has_logged(m, "Frozen for a backup"));
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
	guest_wait_for_log(m, "Frozen for a backup: 1 file systems");
}

static void takes_a_hundred_backups_under_writers(struct machine *m)
{
	guest_add_disk(m, "one", "mkfs.ext4 -q", 32);
	guest_add_disk(m, "two", "mkfs.xfs -q", 320);
	guest_start_daemon(m);
	guest_run(m, "for d in one two; do (i=0; while [ -e /tmp/go ] || [ $i = 0 ]; do i=$((i+1)); echo $i >" GUEST_DISKS
		     "/$d/f$((i %% 50)); done) & done >/dev/null 2>&1; touch /tmp/go");
	for (int i = 0; i < 100; i++)
		expect_backup(m, NULL, NULL);
	guest_run(m, "rm /tmp/go");
	guest_expect_thawed(m);
}

/* What is in the image while it is frozen is a whole file system, with all that was synced before. */
static void copy_image(struct machine *m, void *userdata)
{
	guest_run(m, "cp --sparse=always /tmp/disk.image /tmp/copy.image");
}

static void gives_the_host_a_consistent_snapshot(struct machine *m)
{
	guest_add_disk(m, "disk", "mkfs.ext4 -q", 32);
	guest_start_daemon(m);
	guest_run(m, "(i=0; while [ -e /tmp/go ] || [ $i = 0 ]; do i=$((i+1)); echo line $i >>" GUEST_DISKS "/disk/log; done)"
		     " >/dev/null 2>&1 & touch /tmp/go");
	for (int i = 0; i < 5; i++) {
		guest_run(m, "echo committed %d >" GUEST_DISKS "/disk/commit", i); /* without fsync: the freeze writes it */
		expect_backup(m, copy_image, NULL);
		guest_run(m, "e2fsck -fn /tmp/copy.image >/tmp/fsck 2>&1 || { cat /tmp/fsck; exit 1; }");
		guest_run(m, "[ \"$(debugfs -R 'cat /commit' /tmp/copy.image 2>/dev/null)\" = 'committed %d' ]", i);
	}
	guest_run(m, "rm /tmp/go");
	guest_expect_thawed(m);
}

/* As systemd's sandbox makes it: its own mounts are all read-only, and processes of others are hidden. */
static void freezes_from_a_sandbox(struct machine *m)
{
	static const char *const names[] = { "ext4", "later", NULL };
	const char *const argv[] = { "/usr/bin/unshare", "--mount", "--propagation", "slave", "/bin/sh", "-ec",
		"mount -t proc -o hidepid=invisible proc /proc; mount -o remount,bind,ro " GUEST_DISKS "/ext4;"
		" mount -o remount,bind,ro /; exec setpriv --bounding-set -all,+sys_admin,+dac_read_search,+ipc_lock,+sys_ptrace"
		" --no-new-privs " HVG_VSSD " --device " GUEST_VSS_DEVICE " --config " GUEST_VSS_CONFIG
		" --kernel-timeout 3s --only-major 7 --freezer " HVG_FREEZER,
		NULL };
	const struct guest_command command = { .argv = argv, .talks_to_log = true };

	guest_add_disk(m, "ext4", "mkfs.ext4 -q", 16);
	(void)guest_spawn(m, &command);
	host_wait_for_backup_service(m);
	guest_add_disk(m, "later", "mkfs.ext4 -q", 16);
	expect_backup(m, expect_frozen, (void *)(uintptr_t)names);
	guest_wait_for_log(m, "2 file systems were frozen");
	guest_expect_thawed(m);
}

static void freezes_two_hundred_disks(struct machine *m)
{
	guest_add_disks(m, 200);
	guest_start_daemon(m);
	expect_backup(m, NULL, NULL);
	guest_wait_for_log(m, "200 file systems were frozen");
	guest_expect_thawed(m);
}

static void fills_no_log_with_backups(struct machine *m)
{
	guest_start_daemon(m);
	for (uint32_t i = 0; i < FLOOD / 4; i++) {
		(void)host_vss(m, VSS_OP_THAW);
		expect_status(host_vss(m, VSS_OP_HOT_BACKUP), HV_S_OK);
		(void)host_vss(m, VSS_OP_FREEZE);
		(void)host_vss(m, VSS_OP_THAW);
	}
	expect_short_log(m, "hv-vssd: ");
	expect_backup(m, NULL, NULL);
}

#define VSS_ROW(function, ...) ROW(function, .daemon = SCENARIO_VSS_OURS, ##__VA_ARGS__)
#define FULL_ROW(function, ...) VSS_ROW(function, .only_in_full = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	ROW(freezes_and_thaws_a_disk, .daemon = SCENARIO_VSS),
	VSS_ROW(freezes_file_systems_of_all_kinds),
	FULL_ROW(freezes_stacks_from_the_top),
	FULL_ROW(leaves_out_what_cannot_be_frozen),
	FULL_ROW(requires_nothing_of_what_never_changes),
	FULL_ROW(refuses_a_backup_that_cannot_be_whole),
	FULL_ROW(fails_when_somebody_else_has_frozen_a_disk),
	FULL_ROW(skips_what_somebody_else_has_frozen_if_told_so),
	FULL_ROW(answers_what_comes_out_of_turn),
	FULL_ROW(keeps_what_it_says_until_the_thaw),
	FULL_ROW(takes_a_hundred_backups_under_writers),
	FULL_ROW(gives_the_host_a_consistent_snapshot),
	FULL_ROW(freezes_from_a_sandbox),
	FULL_ROW(freezes_two_hundred_disks, .time_limit_s = 300),
	FULL_ROW(fills_no_log_with_backups),
};

SCENARIO_SET(scenarios_vss, rows);
