// SPDX-License-Identifier: LGPL-2.1-or-later

/* GUIDs: text, bytes in the order of the text, and bytes as Windows has them. */

#include "suites.h"

#include "host/vm/guid.h"

#define TEXT "f8615163-df3e-46c5-913f-f2d2f965ed0e"

static const uint8_t in_order[] = { 0xf8, 0x61, 0x51, 0x63, 0xdf, 0x3e, 0x46, 0xc5, 0x91, 0x3f,
	0xf2, 0xd2, 0xf9, 0x65, 0xed, 0x0e };
static const uint8_t as_windows[] = { 0x63, 0x51, 0x61, 0xf8, 0x3e, 0xdf, 0xc5, 0x46, 0x91,
	0x3f, 0xf2, 0xd2, 0xf9, 0x65, 0xed, 0x0e };

START_TEST(is_text_and_bytes)
{
	uint8_t guid[GUID_SIZE];
	char text[GUID_TEXT];

	ck_assert(guid_parse(TEXT, guid));
	ck_assert_mem_eq(guid, in_order, GUID_SIZE);
	guid_print(guid, text);
	ck_assert_str_eq(text, TEXT);
}
END_TEST

START_TEST(is_swapped_either_way)
{
	uint8_t guid[GUID_SIZE];

	guid_swap(in_order, guid);
	ck_assert_mem_eq(guid, as_windows, GUID_SIZE);
	guid_swap(guid, guid);
	ck_assert_mem_eq(guid, in_order, GUID_SIZE);
}
END_TEST

static const char *const none[] = {
	"",
	"f8615163",
	"f8615163-df3e-46c5-913f-f2d2f965ed0",
	"f8615163-df3e-46c5-913f-f2d2f965ed0e0",
	"f8615163-df3e-46c5-913f-f2d2f965edg0",
	"f8615163-df3e-46c5-913f-f2d2f965ed0g",
	"f8615163df3e-46c5-913f-f2d2f965ed0e",
	"f8615163-df3e-46c5-913f f2d2f965ed0e",
	"{8615163-df3e-46c5-913f-f2d2f965ed0e",
};

START_TEST(is_nothing_else)
{
	uint8_t guid[GUID_SIZE] = { 77 };

	ck_assert(!guid_parse(none[_i], guid));
	ck_assert_uint_eq(guid[0], 77);
}
END_TEST

Suite *hvg_suite_host_vm_guid(void)
{
	Suite *suite = suite_create("host/vm/guid");
	TCase *tcase = hvg_suite_case(suite, "guid");

	tcase_add_test(tcase, is_text_and_bytes);
	tcase_add_test(tcase, is_swapped_either_way);
	tcase_add_loop_test(tcase, is_nothing_else, 0, sizeof(none) / sizeof(none[0]));
	return suite;
}
