// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/utf16.h"

#include <stdint.h>
#include <string.h>

#define FFFD "\xef\xbf\xbd"

START_TEST(accepts_well_formed_text)
{
	static const char *const good[] = {
		"",
		"plain",
		"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",	/* ä € 😀 */
		"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", /* around the surrogates; U+10FFFF */
	};

	ck_assert(hvg_utf8_is_valid(good[_i]));
}
END_TEST

static const struct {
	const char *bad, *repaired;
} repairs[] = {
	{ "\x80", FFFD },			     /* a tail alone */
	{ "a\xc3", "a" FFFD },			     /* cut short */
	{ "\xc0\xaf", FFFD FFFD },		     /* overlong, two bytes */
	{ "\xe0\x80\xaf", FFFD FFFD FFFD },	     /* overlong, three bytes */
	{ "\xf0\x80\x80\xaf", FFFD FFFD FFFD FFFD }, /* overlong, four bytes */
	{ "\xed\xa0\x80z", FFFD FFFD FFFD "z" },     /* a surrogate */
	{ "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD }, /* above U+10FFFF */
	{ "\xff\xfe", FFFD FFFD },
	{ "\xe2\x82z", FFFD FFFD "z" },
};

START_TEST(repairs_ill_formed_text)
{
	char text[64];

	ck_assert(!hvg_utf8_is_valid(repairs[_i].bad));
	ck_assert_int_eq(hvg_utf8_fit(repairs[_i].bad, HVG_UTF8_TO_NUL, 1000, text, sizeof(text)),
		HVG_UTF8_REPAIRED);
	ck_assert_str_eq(text, repairs[_i].repaired);
	ck_assert(hvg_utf8_is_valid(text));
}
END_TEST

START_TEST(cuts_at_a_character_by_bytes)
{
	char text[5];

	ck_assert_int_eq(hvg_utf8_fit("ab\xe2\x82\xac", HVG_UTF8_TO_NUL, 100, text, sizeof(text)),
		HVG_UTF8_CUT);
	ck_assert_str_eq(text, "ab");
	ck_assert_int_eq(hvg_utf8_fit("a\xe2\x82\xac", HVG_UTF8_TO_NUL, 100, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "a\xe2\x82\xac");
}
END_TEST

START_TEST(counts_two_units_above_the_basic_plane)
{
	char text[64];

	ck_assert_int_eq(hvg_utf8_fit("ab\xf0\x9f\x98\x80", HVG_UTF8_TO_NUL, 3, text, sizeof(text)),
		HVG_UTF8_CUT);
	ck_assert_str_eq(text, "ab");
	ck_assert_int_eq(hvg_utf8_fit("ab\xf0\x9f\x98\x80", HVG_UTF8_TO_NUL, 4, text, sizeof(text)), 0);
}
END_TEST

START_TEST(reads_no_further_than_the_field)
{
	char text[64];

	ck_assert_int_eq(hvg_utf8_fit("abcdef", 3, 100, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "abc");
}
END_TEST

/* The whole of Unicode, encoded by hand: exactly the surrogates are ill-formed. */
START_TEST(knows_every_character)
{
	unsigned int wrong = 0;

	for (uint32_t c = 1; c < 0x110000; c++) {
		char text[5] = { 0 };

		if (c < 0x80) {
			text[0] = (char)c;
		} else if (c < 0x800) {
			text[0] = (char)(0xc0 | c >> 6);
			text[1] = (char)(0x80 | (c & 0x3f));
		} else if (c < 0x10000) {
			text[0] = (char)(0xe0 | c >> 12);
			text[1] = (char)(0x80 | (c >> 6 & 0x3f));
			text[2] = (char)(0x80 | (c & 0x3f));
		} else {
			text[0] = (char)(0xf0 | c >> 18);
			text[1] = (char)(0x80 | (c >> 12 & 0x3f));
			text[2] = (char)(0x80 | (c >> 6 & 0x3f));
			text[3] = (char)(0x80 | (c & 0x3f));
		}
		wrong += hvg_utf8_is_valid(text) != (c < 0xd800 || c > 0xdfff);
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

Suite *hvg_suite_base_utf16(void)
{
	Suite *suite = suite_create("utf16");
	TCase *tcase = hvg_suite_case(suite, "utf16");

	tcase_add_loop_test(tcase, accepts_well_formed_text, 0, 4);
	tcase_add_loop_test(tcase, repairs_ill_formed_text, 0, 9);
	tcase_add_test(tcase, cuts_at_a_character_by_bytes);
	tcase_add_test(tcase, counts_two_units_above_the_basic_plane);
	tcase_add_test(tcase, reads_no_further_than_the_field);
	tcase_add_test(tcase, knows_every_character);
	return suite;
}
