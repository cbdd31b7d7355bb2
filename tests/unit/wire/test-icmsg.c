// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Messages against the kernel's structures, which its user-space headers lack and which therefore
 * stand here (include/linux/hyperv.h).
 */

#include "suites.h"

#include "hvguest/icmsg.h"
#include "hvguest/status.h"

#include <errno.h>
#include <string.h>

struct __attribute__((packed)) kernel_message {
	uint32_t flags, msgsize; /* vmbuspipe_hdr */
	uint16_t frame_major, frame_minor, type, message_major, message_minor, size; /* icmsg_hdr */
	uint32_t status;
	uint8_t transaction, icflags, reserved[2];
	union {
		struct __attribute__((packed)) {
			uint16_t n_frame, n_message;
			uint32_t reserved;
			uint16_t versions[12];
		} negotiate;
		uint8_t body[36];
	};
};

static struct kernel_message message, answer;
static struct hvg_icmsg decoded;

static void setup(void)
{
	message = (struct kernel_message){
		.flags = 1,
		.msgsize = 56,
		.frame_major = 3,
		.type = HVG_ICMSG_FCOPY,
		.message_major = 1,
		.message_minor = 1,
		.size = 36,
		.transaction = 9,
		.icflags = 3,
	};
	memset(message.body, 'b', sizeof(message.body));
	memset(&answer, 0xff, sizeof(answer));
}

static void decode(void)
{
	ck_assert_int_eq(hvg_icmsg_decode(&message, sizeof(message), &decoded), 0);
}

START_TEST(decodes_a_request)
{
	decode();
	ck_assert_uint_eq(decoded.pipe_flags, 1);
	ck_assert_uint_eq(decoded.pipe_size, 56);
	ck_assert_uint_eq(decoded.type, HVG_ICMSG_FCOPY);
	ck_assert_uint_eq(decoded.framework.major, 3);
	ck_assert_uint_eq(decoded.version.minor, 1);
	ck_assert_uint_eq(decoded.body_said, 36);
	ck_assert_uint_eq(decoded.transaction, 9);
	ck_assert_uint_eq(decoded.flags, 3);
	ck_assert_ptr_eq(decoded.body, message.body);
	ck_assert_uint_eq(decoded.body_size, 36);
}
END_TEST

START_TEST(refuses_what_is_too_short)
{
	for (size_t size = 0; size < HVG_ICMSG_HEADER_SIZE; size++)
		ck_assert_int_eq(hvg_icmsg_decode(&message, size, &decoded), -EBADMSG);
	ck_assert_int_eq(hvg_icmsg_decode(&message, HVG_ICMSG_HEADER_SIZE, &decoded), 0);
	ck_assert_uint_eq(decoded.body_size, 0);
}
END_TEST

START_TEST(answers_with_the_request_and_a_status)
{
	struct kernel_message expected = message;

	expected.status = HVG_STATUS_ALREADY_EXISTS;
	expected.icflags = 5; /* transaction, response */
	decode();
	ck_assert_int_eq(hvg_icmsg_encode_answer(&decoded, HVG_STATUS_ALREADY_EXISTS, &answer, sizeof(answer)),
		sizeof(answer));
	ck_assert_mem_eq(&answer, &expected, sizeof(expected));
	ck_assert_int_eq(hvg_icmsg_encode_answer(&decoded, 0, &answer, sizeof(answer) - 1), -ENOSPC);
}
END_TEST

static void offer(uint16_t n_frame, uint16_t n_message)
{
	memset(message.body, 0, sizeof(message.body));
	message.type = HVG_ICMSG_NEGOTIATE;
	message.negotiate.n_frame = n_frame;
	message.negotiate.n_message = n_message;
	for (uint16_t i = 0; i < 12; i++)
		message.negotiate.versions[i] = (uint16_t)(100 + i);
	decode();
}

