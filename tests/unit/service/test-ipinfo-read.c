// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "hvguest/ipinfo.h"
#include "service/ipinfo-read.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define MAC_TEXT "00:15:5D:01:02:03"

/* A guest with everything that bears one MAC: adapter, virtual function, VLAN, bridge. */
static struct hvg_netif netifs[] = {
	{ .index = 1, .name = "lo", .flags = IFF_UP | IFF_LOOPBACK },
	{ .index = 2, .name = "eth0", .bus = "vmbus", .flags = IFF_UP },
	{ .index = 3, .name = "enP1", .bus = "pci", .flags = IFF_UP, .master = 2 },
	{ .index = 4, .name = "eth0.7", .kind = "vlan", .flags = IFF_UP },
	{ .index = 5, .name = "br0", .kind = "bridge", .flags = IFF_UP },
	{ .index = 6, .name = "eth1", .bus = "vmbus", .flags = IFF_UP },
};
static struct hvg_ifaddr addresses[128];
static struct hvg_default_route routes[8];
static struct hvg_netfacts net;
static struct hvg_linkword word;
static struct hvg_ipinfo_sources sources;
static struct hvg_ipinfo_texts texts;

static struct hvg_mac mac(uint8_t last)
{
	return (struct hvg_mac){ true, { 0, 0x15, 0x5d, 1, 2, last } };
}

static void setup(void)
{
	for (size_t i = 1; i < 5; i++)
		netifs[i].mac = netifs[i].permanent_mac = mac(3);
	netifs[3].permanent_mac = netifs[4].permanent_mac = (struct hvg_mac){ 0 };
	netifs[5].mac = netifs[5].permanent_mac = mac(6);
	net = (struct hvg_netfacts){
		.netifs = netifs,
		.n_netifs = HVG_ELEMENTS(netifs),
		.addresses = addresses,
		.routes = routes,
	};
	word = (struct hvg_linkword){ 0 };
	sources = (struct hvg_ipinfo_sources){ .net = &net, .word = &word };
}

static struct hvg_ifaddr *address(uint32_t index, const char *text, uint8_t prefix)
{
	struct hvg_ifaddr *new = &addresses[net.n_addresses++];

	*new = (struct hvg_ifaddr){ .index = index, .prefix_length = prefix, .flags = IFA_F_PERMANENT };
	new->ip.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	ck_assert_int_eq(inet_pton(new->ip.family, text, new->ip.bytes), 1);
	return new;
}

static struct hvg_default_route *route(uint32_t index, const char *gateway)
{
	struct hvg_default_route *new = &routes[net.n_routes++];

	*new = (struct hvg_default_route){ .index = index, .protocol = RTPROT_STATIC };
	new->family = new->gateway.family = strchr(gateway, ':') ? AF_INET6 : AF_INET;
	ck_assert_int_eq(inet_pton(new->family, gateway, new->gateway.bytes), 1);
	return new;
}

static void read_it(void)
{
	ck_assert_int_eq(hvg_ipinfo_read(&sources, MAC_TEXT, &texts), 0);
}

START_TEST(reads_both_families_in_parallel_lists)
{
	address(2, "192.0.2.10", 24);
	address(2, "10.1.0.1", 9);
	address(2, "2001:db8::10", 64);
	address(6, "198.51.100.1", 24);
	route(2, "192.0.2.1");
	route(2, "2001:db8::1");
	route(6, "198.51.100.254");
	hvg_linkword_add_dns(&word, "192.0.2.53");
	hvg_linkword_add_dns(&word, "2001:db8::53");
	read_it();
	ck_assert_str_eq(texts.adapter, MAC_TEXT);
	ck_assert_uint_eq(texts.families, HVG_IPINFO_IPV4 | HVG_IPINFO_IPV6);
	ck_assert(!texts.dhcp);
	ck_assert_str_eq(texts.addresses, "192.0.2.10;10.1.0.1;2001:db8::10");
	ck_assert_str_eq(texts.subnets, "255.255.255.0;255.128.0.0;/64");
	ck_assert_str_eq(texts.gateways, "192.0.2.1;2001:db8::1;");
	ck_assert_str_eq(texts.dns_servers, "192.0.2.53;2001:db8::53;");
}
END_TEST

START_TEST(takes_a_mac_in_any_case)
{
	ck_assert_int_eq(hvg_ipinfo_read(&sources, "00:15:5d:01:02:03", &texts), 0);
	ck_assert_int_eq(hvg_ipinfo_read(&sources, "00:15:5D:01:02:06", &texts), 0);
}
END_TEST

START_TEST(knows_no_adapter_of_another_mac)
{
	static const char *const wrong[] = { "", "00:15:5D:01:02:04", "00:15:5D:01:02", "eth0",
		"00:15:5D:01:02:03 " };

	texts.families = 77;
	ck_assert_int_eq(hvg_ipinfo_read(&sources, wrong[_i], &texts), -ENODEV);
	ck_assert_uint_eq(texts.families, 77);
}
END_TEST

