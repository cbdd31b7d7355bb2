// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Live backup of a whole system: hooks that its systemd runs, disks upon disks, and what becomes of a frozen
 * root when everybody who could thaw it is killed.
 */

#include "host/vm/system.h"
#include "scenario.h"

#include <stdio.h>

#define HOOKS "/etc/hvguest/vss.d"
#define CALLS "/run/calls" /* no file system that freezes */

static void be_ready(struct machine *m)
{
	guest_wait_for_unit(m, "hv-vssd.service", "active");
	host_wait_for_state(m, CONTROL_VSS, CONTROL_NEGOTIATED);
	host_wait_for_backup_service(m);
	guest_run(m, "rm -rf " HOOKS " " CALLS "; install -d " HOOKS);
}

/* A hook, and what it does besides writing its call down. */
static void add_hook(struct machine *m, const char *name, const char *deed)
{
	char text[1024], path[256];

	(void)snprintf(text, sizeof(text), "#!/bin/bash\necho \"${0##*/} $1\" >>" CALLS "\n%s\n", deed);
	(void)snprintf(path, sizeof(path), HOOKS "/%s", name);
	guest_write_file(m, path, text, strlen(text));
	guest_run(m, "chmod 0755 %s", path);
}

static bool has_called(struct machine *m, const char *expected)
{
	char *calls = guest_ask(m, "cat " CALLS " 2>/dev/null; true");
	bool is = strcmp(calls, expected) == 0;

	free(calls);
	return is;
}

static void expect_calls(struct machine *m, const char *expected)
{
	if (!machine_eventually(m, has_called(m, expected)))
		expect_given(guest_ask(m, "cat " CALLS), expected);
}

static void set(struct machine *m, const char *settings)
{
	guest_write_file(m, "/etc/hvguest/vss.conf", settings, strlen(settings));
	guest_run(m, "systemctl reload hv-vssd");
}

static void expect_good_backup(struct machine *m)
{
	struct host_backup backup = host_backup(m, NULL, NULL);

	expect_status(backup.freeze, HV_S_OK);
	expect_status(backup.thaw, HV_S_OK);
}

/* Not ours: neither the sandbox nor the limits, nor a group that dies with the daemon. */
static void hooks_are_units_of_their_own(struct machine *m)
{
	be_ready(m);
	add_hook(m, "hook",
		"[ $1 = pre-freeze ] && { cat /proc/self/cgroup; id -un; ulimit -l; cat /proc/self/oom_score_adj;"
		" grep NoNewPrivs /proc/self/status; touch /usr/written && rm /usr/written && echo writes; } >/run/facts 2>&1; exit 0");
	expect_good_backup(m);
	expect_calls(m, "hook pre-freeze\nhook post-thaw\n");
	guest_run(m, "grep -q '^0::/system.slice/hvguest-vss-hook-[0-9]*-0-pre-freeze-0.service$'"
		     " /run/facts || { cat /run/facts; exit 1; }");
	guest_run(m, "grep -qx root /run/facts && grep -qx 0 /run/facts && grep -qx 'NoNewPrivs:.0' /run/facts && grep -qx writes /run/facts ||"
		     " { cat /run/facts; exit 1; }");
	guest_run(m, "! grep -qx unlimited /run/facts"); /* as the daemon may lock memory */
	expect_given(guest_ask(m, "systemctl list-units --all --no-legend --plain 'hvguest-vss-*'"), "");
}

static void hooks_run_in_order_and_back(struct machine *m)
{
	be_ready(m);
	add_hook(m, "10-first", "");
	add_hook(m, "20-second", "[ $1 = pre-freeze ] && exit 75; exit 0");
	add_hook(m, "30-db.session",
		"trap 'echo released >>" CALLS "; exit 0' TERM; systemd-notify --ready; while :; do sleep 0.1; done");
	expect_good_backup(m);
	expect_calls(m,
		"10-first pre-freeze\n20-second pre-freeze\n30-db.session pre-freeze\nreleased\n20-second post-thaw\n"
		"10-first post-thaw\n");
	guest_run(m, "rm " CALLS);
	guest_run(m, "hvctl vss test");
	expect_calls(m,
		"10-first pre-freeze\n20-second pre-freeze\n30-db.session pre-freeze\nreleased\n20-second post-thaw\n"
		"10-first post-thaw\n");
}

/* With all that it has started, and before the budget is used up. */
static void a_hook_that_takes_too_long_is_ended(struct machine *m)
{
	uint64_t begin_us = kernel_now_us(m);

	be_ready(m);
	set(m, "[Hooks]\nHookTimeoutSec=5\nHookBudgetSec=20\n");
	add_hook(m, "slow", "[ $1 = abort ] || { sleep 3333 & trap '' TERM; sleep 3333; }");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	expect_calls(m, "slow pre-freeze\nslow abort\n");
	expect(kernel_seconds_since(m, begin_us) < 120);
	guest_run(m, "! pgrep -f '[s]leep 3333'");
	guest_run(m, "hvctl vss history | head -n 2 | grep -q 'the hook " HOOKS "/slow took too long'");
	set(m, "");
}