START_TEST(decodes_an_offer)
{
	struct hvg_icoffer found;

	offer(2, 3);
	ck_assert_int_eq(hvg_icoffer_decode(&decoded, &found), 0);
	ck_assert_uint_eq(found.n_frameworks, 2);
	ck_assert_uint_eq(found.n_versions, 3);
	ck_assert_uint_eq(hvg_icoffer_framework(&found, 1).major, 102);
	ck_assert_uint_eq(hvg_icoffer_framework(&found, 1).minor, 103);
	ck_assert_uint_eq(hvg_icoffer_version(&found, 2).major, 108);
	ck_assert_uint_eq(hvg_icoffer_version(&found, 2).minor, 109);
}
END_TEST

static const struct {
	uint16_t n_frame, n_message;
	int result;
} offers[] = {
	{ 0, 0, 0 },
	{ 6, 0, 0 },
	{ 0, 6, 0 },
	{ 3, 4, 0 },
	{ 4, 4, -EBADMSG }, /* more than there are */
	{ 100, 100, -EBADMSG },
	{ 101, 0, -EBADMSG },
	{ 0, 101, -EBADMSG },
	{ 0xffff, 0xffff, -EBADMSG },
	{ 0x8000, 0x8000, -EBADMSG },
};

START_TEST(checks_offers)
{
	struct hvg_icoffer found;

	offer(offers[_i].n_frame, offers[_i].n_message);
	ck_assert_int_eq(hvg_icoffer_decode(&decoded, &found), offers[_i].result);
}
END_TEST

START_TEST(answers_with_a_choice)
{
	struct hvg_icchoice choice = { { 3, 0 }, { 1, 1 } };

	offer(2, 3);
	ck_assert_int_eq(hvg_icmsg_encode_choice(&decoded, &choice, &answer, sizeof(answer)), sizeof(answer));
	ck_assert_uint_eq(answer.status, 0);
	ck_assert_uint_eq(answer.icflags, 5);
	ck_assert_uint_eq(answer.size, 16);
	ck_assert_uint_eq(answer.msgsize, 56);
	ck_assert_uint_eq(answer.type, 0);
	ck_assert_uint_eq(answer.negotiate.n_frame, 1);
	ck_assert_uint_eq(answer.negotiate.n_message, 1);
	ck_assert_uint_eq(answer.negotiate.versions[0], 3);
	ck_assert_uint_eq(answer.negotiate.versions[1], 0);
	ck_assert_uint_eq(answer.negotiate.versions[2], 1);
	ck_assert_uint_eq(answer.negotiate.versions[3], 1);
	for (size_t i = 4; i < 12; i++)
		ck_assert_uint_eq(answer.negotiate.versions[i], 0);
}
END_TEST

START_TEST(answers_that_there_is_no_choice)
{
	offer(1, 1);
	ck_assert_int_eq(hvg_icmsg_encode_choice(&decoded, NULL, &answer, sizeof(answer)), sizeof(answer));
	ck_assert_uint_eq(answer.status, HVG_STATUS_FAIL);
	ck_assert_uint_eq(answer.negotiate.n_frame, 0);
	ck_assert_uint_eq(answer.negotiate.n_message, 0);
	ck_assert_int_eq(hvg_icmsg_encode_choice(&decoded, NULL, &answer, sizeof(answer) - 1), -ENOSPC);
}
END_TEST

START_TEST(answers_no_offer_that_leaves_no_room)
{
	struct hvg_icchoice choice = { { 3, 0 }, { 1, 1 } };

	offer(0, 0);
	decoded.body_size = 12;
	ck_assert_int_eq(hvg_icmsg_encode_choice(&decoded, &choice, &answer, sizeof(answer)), -ENOSPC);
}
END_TEST

Suite *hvg_suite_wire_icmsg(void)
{
	Suite *suite = suite_create("wire/icmsg");
	TCase *tcase = hvg_suite_case(suite, "icmsg");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, decodes_a_request);
	tcase_add_test(tcase, refuses_what_is_too_short);
	tcase_add_test(tcase, answers_with_the_request_and_a_status);
	tcase_add_test(tcase, decodes_an_offer);
	tcase_add_loop_test(tcase, checks_offers, 0, 10);
	tcase_add_test(tcase, answers_with_a_choice);
	tcase_add_test(tcase, answers_that_there_is_no_choice);
	tcase_add_test(tcase, answers_no_offer_that_leaves_no_room);
	return suite;
}
