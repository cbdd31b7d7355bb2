// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The host injects an IP configuration all the way: through hv-kvpd and the real hv-netd, which its
 * socket starts, onto an adapter that nobody manages; and reads it back. The network managers
 * themselves are met in tests/managers.
 */

#include "net.h"

#define REALTIME   .kernel_second_ms = 1000 /* the kernel's test for duplicates takes real seconds */

static const struct host_ip ipv4 = {
	.adapter = GUID,
	.family = ADDR_FAMILY_IPV4,
	.addresses = "192.0.2.7;192.0.2.8",
	.subnets = "255.255.255.0;255.255.255.0",
	.gateways = "192.0.2.1",
};

static const struct host_ip both = {
	.adapter = GUID,
	.family = ADDR_FAMILY_IPV4 | ADDR_FAMILY_IPV6,
	.addresses = "2001:db8::7;192.0.2.9",
	.subnets = "/64;255.255.255.0",
	.gateways = "192.0.2.1;2001:db8::1",
};

static void start(struct machine *m, const char *settings)
{
	prepare_netd(m, settings);
	(void)open_netd_socket(m, "");
	guest_start_daemon(m);
}

static void expect_read_back(struct machine *m, const struct host_ip *wanted)
{
	struct host_ip found;

	expect_status(host_get_ip_info(m, MAC, &found), HV_S_OK);
	expect_text(found.addresses, wanted->addresses);
	expect_text(found.subnets, wanted->subnets);
	expect_text(found.gateways, wanted->gateways);
	expect_number(found.dhcp, wanted->dhcp);
}

static void expect_as_before(struct machine *m)
{
	guest_run(m, "ip -4 address show dev " GUEST_ADAPTER " | grep -q " GUEST_IPV4 " && ip route | grep -q " GUEST_GATEWAY);
	guest_run(m, "[ ! -e " STATE "/open/book ]");
}

static void applies_ipv4_and_reads_it_back(struct machine *m)
{
	struct host_ip expected = ipv4;

	start(m, NOBODY);
	guest_run(m, "ip -6 address flush dev " GUEST_ADAPTER);
	expect_status(host_inject_ip(m, &ipv4), HV_S_OK);
	strcpy(expected.gateways, "192.0.2.1;");
	expect_read_back(m, &expected);
	expect_status(host_inject_ip(m, &ipv4), HV_S_OK);
	guest_wait_for_log(m, "unchanged");
	expect_read_back(m, &expected);
}

static void applies_both_families(struct machine *m)
{
	struct host_ip found;

	start(m, NOBODY);
	expect_status(host_inject_ip(m, &both), HV_S_OK);
	expect_status(host_get_ip_info(m, MAC, &found), HV_S_OK);
	expect(strstr(found.addresses, "192.0.2.9;"));
	expect(strstr(found.addresses, "2001:db8::7"));
	expect(!strstr(found.addresses, GUEST_IPV4));
	expect(!strstr(found.addresses, GUEST_IPV6));
	expect_text(found.gateways, "192.0.2.1;2001:db8::1;");
}

static void refuses_what_is_malformed(struct machine *m)
{
	struct host_ip ip = ipv4;

	start(m, NOBODY);
	strcpy(ip.subnets, "255.0.255.0;255.255.255.0");
	expect_status(host_inject_ip(m, &ip), HV_INVALIDARG);
	strcpy(ip.subnets, "255.255.255.0");
	expect_status(host_inject_ip(m, &ip), HV_INVALIDARG);
	expect_as_before(m);
}

static void knows_no_other_adapter(struct machine *m)
{
	struct host_ip ip = ipv4;

	start(m, NOBODY);
	strcpy(ip.adapter, "{b5e15ac5-0009-4000-8000-00155d010209}");
	expect_status(host_inject_ip(m, &ip), HV_GUID_NOTFOUND);
	expect_as_before(m);
}

