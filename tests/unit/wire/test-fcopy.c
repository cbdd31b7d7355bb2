// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The kernel's own structures are the other side, so that a wrong offset of ours cannot agree with
 * itself.
 */

#include "suites.h"

#include "hvguest/fcopy.h"

#include <errno.h>
#include <linux/hyperv.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static union {
	struct hv_fcopy_hdr header;
	struct hv_start_fcopy start;
	struct hv_do_fcopy write;
	uint8_t bytes[8192];
} message;
static struct hvg_fcopy_texts texts;
static struct hvg_fcopy_request request;
static const char *reason;

static void setup(void)
{
	memset(&message, 0, sizeof(message));
	memset(&texts, 0, sizeof(texts));
	memset(&request, 0, sizeof(request));
	reason = NULL;
}

static int decode(enum hvg_fcopy_form form, size_t size)
{
	return hvg_fcopy_decode(form, &message, size, &texts, &request, &reason);
}

START_TEST(agrees_with_the_kernel_header)
{
	ck_assert_int_eq(HVG_FCOPY_START, START_FILE_COPY);
	ck_assert_int_eq(HVG_FCOPY_WRITE, WRITE_TO_FILE);
	ck_assert_int_eq(HVG_FCOPY_COMPLETE, COMPLETE_FCOPY);
	ck_assert_int_eq(HVG_FCOPY_CANCEL, CANCEL_FCOPY);
	ck_assert_uint_eq(HVG_FCOPY_FRAGMENT_MAX, DATA_FRAGMENT);
	ck_assert_uint_eq(HVG_FCOPY_TEXT_CHARS, W_MAX_PATH);
	ck_assert_uint_eq(sizeof(struct hv_start_fcopy), 1088);
	ck_assert_uint_eq(sizeof(struct hv_do_fcopy), 6196);
}
END_TEST

static void fill_start(void)
{
	message.header.operation = START_FILE_COPY;
	message.start.copy_flags = OVER_WRITE;
	message.start.file_size = UINT64_C(0x123456789a);
}

START_TEST(decodes_start_from_the_device)
{
	fill_start();
	strcpy((char *)message.start.file_name, "na\xc3\xafve.txt");
	strcpy((char *)message.start.path_name, "/srv/\xe2\x82\xac/");
	ck_assert_int_eq(decode(HVG_FCOPY_CHARDEV, sizeof(message.start)), 0);
	ck_assert_int_eq(request.op, HVG_FCOPY_START);
	ck_assert_str_eq(request.name, "na\xc3\xafve.txt");
	ck_assert_str_eq(request.path, "/srv/\xe2\x82\xac/");
	ck_assert(request.overwrites);
	ck_assert(!request.creates_path);
	ck_assert_uint_eq(request.file_bytes, UINT64_C(0x123456789a));
}
END_TEST

static void put_units(void *field, const void *units, size_t size)
{
	memcpy(field, units, size);
}

START_TEST(decodes_start_from_the_bus)
{
	fill_start();
	message.start.copy_flags = CREATE_PATH;
	put_units(message.start.file_name, u"\u00fc\U0001f600", 6);
	put_units(message.start.path_name, u"/tmp", 8);
	ck_assert_int_eq(decode(HVG_FCOPY_VMBUS, sizeof(message.start)), 0);
	ck_assert_str_eq(request.name, "\xc3\xbc\xf0\x9f\x98\x80");
	ck_assert_str_eq(request.path, "/tmp");
	ck_assert(!request.overwrites);
	ck_assert(request.creates_path);
}
END_TEST

START_TEST(takes_a_name_that_fills_its_field_on_the_bus)
{
	fill_start();
	for (size_t i = 0; i < W_MAX_PATH; i++)
		put_units((char *)message.start.path_name + 2 * i, u"\u20ac", 2);
	ck_assert_int_eq(decode(HVG_FCOPY_VMBUS, sizeof(message.start)), 0);
	ck_assert_uint_eq(strlen(request.path), 780);
}
END_TEST

/* The kernel cuts at 259 bytes and says nothing. */
static const struct {
	size_t length;
	int result;
} lengths[] = {
	{ 0, 0 },
	{ 254, 0 },
	{ 255, 0 },
	{ 256, -EBADMSG },
	{ 259, -EBADMSG },
	{ 520, -EBADMSG },
};

START_TEST(refuses_a_name_that_may_have_been_cut)
{
	fill_start();
	memset(message.start.path_name, 'p', lengths[_i].length);
	ck_assert_int_eq(decode(HVG_FCOPY_CHARDEV, sizeof(message.start)), lengths[_i].result);
}
END_TEST

START_TEST(refuses_names_that_are_no_text)
{
	request.name = "untouched";
	fill_start();
	message.bytes[36] = 0xff;
	ck_assert_int_eq(decode(HVG_FCOPY_CHARDEV, sizeof(message.start)), -EBADMSG);
	ck_assert_ptr_nonnull(reason);
	message.bytes[36] = 0x00;
	message.bytes[37] = 0xd8;
	ck_assert_int_eq(decode(HVG_FCOPY_VMBUS, sizeof(message.start)), -EBADMSG);
	message.bytes[37] = 0;
	message.bytes[556] = 0xc3;
	ck_assert_int_eq(decode(HVG_FCOPY_CHARDEV, sizeof(message.start)), -EBADMSG);
	ck_assert_str_eq(request.name, "untouched");
}
END_TEST

static const uint32_t sizes[] = { 0, 1, 6143, 6144 };

