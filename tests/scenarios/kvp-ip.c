// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The host asks for an adapter's configuration, by its MAC.
 */

#include "scenario.h"

static void tells_an_adapters_addresses(struct machine *m)
{
	struct host_ip ip;

	guest_start_daemon(m);
	expect_status(host_get_ip_info(m, "00:15:5D:01:02:03", &ip), HV_S_OK);
	expect_text(ip.adapter, "00:15:5D:01:02:03");
	expect_number(ip.family, ADDR_FAMILY_IPV4 | ADDR_FAMILY_IPV6);
	expect(strncmp(ip.addresses, GUEST_IPV4 ";", strlen(GUEST_IPV4 ";")) == 0);
	expect(strncmp(ip.subnets, GUEST_MASK ";", strlen(GUEST_MASK ";")) == 0);
	expect(strstr(ip.addresses, GUEST_IPV6));
	expect(strstr(ip.addresses, GUEST_LINK_LOCAL));
	expect(strstr(ip.subnets, "/64"));
	expect_number(ip.dhcp, 0);
}

static void tells_an_adapters_gateway(struct machine *m)
{
	struct host_ip ip;

	guest_start_daemon(m);
	expect_status(host_get_ip_info(m, "00:15:5D:01:02:03", &ip), HV_S_OK);
	expect(strncmp(ip.gateways, GUEST_GATEWAY, strlen(GUEST_GATEWAY)) == 0);
	guest_run(m, "ip route del default");
	expect_status(host_get_ip_info(m, "00:15:5D:01:02:03", &ip), HV_S_OK);
	expect_text(ip.gateways, "");
}

static void tells_name_servers(struct machine *m)
{
	struct host_ip ip;

	guest_start_daemon(m);
	expect_status(host_get_ip_info(m, "00:15:5D:01:02:03", &ip), HV_S_OK);
	expect(strncmp(ip.dns, GUEST_DNS, strlen(GUEST_DNS)) == 0);
}

/* systemd-resolved's stub is of no use to the host. */
static void tells_the_name_servers_behind_a_stub(struct machine *m)
{
	struct host_ip ip;

	guest_run(m, "echo nameserver 127.0.0.53 >/etc/resolv.conf && mkdir -p /run/systemd/resolve &&"
		     " echo nameserver 10.0.0.53 >/run/systemd/resolve/resolv.conf");
	guest_start_daemon(m);
	expect_status(host_get_ip_info(m, "00:15:5D:01:02:03", &ip), HV_S_OK);
	expect(strncmp(ip.dns, "10.0.0.53", strlen("10.0.0.53")) == 0);
}

static void tells_addresses_as_they_are_now(struct machine *m)
{
	struct host_ip ip;

	guest_start_daemon(m);
	expect_status(host_get_ip_info(m, "00:15:5D:01:02:03", &ip), HV_S_OK);
	guest_run(m, "ip address add 10.0.0.77/16 dev %s", GUEST_ADAPTER);
	expect_status(host_get_ip_info(m, "00:15:5D:01:02:03", &ip), HV_S_OK);
	expect(strstr(ip.addresses, "10.0.0.77"));
	expect(strstr(ip.subnets, "255.255.0.0"));
}

static void knows_a_mac_in_small_letters(struct machine *m)
{
	struct host_ip ip;

	guest_start_daemon(m);
	expect_status(host_get_ip_info(m, "00:15:5d:01:02:03", &ip), HV_S_OK);
	expect(strstr(ip.addresses, GUEST_IPV4));
}

static void fails_for_an_adapter_that_is_not_here(struct machine *m)
{
	static const char *const macs[] = { "00:15:5D:FF:FF:FF", "", "no mac", "00:15:5D:01:02" };
	struct host_ip ip;

	guest_start_daemon(m);
	for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++)
		expect_status(host_get_ip_info(m, macs[i], &ip), HV_E_FAIL);
	expect_set(0, "after", "all");
}

/* One interface's name is the beginning of the other's. */
static void tells_adapters_apart(struct machine *m)
{
	struct host_ip ip;

	guest_run(m, "ip link set %s down && ip link set %s name eth1 && ip address add 10.0.0.2/24 dev eth1 2>/dev/null;"
		     " ip link add eth10 type veth peer name other && ip address add 10.7.7.7/24 dev eth10 &&"
		     " ip link set eth10 up && ip link set eth1 up",
		GUEST_ADAPTER, GUEST_ADAPTER);
	guest_start_daemon(m);
	expect_status(host_get_ip_info(m, "00:15:5D:01:02:03", &ip), HV_S_OK);
	expect(strstr(ip.addresses, GUEST_IPV4));
	expect(!strstr(ip.addresses, "10.7.7.7"));
}

