// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Disks of a whole system: its root is on ext4, and there are two more. They grow as virtual disks of Hyper-V do, but
 * are virtio's. A freeze is a real one here, and safe, because the superblock is this guest's own.
 */

#include "host/vm/system.h"
#include "scenario.h"

#include <stdio.h>

#define IMAGE_MIB 2048
#define BLANK_MIB 1024 /* of the other two */

static unsigned long blocks_of(struct machine *m, const char *folder)
{
	char *text = guest_ask(m, "stat --file-system --format=%%b %s", folder);
	unsigned long n = strtoul(text, NULL, 10);

	free(text);
	return n;
}

static bool has_length(struct machine *m, const char *disk, unsigned int mib)
{
	return guest_try(m, "[ $(blockdev --getsize64 %s) = $((%u << 20)) ]", disk, mib) == 0;
}

static void the_disk_grows_and_the_system_sees_it(struct machine *m)
{
	unsigned long before = blocks_of(m, "/");

	expect(has_length(m, GUEST_DISK_ROOT, IMAGE_MIB));
	host_resize_disk(m, 0, IMAGE_MIB + 1024);
	expect(machine_eventually(m, has_length(m, GUEST_DISK_ROOT, IMAGE_MIB + 1024)));
	guest_run(m, "hvctl disk grow / --yes");
	expect(blocks_of(m, "/") > before);
}

#define RULE "61-hvguest-grow.rules"

/* As hvctl doctor tells; but a disk of Microsoft's is not to be had here. */
static void install_rule(struct machine *m)
{
	guest_run(m, "sed 's/ATTRS{vendor}==\"Msft[*]\", //' /usr/share/hvguest/udev/" RULE " >/etc/udev/rules.d/" RULE
		     " && ! grep -q vendor /etc/udev/rules.d/" RULE " && udevadm control --reload");
}

static void the_rule_grows_partition_and_file_system_with_the_disk(struct machine *m)
{
	unsigned long before;

	guest_run(m, "echo ',,' | sfdisk --quiet --label gpt %s", GUEST_DISK_SECOND);
	expect(machine_eventually(m, guest_try(m, "[ -b %s1 ]", GUEST_DISK_SECOND) == 0));
	guest_run(m, "mkdir -p /mnt/grow && mkfs.xfs -q -f %s1 && mount %s1 /mnt/grow", GUEST_DISK_SECOND,
		GUEST_DISK_SECOND);
	before = blocks_of(m, "/mnt/grow");
	install_rule(m);
	host_resize_disk(m, 1, 2 * BLANK_MIB);
	expect(machine_eventually(m, blocks_of(m, "/mnt/grow") > before / 2 * 3));
	guest_run(m, "sfdisk --verify %s && rm /etc/udev/rules.d/" RULE " && udevadm control --reload", GUEST_DISK_SECOND);
	guest_run(m, "umount /mnt/grow && wipefs --quiet --all --force %s1 %s", GUEST_DISK_SECOND, GUEST_DISK_SECOND);
}

static void a_physical_volume_grows_with_its_disk(struct machine *m)
{
	guest_run(m, "pvcreate --quiet %s && vgcreate --quiet grown %s", GUEST_DISK_THIRD, GUEST_DISK_THIRD);
	host_resize_disk(m, 2, 2 * BLANK_MIB);
	expect(machine_eventually(m, has_length(m, GUEST_DISK_THIRD, 2 * BLANK_MIB)));
	guest_run(m, "hvctl disk grow %s --yes", GUEST_DISK_THIRD);
	guest_run(m, "[ $(vgs --noheadings --nosuffix --units m -o vg_free grown | cut -d. -f1) -gt $((%u * 3 / 2)) ]",
		BLANK_MIB);
	guest_run(m, "vgremove --quiet grown && pvremove --quiet %s", GUEST_DISK_THIRD);
}

/* Somebody who writes there while all is frozen: in a process of its own, which goes on when it can. */
static int spawn_writer(struct machine *m, const char *folder)
{
	char line[256];
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	const struct guest_command command = { .argv = argv };

	(void)snprintf(line, sizeof(line), "echo >%s/written", folder);
	return guest_spawn(m, &command);
}

/* Folders, and who writes into each. */
struct writers {
	const char *const *folders;
	size_t n;
	int processes[4];
};

static void all_have_to_wait(struct machine *m, void *userdata)
{
	struct writers *writers = userdata;

	for (size_t i = 0; i < writers->n; i++)
		writers->processes[i] = spawn_writer(m, writers->folders[i]);
	kernel_seconds_pass(m, 2);
	for (size_t i = 0; i < writers->n; i++)
		expect(guest_runs(m, writers->processes[i]));
}

static void expect_a_backup_that_holds_up(struct machine *m, const char *const *folders, size_t n)
{
	struct writers writers = { .folders = folders, .n = n };
	struct host_backup backup;

	guest_wait_for_unit(m, "hv-vssd.service", "active");
	host_wait_for_state(m, CONTROL_VSS, CONTROL_NEGOTIATED);
	host_wait_for_backup_service(m);
	backup = host_backup(m, all_have_to_wait, &writers);
	expect_status(backup.freeze, HV_S_OK);
	expect_status(backup.thaw, HV_S_OK);
	for (size_t i = 0; i < n; i++)
		expect_number(guest_wait(m, writers.processes[i]), 0);
	guest_run(m, "hvctl vss history | grep -q 'backup *complete'");
}

static void a_backup_freezes_the_root_and_thaws_it(struct machine *m)
{
	static const char *const folders[] = { "/var/tmp" };

	expect_a_backup_that_holds_up(m, folders, 1);
}

static void a_backup_freezes_every_kind_of_file_system(struct machine *m)
{
	static const char *const folders[] = { "/mnt/xfs", "/mnt/btrfs", "/var/tmp" };

	guest_run(m, "mkdir -p /mnt/xfs && mkfs.xfs -q -f %s && mount %s /mnt/xfs", GUEST_DISK_SECOND,
		GUEST_DISK_SECOND);
	guest_run(m, "mkdir -p /mnt/btrfs && mkfs.btrfs -q -f %s && mount %s /mnt/btrfs", GUEST_DISK_THIRD,
		GUEST_DISK_THIRD);
	expect_a_backup_that_holds_up(m, folders, 3);
	guest_run(m, "umount /mnt/xfs /mnt/btrfs");
}

static const struct scenario rows[] = {
	SYSTEM_ROW(the_disk_grows_and_the_system_sees_it),
	SYSTEM_ROW(the_rule_grows_partition_and_file_system_with_the_disk),
	SYSTEM_ROW(a_physical_volume_grows_with_its_disk),
	SYSTEM_ROW(a_backup_freezes_the_root_and_thaws_it),
	SYSTEM_ROW(a_backup_freezes_every_kind_of_file_system),
};

SCENARIO_SET(scenarios_system_disks, rows);