START_TEST(decodes_write)
{
	message.header.operation = WRITE_TO_FILE;
	message.write.offset = UINT64_C(0xfedcba9876543210);
	message.write.size = sizes[_i];
	memset(message.write.data, 'd', sizes[_i]);
	ck_assert_int_eq(decode(HVG_FCOPY_CHARDEV, sizeof(message.write)), 0);
	ck_assert_int_eq(request.op, HVG_FCOPY_WRITE);
	ck_assert_uint_eq(request.offset, UINT64_C(0xfedcba9876543210));
	ck_assert_uint_eq(request.size, sizes[_i]);
	ck_assert_ptr_eq(request.data, message.bytes + 52);
}
END_TEST

START_TEST(takes_a_write_as_long_as_its_data)
{
	message.header.operation = WRITE_TO_FILE;
	message.write.size = 100;
	ck_assert_int_eq(decode(HVG_FCOPY_VMBUS, 152), 0);
	ck_assert_int_eq(decode(HVG_FCOPY_VMBUS, 151), -EBADMSG);
}
END_TEST

START_TEST(refuses_a_fragment_that_is_too_large)
{
	static const uint32_t large[] = { 6145, 0x80000000, UINT32_MAX };

	message.header.operation = WRITE_TO_FILE;
	message.write.size = large[_i];
	ck_assert_int_eq(decode(HVG_FCOPY_CHARDEV, sizeof(message)), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(reason, "large"));
}
END_TEST

START_TEST(takes_leftovers_behind_complete_and_cancel)
{
	memset(&message, 0xff, sizeof(message));
	message.header.operation = COMPLETE_FCOPY;
	ck_assert_int_eq(decode(HVG_FCOPY_CHARDEV, 36), 0);
	ck_assert_int_eq(request.op, HVG_FCOPY_COMPLETE);
	ck_assert_int_eq(decode(HVG_FCOPY_CHARDEV, 64), 0);
	message.header.operation = CANCEL_FCOPY;
	ck_assert_int_eq(decode(HVG_FCOPY_CHARDEV, 6224), 0);
	ck_assert_int_eq(request.op, HVG_FCOPY_CANCEL);
	ck_assert_int_eq(decode(HVG_FCOPY_CHARDEV, 35), -EBADMSG);
}
END_TEST

START_TEST(decodes_an_operation_it_does_not_know)
{
	static const uint32_t ops[] = { 4, 0x7fffffff, 0x80000000, UINT32_MAX };

	message.header.operation = ops[_i];
	ck_assert_int_eq(decode(HVG_FCOPY_CHARDEV, 36), 0);
	ck_assert_int_eq(request.op, HVG_FCOPY_UNKNOWN);
}
END_TEST

/* Every size up to the whole message, against the edge of what was allocated. */
START_TEST(refuses_every_shorter_start)
{
	fill_start();
	for (size_t size = 0; size < sizeof(message.start); size++) {
		uint8_t *copy = malloc(size + 1);

		memcpy(copy, &message, size);
		ck_assert_int_eq(hvg_fcopy_decode(HVG_FCOPY_CHARDEV, copy, size, &texts, &request, &reason),
			-EBADMSG);
		free(copy);
	}
}
END_TEST

START_TEST(registers_and_answers)
{
	uint8_t bytes[4];
	uint32_t version = 7;

	hvg_fcopy_encode_register(bytes);
	ck_assert_mem_eq(bytes, "\1\0\0\0", 4);
	ck_assert_int_eq(hvg_fcopy_decode_registered(bytes, 4, &version), 0);
	ck_assert_uint_eq(version, 1);
	ck_assert_int_eq(hvg_fcopy_decode_registered(bytes, 3, &version), -EBADMSG);
	ck_assert_int_eq(hvg_fcopy_decode_registered(&message, 1088, &version), -EBADMSG);
	hvg_fcopy_encode_status(0x80070050, bytes);
	ck_assert_mem_eq(bytes, "\x50\x00\x07\x80", 4);
}
END_TEST

START_TEST(names_operations)
{
	ck_assert_str_eq(hvg_fcopy_op_name(HVG_FCOPY_START), "START");
	ck_assert_str_eq(hvg_fcopy_op_name(HVG_FCOPY_WRITE), "WRITE");
	ck_assert_str_eq(hvg_fcopy_op_name(HVG_FCOPY_COMPLETE), "COMPLETE");
	ck_assert_str_eq(hvg_fcopy_op_name(HVG_FCOPY_CANCEL), "CANCEL");
	ck_assert_str_eq(hvg_fcopy_op_name(HVG_FCOPY_UNKNOWN), "unknown operation");
}
END_TEST

Suite *hvg_suite_wire_fcopy(void)
{
	Suite *suite = suite_create("wire/fcopy");
	TCase *tcase = hvg_suite_case(suite, "fcopy");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, agrees_with_the_kernel_header);
	tcase_add_test(tcase, decodes_start_from_the_device);
	tcase_add_test(tcase, decodes_start_from_the_bus);
	tcase_add_test(tcase, takes_a_name_that_fills_its_field_on_the_bus);
	tcase_add_loop_test(tcase, refuses_a_name_that_may_have_been_cut, 0, 6);
	tcase_add_test(tcase, refuses_names_that_are_no_text);
	tcase_add_loop_test(tcase, decodes_write, 0, 4);
	tcase_add_test(tcase, takes_a_write_as_long_as_its_data);
	tcase_add_loop_test(tcase, refuses_a_fragment_that_is_too_large, 0, 3);
	tcase_add_test(tcase, takes_leftovers_behind_complete_and_cancel);
	tcase_add_loop_test(tcase, decodes_an_operation_it_does_not_know, 0, 4);
	tcase_add_test(tcase, refuses_every_shorter_start);
	tcase_add_test(tcase, registers_and_answers);
	tcase_add_test(tcase, names_operations);
	return suite;
}