static void a_hook_that_others_may_write_to_is_not_run(struct machine *m)
{
	be_ready(m);
	add_hook(m, "open", "");
	guest_run(m, "chmod 0775 " HOOKS "/open");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	guest_run(m, "chmod 0755 " HOOKS "/open; chown nobody " HOOKS "/open");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	guest_run(m, "[ ! -e " CALLS " ]");
	guest_run(m, "chown root " HOOKS "/open");
	expect_good_backup(m);
	expect_calls(m, "open pre-freeze\nopen post-thaw\n");
}

/* An image on a logical volume: the plan has them in order, and the root last. */
static void disks_upon_disks_are_frozen_from_the_top(struct machine *m)
{
	be_ready(m);
	guest_run(m, "modprobe dm-mod && vgcreate -q -q vg %s && lvcreate -q -q -y -n data -L 200M vg && mkfs.ext4 -q /dev/vg/data &&"
		     " mkdir -p /mnt/data && mount /dev/vg/data /mnt/data", GUEST_DISK_SECOND);
	guest_run(m, "truncate -s 100M /mnt/data/image && mkfs.ext4 -q /mnt/data/image && mkdir /mnt/data/top &&"
		     " mount -o loop /mnt/data/image /mnt/data/top");
	guest_run(m, "hvctl --json vss test >/run/report");
	guest_run(m, "cat /run/report; level() { tr -d ' \\n' </run/report |"
		     " grep -o '\"mount\":\"'$1'\",[^}]*\"level\":[0-9]*' | sed 's/.*://'; };"
		     " [ $(level /mnt/data/top) -lt $(level /mnt/data) ] && [ $(level /mnt/data) -le $(level /) ]");
	expect_good_backup(m);
	guest_run(m, "timeout 20 touch /mnt/data/top/x /mnt/data/x /x");
	guest_run(m, "umount /mnt/data/top /mnt/data && vgremove -q -q -y vg");
}

static void be_frozen(struct machine *m)
{
	be_ready(m);
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	expect(guest_try(m, "timeout 3 sh -c '{ echo x >/var/tmp/probe; } >/dev/null 2>&1 & wait'") != 0);
}

/*
 * The whole control group, as systemd does it for want of memory: then it is the unit's ExecStopPost that thaws.
 * Stopped first, none of them can do it when another dies.
 */
static void a_frozen_root_is_thawed_when_all_is_killed(struct machine *m)
{
	be_ready(m);
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	guest_run(m, "systemctl kill --kill-whom=all --signal=STOP hv-vssd");
	expect_given(guest_ask(m, "for p in $(systemctl show -P MainPID hv-vssd) $(pgrep -x hv-vss-freezer); do cat /proc/$p/oom_score_adj; done"),
		"-1000\n-1000\n");
	guest_run(m, "systemctl kill --kill-whom=all --signal=KILL hv-vssd");
	guest_run(m, "timeout 60 touch /var/tmp/thawed");
	guest_wait_for_log(m, "Thawed what a former instance may have left frozen: 1 file systems");
	guest_wait_for_unit(m, "hv-vssd.service", "active");
	host_wait_for_backup_service(m);
	expect_good_backup(m);
}

static void a_frozen_root_is_thawed_when_the_service_is_stopped(struct machine *m)
{
	be_frozen(m);
	guest_run(m, "timeout 60 systemctl stop hv-vssd && timeout 20 touch /var/tmp/thawed");
	guest_run(m, "systemctl start hv-vssd");
	host_wait_for_backup_service(m);
	guest_run(m, "hvctl vss history | grep -q 'the daemon is ending'");
	expect_good_backup(m);
}

static void a_backup_is_remembered_over_a_reboot(struct machine *m)
{
	be_ready(m);
	expect_good_backup(m);
	guest_run(m, "hvctl --json vss history | md5sum >/root/before");
	guest_reboot(m);
	guest_wait_for_unit(m, "hv-vssd.service", "active");
	guest_run(m, "hvctl --json vss history | md5sum | cmp - /root/before");
}

static const struct scenario rows[] = {
	SYSTEM_ROW(hooks_are_units_of_their_own),
	SYSTEM_ROW(hooks_run_in_order_and_back),
	SYSTEM_ROW(a_hook_that_takes_too_long_is_ended),
	SYSTEM_ROW(a_hook_that_others_may_write_to_is_not_run),
	SYSTEM_ROW(disks_upon_disks_are_frozen_from_the_top),
	SYSTEM_ROW(a_frozen_root_is_thawed_when_all_is_killed),
	SYSTEM_ROW(a_frozen_root_is_thawed_when_the_service_is_stopped),
	SYSTEM_ROW(a_backup_is_remembered_over_a_reboot),
};

SCENARIO_SET(scenarios_system_vss, rows);