static size_t count_entries(const char *list)
{
	size_t n = *list != '\0';

	for (; *list; list++)
		n += *list == ';' && list[1] != '\0';
	return n;
}

/* One subnet for each address, however many. */
static void tells_a_subnet_for_each_address(struct machine *m)
{
	struct host_ip ip;

	guest_run(m, "for i in $(seq 10 57); do echo address add fd00::$i/64 dev %s nodad;"
		     " done | ip -batch -",
		GUEST_ADAPTER);
	guest_start_daemon(m);
	expect_status(host_get_ip_info(m, "00:15:5D:01:02:03", &ip), HV_S_OK);
	expect_number(count_entries(ip.addresses), 48 + 3);
	expect_number(count_entries(ip.subnets), count_entries(ip.addresses));
}

/* What its managers say of the adapter: DHCP, and name servers of its own. */

#define MAC "00:15:5D:01:02:03"

static struct host_ip ask(struct machine *m)
{
	struct host_ip ip;

	expect_status(host_get_ip_info(m, MAC, &ip), HV_S_OK);
	return ip;
}

static void start_on_bus(struct machine *m)
{
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
}

static void tells_what_resolved_has_for_the_adapter(struct machine *m)
{
	struct host_ip ip;

	guest_start_bus(m);
	(void)guest_start_resolved(m, "ok");
	start_on_bus(m);
	ip = ask(m);
	expect_text(ip.dns, "198.51.100.53;192.0.2.53;");
}

/* A question that nobody answers is no reason to keep the host waiting. */
static void tells_what_files_say_when_resolved_is_silent(struct machine *m)
{
	struct host_ip ip;
	int resolved;

	guest_start_bus(m);
	resolved = guest_start_resolved(m, "silence");
	start_on_bus(m);
	ip = ask(m);
	expect_text(ip.dns, GUEST_DNS ";");
	expect_given(guest_output(m, resolved), "ready\nGet\n");
}

static void believes_networkmanager_about_its_device(struct machine *m)
{
	struct host_ip ip;

	guest_start_bus(m);
	(void)guest_start_resolved(m, "ok");
	(void)guest_start_networkmanager(m, "auto");
	start_on_bus(m);
	ip = ask(m);
	expect_text(ip.dns, "192.0.2.54;2001:db8::54;");
	expect_number(ip.dhcp, 1);
}

static void believes_networkmanager_that_there_is_no_dhcp(struct machine *m)
{
	struct host_ip ip;

	guest_run(m, "ip address add 10.0.0.9/24 dev " GUEST_ADAPTER " valid_lft 3600 preferred_lft 3600");
	guest_start_bus(m);
	start_on_bus(m);
	ip = ask(m);
	expect_number(ip.dhcp, 1);
	(void)guest_start_networkmanager(m, "manual");
	ip = ask(m);
	expect_number(ip.dhcp, 0);
}

/* Neither knows more than the kernel about what others set up. */
static void does_not_ask_networkmanager_about_devices_of_others(struct machine *m)
{
	static const char *const answers[] = { "external", "unmanaged", "silence" };
	struct host_ip ip;

	guest_start_bus(m);
	start_on_bus(m);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		int manager = guest_start_networkmanager(m, answers[i]);

		ip = ask(m);
		expect_text(ip.dns, GUEST_DNS ";");
		expect_number(ip.dhcp, 0);
		guest_end(m, manager);
	}
}

/* The bus goes away while it is asked. */
static void answers_when_the_bus_goes_away(struct machine *m)
{
	int resolved;
	uint64_t id;

	guest_start_bus(m);
	resolved = guest_start_resolved(m, "silence");
	start_on_bus(m);
	id = host_begin_get_ip_info(m, MAC);
	guest_wait_for_output(m, resolved, "Get");
	guest_stop_bus(m);
	expect_status(host_end_within(m, id, 15), HV_S_OK);
	expect_text(ask(m).dns, GUEST_DNS ";");
}

/* What NetworkManager said lies at our end of the bus when its next answer to somebody else does. */
static void believes_who_has_spoken_before_the_bus_goes_away(struct machine *m)
{
	int manager, resolved;
	struct host_ip ip;
	uint64_t id;

	guest_start_bus(m);
	resolved = guest_start_resolved(m, "silence");
	manager = guest_start_networkmanager(m, "auto");
	start_on_bus(m);
	id = host_begin_get_ip_info(m, MAC);
	guest_wait_for_output(m, resolved, "Get");
	guest_wait_for_output(m, manager, "GetSettings");
	guest_run(m, "busctl call org.freedesktop.NetworkManager /org/freedesktop/NetworkManager"
		     " org.freedesktop.NetworkManager GetDeviceByIpIface s eth0");
	guest_stop_bus(m);
	expect_status(host_end_get_ip_info(m, id, &ip), HV_S_OK);
	expect_text(ip.dns, "192.0.2.54;2001:db8::54;");
	expect_number(ip.dhcp, 1);
}

