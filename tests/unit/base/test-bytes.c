// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/bytes.h"

#include <string.h>

START_TEST(reads_little_endian_integers_in_order)
{
	static const uint8_t bytes[] = { 1, 3, 2, 7, 6, 5, 4, 8, 0, 0, 0, 0, 0, 0, 0x80 };
	struct hvg_reader reader;

	hvg_reader_init(&reader, bytes, sizeof(bytes));
	ck_assert_uint_eq(hvg_read_u8(&reader), 1);
	ck_assert_uint_eq(hvg_read_le16(&reader), 0x0203);
	ck_assert_uint_eq(hvg_read_le32(&reader), 0x04050607);
	ck_assert(hvg_read_le64(&reader) == UINT64_C(0x8000000000000008));
	ck_assert(!reader.bad);
	ck_assert_uint_eq(reader.left, 0);
}
END_TEST

START_TEST(stays_bad_after_reading_too_much)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct hvg_reader reader;

	hvg_reader_init(&reader, bytes, sizeof(bytes));
	ck_assert_uint_eq(hvg_read_le32(&reader), 0);
	ck_assert(reader.bad);
	ck_assert_uint_eq(hvg_read_u8(&reader), 0);
	ck_assert_ptr_null(hvg_read_bytes(&reader, 1));
}
END_TEST

START_TEST(survives_a_length_near_the_end_of_the_address_space)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct hvg_reader reader;

	hvg_reader_init(&reader, bytes, sizeof(bytes));
	(void)hvg_read_u8(&reader);
	hvg_read_skip(&reader, SIZE_MAX);
	ck_assert(reader.bad);
}
END_TEST

START_TEST(reads_a_text_field_up_to_its_nul)
{
	struct hvg_reader reader;

	hvg_reader_init(&reader, "ab\0xcd", 6);
	ck_assert_str_eq(hvg_read_text(&reader, 4), "ab");
	ck_assert_uint_eq(hvg_read_u8(&reader), 'c');
}
END_TEST

START_TEST(refuses_a_text_field_without_nul)
{
	struct hvg_reader reader;

	hvg_reader_init(&reader, "abcd", 5);
	ck_assert_ptr_null(hvg_read_text(&reader, 4));
	ck_assert(reader.bad);
}
END_TEST

START_TEST(writes_little_endian_and_zeroes_what_is_skipped)
{
	static const uint8_t expected[] = { 1, 3, 2, 0, 0, 7, 6, 5, 4, 'x', 'y', 0 };
	uint8_t bytes[sizeof(expected)];
	struct hvg_writer writer;

	memset(bytes, 0xff, sizeof(bytes));
	hvg_writer_init(&writer, bytes, sizeof(bytes));
	hvg_write_u8(&writer, 1);
	hvg_write_le16(&writer, 0x0203);
	hvg_write_skip(&writer, 2);
	hvg_write_le32(&writer, 0x04050607);
	hvg_write_bytes(&writer, "xy", 2);
	ck_assert(!writer.bad);
	ck_assert_mem_eq(bytes, expected, sizeof(expected));
}
END_TEST

START_TEST(writes_nothing_past_the_end)
{
	uint8_t bytes[4] = { 0, 0, 0, 0xee };
	struct hvg_writer writer;

	hvg_writer_init(&writer, bytes, 3);
	hvg_write_le32(&writer, 1);
	ck_assert(writer.bad);
	hvg_write_u8(&writer, 1);
	ck_assert_ptr_null(hvg_write_field(&writer, 1));
	ck_assert_mem_eq(bytes, ((uint8_t[]){ 0, 0, 0, 0xee }), 4);
}
END_TEST

START_TEST(hashes_as_published)
{
	/* Test vectors of draft-eastlake-fnv, appendix C. */
	ck_assert(hvg_hash64(0, "", 0) == UINT64_C(0xcbf29ce484222325));
	ck_assert(hvg_hash64(0, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	ck_assert(hvg_hash64(0, "foobar", 6) == UINT64_C(0x85944171f73967e8));
	ck_assert(hvg_hash64(1, "foobar", 6) != UINT64_C(0x85944171f73967e8));
}
END_TEST

Suite *hvg_suite_base_bytes(void)
{
	Suite *suite = suite_create("bytes");
	TCase *tcase = hvg_suite_case(suite, "bytes");

	tcase_add_test(tcase, reads_little_endian_integers_in_order);
	tcase_add_test(tcase, stays_bad_after_reading_too_much);
	tcase_add_test(tcase, survives_a_length_near_the_end_of_the_address_space);
	tcase_add_test(tcase, reads_a_text_field_up_to_its_nul);
	tcase_add_test(tcase, refuses_a_text_field_without_nul);
	tcase_add_test(tcase, writes_little_endian_and_zeroes_what_is_skipped);
	tcase_add_test(tcase, writes_nothing_past_the_end);
	tcase_add_test(tcase, hashes_as_published);
	return suite;
}
