// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Heartbeat: answered by the kernel alone, and how versions are agreed upon.
 */

#include "host/vm/deeds.h"
#include "scenario.h"

static void counts_on_from_each_heartbeat(struct machine *m)
{
	host_wait_for_state(m, CONTROL_HEARTBEAT, CONTROL_NEGOTIATED);
	expect_number(host_beat(m, 100), 101);
	expect_number(host_beat(m, 7), 8);
	expect_number(host_beat(m, 0xffffffff), UINT64_C(0x100000000));
}

static void agrees_upon_the_newest_versions(struct machine *m)
{
	expect_given(host_version(m, CONTROL_HEARTBEAT), "3.0");
	expect_given(host_version(m, CONTROL_SHUTDOWN), "3.2");
	expect_given(host_version(m, CONTROL_TIMESYNC), "4.0");
	expect_given(host_version(m, CONTROL_VSS), "5.0");
}

static void agrees_with_an_old_host(struct machine *m)
{
	host_know_versions(m, CONTROL_HEARTBEAT, "1.0");
	host_withdraw_component(m, CONTROL_HEARTBEAT);
	host_offer_component(m, CONTROL_HEARTBEAT);
	expect_given(host_version(m, CONTROL_HEARTBEAT), "1.0");
	expect_number(host_beat(m, 100), 101);
}

#define KERNEL_ROW(function, ...) ROW(function, .daemon = SCENARIO_DRIVER, .needs_kernel = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	KERNEL_ROW(counts_on_from_each_heartbeat),
	KERNEL_ROW(agrees_upon_the_newest_versions),
	KERNEL_ROW(agrees_with_an_old_host),
};

SCENARIO_SET(scenarios_vm_heartbeat, rows);