START_TEST(never_answers_from_a_virtual_function_or_a_vlan)
{
	address(3, "10.0.3.1", 24);
	address(4, "10.0.4.1", 24);
	read_it();
	ck_assert_str_eq(texts.addresses, "");
	ck_assert_uint_eq(texts.families, 0);
}
END_TEST

START_TEST(answers_from_the_master_of_an_adapter_without_addresses)
{
	netifs[1].master = 5;
	address(5, "10.0.5.1", 16);
	route(5, "10.0.0.1");
	read_it();
	netifs[1].master = 0;
	ck_assert_str_eq(texts.addresses, "10.0.5.1");
	ck_assert_str_eq(texts.subnets, "255.255.0.0");
	ck_assert_str_eq(texts.gateways, "10.0.0.1;");
}
END_TEST

START_TEST(tells_dhcp_by_a_lifetime_or_by_the_route)
{
	struct hvg_ifaddr *leased = address(2, "192.0.2.10", 24);
	struct hvg_default_route *way = route(2, "192.0.2.1");

	leased->flags = 0;
	read_it();
	ck_assert(texts.dhcp);
	leased->flags = IFA_F_PERMANENT;
	way->protocol = RTPROT_DHCP;
	read_it();
	ck_assert(texts.dhcp);
}
END_TEST

START_TEST(believes_a_word_about_dhcp_more_than_its_signs)
{
	address(2, "192.0.2.10", 24)->flags = 0; /* a lifetime */
	word.dhcp = HVG_DHCP_OFF;
	read_it();
	ck_assert(!texts.dhcp);
	word.dhcp = HVG_DHCP_ON;
	addresses[0].flags = IFA_F_PERMANENT;
	read_it();
	ck_assert(texts.dhcp);
}
END_TEST

START_TEST(names_the_interface_that_bears_the_addresses)
{
	netifs[1].master = 5;
	ck_assert_ptr_eq(hvg_ipinfo_bearer(&net, MAC_TEXT), &netifs[1]);
	address(5, "192.0.2.10", 24);
	ck_assert_ptr_eq(hvg_ipinfo_bearer(&net, MAC_TEXT), &netifs[4]);
	ck_assert_ptr_null(hvg_ipinfo_bearer(&net, "00:15:5D:01:02:09"));
	netifs[1].master = 0;
}
END_TEST

START_TEST(takes_no_ipv6_lifetime_for_dhcp)
{
	address(2, "2001:db8::10", 64)->flags = 0;
	read_it();
	ck_assert(!texts.dhcp);
	ck_assert_uint_eq(texts.families, HVG_IPINFO_IPV6);
}
END_TEST

START_TEST(has_nothing_in_force_while_the_adapter_is_down)
{
	address(2, "192.0.2.10", 24);
	route(2, "192.0.2.1");
	netifs[1].flags = 0;
	read_it();
	netifs[1].flags = IFF_UP;
	ck_assert_str_eq(texts.addresses, "");
	ck_assert_str_eq(texts.gateways, "");
}
END_TEST

/* 15 bytes and a separator each: 64 addresses take 1023 bytes; the masks would have room for more. */
START_TEST(keeps_long_lists_parallel)
{
	char text[32];

	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "192.168.100.%d", 100 + i);
		address(2, text, 32);
	}
	read_it();
	ck_assert_uint_eq(strlen(texts.addresses), 64 * 16 - 1);
	ck_assert_uint_eq(strlen(texts.subnets), 64 * 16 - 1);
}
END_TEST

Suite *hvg_suite_service_ipinfo_read(void)
{
	Suite *suite = suite_create("service/ipinfo-read");
	TCase *tcase = hvg_suite_case(suite, "ipinfo-read");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, reads_both_families_in_parallel_lists);
	tcase_add_test(tcase, takes_a_mac_in_any_case);
	tcase_add_loop_test(tcase, knows_no_adapter_of_another_mac, 0, 5);
	tcase_add_test(tcase, never_answers_from_a_virtual_function_or_a_vlan);
	tcase_add_test(tcase, answers_from_the_master_of_an_adapter_without_addresses);
	tcase_add_test(tcase, tells_dhcp_by_a_lifetime_or_by_the_route);
	tcase_add_test(tcase, believes_a_word_about_dhcp_more_than_its_signs);
	tcase_add_test(tcase, names_the_interface_that_bears_the_addresses);
	tcase_add_test(tcase, takes_no_ipv6_lifetime_for_dhcp);
	tcase_add_test(tcase, has_nothing_in_force_while_the_adapter_is_down);
	tcase_add_test(tcase, keeps_long_lists_parallel);
	return suite;
}
