// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "hvguest/ipinfo.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *list;
	const char *entries[4];
} lists[] = {
	{ "", { NULL } },
	{ " ; ;; ", { NULL } },
	{ "10.0.0.1", { "10.0.0.1" } },
	{ "10.0.0.1;", { "10.0.0.1" } },
	{ "10.0.0.1; fe80::1 ;\t192.0.2.7;", { "10.0.0.1", "fe80::1", "192.0.2.7" } },
	{ ";/64;64", { "/64", "64" } },
};

START_TEST(finds_each_entry)
{
	char entry[HVG_IPINFO_ENTRY_SIZE];
	size_t n = 0;

	for (; lists[_i].entries[n]; n++) {
		ck_assert_int_eq(hvg_ipinfo_entry(lists[_i].list, n, entry), 0);
		ck_assert_str_eq(entry, lists[_i].entries[n]);
	}
	ck_assert_int_eq(hvg_ipinfo_entry(lists[_i].list, n, entry), -ENOENT);
}
END_TEST

START_TEST(refuses_an_entry_that_is_no_address)
{
	char list[200], entry[HVG_IPINFO_ENTRY_SIZE] = "untouched";

	memset(list, '1', sizeof(list));
	list[HVG_IPINFO_ENTRY_SIZE] = '\0';
	ck_assert_int_eq(hvg_ipinfo_entry(list, 0, entry), -EMSGSIZE);
	ck_assert_str_eq(entry, "untouched");
	list[HVG_IPINFO_ENTRY_SIZE - 1] = '\0';
	ck_assert_int_eq(hvg_ipinfo_entry(list, 0, entry), 0);
	ck_assert_uint_eq(strlen(entry), HVG_IPINFO_ENTRY_SIZE - 1);
}
END_TEST

Suite *hvg_suite_wire_ipinfo(void)
{
	Suite *suite = suite_create("wire/ipinfo");
	TCase *tcase = hvg_suite_case(suite, "ipinfo");

	tcase_add_loop_test(tcase, finds_each_entry, 0, 6);
	tcase_add_test(tcase, refuses_an_entry_that_is_no_address);
	return suite;
}
