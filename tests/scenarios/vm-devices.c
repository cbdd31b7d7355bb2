// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Devices that the host offers, takes away and offers again, and what the guest makes of them.
 */

#include "host/vm/deeds.h"
#include "scenario.h"

#define SECOND_GUID "0f0f0f0f-0000-4000-8000-00155d040506"
#define SECOND_MAC  "00:15:5d:04:05:06"

static bool has_adapter(struct machine *m, const char *mac)
{
	return guest_try(m, "grep -q %s /sys/class/net/*/address", mac) == 0;
}

static void knows_its_adapter(struct machine *m)
{
	expect_given(guest_ask(m, "cat /sys/class/net/%s/address", GUEST_ADAPTER), GUEST_MAC "\n");
	expect_given(guest_ask(m, "cat /sys/class/net/%s/device/device_id", GUEST_ADAPTER),
		"{" GUEST_ADAPTER_GUID "}\n");
	expect_given(guest_ask(m, "cat /sys/class/net/%s/device/class_id", GUEST_ADAPTER),
		"{f8615163-df3e-46c5-913f-f2d2f965ed0e}\n");
}

static void gets_and_loses_an_adapter(struct machine *m)
{
	for (unsigned int i = 0; i < 3; i++) {
		expect(!has_adapter(m, SECOND_MAC));
		host_offer_adapter(m, 1, SECOND_GUID, SECOND_MAC);
		expect(machine_eventually(m, has_adapter(m, SECOND_MAC)));
		expect_given(guest_ask(m, "cat $(dirname $(grep -l %s /sys/class/net/*/address))/device/device_id",
				     SECOND_MAC),
			"{" SECOND_GUID "}\n");
		host_withdraw_component(m, CONTROL_NIC + 1);
		expect(machine_eventually(m, !has_adapter(m, SECOND_MAC)));
		host_wait_for_state(m, CONTROL_NIC + 1, CONTROL_ABSENT);
	}
}

static void gets_its_adapter_back(struct machine *m)
{
	host_withdraw_component(m, CONTROL_NIC);
	expect(machine_eventually(m, !has_adapter(m, GUEST_MAC)));
	host_offer_adapter(m, 0, GUEST_ADAPTER_GUID, GUEST_MAC);
	expect(machine_eventually(m, has_adapter(m, GUEST_MAC)));
}

static void tells_addresses_of_an_adapter_that_came_later(struct machine *m)
{
	struct host_ip ip;

	guest_start_daemon(m);
	expect_status(host_get_ip_info(m, "00:15:5D:04:05:06", &ip), HV_E_FAIL);
	host_offer_adapter(m, 1, SECOND_GUID, SECOND_MAC);
	expect(machine_eventually(m, has_adapter(m, SECOND_MAC)));
	guest_run(m, "a=$(basename $(dirname $(grep -l %s /sys/class/net/*/address))) &&"
		     " ip address add 10.7.7.7/24 dev $a && ip link set $a up",
		SECOND_MAC);
	expect_status(host_get_ip_info(m, "00:15:5D:04:05:06", &ip), HV_S_OK);
	expect(strstr(ip.addresses, "10.7.7.7"));
	host_withdraw_component(m, CONTROL_NIC + 1);
	expect(machine_eventually(m, !has_adapter(m, SECOND_MAC)));
	expect_status(host_get_ip_info(m, "00:15:5D:04:05:06", &ip), HV_E_FAIL);
	expect_set(0, "after", "all");
}

static void has_its_nodes(struct machine *m)
{
	guest_run(m, "[ -c /dev/vmbus/hv_kvp ] && [ -c /dev/vmbus/hv_vss ]");
	guest_run(m, "[ -c /dev/vmbus/hv_fcopy ] || [ -e /sys/bus/vmbus/drivers/uio_hv_generic ]");
}

static void gives_its_node_to_the_daemons_user(struct machine *m)
{
	expect_given(guest_ask(m, "stat -c '%%U %%a' %s", GUEST_DEVICE), "hvguest 600\n");
	host_withdraw(m);
	host_offer(m);
	expect(machine_eventually(m,
		guest_try(m, "[ $(stat -c '%%U-%%a' %s) = hvguest-600 ]", GUEST_DEVICE) == 0));
}

/* By its rule, too: there may be other clocks of that kind. */
static void names_the_hosts_clock(struct machine *m)
{
	host_withdraw_component(m, CONTROL_TIMESYNC);
	host_offer_component(m, CONTROL_TIMESYNC);
	expect(machine_eventually(m,
		guest_try(m, "[ $(stat -L -c '%%U-%%a' /dev/ptp_hyperv) = hvguest-600 ]") == 0));
}

/* What was injected is put on it when it appears: systemd is told by whom. */
static void names_a_service_for_its_adapter(struct machine *m)
{
	host_offer_adapter(m, 1, SECOND_GUID, SECOND_MAC);
	expect(machine_eventually(m,
		guest_try(m,
			"udevadm info --query=property --path=$(dirname $(grep -l %s /sys/class/net/*/address)) |"
			" grep -qx SYSTEMD_WANTS=hv-netd-restore@%s.service",
			SECOND_MAC, SECOND_GUID) == 0));
	host_withdraw_component(m, CONTROL_NIC + 1);
	expect(machine_eventually(m, !has_adapter(m, SECOND_MAC)));
}

/* Whatever order they come in: each is released before it is offered again. */
static void takes_components_twenty_times(struct machine *m)
{
	static const uint32_t components[] = { CONTROL_HEARTBEAT, CONTROL_SHUTDOWN, CONTROL_TIMESYNC,
		CONTROL_VSS };

	for (unsigned int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof(components) / sizeof(components[0]); i++)
			host_withdraw_component(m, components[i]);
		for (size_t i = 0; i < sizeof(components) / sizeof(components[0]); i++)
			host_offer_component(m, components[i]);
		for (size_t i = 0; i < sizeof(components) / sizeof(components[0]); i++)
			host_wait_for_state(m, components[i], CONTROL_NEGOTIATED);
	}
	expect_number(host_beat(m, 1), 2);
}

#define KERNEL_ROW(function, ...) ROW(function, .daemon = SCENARIO_DRIVER, .needs_kernel = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	KERNEL_ROW(knows_its_adapter),
	KERNEL_ROW(gets_and_loses_an_adapter),
	KERNEL_ROW(gets_its_adapter_back),
	ROW(tells_addresses_of_an_adapter_that_came_later, .needs_kernel = true),
	KERNEL_ROW(has_its_nodes),
	ROW(gives_its_node_to_the_daemons_user, .daemon = SCENARIO_OURS, .needs_kernel = true),
	ROW(names_the_hosts_clock, .daemon = SCENARIO_OURS, .needs_kernel = true),
	ROW(names_a_service_for_its_adapter, .daemon = SCENARIO_OURS, .needs_kernel = true),
	KERNEL_ROW(takes_components_twenty_times),
};

SCENARIO_SET(scenarios_vm_devices, rows);
