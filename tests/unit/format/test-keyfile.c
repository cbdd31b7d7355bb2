// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "format/keyfile.h"
#include "format/golden.h"

#include <errno.h>
#include <string.h>

static void render(const struct hvg_netmatch *match, const struct hvg_ipconfig *config, struct hvg_printer *printer)
{
	*printer = golden_printer();
	hvg_keyfile_render(match, config, printer);
}

START_TEST(renders_as_before)
{
	struct hvg_ipconfig config = golden_config(golden_cases[_i]);
	struct hvg_printer printer;

	render(&golden_match, &config, &printer);
	golden_expect(golden_cases[_i], "nmconnection", &printer);
}
END_TEST

START_TEST(reads_back_what_it_writes)
{
	struct hvg_ipconfig config = golden_config(golden_cases[_i]), again;
	struct hvg_printer printer;

	render(&golden_match, &config, &printer);
	ck_assert_int_eq(hvg_keyfile_parse(printer.text, printer.used, &again), 0);
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
	ck_assert(strstr(printer.text, "interface-name=eth0\n\n[ethernet]\n\n[ipv4]"));
	match.mac.is_known = false;
	render(&match, &config, &printer);
	ck_assert(strstr(printer.text, "interface-name=eth0\n"));
}
END_TEST

START_TEST(refuses_a_file_that_is_cut_or_foreign)
{
	static const char *const texts[] = { "[ipv4", "method", "[ipv4]\naddress1=192.0.2.7", "[ipv4]\nroute1=0.0.0.0/0,x\n" };
	struct hvg_ipconfig config = { .n_dns = 77 };

	ck_assert_int_eq(hvg_keyfile_parse(texts[_i], strlen(texts[_i]), &config), -EBADMSG);
	ck_assert_uint_eq(config.n_dns, 77);
}
END_TEST

START_TEST(has_one_uuid_for_one_adapter)
{
	char one[HVG_UUID_TEXT_SIZE], same[HVG_UUID_TEXT_SIZE], other[HVG_UUID_TEXT_SIZE];
	struct hvg_netmatch match = golden_match;

	hvg_keyfile_uuid(&golden_match, one);
	match.name[3] = '9'; /* names change, adapters stay */
	hvg_keyfile_uuid(&match, same);
	match.mac.bytes[5]++;
	hvg_keyfile_uuid(&match, other);
	ck_assert_uint_eq(strlen(one), 36);
	ck_assert_int_eq(one[14], '8');
	ck_assert(strchr("89ab", one[19]));
	ck_assert_str_eq(one, same);
	ck_assert_str_ne(one, other);
}
END_TEST

Suite *hvg_suite_format_keyfile(void)
{
	Suite *suite = suite_create("format/keyfile");
	TCase *tcase = hvg_suite_case(suite, "keyfile");

	tcase_add_loop_test(tcase, renders_as_before, 0, GOLDEN_CASES);
	tcase_add_loop_test(tcase, reads_back_what_it_writes, 0, GOLDEN_CASES);
	tcase_add_test(tcase, matches_by_what_is_known);
	tcase_add_loop_test(tcase, refuses_a_file_that_is_cut_or_foreign, 0, 4);
	tcase_add_test(tcase, has_one_uuid_for_one_adapter);
	return suite;
}
