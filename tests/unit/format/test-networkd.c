// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "format/networkd.h"
#include "format/golden.h"

#include <errno.h>
#include <string.h>

static void render(const struct hvg_netmatch *match, const struct hvg_ipconfig *config, struct hvg_printer *printer)
{
	*printer = golden_printer();
	hvg_networkd_render(match, config, printer);
}

START_TEST(renders_as_before)
{
	struct hvg_ipconfig config = golden_config(golden_cases[_i]);
	struct hvg_printer printer;

	render(&golden_match, &config, &printer);
	golden_expect(golden_cases[_i], "network", &printer);
}
END_TEST

START_TEST(reads_back_what_it_writes)
{
	struct hvg_ipconfig config = golden_config(golden_cases[_i]), again;
	struct hvg_printer printer;

	render(&golden_match, &config, &printer);
	ck_assert_int_eq(hvg_networkd_parse(printer.text, printer.used, &again), 0);
	ck_assert(hvg_ipconfig_is_equal(&config, &again));
}
END_TEST

START_TEST(matches_by_what_is_known)
{
	struct hvg_ipconfig config = golden_config("off");
	struct hvg_netmatch match = golden_match;
	struct hvg_printer printer;

	match.mac_is_permanent = false;
	render(&match, &config, &printer);
	ck_assert(strstr(printer.text, "[Match]\nMACAddress=00:15:5D:01:02:03\nDriver=hv_netvsc\n\n"));
	match.mac.is_known = false;
	render(&match, &config, &printer);
	ck_assert(strstr(printer.text, "[Match]\nName=eth0\n\n"));
}
END_TEST

START_TEST(refuses_a_file_that_is_cut_or_foreign)
{
	static const char *const texts[] = { "[Network", "=x", "[Network]\nAddress=192.0.2.7", "[Route]\nGateway=x\n" };
	struct hvg_ipconfig config = { .n_dns = 77 };

	ck_assert_int_eq(hvg_networkd_parse(texts[_i], strlen(texts[_i]), &config), -EBADMSG);
	ck_assert_uint_eq(config.n_dns, 77);
}
END_TEST

Suite *hvg_suite_format_networkd(void)
{
	Suite *suite = suite_create("format/networkd");
	TCase *tcase = hvg_suite_case(suite, "networkd");

	tcase_add_loop_test(tcase, renders_as_before, 0, GOLDEN_CASES);
	tcase_add_loop_test(tcase, reads_back_what_it_writes, 0, GOLDEN_CASES);
	tcase_add_test(tcase, matches_by_what_is_known);
	tcase_add_loop_test(tcase, refuses_a_file_that_is_cut_or_foreign, 0, 4);
	return suite;
}
