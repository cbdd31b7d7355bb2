// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The kernel's own structures are the other side: messages are made and taken apart with
 * <linux/hyperv.h>, so that a wrong offset of ours cannot agree with itself.
 */

#include "suites.h"

#include "base/units.h"
#include "hvguest/status.h"
#include "hvguest/vss.h"

#include <errno.h>
#include <linux/hyperv.h>
#include <string.h>

START_TEST(agrees_with_the_kernel_header)
{
	ck_assert_uint_eq(sizeof(struct hv_vss_msg), HVG_VSS_MESSAGE_SIZE);
	ck_assert_int_eq(HVG_VSS_HOT_BACKUP, VSS_OP_HOT_BACKUP);
	ck_assert_int_eq(HVG_VSS_FREEZE, VSS_OP_FREEZE);
	ck_assert_int_eq(HVG_VSS_THAW, VSS_OP_THAW);
	ck_assert_int_eq(HVG_VSS_REGISTER, VSS_OP_REGISTER1);
}
END_TEST

static const struct {
	uint8_t byte;
	enum hvg_vss_op op;
} ops[] = {
	{ VSS_OP_CREATE, HVG_VSS_UNKNOWN },
	{ VSS_OP_DELETE, HVG_VSS_UNKNOWN },
	{ VSS_OP_HOT_BACKUP, HVG_VSS_HOT_BACKUP },
	{ VSS_OP_GET_DM_INFO, HVG_VSS_UNKNOWN },
	{ VSS_OP_BU_COMPLETE, HVG_VSS_UNKNOWN },
	{ VSS_OP_FREEZE, HVG_VSS_FREEZE },
	{ VSS_OP_THAW, HVG_VSS_THAW },
	{ VSS_OP_AUTO_RECOVER, HVG_VSS_UNKNOWN },
	{ VSS_OP_REGISTER, HVG_VSS_UNKNOWN },
	{ VSS_OP_REGISTER1, HVG_VSS_REGISTER },
	{ 255, HVG_VSS_UNKNOWN },
};

START_TEST(knows_each_operation)
{
	struct hv_vss_msg message = { .vss_hdr.operation = ops[_i].byte };
	enum hvg_vss_op op;
	const char *reason;

	ck_assert_int_eq(hvg_vss_decode_request(&message, sizeof(message), &op, &reason), 0);
	ck_assert_int_eq(op, ops[_i].op);
}
END_TEST

START_TEST(refuses_a_request_of_the_wrong_size)
{
	static const size_t sizes[] = { 0, 1, 4, 11, 13, 24 };
	uint8_t bytes[24] = { VSS_OP_FREEZE };
	enum hvg_vss_op op = HVG_VSS_UNKNOWN;

	for (size_t i = 0; i < HVG_ELEMENTS(sizes); i++) {
		const char *reason = NULL;

		ck_assert_int_eq(hvg_vss_decode_request(bytes, sizes[i], &op, &reason), -EBADMSG);
		ck_assert_ptr_nonnull(reason);
		ck_assert_int_eq(op, HVG_VSS_UNKNOWN);
	}
}
END_TEST

START_TEST(takes_the_kernels_answer_to_a_registration)
{
	uint32_t answer = VSS_OP_REGISTER1, other = VSS_OP_REGISTER;
	uint8_t longer[8] = { VSS_OP_REGISTER1 };

	ck_assert_int_eq(hvg_vss_decode_registered(&answer, sizeof(answer)), 0);
	ck_assert_int_eq(hvg_vss_decode_registered(&answer, 3), -EBADMSG);
	ck_assert_int_eq(hvg_vss_decode_registered(&answer, 0), -EBADMSG);
	ck_assert_int_eq(hvg_vss_decode_registered(longer, sizeof(longer)), -EBADMSG);
	ck_assert_int_eq(hvg_vss_decode_registered(&other, sizeof(other)), -EBADMSG);
}
END_TEST

START_TEST(registers)
{
	struct hv_vss_msg message, expected = { .vss_hdr.operation = VSS_OP_REGISTER1 };

	memset(&message, 0xff, sizeof(message));
	hvg_vss_encode_register((uint8_t *)&message);
	ck_assert_mem_eq(&message, &expected, sizeof(message));
}
END_TEST

static const struct {
	uint32_t status, sent;
} statuses[] = {
	{ HVG_STATUS_OK, HV_S_OK },
	{ HVG_STATUS_FAIL, HV_E_FAIL },
	{ HVG_STATUS_NOT_SUPPORTED, HV_ERROR_NOT_SUPPORTED },
	{ HVG_STATUS_INVALID, HV_INVALIDARG },
	{ HVG_STATUS_NOT_FOUND, HV_E_FAIL }, /* 0x80041002 ends with HOT_BACKUP's 2 */
	{ 0x80070080, HV_E_FAIL },	     /* REGISTER */
	{ 0x80070081, HV_E_FAIL },	     /* REGISTER1 */
};

START_TEST(answers_with_a_status_and_zeroes)
{
	struct hv_vss_msg message, expected = { 0 };

	expected.error = (int32_t)statuses[_i].sent;
	memset(&message, 0xff, sizeof(message));
	hvg_vss_encode_reply(statuses[_i].status, (uint8_t *)&message);
	ck_assert_mem_eq(&message, &expected, sizeof(message));
}
END_TEST

START_TEST(names_operations)
{
	ck_assert_str_eq(hvg_vss_op_name(HVG_VSS_HOT_BACKUP), "HOT_BACKUP");
	ck_assert_str_eq(hvg_vss_op_name(HVG_VSS_FREEZE), "FREEZE");
	ck_assert_str_eq(hvg_vss_op_name(HVG_VSS_THAW), "THAW");
	ck_assert_str_eq(hvg_vss_op_name(HVG_VSS_REGISTER), "REGISTER");
	ck_assert_str_eq(hvg_vss_op_name(HVG_VSS_UNKNOWN), "unknown operation");
}
END_TEST

Suite *hvg_suite_wire_vss(void)
{
	Suite *suite = suite_create("vss");
	TCase *tcase = hvg_suite_case(suite, "vss");

	tcase_add_test(tcase, agrees_with_the_kernel_header);
	tcase_add_loop_test(tcase, knows_each_operation, 0, HVG_ELEMENTS(ops));
	tcase_add_test(tcase, refuses_a_request_of_the_wrong_size);
	tcase_add_test(tcase, takes_the_kernels_answer_to_a_registration);
	tcase_add_test(tcase, registers);
	tcase_add_loop_test(tcase, answers_with_a_status_and_zeroes, 0, HVG_ELEMENTS(statuses));
	tcase_add_test(tcase, names_operations);
	return suite;
}
