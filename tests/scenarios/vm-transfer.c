// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Backup and file copy, answered by the kernel and by Debian's own daemons, where the kernel's package has them:
 * what our daemons will find. No file system here is on a disk, so that a freeze freezes nothing.
 */

#include "host/vm/deeds.h"
#include "scenario.h"

#include <stdio.h>

#define FCOPY_NEW_ID                                                                           \
	"34d14be3-dee4-41c8-9ae7-6b174977c192 eb765408-105f-49b6-b4aa-c123b64d17d4"

static bool has(struct machine *m, const char *path)
{
	return guest_try(m, "[ -e %s ]", path) == 0;
}

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

static void expect_copied(struct machine *m, const char *name)
{
	static uint8_t bytes[100000];
	struct raw_file file = {
		.folder = "/tmp", .name = name, .flags = CREATE_PATH, .bytes = bytes, .size = sizeof(bytes),
	};
	char *copy, path[64];
	size_t size;

	(void)snprintf(path, sizeof(path), "/tmp/%s", name);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	expect_status(host_copy_raw_file(m, &file), HV_S_OK);
	copy = guest_read_file(m, path, &size);
	expect_number(size, sizeof(bytes));
	expect(memcmp(copy, bytes, size) == 0);
	free(copy);
	expect_status(host_copy_raw_file(m, &file), HV_ERROR_ALREADY_EXISTS);
}

static void copies_a_file_by_the_kernels_device(struct machine *m)
{
	int daemon;

	if (!has(m, "/dev/vmbus/hv_fcopy"))
		return; /* Linux 6.10 and later have it in user space */
	daemon = spawn_old(m, "/usr/sbin/hv_fcopy_daemon");
	expect_given(host_version(m, CONTROL_FCOPY), "1.1");
	kernel_seconds_pass(m, 1);
	expect_copied(m, "dätei");
	expect(guest_runs(m, daemon));
}

/* With the driver bound, whoever opens /dev/uio0 is the service. The old daemon makes X of other letters. */
static void copies_a_file_by_a_bare_channel(struct machine *m)
{
	if (has(m, "/dev/vmbus/hv_fcopy"))
		return;
	guest_run(m, "echo '%s' >/sys/bus/vmbus/drivers/uio_hv_generic/new_id", FCOPY_NEW_ID);
	expect(machine_eventually(m, has(m, "/dev/uio0")));
	if (!has(m, "/usr/sbin/hv_fcopy_uio_daemon"))
		return; /* Debian's package for 6.12 has none */
	(void)spawn_old(m, "/usr/sbin/hv_fcopy_uio_daemon");
	expect_given(host_version(m, CONTROL_FCOPY), "1.1");
	expect_copied(m, "file");
}

#define KERNEL_ROW(function, ...) ROW(function, .daemon = SCENARIO_DRIVER, .needs_kernel = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	KERNEL_ROW(backs_nothing_up_without_a_daemon),
	KERNEL_ROW(has_the_old_daemon_freeze_and_thaw),
	KERNEL_ROW(copies_a_file_by_the_kernels_device),
	KERNEL_ROW(copies_a_file_by_a_bare_channel),
};

SCENARIO_SET(scenarios_vm_transfer, rows);