static void does_no_dhcp_where_nobody_could(struct machine *m)
{
	struct host_ip ip = { .adapter = GUID, .family = ADDR_FAMILY_IPV4, .dhcp = 1 };

	start(m, NOBODY);
	expect_status(host_inject_ip(m, &ip), HV_ERROR_NOT_SUPPORTED);
	expect_as_before(m);
}

#define NO_SERVERS "the name servers are not in force"

/* They are no reason to go back; but it is said, though not of one that is in use already. */
static void warns_of_name_servers_that_nobody_takes(struct machine *m)
{
	struct host_ip ip = ipv4;
	char *log, *first;

	start(m, NOBODY);
	strcpy(ip.dns, GUEST_DNS);
	expect_status(host_inject_ip(m, &ip), HV_S_OK);
	strcpy(ip.dns, "192.0.2.53");
	expect_status(host_inject_ip(m, &ip), HV_S_OK);
	guest_wait_for_log(m, NO_SERVERS);
	log = guest_log(m);
	first = strstr(log, NO_SERVERS);
	expect(!strstr(first + 1, NO_SERVERS));
	free(log);
}

/* The host hears of no warning, so that it is not kept waiting for one. */
static void warns_of_a_silent_gateway_when_the_host_has_its_answer(struct machine *m)
{
	static const char warning[] = "nobody answers at the default gateway 192.0.2.1 so far";
	char *log;

	start(m, NOBODY);
	expect_status(host_inject_ip(m, &ipv4), HV_S_OK);
	guest_wait_for_log(m, "applied");
	log = guest_log(m);
	expect(!strstr(log, warning));
	free(log);
	guest_wait_for_log(m, warning);
}

static void leaves_everything_alone_if_told_so(struct machine *m)
{
	start(m, "Enable=no");
	expect_status(host_inject_ip(m, &ipv4), HV_ERROR_NOT_SUPPORTED);
	expect_as_before(m);
}

static void leaves_an_adapter_alone_if_told_so(struct machine *m)
{
	start(m, "AllowAdapters=eth7");
	expect_status(host_inject_ip(m, &ipv4), HV_ERROR_NOT_SUPPORTED);
	expect_as_before(m);
}

/* Nothing is taken from a manager that is known and not supported; neither from one that is yet to come. */
static void takes_no_adapter_from_a_manager_that_is_not_supported(struct machine *m)
{
	start(m, "Backend=auto");
	guest_run(m, "mkdir -p /run/dhcpcd /etc/systemd/system/site.wants && touch /run/dhcpcd/pid");
	expect_status(host_inject_ip(m, &ipv4), HV_ERROR_NOT_SUPPORTED);
	guest_wait_for_log(m, "dhcpcd manages " GUEST_ADAPTER);
	guest_run(m, "rm /run/dhcpcd/pid && ln -s /usr/lib/systemd/system/connman.service /etc/systemd/system/site.wants/");
	expect_status(host_inject_ip(m, &ipv4), HV_ERROR_NOT_SUPPORTED);
	guest_wait_for_log(m, "ConnMan manages " GUEST_ADAPTER);
	expect_as_before(m);
}

/* The switch has that address. */
static void goes_back_when_an_address_is_taken(struct machine *m)
{
	struct host_ip ip = both;

	start(m, NOBODY);
	guest_run(m, "ip address add 2001:db8::66/64 dev switch0 nodad");
	strcpy(ip.addresses, "2001:db8::66;192.0.2.9");
	expect_status(host_inject_ip(m, &ip), HV_E_FAIL);
	expect_as_before(m);
	guest_run(m, "! ip address show dev " GUEST_ADAPTER " | grep -q 192.0.2.9");
	expect_set(0, "after", "all");
}

