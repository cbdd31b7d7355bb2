// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A file system of a type that nobody here knows (guest-tool fuse), at /mnt/strange: that it cannot be frozen
 * shows when it is to be, that it cannot be opened does before, and while its server is stopped it keeps a
 * backup waiting for as long as a scenario likes.
 */

#include "scenario.h"

#include <signal.h>
#include <stdio.h>

static void set(struct machine *m, const char *settings)
{
	guest_append_file(m, GUEST_VSS_CONFIG, settings, strlen(settings));
}

/* What serves it. A loop device is one for as long as somebody has it open. */
static int mount_strange(struct machine *m, const char *way)
{
	char *disk;
	int server;

	guest_add_disk(m, "blank", "mkfs.ext4 -q", 16);
	disk = guest_ask(m, "findmnt -no SOURCE " GUEST_DISKS "/blank | tr -d '\\n'");
	guest_run(m, "sleep 600 <%s & mkdir " GUEST_DISKS "/strange && umount " GUEST_DISKS "/blank", disk);
	server = guest_spawn_tool(m, "fuse", disk, GUEST_DISKS "/strange", way, NULL);
	guest_wait_for_output(m, server, "mounted");
	free(disk);
	return server;
}

static void start(struct machine *m)
{
	guest_add_disk(m, "good", "mkfs.ext4 -q", 16);
	guest_start_bus(m);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Vss1");
}

static void add_hook(struct machine *m)
{
	guest_run(m, "install -d /etc/hvguest/vss.d && printf '#!/bin/sh\\necho $1 >>/tmp/calls\\n' >/etc/hvguest/vss.d/hook &&"
		     " chmod 0755 /etc/hvguest/vss.d/hook");
	(void)guest_start_systemd(m);
}

/* Of an earlier one, if any. */
static void expect_refusal_before_hooks(struct machine *m, const char *calls)
{
	expect_status(host_vss(m, VSS_OP_HOT_BACKUP), HV_E_FAIL);
	expect_given(guest_ask(m, "cat /tmp/calls 2>/dev/null"), calls);
}

static void refuses_what_it_cannot_open_before_hooks_run(struct machine *m)
{
	set(m, "[FileSystems]\nRequireAll=yes\n");
	start(m);
	add_hook(m);
	(void)mount_strange(m, "fails");
	expect_refusal_before_hooks(m, "");
	guest_wait_for_log(m, "RequireAll= is set, and /mnt/strange cannot be opened: Input/output error");
}

/* Nothing but a freeze tells; from then on it is known. */
static void learns_what_the_kernel_cannot_freeze(struct machine *m)
{
	set(m, "[FileSystems]\nRequireAll=yes\n");
	start(m);
	add_hook(m);
	(void)mount_strange(m, "opens");
	expect_status(host_vss(m, VSS_OP_HOT_BACKUP), HV_S_OK);
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	expect(!guest_is_frozen(m, "good"));
	expect(machine_eventually(m, guest_try(m, "grep -q abort /tmp/calls") == 0));
	expect_refusal_before_hooks(m, "pre-freeze\nabort\n");
	guest_wait_for_log(m, "RequireAll= is set, and /mnt/strange cannot be frozen: its type cannot be frozen");
}

static void leaves_out_what_the_kernel_cannot_freeze(struct machine *m)
{
	start(m);
	(void)mount_strange(m, "opens");
	for (int i = 0; i < 2; i++) {
		struct host_backup backup = host_backup(m, NULL, NULL);

		expect_status(backup.freeze, HV_S_OK);
		expect_status(backup.thaw, HV_S_OK);
	}
	guest_wait_for_log(m, "/mnt/strange (fuseblk.strange) was not frozen: it cannot be frozen.");
	guest_wait_for_log(m, "/mnt/strange (fuseblk.strange) was not frozen: its type cannot be frozen.");
}

static bool is_in_state(struct machine *m, const char *state)
{
	char *said = guest_ask(m, "busctl get-property org.hvguest.Vss1 /org/hvguest/Vss1 org.hvguest.Vss1 State");
	bool is = strstr(said, state) != NULL;

	free(said);
	return is;
}

/* The look at the disk goes on, and keeps nobody from anything once the disk answers. */
static void gives_a_check_up_when_the_device_is_withdrawn(struct machine *m)
{
	int server;

	start(m);
	server = mount_strange(m, "opens");
	guest_signal(m, server, SIGSTOP);
	(void)host_begin_vss(m, VSS_OP_HOT_BACKUP);
	expect(machine_eventually(m, is_in_state(m, "\"checking\"")));
	host_withdraw_backup(m);
	expect(machine_eventually(m, is_in_state(m, "\"thawed\"")));
	host_offer_backup(m);
	host_wait_for_backup_service(m);
	expect_status(host_vss(m, VSS_OP_HOT_BACKUP), HV_E_FAIL); /* in time, although nobody knows */
	guest_signal(m, server, SIGCONT);
	expect(machine_eventually(m, host_vss(m, VSS_OP_HOT_BACKUP) == HV_S_OK));
	expect_status(host_backup(m, NULL, NULL).thaw, HV_S_OK);
	expect(!guest_is_frozen(m, "good"));
}

/* What was opened is none of the mounts any more when they are read again. */
static void freezes_nothing_that_was_unmounted_meanwhile(struct machine *m)
{
	uint64_t id;
	int server;

	start(m);
	server = mount_strange(m, "opens");
	guest_signal(m, server, SIGSTOP);
	id = host_begin_vss(m, VSS_OP_FREEZE);
	expect(machine_eventually(m, is_in_state(m, "\"freezing\"")));
	guest_run(m, "sleep 0.5; umount -l -i " GUEST_DISKS "/strange");
	guest_signal(m, server, SIGCONT);
	expect_status(host_end_vss(m, id), HV_E_FAIL);
	guest_wait_for_log(m, "/mnt/strange was mounted or unmounted meanwhile");
	expect_status(host_backup(m, NULL, NULL).thaw, HV_S_OK);
}

#define STRANGE_ROW(function)                                                                  \
	ROW(function, .daemon = SCENARIO_VSS_OURS, .not_on_kernel = "no guest has FUSE for anything else")

static const struct scenario rows[] = {
	STRANGE_ROW(refuses_what_it_cannot_open_before_hooks_run),
	STRANGE_ROW(learns_what_the_kernel_cannot_freeze),
	STRANGE_ROW(leaves_out_what_the_kernel_cannot_freeze),
	STRANGE_ROW(gives_a_check_up_when_the_device_is_withdrawn),
	STRANGE_ROW(freezes_nothing_that_was_unmounted_meanwhile),
};

SCENARIO_SET(scenarios_vss_strange, rows);
