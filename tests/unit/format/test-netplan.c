// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "format/golden.h"
#include "format/netplan.h"

#include <string.h>

START_TEST(renders_as_before)
{
	struct hvg_ipconfig config = golden_config(golden_cases[_i]);
	struct hvg_printer printer = golden_printer();

	hvg_netplan_render(&golden_match, "networkd", &config, &printer);
	golden_expect(golden_cases[_i], "yaml", &printer);
}
END_TEST

START_TEST(wins_by_priority_under_networkmanager)
{
	struct hvg_ipconfig config = golden_config("ipv4");
	struct hvg_printer printer = golden_printer();

	hvg_netplan_render(&golden_match, "NetworkManager", &config, &printer);
	golden_expect("ipv4-networkmanager", "yaml", &printer);
}
END_TEST

START_TEST(matches_by_name_what_has_no_permanent_mac)
{
	struct hvg_ipconfig config = golden_config("off");
	struct hvg_netmatch match = golden_match;
	struct hvg_printer printer = golden_printer();

	match.mac_is_permanent = false;
	hvg_netplan_render(&match, "networkd", &config, &printer);
	ck_assert(strstr(printer.text, "match:\n        name: \"eth0\"\n"));
	ck_assert_ptr_null(strstr(printer.text, "macaddress"));
}
END_TEST

Suite *hvg_suite_format_netplan(void)
{
	Suite *suite = suite_create("format/netplan");
	TCase *tcase = hvg_suite_case(suite, "netplan");

	tcase_add_loop_test(tcase, renders_as_before, 0, GOLDEN_CASES);
	tcase_add_test(tcase, wins_by_priority_under_networkmanager);
	tcase_add_test(tcase, matches_by_name_what_has_no_permanent_mac);
	return suite;
}
