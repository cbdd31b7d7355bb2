// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Messages that a kernel (6.18) sent, shared with the fuzzer; then messages put together by libmnl,
 * for what no machine here has.
 */

#include "suites.h"

#include "base/units.h"
#include "format/rtnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Aligned as libmnl wants it. */
static union {
	struct nlmsghdr header;
	uint8_t bytes[8192];
} buffer;

static struct hvg_rtnl_message message;

/* Bytes in the file; they are in the buffer. */
static size_t load(const char *name)
{
	char path[4096];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/fuzz/rtnl/%s", HVG_TEST_DATA, name);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "%s", path);
	size = fread(buffer.bytes, 1, sizeof(buffer.bytes), file);
	fclose(file);
	ck_assert_uint_gt(size, NLMSG_HDRLEN);
	return size;
}

static void parse_recorded(const char *name, enum hvg_rtnl_kind expected)
{
	size_t size = load(name);

	memset(&message, 0xff, sizeof(message));
	ck_assert_int_eq(hvg_rtnl_parse(buffer.bytes, size, &message), 0);
	ck_assert_int_eq(message.kind, expected);
}

static void check_ip(const struct hvg_ip *ip, const char *expected)
{
	char text[HVG_IP_TEXT_SIZE];

	hvg_ip_render(ip, text);
	ck_assert_str_eq(text, expected);
}

START_TEST(reads_a_bridge)
{
	parse_recorded("link-bridge", HVG_RTNL_LINK);
	ck_assert_uint_eq(message.link.index, 2);
	ck_assert_str_eq(message.link.name, "br0");
	ck_assert_str_eq(message.link.kind, "bridge");
	ck_assert_str_eq(message.link.bus, "");
	ck_assert_uint_eq(message.link.master, 0);
	ck_assert(message.link.mac.is_known);
	ck_assert(!message.link.permanent_mac.is_known);
	ck_assert(message.link.flags & IFF_UP);
	ck_assert(!message.link.default_v4.is_owner);
}
END_TEST

START_TEST(reads_a_port_and_its_master)
{
	parse_recorded("link-port", HVG_RTNL_LINK);
	ck_assert_uint_eq(message.link.index, 3);
	ck_assert_uint_eq(message.link.master, 2);
	ck_assert_str_eq(message.link.kind, "veth");
}
END_TEST

START_TEST(reads_an_interface_that_is_down)
{
	parse_recorded("link-macvlan", HVG_RTNL_LINK);
	ck_assert_str_eq(message.link.kind, "macvlan");
	ck_assert(!(message.link.flags & IFF_UP));
}
END_TEST

START_TEST(reads_the_loopback)
{
	parse_recorded("link-loopback", HVG_RTNL_LINK);
	ck_assert_str_eq(message.link.name, "lo");
	ck_assert_str_eq(message.link.kind, "");
	ck_assert(message.link.flags & IFF_LOOPBACK);
}
END_TEST

START_TEST(reads_an_adapter_of_hyper_v)
{
	char mac[HVG_MAC_TEXT_SIZE];

	parse_recorded("link-netvsc", HVG_RTNL_LINK);
	ck_assert_str_eq(message.link.bus, "vmbus");
	ck_assert_str_eq(message.link.parent, "6bd31a94-5a0e-4b5e-9d0f-3f1e2d3c4b5a");
	hvg_mac_render(&message.link.permanent_mac, mac);
	ck_assert_str_eq(mac, "00:15:5D:01:02:03");
	parse_recorded("link-vf", HVG_RTNL_LINK);
	ck_assert_str_eq(message.link.bus, "pci");
	ck_assert_uint_eq(message.link.master, 2);
}
END_TEST

START_TEST(reads_addresses)
{
	parse_recorded("address-lifetime", HVG_RTNL_ADDRESS);
	check_ip(&message.address.ip, "192.0.2.11");
	ck_assert_uint_eq(message.address.index, 4);
	ck_assert_uint_eq(message.address.prefix_length, 24);
	ck_assert(!(message.address.flags & IFA_F_PERMANENT));
	parse_recorded("address-v6", HVG_RTNL_ADDRESS);
	check_ip(&message.address.ip, "2001:db8::10");
	ck_assert_uint_eq(message.address.prefix_length, 64);
	ck_assert(message.address.flags & IFA_F_PERMANENT);
	ck_assert(message.address.flags & IFA_F_TENTATIVE);
	ck_assert_uint_eq(message.address.scope, RT_SCOPE_UNIVERSE);
}
END_TEST

START_TEST(takes_its_own_end_of_a_tunnel)
{
	parse_recorded("address-peer", HVG_RTNL_ADDRESS);
	check_ip(&message.address.ip, "10.9.9.1");
}
END_TEST

