// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "service/kvp-auto.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define MAC(last)                                       \
	{                                               \
		true, { 0, 0x15, 0x5d, 1, 2, last }     \
	}
#define NETIFS_MAX    16
#define ADDRESSES_MAX 128

/* A small network that each test fills; netif() keeps it sorted by being called in order. */
static struct hvg_netif netifs[NETIFS_MAX];
static struct hvg_ifaddr addresses[ADDRESSES_MAX];
static struct hvg_netfacts net;
static const char *no_globs[] = { NULL };
static struct hvg_kvp_facts facts;
static struct hvg_kvp_auto_item item;

static void setup(void)
{
	memset(netifs, 0, sizeof(netifs));
	memset(addresses, 0, sizeof(addresses));
	net = (struct hvg_netfacts){ .netifs = netifs, .addresses = addresses };
	facts = (struct hvg_kvp_facts){
		.fqdn = "guest.example.test",
		.integration_version = "3.1",
		.kernel_release = "6.12.9-amd64",
		.machine = "x86_64",
		.os_name = "Debian GNU/Linux",
		.os_version_id = "24.04",
		.net = &net,
		.exclude = no_globs,
	};
}

static struct hvg_netif *netif(const char *name, const char *bus)
{
	struct hvg_netif *new = &netifs[net.n_netifs++];

	new->index = (uint32_t)net.n_netifs;
	new->flags = IFF_UP;
	snprintf(new->name, sizeof(new->name), "%s", name);
	snprintf(new->bus, sizeof(new->bus), "%s", bus);
	return new;
}

static struct hvg_ifaddr *address(const struct hvg_netif *of, const char *text)
{
	struct hvg_ifaddr *new = &addresses[net.n_addresses++];

	new->index = of->index;
	new->flags = IFA_F_PERMANENT;
	new->ip.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	ck_assert_int_eq(inet_pton(new->ip.family, text, new->ip.bytes), 1);
	return new;
}

static const char *find(const char *key)
{
	ck_assert_int_eq(hvg_kvp_auto_find(&facts, key, &item), 0);
	ck_assert_str_eq(item.key, key);
	return item.value;
}

static const struct {
	const char *key, *value;
} expected[] = {
	{ "FullyQualifiedDomainName", "guest.example.test" },
	{ "IntegrationServicesVersion", "3.1" },
	{ "NetworkAddressIPv4", "192.0.2.10" },
	{ "NetworkAddressIPv6", "2001:db8::10;fe80::10" },
	{ "OSBuildNumber", "6.12.9-amd64" },
	{ "OSName", "Debian GNU/Linux" },
	{ "OSMajorVersion", "24.04" },
	{ "OSMinorVersion", "04" },
	{ "OSVersion", "6.12.9" },
	{ "ProcessorArchitecture", "x86_64" },
};

START_TEST(has_ten_keys_in_the_order_that_hosts_know)
{
	struct hvg_netif *eth0 = netif("eth0", "vmbus");

	address(eth0, "192.0.2.10");
	address(eth0, "2001:db8::10");
	address(eth0, "fe80::10");
	for (uint32_t i = 0; i < HVG_ELEMENTS(expected); i++) {
		ck_assert_int_eq(hvg_kvp_auto_at(&facts, i, &item), 0);
		ck_assert_str_eq(item.key, expected[i].key);
		ck_assert_str_eq(item.value, expected[i].value);
		ck_assert_str_eq(find(expected[i].key), expected[i].value);
	}
	ck_assert_int_eq(hvg_kvp_auto_at(&facts, 10, &item), -ENOENT);
	ck_assert_int_eq(hvg_kvp_auto_at(&facts, UINT32_MAX, &item), -ENOENT);
	ck_assert_int_eq(hvg_kvp_auto_find(&facts, "NetworkAddress", &item), -ENOENT);
}
END_TEST

START_TEST(knows_releases_without_dash_and_versions_without_dot)
{
	facts.kernel_release = "6.1";
	facts.os_version_id = "12";
	ck_assert_str_eq(find("OSVersion"), "6.1");
	ck_assert_str_eq(find("OSMinorVersion"), "");
	facts.os_version_id = "15.5.1";
	ck_assert_str_eq(find("OSMinorVersion"), "5.1");
}
END_TEST

START_TEST(lists_the_default_route_first_then_hyperv_then_the_rest)
{
	struct hvg_netif *other = netif("ens1", "pci"), *eth0 = netif("eth0", "vmbus");
	struct hvg_netif *eth1 = netif("eth1", "vmbus"), *uplink = netif("eth2", "vmbus");
	struct hvg_netif *backup = netif("wwan0", "usb");

	address(other, "10.0.1.1");
	address(eth0, "10.0.2.1");
	address(eth1, "10.0.3.1");
	address(uplink, "10.0.4.1");
	address(uplink, "10.0.4.2");
	address(backup, "10.0.5.1");
	uplink->default_v4 = (struct hvg_netif_default){ true, 100 };
	backup->default_v4 = (struct hvg_netif_default){ true, 700 };
	ck_assert_str_eq(find("NetworkAddressIPv4"),
		"10.0.4.1;10.0.4.2;10.0.5.1;10.0.2.1;10.0.3.1;10.0.1.1");
}
END_TEST

