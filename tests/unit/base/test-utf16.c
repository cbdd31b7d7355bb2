// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/utf16.h"

#include <stdint.h>
#include <errno.h>
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
	{ "\xe0\xc0\x80", FFFD FFFD FFFD },	     /* no second byte at all, for each range of them */
	{ "\xed\x7f\x80", FFFD "\x7f" FFFD },
	{ "\xf0\xc0\x80\x80", FFFD FFFD FFFD FFFD },
	{ "\xf4\x7f\x80\x80", FFFD "\x7f" FFFD FFFD },
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

static size_t put_units(uint32_t c, uint8_t ret[static 4])
{
	uint32_t units[2] = { c, 0 };
	size_t n = 1;

	if (c >= 0x10000) {
		units[0] = 0xd800 + ((c - 0x10000) >> 10);
		units[1] = 0xdc00 + ((c - 0x10000) & 0x3ff);
		n = 2;
	}
	for (size_t i = 0; i < n; i++) {
		ret[2 * i] = (uint8_t)units[i];
		ret[2 * i + 1] = (uint8_t)(units[i] >> 8);
	}
	return n;
}

START_TEST(converts_every_character_from_utf16)
{
	unsigned int wrong = 0;
	uint8_t units[4];
	char text[8];

	for (uint32_t c = 1; c < 0x110000; c++) {
		size_t n = put_units(c, units);
		int r = hvg_utf8_from_utf16(units, n, text, sizeof(text));

		if (c >= 0xd800 && c <= 0xdfff)
			wrong += r != -EILSEQ;
		else
			wrong += r != 0 || !hvg_utf8_is_valid(text) ||
				strlen(text) != (c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

#define UNITS(text) (const uint8_t *)u"" text, sizeof(u"" text) / 2 - 1

START_TEST(converts_text_from_utf16)
{
	char text[32];

	ck_assert_int_eq(hvg_utf8_from_utf16(UNITS("\u00fc\u20ac\U0001f600"), text, sizeof(text)), 0);
	ck_assert_str_eq(text, "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80");
	ck_assert_int_eq(hvg_utf8_from_utf16(UNITS("ab\0cd"), text, sizeof(text)), 0);
	ck_assert_str_eq(text, "ab");
	ck_assert_int_eq(hvg_utf8_from_utf16(UNITS(""), text, 1), 0);
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(hvg_utf8_from_utf16(UNITS("abc"), text, 4), 0);
	ck_assert_int_eq(hvg_utf8_from_utf16(UNITS("abc"), text, 3), -EMSGSIZE);
	ck_assert_int_eq(hvg_utf8_from_utf16(UNITS("\u20ac"), text, 3), -EMSGSIZE);
	ck_assert_int_eq(hvg_utf8_from_utf16(UNITS("\u20ac"), text, 4), 0);
	ck_assert_int_eq(hvg_utf8_from_utf16(UNITS(""), text, 0), -EMSGSIZE);
}
END_TEST

START_TEST(refuses_half_a_pair)
{
	static const uint8_t halves[][6] = {
		{ 0x00, 0xd8, 'a', 0, 'b', 0 },	      /* a first without its second */
		{ 0x00, 0xdc, 'a', 0, 'b', 0 },	      /* a second alone */
		{ 'a', 0, 'b', 0, 0x00, 0xd8 },	      /* a first at the end */
		{ 0x00, 0xd8, 0x00, 0xd8, 0x00, 0xdc }, /* two firsts */
		{ 0x00, 0xd8, 0, 0, 0x00, 0xdc },     /* a NUL in between */
		{ 0x00, 0xd8, 0x00, 0xe0, 'a', 0 },   /* what stands right behind the seconds */
	};
	char text[32];

	ck_assert_int_eq(hvg_utf8_from_utf16(halves[_i], 3, text, sizeof(text)), -EILSEQ);
}
END_TEST

Suite *hvg_suite_base_utf16(void)
{
	Suite *suite = suite_create("utf16");
	TCase *tcase = hvg_suite_case(suite, "utf16");

	tcase_add_loop_test(tcase, accepts_well_formed_text, 0, 4);
	tcase_add_loop_test(tcase, repairs_ill_formed_text, 0, 13);
	tcase_add_test(tcase, cuts_at_a_character_by_bytes);
	tcase_add_test(tcase, counts_two_units_above_the_basic_plane);
	tcase_add_test(tcase, reads_no_further_than_the_field);
	tcase_add_test(tcase, knows_every_character);
	tcase_add_test(tcase, converts_every_character_from_utf16);
	tcase_add_test(tcase, converts_text_from_utf16);
	tcase_add_loop_test(tcase, refuses_half_a_pair, 0, 6);
	return suite;
}
