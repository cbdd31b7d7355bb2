// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "hvctl/facts/mask.h"

#include "base/units.h"

#include <stdio.h>
#include <string.h>

static struct facts *facts, *masked;

static void setup(void)
{
	facts = facts_new();
	ck_assert_int_eq(
		facts_add(facts, FACT_FILE, "/sys/class/net/eth0/address", "00:22:48:0a:7f:3e"),
		0);
	ck_assert_int_eq(
		facts_add(facts, FACT_FILE, "/sys/class/net/eth1/address", "00:15:5d:00:00:07"),
		0);
	ck_assert_int_eq(
		facts_add(facts, FACT_FILE, "/sys/class/net/enP1/address", "00:22:48:0a:7f:3e"),
		0);
	ck_assert_int_eq(
		facts_add(facts, FACT_FILE, "/sys/class/net/lo/address", "00:00:00:00:00:00"),
		0);
}

static void teardown(void)
{
	facts = facts_free(facts);
	masked = facts_free(masked);
}

static struct fact look(const char *path)
{
	facts_sort(facts);
	masked = facts_free(masked);
	ck_assert_int_eq(facts_mask(facts, &masked), 0);
	return fact(masked, "%s", path);
}

START_TEST(the_same_mac_becomes_the_same_other_one)
{
	struct fact eth0 = look("/sys/class/net/eth0/address"),
		    function = fact(masked, "/sys/class/net/enP1/address"),
		    eth1 = fact(masked, "/sys/class/net/eth1/address"),
		    lo = fact(masked, "/sys/class/net/lo/address");

	ck_assert_str_eq(eth0.text, function.text);
	ck_assert_str_ne(eth0.text, eth1.text);
	ck_assert_str_ne(eth0.text, "00:22:48:0a:7f:3e");
	ck_assert_str_eq(lo.text, "00:00:00:00:00:00");
}
END_TEST

START_TEST(a_guid_that_is_made_of_a_mac_is_masked_in_paths_too)
{
	ck_assert_int_eq(
		facts_add(facts, FACT_FILE, "/v/0022480a-7f3e-0022-480a-7f3e0022480a/id", "17"),
		0);
	(void)look("/");
	ck_assert_uint_eq(facts_count_children(masked, "/v"), 1);
	for (size_t i = 0; i < facts_count(masked); i++) {
		struct fact one = facts_at(masked, i);

		ck_assert_msg(!strstr(one.path, "0022") && !strstr(one.path, "7f3e") &&
				!strstr(one.path, "480a"),
			"%s", one.path);
	}
}
END_TEST

static const struct {
	const char *path, *text, *masked;
} all[] = {
	{ "/proc/cmdline", "root=/dev/sda1 luks.key=abc ip=192.168.7.9 ro",
		"root=/dev/sda1 luks.key=xxx ip=192.0.2.1 ro" },
	{ "/proc/cmdline", "password=geheim quiet", "password=xxxxxx quiet" },
	{ "kernel/log", "connect 10.1.2.3 fe80::1 10.1.2.3",
		"connect 192.0.2.1 2001:db8::2 192.0.2.1" },
	{ "kernel/log", "Hyper-V: Host Build 10.0.17763.6189-0-0",
		"Hyper-V: Host Build 10.0.17763.6189-0-0" },
	{ "kernel/log", "[    1.007919] at 0:0:0:0 and 14:1 mem 0xf8000000-0xffff",
		"[    1.007919] at 0:0:0:0 and 14:1 mem "
		"0xf8000000-0xffff" },
	{ "/sys/class/dmi/id/bios_version", "Hyper-V UEFI Release v4.1",
		"Hyper-V UEFI Release v4.1" },
	{ "/sys/class/fc_host/host1/port_name", "0xc003ff0000ffff04", "0xxxxxxxxxxxxxxx04" },
	{ "kvp/host/HostName", "HV-07", MASK_TEXT },
	{ "kvp/host/HostingSystemOsMajor", "10", "10" },
	{ "kvp/host/VirtualMachineDynamicMemoryBalancingEnabled", "1", "1" },
	{ "kvp/host/VirtualMachineName", "x", MASK_TEXT },
};

START_TEST(masks)
{
	struct fact found;

	ck_assert_int_eq(facts_add(facts, FACT_FILE, all[_i].path, all[_i].text), 0);
	found = look(all[_i].path);
	ck_assert_str_eq(found.text, all[_i].masked);
}
END_TEST

/* Of 3 bytes it makes 13. */
START_TEST(has_room_for_the_shortest_address)
{
	char text[4096] = "", masked_text[16384] = "";
	struct fact found;

	for (int i = 1; i <= 20; i++)
		sprintf(text + strlen(text), "::%x ", i);
	for (int i = 1; i <= 20; i++)
		sprintf(masked_text + strlen(masked_text), "2001:db8::%x ", i);
	for (int i = 0; i < 1000; i++) {
		strcat(text, ":: ");
		strcat(masked_text, "2001:db8::15 ");
	}
	ck_assert_int_eq(facts_add(facts, FACT_FILE, "kernel/log", text), 0);
	found = look("kernel/log");
	ck_assert_str_eq(found.text, masked_text);
}
END_TEST

Suite *hvg_suite_hvctl_mask(void)
{
	Suite *suite = suite_create("mask");
	TCase *tcase = hvg_suite_case(suite, "mask");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_same_mac_becomes_the_same_other_one);
	tcase_add_test(tcase, a_guid_that_is_made_of_a_mac_is_masked_in_paths_too);
	tcase_add_loop_test(tcase, masks, 0, HVG_ELEMENTS(all));
	tcase_add_test(tcase, has_room_for_the_shortest_address);
	return suite;
}