/* The manager is not there, as early in a boot; neither is the bus. */
static void writes_for_a_manager_that_is_not_running_yet(struct machine *m)
{
	start(m, "Backend=networkd");
	expect_status(host_inject_ip(m, &ipv4), HV_S_OK);
	guest_run(m, "grep -qx Address=192.0.2.7/24 /etc/systemd/network/05-hvguest-00155d010203.network");
	expect_as_before(m);
	expect_status(host_inject_ip(m, &both), HV_S_OK);
	guest_run(m, "grep -qx Address=2001:db8::7/64 /etc/systemd/network/05-hvguest-00155d010203.network");
}

/* Every 2 s it would be looked whether it is in force. */
static void waits_no_more_for_what_was_taken_back(struct machine *m)
{
	char *log;

	guest_start_bus(m);
	start(m, "Backend=networkd");
	expect_status(host_inject_ip(m, &ipv4), HV_S_OK);
	guest_wait_for_bus_name(m, "org.hvguest.Network1");
	guest_run(m, "busctl call org.hvguest.Network1 /org/hvguest/Network1"
		     " org.hvguest.Network1 Rollback s " GUEST_ADAPTER " && sleep 3");
	guest_wait_for_log(m, "rolled back");
	log = guest_log(m);
	expect(!strstr(log, "but not in force"));
	free(log);
}

/* As after a crash in the middle: what lies in the book is undone by the next start. */
static void goes_back_on_what_a_predecessor_left(struct machine *m)
{
	guest_run(m, "mkdir -p " STATE "/open && printf old >" STATE "/open/copy-0 && printf new >/tmp/file &&"
		     " printf 'was 0 644 0 0 /tmp/file\\nnone /tmp/other\\n\\nbackend networkd\\nadapter " GUID
		     "\\ncold\\nbefore\\n' >" STATE "/open/book && touch /tmp/other");
	start(m, NOBODY);
	expect_status(host_inject_ip(m, &ipv4), HV_S_OK);
	guest_run(m, "[ \"$(cat /tmp/file)\" = old ] && [ ! -e /tmp/other ] && [ ! -e " STATE "/open/book ]");
}

static void puts_it_again_on_an_adapter_that_appears(struct machine *m)
{
	char path[1024];

	start(m, NOBODY);
	expect_status(host_inject_ip(m, &ipv4), HV_S_OK);
	guest_run(m, "ip address flush dev " GUEST_ADAPTER " && ip link set " GUEST_ADAPTER " down");
	netd_path(m, path, sizeof(path));
	guest_run(m, "%s --restore " ADAPTER " --sysfs " SYSFS " --state " STATE " --config " CONFIG, path);
	guest_run(m, "ip address show dev " GUEST_ADAPTER " | grep -q 192.0.2.8/24 && ip route | grep -q 192.0.2.1");
}

#define OUR_ROW(function, ...) ROW(function, .daemon = SCENARIO_OURS, ##__VA_ARGS__)

static const struct scenario rows[] = {
	OUR_ROW(applies_ipv4_and_reads_it_back),
	OUR_ROW(applies_both_families, REALTIME),
	OUR_ROW(refuses_what_is_malformed),
	OUR_ROW(knows_no_other_adapter),
	OUR_ROW(does_no_dhcp_where_nobody_could),
	OUR_ROW(warns_of_name_servers_that_nobody_takes),
	OUR_ROW(warns_of_a_silent_gateway_when_the_host_has_its_answer),
	OUR_ROW(leaves_everything_alone_if_told_so),
	OUR_ROW(leaves_an_adapter_alone_if_told_so),
	OUR_ROW(takes_no_adapter_from_a_manager_that_is_not_supported),
	OUR_ROW(goes_back_when_an_address_is_taken, REALTIME),
	OUR_ROW(writes_for_a_manager_that_is_not_running_yet),
	OUR_ROW(waits_no_more_for_what_was_taken_back),
	OUR_ROW(goes_back_on_what_a_predecessor_left),
	OUR_ROW(puts_it_again_on_an_adapter_that_appears),
};

SCENARIO_SET(scenarios_net_inject, rows);
