// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "host/vm/message.h"

#include <string.h>

static struct message message;

static void end(void)
{
	message_done(&message);
}

START_TEST(takes_what_was_added)
{
	struct message_reader reader;

	message_add_u8(&message, 0x12);
	message_add_u16(&message, 0x3456);
	message_add_text(&message, "text");
	message_add_u32(&message, 0x789abcde);
	message_add_text(&message, "");
	message_add_u64(&message, UINT64_C(0x123456789abcdef0));
	reader = message_read(message.bytes, message.size);
	ck_assert_uint_eq(message_take_u8(&reader), 0x12);
	ck_assert_uint_eq(message_take_u16(&reader), 0x3456);
	ck_assert_str_eq(message_take_text(&reader), "text");
	ck_assert_uint_eq(message_take_u32(&reader), 0x789abcde);
	ck_assert_str_eq(message_take_text(&reader), "");
	ck_assert_uint_eq(message_take_u64(&reader), UINT64_C(0x123456789abcdef0));
	ck_assert(!reader.is_bad);
	ck_assert_ptr_eq(reader.at, reader.end);
}
END_TEST

START_TEST(is_bad_where_something_is_missing)
{
	struct message_reader reader;

	message_add_u32(&message, 7);
	reader = message_read(message.bytes, message.size);
	ck_assert_uint_eq(message_take_u64(&reader), 0);
	ck_assert(reader.is_bad);
	reader = message_read(message.bytes, message.size);
	(void)message_take_u16(&reader);
	ck_assert(!reader.is_bad);
	(void)message_take_u32(&reader);
	ck_assert(reader.is_bad);
}
END_TEST

START_TEST(is_bad_where_a_byte_is_missing)
{
	static const uint8_t bytes[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	struct message_reader u16 = message_read(bytes, 1), u32 = message_read(bytes, 3), u64 = message_read(bytes, 7);

	ck_assert_uint_eq(message_take_u16(&u16), 0);
	ck_assert_uint_eq(message_take_u32(&u32), 0);
	ck_assert_uint_eq(message_take_u64(&u64), 0);
	ck_assert(u16.is_bad && u32.is_bad && u64.is_bad);
}
END_TEST

START_TEST(is_bad_where_a_text_has_no_end)
{
	struct message_reader reader;

	message_add_bytes(&message, "endless", 7);
	reader = message_read(message.bytes, message.size);
	ck_assert_str_eq(message_take_text(&reader), "");
	ck_assert(reader.is_bad);
	reader = message_read(NULL, 0);
	ck_assert_str_eq(message_take_text(&reader), "");
	ck_assert(reader.is_bad);
}
END_TEST

START_TEST(grows_as_it_must)
{
	uint8_t bytes[1000];

	memset(bytes, 0xa5, sizeof(bytes));
	for (unsigned int i = 0; i < 100; i++)
		message_add_bytes(&message, bytes, sizeof(bytes));
	ck_assert_uint_eq(message.size, 100 * sizeof(bytes));
	ck_assert_mem_eq(message.bytes + 99 * sizeof(bytes), bytes, sizeof(bytes));
}
END_TEST

Suite *hvg_suite_host_vm_message(void)
{
	Suite *suite = suite_create("host/vm-message");
	TCase *tcase = hvg_suite_case(suite, "message");

	tcase_add_checked_fixture(tcase, NULL, end);
	tcase_add_test(tcase, takes_what_was_added);
	tcase_add_test(tcase, is_bad_where_something_is_missing);
	tcase_add_test(tcase, is_bad_where_a_byte_is_missing);
	tcase_add_test(tcase, is_bad_where_a_text_has_no_end);
	tcase_add_test(tcase, grows_as_it_must);
	return suite;
}
