// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "format/golden.h"
#include "format/ifcfg.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static struct hvg_printer edit(const char *old, const char *name)
{
	struct hvg_ipconfig config = golden_config(name);
	struct hvg_printer printer = golden_printer();

	ck_assert_int_ge(hvg_ifcfg_edit(hvg_span_of(old), &golden_match, &config, &printer), 0);
	return printer;
}

START_TEST(renders_as_before)
{
	struct hvg_printer printer = edit("", golden_cases[_i]);

	golden_expect(golden_cases[_i], "ifcfg", &printer);
}
END_TEST

/* initscripts have no second gateway, and no metric for IPv6: those come back without. */
START_TEST(reads_back_what_it_writes)
{
	struct hvg_ipconfig config = golden_config(golden_cases[_i]), again;
	struct hvg_printer printer = edit("", golden_cases[_i]);

	for (size_t i = 0; i < config.n_gateways; i++)
		if (hvg_gateway_is_fallback(&config.gateways[i]))
			config.gateways[i--] = config.gateways[--config.n_gateways];
		else if (config.gateways[i].ip.family == AF_INET6)
			config.gateways[i].metric = 0;
	ck_assert_int_eq(hvg_ifcfg_parse(printer.text, printer.used, &again), 0);
	ck_assert(hvg_ipconfig_is_equal(&config, &again));
}
END_TEST

START_TEST(renders_for_site_scripts_as_the_old_daemon_does)
{
	struct hvg_ipconfig config = golden_config(golden_cases[_i]);
	struct hvg_printer printer = golden_printer();

	hvg_ifcfg_render_legacy(&golden_match, &config, &printer);
	golden_expect(golden_cases[_i], "legacy", &printer);
}
END_TEST

START_TEST(keeps_what_says_nothing_of_addresses)
{
	static const char old[] = "# of the site\n"
				  "DEVICE=\"eth0\"\n"
				  "HWADDR=00:15:5d:01:02:03\n"
				  "MTU=1400\n"
				  "BOOTPROTO='dhcp'\n"
				  "IPADDR=10.0.0.1\nIPADDR1=10.0.0.2\nNETMASK=255.0.0.0\nPREFIX1=8\n"
				  "IPV6ADDR_1=2001:db8::9\nIPV6_DEFAULTGW=fe80::9\nDNS1=10.0.0.3\n"
				  "DNS_NOT_OURS=1\n\n"
				  "ZONE=public"; /* without a line break */
	struct hvg_printer printer = edit(old, "ipv4");

	ck_assert_str_eq(printer.text, "# of the site\nDEVICE=\"eth0\"\nHWADDR=00:15:5d:01:02:03\nMTU=1400\n"
				       "DNS_NOT_OURS=1\n\nZONE=public\n"
				       "ONBOOT=yes\nBOOTPROTO=none\nIPADDR0=192.0.2.7\nPREFIX0=24\n"
				       "GATEWAY=192.0.2.1\nIPV6INIT=yes\nIPV6_AUTOCONF=yes\nDNS1=192.0.2.2\nDNS2=1.1.1.1\n");
}
END_TEST

START_TEST(changes_nothing_the_second_time)
{
	static char once[HVG_IPCONFIG_TEXT_SIZE];
	struct hvg_printer printer = edit("MTU=1400\n", golden_cases[_i]);

	strcpy(once, printer.text);
	printer = edit(once, golden_cases[_i]);
	ck_assert_str_eq(printer.text, once);
}
END_TEST

START_TEST(knows_its_interface)
{
	static const struct {
		const char *text;
		bool is_for;
	} cases[] = {
		{ "DEVICE=eth0\n", true },
		{ "DEVICE='eth0'\n", true },
		{ "DEVICE=eth1\nDEVICE=eth0\n", true },
		{ "DEVICE=eth1\nHWADDR=00:15:5D:01:02:03\n", false },
		{ "HWADDR=00:15:5d:01:02:03\n", true },
		{ "HWADDR=00:15:5d:01:02:04\n", false },
		{ "#DEVICE=eth0\n", false },
		{ "", false },
	};

	ck_assert_int_eq(hvg_ifcfg_is_for(cases[_i].text, strlen(cases[_i].text), &golden_match), cases[_i].is_for);
}
END_TEST

START_TEST(refuses_addresses_it_does_not_understand)
{
	static const char *const texts[] = { "IPADDR0=x\nPREFIX0=24\n", "PREFIX0=24\n", "GATEWAY=x\n", "DNS1=x\n",
		"IPV6ADDR=2001:db8::7\n" };
	struct hvg_ipconfig config;

	ck_assert_int_eq(hvg_ifcfg_parse(texts[_i], strlen(texts[_i]), &config), -EBADMSG);
}
END_TEST

Suite *hvg_suite_format_ifcfg(void)
{
	Suite *suite = suite_create("format/ifcfg");
	TCase *tcase = hvg_suite_case(suite, "ifcfg");

	tcase_add_loop_test(tcase, renders_as_before, 0, GOLDEN_CASES);
	tcase_add_loop_test(tcase, reads_back_what_it_writes, 0, GOLDEN_CASES);
	tcase_add_loop_test(tcase, renders_for_site_scripts_as_the_old_daemon_does, 0, GOLDEN_CASES);
	tcase_add_test(tcase, keeps_what_says_nothing_of_addresses);
	tcase_add_loop_test(tcase, changes_nothing_the_second_time, 0, GOLDEN_CASES);
	tcase_add_loop_test(tcase, knows_its_interface, 0, 8);
	tcase_add_loop_test(tcase, refuses_addresses_it_does_not_understand, 0, 5);
	return suite;
}