static const struct {
	const char *name, *gateway;
	uint8_t family, protocol;
	uint32_t index, metric;
} routes[] = {
	{ "route-dhcp", "192.0.2.1", AF_INET, RTPROT_DHCP, 4, 100 },
	{ "route-v6", "fe80::1", AF_INET6, RTPROT_RA, 4, 1024 },
	{ "route-device", "", AF_INET, RTPROT_BOOT, 4, 400 },
	{ "route-via", "fe80::abcd", AF_INET, RTPROT_BOOT, 2, 300 },
};

START_TEST(reads_default_routes)
{
	const struct hvg_default_route *hop = &message.route.hops[0];

	parse_recorded(routes[_i].name, HVG_RTNL_DEFAULT_ROUTE);
	ck_assert_uint_eq(message.route.n_hops, 1);
	check_ip(&hop->gateway, routes[_i].gateway);
	ck_assert_uint_eq(hop->family, routes[_i].family);
	ck_assert_uint_eq(hop->protocol, routes[_i].protocol);
	ck_assert_uint_eq(hop->index, routes[_i].index);
	ck_assert_uint_eq(hop->metric, routes[_i].metric);
}
END_TEST

START_TEST(reads_each_hop_of_a_multipath_route)
{
	parse_recorded("route-multipath", HVG_RTNL_DEFAULT_ROUTE);
	ck_assert_uint_eq(message.route.n_hops, 2);
	check_ip(&message.route.hops[0].gateway, "192.0.2.2");
	check_ip(&message.route.hops[1].gateway, "192.0.2.3");
	ck_assert_uint_eq(message.route.hops[1].index, 4);
	ck_assert_uint_eq(message.route.hops[1].metric, 200);
	ck_assert_uint_eq(message.route.hops[1].family, AF_INET);
}
END_TEST

START_TEST(passes_over_routes_that_lead_nowhere_or_somewhere)
{
	parse_recorded("route-blackhole", HVG_RTNL_OTHER);
	parse_recorded("route-subnet", HVG_RTNL_OTHER);
}
END_TEST

static const char *const recorded[] = { "link-bridge", "link-port", "link-netvsc", "address-peer",
	"address-v6", "route-dhcp", "route-multipath", "route-v6", "route-via" };

/* In memory of exactly that size, so that AddressSanitizer sees the first byte too many. */
START_TEST(refuses_a_message_cut_anywhere)
{
	size_t size = load(recorded[_i]);

	for (size_t cut = 0; cut < size; cut++) {
		uint8_t *exact = malloc(cut > 0 ? cut : 1);

		memcpy(exact, buffer.bytes, cut);
		ck_assert_int_eq(hvg_rtnl_parse(exact, cut, &message), -EBADMSG);
		free(exact);
	}
}
END_TEST

/* The header says the truth about the cut, so it is the attributes that end too early. */
START_TEST(survives_attributes_cut_anywhere)
{
	size_t size = load(recorded[_i]);
	unsigned int n_refused = 0;

	for (size_t cut = NLMSG_HDRLEN; cut < size; cut++) {
		uint8_t *exact = malloc(cut);
		int r;

		buffer.header.nlmsg_len = (uint32_t)cut;
		memcpy(exact, buffer.bytes, cut);
		r = hvg_rtnl_parse(exact, cut, &message);
		ck_assert(r == 0 || r == -EBADMSG);
		n_refused += r < 0;
		free(exact);
	}
	ck_assert_uint_gt(n_refused, size / 4);
}
END_TEST

static struct rtmsg *begin_route(unsigned char family)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer.bytes);
	struct rtmsg *route;

	header->nlmsg_type = RTM_NEWROUTE;
	route = mnl_nlmsg_put_extra_header(header, sizeof(*route));
	*route = (struct rtmsg){
		.rtm_family = family,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_type = RTN_UNICAST,
	};
	return route;
}

static int parse_built(void)
{
	memset(&message, 0xff, sizeof(message));
	return hvg_rtnl_parse(buffer.bytes, buffer.header.nlmsg_len, &message);
}

START_TEST(looks_into_the_main_table_only)
{
	begin_route(AF_INET)->rtm_table = RT_TABLE_COMPAT;
	mnl_attr_put_u32(&buffer.header, RTA_TABLE, 1000);
	ck_assert_int_eq(parse_built(), 0);
	ck_assert_int_eq(message.kind, HVG_RTNL_OTHER);
	begin_route(AF_INET)->rtm_table = RT_TABLE_COMPAT;
	mnl_attr_put_u32(&buffer.header, RTA_TABLE, RT_TABLE_MAIN);
	ck_assert_int_eq(parse_built(), 0);
	ck_assert_int_eq(message.kind, HVG_RTNL_DEFAULT_ROUTE);
}
END_TEST

