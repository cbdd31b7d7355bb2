// SPDX-License-Identifier: LGPL-2.1-or-later

#include "netd/adapter-fixture.h"

#include "base/units.h"
#include "os/sandbox.h"

#include <check.h>
#include <sched.h>
#include <string.h>

#define DEVICE "/run/sys/class/net/near/device/"

static char anything[] = "*", nothing[] = "";
static char *everything[] = { anything, NULL };

void adapter_fixture_choose(struct adapter_fixture *fixture, const char *backend)
{
	fixture->settings.backend = 0;
	while (strcmp(netd_settings_backend(&fixture->settings), backend) != 0)
		fixture->settings.backend++;
}

void adapter_fixture_init(struct adapter_fixture *fixture)
{
	hvg_sandbox_enter(CLONE_NEWNET | CLONE_NEWNS);
	hvg_sandbox_run("mount -t tmpfs none /etc");
	hvg_sandbox_run("ip netns add other && ip link add near type veth peer name far netns other &&"
			" ip -n other link set far up && ip link set near up");
	hvg_sandbox_run("until ip link show dev near | grep -q 'state UP'; do sleep 0.05; done");
	hvg_sandbox_write(DEVICE "device_id", "{" ADAPTER_GUID "}\n");
	hvg_sandbox_run("ln -s ../hv_netvsc " DEVICE "driver");
	*fixture = (struct adapter_fixture){
		.settings = { .enable = true, .verify = NETD_VERIFY_ROUTE, .verify_us = 8 * HVG_USEC_PER_SEC,
			.allow_adapters = everything, .script = nothing },
		.context = { .sysfs = "/run/sys", .state = ADAPTER_STATE, .undo_us = 10 * HVG_USEC_PER_SEC,
			.deadline_us = netd_now_us() + 30 * HVG_USEC_PER_SEC },
	};
	fixture->context.settings = &fixture->settings;
	adapter_fixture_choose(fixture, "none");
	ck_assert_int_eq(hvg_netaddr_new(&fixture->context.netaddr), 0);
}

void adapter_fixture_done(struct adapter_fixture *fixture)
{
	fixture->context.netaddr = hvg_netaddr_free(fixture->context.netaddr);
}

void adapter_expect(const char *what, const char *words)
{
	bool no = *words == '!';

	hvg_sandbox_run("%sip %s show dev near | grep -q -- '%s'", no ? "! " : "", what, words + no);
}