START_TEST(orders_each_family_by_its_own_default_route)
{
	struct hvg_netif *eth0 = netif("eth0", "vmbus"), *eth1 = netif("eth1", "vmbus");

	address(eth0, "10.0.0.1");
	address(eth1, "10.0.0.2");
	address(eth0, "fd00::1");
	address(eth1, "fd00::2");
	eth0->default_v4.is_owner = true;
	eth1->default_v6.is_owner = true;
	ck_assert_str_eq(find("NetworkAddressIPv4"), "10.0.0.1;10.0.0.2");
	ck_assert_str_eq(find("NetworkAddressIPv6"), "fd00::2;fd00::1");
}
END_TEST

START_TEST(leaves_out_what_no_host_can_use)
{
	struct hvg_netif *lo = netif("lo", ""), *down = netif("down", "vmbus");
	struct hvg_netif *eth0 = netif("eth0", "vmbus");

	lo->flags |= IFF_LOOPBACK;
	down->flags = 0;
	address(lo, "127.0.0.1");
	address(down, "10.0.0.1");
	address(eth0, "10.0.0.2");
	address(eth0, "fd00::1")->flags = IFA_F_TENTATIVE;
	address(eth0, "fd00::2")->flags = IFA_F_DADFAILED;
	address(eth0, "fd00::3");
	ck_assert_str_eq(find("NetworkAddressIPv4"), "10.0.0.2");
	ck_assert_str_eq(find("NetworkAddressIPv6"), "fd00::3");
}
END_TEST

START_TEST(counts_a_virtual_function_never_and_an_address_once)
{
	struct hvg_netif *eth0 = netif("eth0", "vmbus"), *vf = netif("enP1", "pci");
	struct hvg_netif *slave = netif("enP2", "pci"), *bridge = netif("br0", "");

	eth0->mac = (struct hvg_mac)MAC(1);
	vf->mac = (struct hvg_mac)MAC(1);
	slave->master = eth0->index;
	address(eth0, "10.0.0.1");
	address(vf, "10.0.0.2");
	address(slave, "10.0.0.3");
	address(bridge, "10.0.0.1");
	ck_assert_str_eq(find("NetworkAddressIPv4"), "10.0.0.1");
}
END_TEST

START_TEST(excludes_by_name_and_by_kind)
{
	static const char *const globs[] = { "docker*", "kind:wireguard", NULL };
	struct hvg_netif *docker = netif("docker0", ""), *wg = netif("office", "");
	struct hvg_netif *eth0 = netif("eth0", "vmbus");

	strcpy(wg->kind, "wireguard");
	address(docker, "172.17.0.1");
	address(wg, "10.9.0.1");
	address(eth0, "10.0.0.1");
	ck_assert_str_eq(find("NetworkAddressIPv4"), "10.0.0.1;172.17.0.1;10.9.0.1");
	facts.exclude = globs;
	ck_assert_str_eq(find("NetworkAddressIPv4"), "10.0.0.1");
}
END_TEST

START_TEST(ends_a_long_list_at_a_whole_address)
{
	struct hvg_netif *eth0 = netif("eth0", "vmbus");
	char text[32];

	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "192.168.100.%d", 100 + i);
		address(eth0, text);
	}
	/* 15 bytes and a separator each: 63 of them take 1007, the 64th would take 1023. */
	ck_assert_uint_eq(strlen(find("NetworkAddressIPv4")), 63 * 16 - 1);
	ck_assert_str_eq(item.value + strlen(item.value) - 15, "192.168.100.162");
}
END_TEST

START_TEST(repairs_a_name_that_is_not_utf8)
{
	facts.os_name = "Linux \xff";
	ck_assert_str_eq(find("OSName"), "Linux \xef\xbf\xbd");
}
END_TEST

Suite *hvg_suite_service_kvp_auto(void)
{
	Suite *suite = suite_create("service/kvp-auto");
	TCase *tcase = hvg_suite_case(suite, "kvp-auto");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, has_ten_keys_in_the_order_that_hosts_know);
	tcase_add_test(tcase, knows_releases_without_dash_and_versions_without_dot);
	tcase_add_test(tcase, lists_the_default_route_first_then_hyperv_then_the_rest);
	tcase_add_test(tcase, orders_each_family_by_its_own_default_route);
	tcase_add_test(tcase, leaves_out_what_no_host_can_use);
	tcase_add_test(tcase, counts_a_virtual_function_never_and_an_address_once);
	tcase_add_test(tcase, excludes_by_name_and_by_kind);
	tcase_add_test(tcase, ends_a_long_list_at_a_whole_address);
	tcase_add_test(tcase, repairs_a_name_that_is_not_utf8);
	return suite;
}