static const struct {
	unsigned int flags;
	enum hvg_rtnl_kind kind;
	unsigned int n_hops;
} dead[] = {
	{ RTM_F_CLONED, HVG_RTNL_OTHER, 0 },
	{ RTNH_F_DEAD, HVG_RTNL_DEFAULT_ROUTE, 0 },
	{ RTNH_F_LINKDOWN, HVG_RTNL_DEFAULT_ROUTE, 1 },
};

START_TEST(passes_over_routes_that_are_dead)
{
	begin_route(AF_INET)->rtm_flags = dead[_i].flags;
	ck_assert_int_eq(parse_built(), 0);
	ck_assert_int_eq(message.kind, dead[_i].kind);
	if (message.kind == HVG_RTNL_DEFAULT_ROUTE)
		ck_assert_uint_eq(message.route.n_hops, dead[_i].n_hops);
}
END_TEST

static void put_hops(unsigned int n, unsigned char flags)
{
	struct nlattr *nest;

	begin_route(AF_INET);
	nest = mnl_attr_nest_start(&buffer.header, RTA_MULTIPATH);
	for (unsigned int i = 0; i < n; i++) {
		struct rtnexthop hop = {
			.rtnh_len = sizeof(hop) + 8,
			.rtnh_flags = flags,
			.rtnh_ifindex = 40 + (int)i,
		};

		memcpy(mnl_nlmsg_put_extra_header(&buffer.header, sizeof(hop)), &hop, sizeof(hop));
		mnl_attr_put_u32(&buffer.header, RTA_GATEWAY, htonl(0xc0000201 + i));
	}
	mnl_attr_nest_end(&buffer.header, nest);
}

START_TEST(takes_no_more_hops_than_it_has_room_for)
{
	put_hops(HVG_RTNL_HOPS_MAX + 5, 0);
	ck_assert_int_eq(parse_built(), 0);
	ck_assert_uint_eq(message.route.n_hops, HVG_RTNL_HOPS_MAX);
	ck_assert_uint_eq(message.route.hops[HVG_RTNL_HOPS_MAX - 1].index,
		40 + HVG_RTNL_HOPS_MAX - 1);
	put_hops(3, RTNH_F_DEAD);
	ck_assert_int_eq(parse_built(), 0);
	ck_assert_uint_eq(message.route.n_hops, 0);
}
END_TEST

START_TEST(refuses_an_address_of_the_wrong_size)
{
	uint8_t bytes[16] = { 0 };

	begin_route(AF_INET);
	mnl_attr_put(&buffer.header, RTA_GATEWAY, sizeof(bytes), bytes);
	ck_assert_int_eq(parse_built(), -EBADMSG);
	begin_route(AF_INET6);
	mnl_attr_put(&buffer.header, RTA_GATEWAY, 4, bytes);
	ck_assert_int_eq(parse_built(), -EBADMSG);
	begin_route(AF_INET);
	mnl_attr_put(&buffer.header, RTA_VIA, 6, "\x02\x01\x01\x02\x03\x04"); /* family 0x102 */
	ck_assert_int_eq(parse_built(), -EBADMSG);
}
END_TEST

START_TEST(passes_over_other_families_whatever_they_hold)
{
	begin_route(AF_MPLS);
	mnl_attr_put(&buffer.header, RTA_GATEWAY, 3, "abc");
	ck_assert_int_eq(parse_built(), 0);
	ck_assert_int_eq(message.kind, HVG_RTNL_OTHER);
}
END_TEST

static void put_address(unsigned char family, unsigned char prefix_length)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer.bytes);
	struct ifaddrmsg *address;

	header->nlmsg_type = RTM_NEWADDR;
	address = mnl_nlmsg_put_extra_header(header, sizeof(*address));
	address->ifa_family = family;
	address->ifa_prefixlen = prefix_length;
	address->ifa_flags = IFA_F_PERMANENT;
}

START_TEST(refuses_an_address_that_makes_no_sense)
{
	put_address(AF_INET, 24);
	ck_assert_int_eq(parse_built(), -EBADMSG); /* no address in it */
	put_address(AF_INET, 33);
	mnl_attr_put_u32(&buffer.header, IFA_ADDRESS, 1);
	ck_assert_int_eq(parse_built(), -EBADMSG);
	put_address(AF_INET, 32);
	mnl_attr_put_u32(&buffer.header, IFA_ADDRESS, 1);
	ck_assert_int_eq(parse_built(), 0);
	ck_assert_uint_eq(message.address.flags, IFA_F_PERMANENT);
	put_address(AF_UNSPEC, 200);
	ck_assert_int_eq(parse_built(), 0);
	ck_assert_int_eq(message.kind, HVG_RTNL_OTHER);
}
END_TEST

static void begin_link(void)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer.bytes);

	header->nlmsg_type = RTM_NEWLINK;
	(void)mnl_nlmsg_put_extra_header(header, sizeof(struct ifinfomsg));
}

