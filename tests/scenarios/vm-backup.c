// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Backup, answered by the kernel alone and with Debian's own daemon: what ours will find. No file system here is
 * on a disk, so that a freeze freezes nothing.
 */

#include "host/vm/deeds.h"
#include "scenario.h"

static int spawn_old(struct machine *m, const char *path)
{
	const char *const argv[] = { path, "-n", NULL };
	const struct guest_command command = { .argv = argv, .talks_to_log = true };

	return guest_spawn(m, &command);
}

static void backs_nothing_up_without_a_daemon(struct machine *m)
{
	host_wait_for_state(m, CONTROL_VSS, CONTROL_NEGOTIATED);
	expect_status(host_vss(m, VSS_OP_HOT_BACKUP), HV_E_FAIL);
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
}

/* The order of a production checkpoint. */
static void has_the_old_daemon_freeze_and_thaw(struct machine *m)
{
	static const uint8_t operations[] = { VSS_OP_GET_DM_INFO, VSS_OP_CREATE, VSS_OP_FREEZE,
		VSS_OP_THAW, VSS_OP_BU_COMPLETE };
	int daemon = spawn_old(m, "/usr/sbin/hv_vss_daemon");

	host_wait_for_state(m, CONTROL_VSS, CONTROL_NEGOTIATED);
	expect(machine_eventually(m, host_vss(m, VSS_OP_HOT_BACKUP) == HV_S_OK));
	for (size_t i = 0; i < sizeof(operations); i++)
		expect_status(host_vss(m, operations[i]), HV_S_OK);
	expect(guest_runs(m, daemon));
}

#define KERNEL_ROW(function, ...) ROW(function, .daemon = SCENARIO_DRIVER, .needs_kernel = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	KERNEL_ROW(backs_nothing_up_without_a_daemon),
	KERNEL_ROW(has_the_old_daemon_freeze_and_thaw),
};

SCENARIO_SET(scenarios_vm_backup, rows);
