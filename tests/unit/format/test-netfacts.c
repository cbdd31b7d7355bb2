// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "format/netfacts.h"

#include <linux/if_addr.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#define MAC(last)                                       \
	{                                               \
		true, { 0, 0x15, 0x5d, 1, 2, last }     \
	}

/* Sorted by index, with gaps. */
static const struct hvg_netif netifs[] = {
	{ .index = 1, .name = "lo" },
	{ .index = 3, .name = "eth0", .bus = "vmbus", .mac = MAC(3), .permanent_mac = MAC(3) },
	{ .index = 4, .name = "vf0", .bus = "pci", .master = 3, .mac = MAC(99) },
	{ .index = 5, .name = "vf1", .bus = "pci", .mac = MAC(3) },
	{ .index = 6, .name = "vf2", .bus = "pci", .mac = MAC(98), .permanent_mac = MAC(3) },
	{ .index = 7, .name = "eth0.10", .kind = "vlan", .mac = MAC(3) },
	{ .index = 9, .name = "nic", .bus = "pci", .mac = MAC(9), .permanent_mac = MAC(9) },
	{ .index = 12, .name = "eth1", .bus = "vmbus", .master = 3, .mac = MAC(12) },
	{ .index = 13, .name = "port", .bus = "pci", .master = 1 },
	{ .index = 14, .name = "orphan", .bus = "pci", .master = 77 },
};
static const struct hvg_netfacts facts = { .netifs = netifs, .n_netifs = HVG_ELEMENTS(netifs) };

START_TEST(finds_each_interface_by_its_index)
{
	for (size_t i = 0; i < HVG_ELEMENTS(netifs); i++)
		ck_assert_ptr_eq(hvg_netfacts_find(&facts, netifs[i].index), &netifs[i]);
}
END_TEST

START_TEST(finds_nothing_where_there_is_nothing)
{
	struct hvg_netfacts none = { 0 };

	ck_assert_ptr_null(hvg_netfacts_find(&none, 1));
	ck_assert_ptr_null(hvg_netfacts_find(&facts, 0));
	ck_assert_ptr_null(hvg_netfacts_find(&facts, 2));
	ck_assert_ptr_null(hvg_netfacts_find(&facts, 15));
}
END_TEST

START_TEST(tells_virtual_functions_from_adapters)
{
	static const char *const functions[] = { "vf0", "vf1", "vf2" };

	for (size_t i = 0; i < HVG_ELEMENTS(netifs); i++) {
		bool expected = false;

		for (size_t j = 0; j < HVG_ELEMENTS(functions); j++)
			expected |= strcmp(netifs[i].name, functions[j]) == 0;
		ck_assert_msg(hvg_netfacts_is_vf(&facts, &netifs[i]) == expected, "%s",
			netifs[i].name);
	}
}
END_TEST

START_TEST(takes_no_unknown_mac_for_another)
{
	struct hvg_mac unknown = { 0 };

	ck_assert(!hvg_mac_is_equal(&unknown, &unknown));
	ck_assert(hvg_mac_is_equal(&netifs[1].mac, &netifs[3].mac));
	ck_assert(!hvg_mac_is_equal(&netifs[1].mac, &netifs[2].mac));
}
END_TEST

static const struct {
	uint32_t flags;
	bool is_usable;
} usable[] = {
	{ 0, true },
	{ IFA_F_PERMANENT, true },
	{ IFA_F_DEPRECATED, true },
	{ IFA_F_TEMPORARY, true },
	{ IFA_F_TENTATIVE, false },
	{ IFA_F_TENTATIVE | IFA_F_OPTIMISTIC, true },
	{ IFA_F_PERMANENT | IFA_F_DADFAILED, false },
	{ IFA_F_TENTATIVE | IFA_F_OPTIMISTIC | IFA_F_DADFAILED, false },
};

START_TEST(uses_no_address_that_is_in_doubt)
{
	struct hvg_ifaddr address = { .flags = usable[_i].flags };

	ck_assert(hvg_ifaddr_is_usable(&address) == usable[_i].is_usable);
}
END_TEST

START_TEST(knows_an_interface_that_is_up)
{
	struct hvg_netif netif = { .flags = IFF_UP };

	ck_assert(hvg_netif_is_up(&netif));
	netif.flags = IFF_RUNNING | IFF_BROADCAST;
	ck_assert(!hvg_netif_is_up(&netif));
}
END_TEST

START_TEST(renders_addresses)
{
	struct hvg_ip v4 = { AF_INET, { 192, 0, 2, 1 } };
	struct hvg_ip v6 = { AF_INET6, { 0xfe, 0x80, [15] = 1 } };
	struct hvg_ip none = { 0 };
	char text[HVG_IP_TEXT_SIZE], mac[HVG_MAC_TEXT_SIZE];

	hvg_ip_render(&v4, text);
	ck_assert_str_eq(text, "192.0.2.1");
	hvg_ip_render(&v6, text);
	ck_assert_str_eq(text, "fe80::1");
	hvg_ip_render(&none, text);
	ck_assert_str_eq(text, "");
	hvg_mac_render(&netifs[1].mac, mac);
	ck_assert_str_eq(mac, "00:15:5D:01:02:03");
	hvg_mac_render(&netifs[0].mac, mac);
	ck_assert_str_eq(mac, "");
}
END_TEST

Suite *hvg_suite_format_netfacts(void)
{
	Suite *suite = suite_create("netfacts");
	TCase *tcase = hvg_suite_case(suite, "netfacts");

	tcase_add_test(tcase, finds_each_interface_by_its_index);
	tcase_add_test(tcase, finds_nothing_where_there_is_nothing);
	tcase_add_test(tcase, tells_virtual_functions_from_adapters);
	tcase_add_test(tcase, takes_no_unknown_mac_for_another);
	tcase_add_loop_test(tcase, uses_no_address_that_is_in_doubt, 0, HVG_ELEMENTS(usable));
	tcase_add_test(tcase, knows_an_interface_that_is_up);
	tcase_add_test(tcase, renders_addresses);
	return suite;
}
