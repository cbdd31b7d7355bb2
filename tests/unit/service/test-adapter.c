// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "service/adapter.h"

#include <errno.h>
#include <string.h>

#define GUID_0 "b5e15ac5-0000-4000-8000-00155d010203"
#define GUID_1 "b5e15ac5-0001-4000-8000-00155d010206"
#define GUID_X "b5e15ac5-0009-4000-8000-00155d010209"

static struct hvg_netif netifs[8];
static struct hvg_synthetic synthetics[4];
static struct hvg_netfacts facts;
static struct hvg_synthetics all;
static struct hvg_adapter adapter;

static struct hvg_mac mac(uint8_t last)
{
	return (struct hvg_mac){ true, { 0, 0x15, 0x5d, 1, 2, last } };
}

/* Two adapters; the first one's MAC is on its virtual function, a VLAN, a bond and a bridge too. */
static void setup(void)
{
	static const struct hvg_netif fresh[] = {
		{ .index = 1, .name = "lo" },
		{ .index = 2, .name = "eth0" },
		{ .index = 3, .name = "enP1", .bus = "pci" },
		{ .index = 4, .name = "eth0.7", .kind = "vlan" },
		{ .index = 5, .name = "bond0", .kind = "bond" },
		{ .index = 6, .name = "br0", .kind = "bridge" },
		{ .index = 7, .name = "eth1" },
		{ .index = 8, .name = "vrf0", .kind = "vrf" },
	};

	memcpy(netifs, fresh, sizeof(fresh));
	for (size_t i = 1; i < 6; i++)
		netifs[i].mac = mac(3);
	netifs[1].permanent_mac = netifs[2].permanent_mac = mac(3);
	netifs[6].mac = mac(6);
	synthetics[0] = (struct hvg_synthetic){ 7, "{" GUID_1 "}", "hv_netvsc" };
	synthetics[1] = (struct hvg_synthetic){ 2, GUID_0, "hv_netvsc" };
	synthetics[2] = (struct hvg_synthetic){ 3, GUID_X, "mlx5_core" };
	facts = (struct hvg_netfacts){ .netifs = netifs, .n_netifs = HVG_ELEMENTS(netifs) };
	all = (struct hvg_synthetics){ synthetics, 3 };
}

static const char *find(const char *id)
{
	ck_assert_int_eq(hvg_adapter_find(&facts, &all, id, &adapter), 0);
	return adapter.netif->name;
}

START_TEST(finds_an_adapter_by_guid_in_any_spelling)
{
	static const char *const ids[] = { "{" GUID_0 "}", GUID_0, "{B5E15AC5-0000-4000-8000-00155D010203}" };

	ck_assert_str_eq(find(ids[_i]), "eth0");
	ck_assert_str_eq(adapter.bearer->name, "eth0");
}
END_TEST

START_TEST(finds_the_other_adapter)
{
	ck_assert_str_eq(find(GUID_1), "eth1");
	ck_assert_str_eq(find("00:15:5D:01:02:06"), "eth1");
}
END_TEST

START_TEST(finds_an_adapter_by_mac_and_never_what_bears_the_same_one)
{
	static const char *const ids[] = { "00:15:5D:01:02:03", "00-15-5d-01-02-03", "00155D010203" };

	ck_assert_str_eq(find(ids[_i]), "eth0");
}
END_TEST

START_TEST(goes_by_the_permanent_mac)
{
	netifs[1].mac = mac(6);
	netifs[6].permanent_mac = mac(7);
	ck_assert_str_eq(find("00:15:5D:01:02:03"), "eth0");
	ck_assert_str_eq(find("00:15:5D:01:02:07"), "eth1");
	ck_assert_int_eq(hvg_adapter_find(&facts, &all, "00:15:5D:01:02:06", &adapter), -ENODEV);
}
END_TEST

START_TEST(knows_no_other_adapter)
{
	static const char *const ids[] = { GUID_X, "00:15:5D:01:02:09", "{b5e15ac5-0002-4000-8000-00155d010203}" };

	adapter.netif = NULL;
	ck_assert_int_eq(hvg_adapter_find(&facts, &all, ids[_i], &adapter), -ENODEV);
	ck_assert_ptr_null(adapter.netif);
}
END_TEST

START_TEST(refuses_what_is_neither_guid_nor_mac)
{
	static const char *const ids[] = { "", "eth0", "{" GUID_0, "00:15:5D:01:02", "00:15:5D:01:02:03:04", "00:15:5D:01:02:0g" };

	ck_assert_int_eq(hvg_adapter_find(&facts, &all, ids[_i], &adapter), -EINVAL);
}
END_TEST

START_TEST(configures_the_uppermost_master_of_a_port)
{
	netifs[1].master = 5;
	ck_assert_str_eq(find(GUID_0), "eth0");
	ck_assert_str_eq(adapter.bearer->name, "bond0");
	netifs[4].master = 6;
	(void)find(GUID_0);
	ck_assert_str_eq(adapter.bearer->name, "br0");
}
END_TEST

START_TEST(configures_itself_below_a_master_that_bears_no_addresses)
{
	netifs[1].master = _i == 0 ? 8 : 77;
	(void)find(GUID_0);
	ck_assert_str_eq(adapter.bearer->name, "eth0");
}
END_TEST

START_TEST(does_not_follow_masters_in_a_circle)
{
	netifs[1].master = 5;
	netifs[4].master = 6;
	netifs[5].master = 5;
	ck_assert_str_eq(find(GUID_0), "eth0");
}
END_TEST

START_TEST(passes_over_an_adapter_that_is_gone)
{
	synthetics[1].index = 99;
	ck_assert_int_eq(hvg_adapter_find(&facts, &all, GUID_0, &adapter), -ENODEV);
}
END_TEST

Suite *hvg_suite_service_adapter(void)
{
	Suite *suite = suite_create("service/adapter");
	TCase *tcase = hvg_suite_case(suite, "adapter");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, finds_an_adapter_by_guid_in_any_spelling, 0, 3);
	tcase_add_test(tcase, finds_the_other_adapter);
	tcase_add_loop_test(tcase, finds_an_adapter_by_mac_and_never_what_bears_the_same_one, 0, 3);
	tcase_add_test(tcase, goes_by_the_permanent_mac);
	tcase_add_loop_test(tcase, knows_no_other_adapter, 0, 3);
	tcase_add_loop_test(tcase, refuses_what_is_neither_guid_nor_mac, 0, 6);
	tcase_add_test(tcase, configures_the_uppermost_master_of_a_port);
	tcase_add_loop_test(tcase, configures_itself_below_a_master_that_bears_no_addresses, 0, 2);
	tcase_add_test(tcase, does_not_follow_masters_in_a_circle);
	tcase_add_test(tcase, passes_over_an_adapter_that_is_gone);
	return suite;
}