START_TEST(knows_ethernet_addresses_only)
{
	uint8_t infiniband[20] = { 1 };

	begin_link();
	mnl_attr_put(&buffer.header, IFLA_ADDRESS, sizeof(infiniband), infiniband);
	mnl_attr_put(&buffer.header, IFLA_PERM_ADDRESS, 0, NULL);
	ck_assert_int_eq(parse_built(), 0);
	ck_assert(!message.link.mac.is_known);
	ck_assert(!message.link.permanent_mac.is_known);
}
END_TEST

START_TEST(leaves_out_a_name_that_is_too_long)
{
	begin_link();
	mnl_attr_put_strz(&buffer.header, IFLA_PARENT_DEV_BUS_NAME, "vmbus-but-much-too-long");
	mnl_attr_put_strz(&buffer.header, IFLA_PARENT_DEV_NAME, "short");
	ck_assert_int_eq(parse_built(), 0);
	ck_assert_str_eq(message.link.bus, "");
	ck_assert_str_eq(message.link.parent, "short");
}
END_TEST

START_TEST(refuses_a_name_without_end)
{
	begin_link();
	mnl_attr_put(&buffer.header, IFLA_IFNAME, 4, "eth0");
	ck_assert_int_eq(parse_built(), -EBADMSG);
}
END_TEST

START_TEST(refuses_an_attribute_with_an_impossible_length)
{
	struct nlattr *attribute;

	for (uint16_t length = 0; length < 4; length++) {
		begin_link();
		attribute = mnl_nlmsg_get_payload_tail(&buffer.header);
		mnl_attr_put_u32(&buffer.header, IFLA_MASTER, 7);
		attribute->nla_len = length;
		ck_assert_int_eq(parse_built(), -EBADMSG);
	}
}
END_TEST

START_TEST(passes_over_messages_of_other_types)
{
	begin_link();
	buffer.header.nlmsg_type = RTM_DELLINK;
	ck_assert_int_eq(parse_built(), 0);
	ck_assert_int_eq(message.kind, HVG_RTNL_OTHER);
}
END_TEST

START_TEST(writes_no_result_on_failure)
{
	struct hvg_rtnl_message untouched;

	memset(&untouched, 0x5a, sizeof(untouched));
	memset(&message, 0x5a, sizeof(message));
	(void)load("link-bridge");
	ck_assert_int_eq(hvg_rtnl_parse(buffer.bytes, 100, &message), -EBADMSG);
	ck_assert_mem_eq(&message, &untouched, sizeof(message));
}
END_TEST

Suite *hvg_suite_format_rtnl(void)
{
	Suite *suite = suite_create("rtnl");
	TCase *tcase = hvg_suite_case(suite, "rtnl");

	tcase_add_test(tcase, reads_a_bridge);
	tcase_add_test(tcase, reads_a_port_and_its_master);
	tcase_add_test(tcase, reads_an_interface_that_is_down);
	tcase_add_test(tcase, reads_the_loopback);
	tcase_add_test(tcase, reads_an_adapter_of_hyper_v);
	tcase_add_test(tcase, reads_addresses);
	tcase_add_test(tcase, takes_its_own_end_of_a_tunnel);
	tcase_add_loop_test(tcase, reads_default_routes, 0, HVG_ELEMENTS(routes));
	tcase_add_test(tcase, reads_each_hop_of_a_multipath_route);
	tcase_add_test(tcase, passes_over_routes_that_lead_nowhere_or_somewhere);
	tcase_add_loop_test(tcase, refuses_a_message_cut_anywhere, 0, HVG_ELEMENTS(recorded));
	tcase_add_loop_test(tcase, survives_attributes_cut_anywhere, 0, HVG_ELEMENTS(recorded));
	tcase_add_test(tcase, looks_into_the_main_table_only);
	tcase_add_loop_test(tcase, passes_over_routes_that_are_dead, 0, HVG_ELEMENTS(dead));
	tcase_add_test(tcase, takes_no_more_hops_than_it_has_room_for);
	tcase_add_test(tcase, refuses_an_address_of_the_wrong_size);
	tcase_add_test(tcase, passes_over_other_families_whatever_they_hold);
	tcase_add_test(tcase, refuses_an_address_that_makes_no_sense);
	tcase_add_test(tcase, knows_ethernet_addresses_only);
	tcase_add_test(tcase, leaves_out_a_name_that_is_too_long);
	tcase_add_test(tcase, refuses_a_name_without_end);
	tcase_add_test(tcase, refuses_an_attribute_with_an_impossible_length);
	tcase_add_test(tcase, passes_over_messages_of_other_types);
	tcase_add_test(tcase, writes_no_result_on_failure);
	return suite;
}
