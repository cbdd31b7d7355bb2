// SPDX-License-Identifier: LGPL-2.1-or-later

/* SMBIOS as a kernel walks through it: from the entry point, structure by structure, to the end. */

#include "suites.h"

#include "host/vm/bytes.h"
#include "host/vm/layout.h"
#include "host/vm/smbios.h"

#include <errno.h>
#include <string.h>

static uint8_t bytes[4096];
static int size;

static void setup(void)
{
	size = smbios_build(bytes, sizeof(bytes));
	ck_assert_int_gt(size, 0);
}

static const uint8_t *first(void)
{
	return bytes + (get_le64(bytes + 16) - LAYOUT_SMBIOS);
}

/* Behind two zeroes. */
static const uint8_t *next(const uint8_t *structure)
{
	const uint8_t *at = structure + structure[1];

	while (at[0] != 0 || at[1] != 0)
		at++;
	return at + 2;
}

static const uint8_t *find(uint8_t type)
{
	const uint8_t *at = first();

	while (at[0] != type && at[0] != 127)
		at = next(at);
	return at;
}

/* The text whose number stands there. */
static const char *text(const uint8_t *structure, unsigned int at)
{
	const char *text = (const char *)structure + structure[1];

	ck_assert_uint_gt(structure[at], 0);
	for (unsigned int i = 1; i < structure[at]; i++)
		text += strlen(text) + 1;
	return text;
}

START_TEST(has_an_entry_that_comes_out)
{
	uint8_t sum = 0;

	ck_assert_mem_eq(bytes, "_SM3_", 5);
	for (unsigned int i = 0; i < bytes[6]; i++)
		sum = (uint8_t)(sum + bytes[i]);
	ck_assert_uint_eq(sum, 0);
	ck_assert_ptr_eq(first(), bytes + bytes[6]);
	ck_assert_uint_eq(get_le32(bytes + 12), (unsigned int)size - bytes[6]);
}
END_TEST

START_TEST(calls_itself_what_a_virtual_machine_is_called)
{
	ck_assert_str_eq(text(find(0), 5), "090008 ");
	ck_assert_str_eq(text(find(1), 4), "Microsoft Corporation");
	ck_assert_str_eq(text(find(1), 5), "Virtual Machine");
	ck_assert_str_eq(text(find(3), 4), "Microsoft Corporation");
	ck_assert_uint_eq(strlen(text(find(3), 8)), 32);
}
END_TEST

START_TEST(ends_where_it_says)
{
	const uint8_t *end = find(127);

	ck_assert_uint_eq(end[0], 127);
	ck_assert_ptr_eq(next(end), bytes + size);
}
END_TEST

START_TEST(has_no_room_in_less)
{
	uint8_t less[4096];

	for (int room = 0; room < size; room++)
		ck_assert_int_eq(smbios_build(less, (size_t)room), -ENOSPC);
	ck_assert_int_eq(smbios_build(less, (size_t)size), size);
	ck_assert_mem_eq(less, bytes, (size_t)size);
}
END_TEST

Suite *hvg_suite_host_vm_smbios(void)
{
	Suite *suite = suite_create("host/vm/smbios");
	TCase *tcase = hvg_suite_case(suite, "tables");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, has_an_entry_that_comes_out);
	tcase_add_test(tcase, calls_itself_what_a_virtual_machine_is_called);
	tcase_add_test(tcase, ends_where_it_says);
	tcase_add_test(tcase, has_no_room_in_less);
	return suite;
}
