// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The host injects an IP configuration into a whole Debian, on a real synthetic adapter: while the network manager
 * runs, and as a failover does it, once, as soon as Data Exchange is negotiated, before there is a manager.
 */

#include "host/machine.h"
#include "host/vm/system.h"
#include "scenario.h"

#include <time.h>
#include <unistd.h>

#define MAC  "00:15:5D:01:02:03"
#define GUID "{" GUEST_ADAPTER_GUID "}"

/* Another adapter, which nothing is injected into. */
#define OTHER_MAC  "00:15:5D:04:05:06"
#define OTHER_GUID "0f0f0f0f-0000-4000-8000-00155d040506"

/* "Apply to verified" and its way through KVP, of issue 4; and what a host waits for. */
#define WANTED_S 5
#define HOST_S	 30

#define USE_NETWORKD \
	"printf '[Match]\\nName=eth*\\n[Network]\\nDHCP=yes\\n' >/etc/systemd/network/80-site.network &&" \
	" systemctl enable --now systemd-networkd systemd-resolved"
#define USE_NETWORKMANAGER "systemctl enable --now NetworkManager"
#define SETTLE_NETWORKMANAGER "until nmcli --terse device | grep -q '^" GUEST_ADAPTER ":ethernet:conn'; do sleep 1; done"

static const struct host_ip wanted = {
	.adapter = GUID,
	.family = ADDR_FAMILY_IPV4 | ADDR_FAMILY_IPV6,
	.addresses = "192.0.2.7;2001:db8::7",
	.subnets = "255.255.255.0;64",
	.gateways = "192.0.2.1;2001:db8::1",
	.dns = "192.0.2.2",
};

static double now_s(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool is_in_force(struct machine *m)
{
	struct host_ip ip;

	return host_get_ip_info(m, MAC, &ip) == HV_S_OK && strncmp(ip.addresses, "192.0.2.7;", 10) == 0 &&
		strstr(ip.addresses, "2001:db8::7") && strncmp(ip.subnets, "255.255.255.0;/64", 17) == 0 &&
		strstr(ip.gateways, "192.0.2.1;") && strstr(ip.gateways, "2001:db8::1;") && ip.dhcp == 0;
}

static void expect_in_force(struct machine *m)
{
	expect(machine_eventually(m, is_in_force(m)));
	guest_run(m, "ip -4 address show dev " GUEST_ADAPTER " | grep -q 'inet 192.0.2.7/24'");
	guest_run(m, "ip -6 route show default dev " GUEST_ADAPTER " | grep -q 'via 2001:db8::1'");
}

/* By whom, and how that went. */
static void expect_told(struct machine *m, const char *words)
{
	expect(machine_eventually(m, guest_try(m, "journalctl --boot --unit hv-netd --output cat --no-pager | grep -q '%s'",
							words) == 0));
}

static void inject(struct machine *m)
{
	double begin_s = now_s(), took_s;

	expect_status(host_inject_ip(m, &wanted), HV_S_OK);
	took_s = now_s() - begin_s;
	machine_note(m, "applied and answered in %.2f s, %s %d s", took_s, took_s < WANTED_S ? "less than" : "MORE THAN",
		WANTED_S);
	expect(took_s < HOST_S);
}

static void injects_and_reboots(struct machine *m, const char *setup, const char *said)
{
	guest_run(m, "%s", setup);
	guest_wait_for_unit(m, "hv-kvpd.service", "active");
	host_wait_for_contact(m);
	inject(m);
	expect_told(m, said);
	expect_in_force(m);
	guest_reboot(m);
	host_wait_for_contact(m);
	expect_in_force(m);
}

static void networkd_takes_it_and_has_it_after_a_reboot(struct machine *m)
{
	struct host_ip ip;

	injects_and_reboots(m, USE_NETWORKD, GUEST_ADAPTER " by networkd: applied");
	expect_status(host_get_ip_info(m, MAC, &ip), HV_S_OK);
	expect_text(ip.dns, "192.0.2.2;");
}

static void networkmanager_takes_it_and_has_it_after_a_reboot(struct machine *m)
{
	injects_and_reboots(m, USE_NETWORKMANAGER " && " SETTLE_NETWORKMANAGER, GUEST_ADAPTER " by networkmanager: applied");
}

/* The guest knows nothing of it before: it is a failover's first boot. */
static void injects_into_a_cold_boot(struct machine *m, const char *setup)
{
	double negotiated_s;

	guest_run(m, "%s && sync", setup);
	host_begin_boot(m);
	while (!host_has_contact(m))
		(void)usleep(20000);
	negotiated_s = now_s();
	inject(m);
	machine_note(m, "injected %.2f s after the negotiation", now_s() - negotiated_s);
	host_end_boot(m);
	expect_told(m, "in force\\|applied");
	expect_in_force(m);
	guest_reboot(m);
	host_wait_for_contact(m);
	expect_in_force(m);
}

static void networkd_takes_what_came_early_in_a_boot(struct machine *m)
{
	injects_into_a_cold_boot(m, USE_NETWORKD);
}

static void networkmanager_takes_what_came_early_in_a_boot(struct machine *m)
{
	injects_into_a_cold_boot(m, USE_NETWORKMANAGER);
}

/* Nobody manages it: udev's rule has it done, at a boot and later. One that nothing was injected into costs nothing. */
static void an_adapter_without_a_manager_has_it_whenever_it_appears(struct machine *m)
{
	host_wait_for_contact(m);
	inject(m);
	expect_told(m, GUEST_ADAPTER " by none: applied");
	expect_in_force(m);
	guest_reboot(m);
	host_wait_for_contact(m);
	expect_in_force(m);
	host_withdraw_component(m, CONTROL_NIC);
	host_wait_for_state(m, CONTROL_NIC, CONTROL_ABSENT);
	host_offer_adapter(m, 0, GUEST_ADAPTER_GUID, MAC);
	expect_in_force(m);
	host_offer_adapter(m, 1, OTHER_GUID, OTHER_MAC);
	expect(machine_eventually(m, guest_try(m, "systemctl show --property ConditionTimestampMonotonic --value"
						  " hv-netd-restore@" OTHER_GUID " | grep -qvx 0") == 0));
	expect_given(guest_unit(m, "hv-netd-restore@" OTHER_GUID ".service", "ConditionResult"), "no");
	expect_given(guest_ask(m, "systemctl list-units --failed --no-legend --plain 'hv-netd*'"), "");
	host_withdraw_component(m, CONTROL_NIC + 1);
}

static const struct scenario rows[] = {
	SYSTEM_ROW(networkd_takes_it_and_has_it_after_a_reboot, .spoils_system = true),
	SYSTEM_ROW(networkmanager_takes_it_and_has_it_after_a_reboot, .spoils_system = true),
	SYSTEM_ROW(networkd_takes_what_came_early_in_a_boot, .spoils_system = true),
	SYSTEM_ROW(networkmanager_takes_what_came_early_in_a_boot, .spoils_system = true),
	SYSTEM_ROW(an_adapter_without_a_manager_has_it_whenever_it_appears, .spoils_system = true),
};

SCENARIO_SET(scenarios_system_net, rows);
