// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/guid.h"

/* The class of the KVP device: facts/guest-protocol.md section 10, and its modalias bytes. */
#define KVP_TEXT "a9a0f4e7-5a45-4d96-b827-8a841e8c03e6"
static const struct hvg_guid kvp = { { 0xe7, 0xf4, 0xa0, 0xa9, 0x45, 0x5a, 0x96, 0x4d, 0xb8, 0x27,
	0x8a, 0x84, 0x1e, 0x8c, 0x03, 0xe6 } };

START_TEST(parses_the_forms_in_use)
{
	static const char *const forms[] = {
		KVP_TEXT,
		"{" KVP_TEXT "}",
		"{A9A0F4E7-5A45-4D96-B827-8A841E8C03E6}",
	};
	struct hvg_guid guid;

	ck_assert_int_eq(hvg_guid_parse(forms[_i], &guid), 0);
	ck_assert(hvg_guid_is_equal(&guid, &kvp));
}
END_TEST

START_TEST(refuses_what_is_no_guid)
{
	static const char *const bad[] = {
		"",
		"{",
		"{}",
		"a9a0f4e7",
		"a9a0f4e7-5a45-4d96-b827-8a841e8c03e",
		"a9a0f4e7-5a45-4d96-b827-8a841e8c03e6 ",
		"{a9a0f4e7-5a45-4d96-b827-8a841e8c03e6",
		"a9a0f4e7-5a45-4d96-b827-8a841e8c03e6}",
		"a9a0f4e7x5a45-4d96-b827-8a841e8c03e6",
		"g9a0f4e7-5a45-4d96-b827-8a841e8c03e6",
	};
	struct hvg_guid guid = kvp;

	ck_assert_int_lt(hvg_guid_parse(bad[_i], &guid), 0);
	ck_assert(hvg_guid_is_equal(&guid, &kvp));
}
END_TEST

START_TEST(renders_as_sysfs_names_it)
{
	char text[HVG_GUID_TEXT_SIZE];

	hvg_guid_render(&kvp, text);
	ck_assert_str_eq(text, KVP_TEXT);
}
END_TEST

Suite *hvg_suite_base_guid(void)
{
	Suite *suite = suite_create("guid");
	TCase *tcase = hvg_suite_case(suite, "guid");

	tcase_add_loop_test(tcase, parses_the_forms_in_use, 0, 3);
	tcase_add_loop_test(tcase, refuses_what_is_no_guid, 0, 10);
	tcase_add_test(tcase, renders_as_sysfs_names_it);
	return suite;
}