static void tells_that_networkd_is_to_do_dhcp(struct machine *m)
{
	guest_run(m, "mkdir -p /run/systemd/netif/links && printf 'ADMIN_STATE=configuring\\nNETWORK_FILE=/run/site.network\\n'"
		     " >/run/systemd/netif/links/$(cat /sys/class/net/" GUEST_ADAPTER "/ifindex) &&"
		     " printf '[Network]\\nDHCP=yes\\n' >/run/site.network");
	guest_start_daemon(m);
	expect_number(ask(m).dhcp, 1);
	guest_run(m, "printf '[Network]\\nDHCP=ipv6\\n' >/run/site.network");
	expect_number(ask(m).dhcp, 0);
}

/* By the stanza that it was brought up with, wherever that stands. */
static void tells_that_ifupdown_did_dhcp(struct machine *m)
{
	guest_run(m, "mkdir -p /run/network /etc/network/more && printf 'source more/*\\niface " GUEST_ADAPTER
		     " inet static\\n' >/etc/network/interfaces &&"
		     " printf 'iface home inet dhcp\\n' >/etc/network/more/site && echo " GUEST_ADAPTER
		     "=home >/run/network/ifstate");
	guest_start_daemon(m);
	expect_number(ask(m).dhcp, 1);
	guest_run(m, "echo " GUEST_ADAPTER "=" GUEST_ADAPTER " >/run/network/ifstate");
	expect_number(ask(m).dhcp, 0);
}

/* resolv.conf has the servers of all adapters, and does not say whose they are. */
static void tells_the_servers_that_ifupdown_has_for_the_adapter(struct machine *m)
{
	guest_run(m, "mkdir -p /run/network /etc/network && printf 'iface " GUEST_ADAPTER " inet static\\n"
		     "\\tdns-nameservers 192.0.2.53 192.0.2.54\\n' >/etc/network/interfaces &&"
		     " echo " GUEST_ADAPTER "=" GUEST_ADAPTER " >/run/network/ifstate &&"
		     " printf 'nameserver 198.51.100.53\\nnameserver 192.0.2.53\\n' >/etc/resolv.conf");
	guest_start_daemon(m);
	expect_text(ask(m).dns, "192.0.2.53;");
}

static void tells_that_initscripts_did_dhcp(struct machine *m)
{
	guest_run(m, "mkdir -p /etc/sysconfig/network-scripts && printf 'HWADDR=" GUEST_MAC "\\nBOOTPROTO=dhcp\\n'"
		     " >/etc/sysconfig/network-scripts/ifcfg-site");
	guest_start_daemon(m);
	expect_number(ask(m).dhcp, 1);
}

#define OUR_ROW(function, ...) ROW(function, .daemon = SCENARIO_OURS, __VA_ARGS__)

static const struct scenario rows[] = {
	ROW(tells_an_adapters_addresses),
	ROW(tells_an_adapters_gateway),
	ROW(tells_name_servers),
	ROW(tells_the_name_servers_behind_a_stub,
		.not_debian = "it tells what resolv.conf says, which is the stub"),
	ROW(tells_addresses_as_they_are_now, .only_in_full = true),
	ROW(knows_a_mac_in_small_letters, .not_debian = "it compares capital letters"),
	ROW(fails_for_an_adapter_that_is_not_here),
	ROW(tells_adapters_apart,
		.not_debian = "an interface's name need only begin like the one asked for"),
	ROW(tells_a_subnet_for_each_address, .kernel_second_ms = 1000,
		.not_debian = "it miscounts the prefixes, and drops those of the last addresses"),
	OUR_ROW(tells_what_resolved_has_for_the_adapter),
	OUR_ROW(tells_what_files_say_when_resolved_is_silent),
	OUR_ROW(believes_networkmanager_about_its_device),
	OUR_ROW(believes_networkmanager_that_there_is_no_dhcp),
	OUR_ROW(does_not_ask_networkmanager_about_devices_of_others),
	OUR_ROW(answers_when_the_bus_goes_away),
	OUR_ROW(believes_who_has_spoken_before_the_bus_goes_away, .kernel_second_ms = 1000),
	OUR_ROW(tells_that_networkd_is_to_do_dhcp),
	OUR_ROW(tells_that_ifupdown_did_dhcp),
	OUR_ROW(tells_the_servers_that_ifupdown_has_for_the_adapter),
	OUR_ROW(tells_that_initscripts_did_dhcp),
};

SCENARIO_SET(scenarios_kvp_ip, rows);
