// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl looks at a real VMBus: what it tells is what the host offers, and changes when the host does.
 * There is no service manager here, and no system bus: it has to do without.
 */

#include "host/vm/deeds.h"
#include "hvctl.h"

static void tells_what_the_host_offers(struct machine *m)
{
	hvctl_expect_agreement(m, HVG_HVCTL);
	hvctl_expect_host(m, HVG_HVCTL);
}

static void follows_what_the_host_withdraws(struct machine *m)
{
	hvctl_expect_to_follow(m, HVG_HVCTL);
}

/* The host says what it is in a pool of its own. */
static void tells_who_serves(struct machine *m)
{
	hvctl_expect_state(m, HVG_HVCTL, "kvp", "missing");
	guest_run(m, "! %s doctor HVG0003", HVG_HVCTL);
	guest_start_daemon(m);
	hvctl_expect_state(m, HVG_HVCTL, "kvp", "ready");
	guest_run(m, "%s doctor HVG0003", HVG_HVCTL);
	expect_set(3, "VirtualMachineName", "tiny");
	hvctl_expect_state(m, HVG_HVCTL, "kvp", "works");
	guest_run(m, "%s status | grep -q '^ *VM: tiny, generation 1, 1 processor, '", HVG_HVCTL);
	guest_stop_daemon(m);
	hvctl_expect_state(m, HVG_HVCTL, "kvp", "missing");
}

static void reports_what_it_tells(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(3, "VirtualMachineName", "tiny");
	hvctl_expect_report(m, HVG_HVCTL);
}

static const struct scenario rows[] = {
	ROW(tells_what_the_host_offers, .daemon = SCENARIO_DRIVER, .needs_kernel = true),
	ROW(follows_what_the_host_withdraws, .daemon = SCENARIO_DRIVER, .needs_kernel = true),
	ROW(reports_what_it_tells, .daemon = SCENARIO_OURS, .needs_kernel = true),
	ROW(tells_who_serves, .daemon = SCENARIO_OURS, .needs_kernel = true),
};

SCENARIO_SET(scenarios_vm_hvctl, rows);
