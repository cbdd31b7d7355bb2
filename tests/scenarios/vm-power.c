// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The host asks the guest to go: the kernel answers, then calls /sbin/poweroff or /sbin/reboot.
 */

#include "host/vm/deeds.h"
#include "scenario.h"

static void switches_itself_off(struct machine *m)
{
	host_wait_for_state(m, CONTROL_SHUTDOWN, CONTROL_NEGOTIATED);
	expect_status(host_shut_down(m, HOST_POWER_OFF), HV_S_OK);
	expect_number(host_wait_for_end(m), CONTROL_END_OFF);
	host_boot(m);
	host_wait_for_state(m, CONTROL_HEARTBEAT, CONTROL_NEGOTIATED);
}

static void starts_anew(struct machine *m)
{
	host_wait_for_state(m, CONTROL_SHUTDOWN, CONTROL_NEGOTIATED);
	expect_status(host_shut_down(m, HOST_REBOOT | HOST_FORCE), HV_S_OK);
	expect_number(host_wait_for_end(m), CONTROL_END_RESET);
	host_boot(m);
	host_wait_for_state(m, CONTROL_HEARTBEAT, CONTROL_NEGOTIATED);
}

/* There is no S4 in our ACPI tables; and eight is nothing at all. */
static void refuses_what_it_cannot_do(struct machine *m)
{
	host_wait_for_state(m, CONTROL_SHUTDOWN, CONTROL_NEGOTIATED);
	expect_status(host_shut_down(m, HOST_HIBERNATE), HV_E_FAIL);
	expect_status(host_shut_down(m, 8), HV_E_FAIL);
	guest_run(m, "true");
	expect(host_runs(m));
}

#define KERNEL_ROW(function, ...) ROW(function, .daemon = SCENARIO_DRIVER, .needs_kernel = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	KERNEL_ROW(refuses_what_it_cannot_do),
	KERNEL_ROW(switches_itself_off),
	KERNEL_ROW(starts_anew),
};

SCENARIO_SET(scenarios_vm_power, rows);
