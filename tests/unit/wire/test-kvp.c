// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The kernel's own structures are the other side: messages are made and taken apart with
 * <linux/hyperv.h>, so that a wrong offset of ours cannot agree with itself.
 */

#include "suites.h"

#include "base/units.h"
#include "hvguest/kvp.h"
#include "hvguest/status.h"

#include <errno.h>
#include <linux/hyperv.h>
#include <stddef.h>
#include <string.h>

static struct hv_kvp_msg message;
static struct hvg_kvp_request request;
static const char *reason;

static void setup(void)
{
	memset(&message, 0, sizeof(message));
	memset(&request, 0, sizeof(request));
	reason = NULL;
}

static int decode(void)
{
	return hvg_kvp_decode_request(&message, sizeof(message), &request, &reason);
}

START_TEST(agrees_with_the_kernel_header)
{
	ck_assert_uint_eq(sizeof(struct hv_kvp_msg), HVG_KVP_MESSAGE_SIZE);
	ck_assert_int_eq(HVG_KVP_GET, KVP_OP_GET);
	ck_assert_int_eq(HVG_KVP_SET, KVP_OP_SET);
	ck_assert_int_eq(HVG_KVP_DELETE, KVP_OP_DELETE);
	ck_assert_int_eq(HVG_KVP_ENUMERATE, KVP_OP_ENUMERATE);
	ck_assert_int_eq(HVG_KVP_GET_IP_INFO, KVP_OP_GET_IP_INFO);
	ck_assert_int_eq(HVG_KVP_SET_IP_INFO, KVP_OP_SET_IP_INFO);
	ck_assert_int_eq(HVG_KVP_REGISTER, KVP_OP_REGISTER1);
	ck_assert_uint_eq(HVG_KVP_KEY_SIZE, HV_KVP_EXCHANGE_MAX_KEY_SIZE);
	ck_assert_uint_eq(HVG_KVP_VALUE_SIZE, HV_KVP_EXCHANGE_MAX_VALUE_SIZE);
	ck_assert_int_eq(HVG_IPINFO_IPV4, ADDR_FAMILY_IPV4);
	ck_assert_int_eq(HVG_IPINFO_IPV6, ADDR_FAMILY_IPV6);
}
END_TEST

START_TEST(decodes_set)
{
	message.kvp_hdr.operation = KVP_OP_SET;
	message.kvp_hdr.pool = 3;
	message.body.kvp_set.data.key_size = 4;
	message.body.kvp_set.data.value_size = 3;
	strcpy((char *)message.body.kvp_set.data.key, "key");
	strcpy((char *)message.body.kvp_set.data.value, "\xc3\xa4");
	ck_assert_int_eq(decode(), 0);
	ck_assert_int_eq(request.op, HVG_KVP_SET);
	ck_assert_uint_eq(request.pool, 3);
	ck_assert_str_eq(request.key, "key");
	ck_assert_str_eq(request.value, "\xc3\xa4");
	ck_assert(!request.value_is_untranslated);
}
END_TEST

START_TEST(tells_a_value_that_the_kernel_could_not_translate)
{
	message.kvp_hdr.operation = KVP_OP_SET;
	message.body.kvp_set.data.key_size = 4;
	strcpy((char *)message.body.kvp_set.data.key, "key");
	ck_assert_int_eq(decode(), 0);
	ck_assert(request.value_is_untranslated);
	message.body.kvp_set.data.value_size = 1; /* an empty string */
	ck_assert_int_eq(decode(), 0);
	ck_assert(!request.value_is_untranslated);
}
END_TEST

START_TEST(decodes_get_and_delete)
{
	message.kvp_hdr.operation = KVP_OP_GET;
	strcpy((char *)message.body.kvp_get.data.key, "wanted");
	ck_assert_int_eq(decode(), 0);
	ck_assert_str_eq(request.key, "wanted");
	ck_assert_str_eq(request.value, "");

	memset(&message, 0, sizeof(message));
	message.kvp_hdr.operation = KVP_OP_DELETE;
	strcpy((char *)message.body.kvp_delete.key, "unwanted");
	ck_assert_int_eq(decode(), 0);
	ck_assert_int_eq(request.op, HVG_KVP_DELETE);
	ck_assert_str_eq(request.key, "unwanted");
}
END_TEST

START_TEST(decodes_enumerate_with_any_index)
{
	message.kvp_hdr.operation = KVP_OP_ENUMERATE;
	message.kvp_hdr.pool = 255;
	message.body.kvp_enum_data.index = UINT32_MAX;
	ck_assert_int_eq(decode(), 0);
	ck_assert_uint_eq(request.index, UINT32_MAX);
	ck_assert_uint_eq(request.pool, 255);
}
END_TEST

START_TEST(decodes_ip_configuration)
{
	struct hv_kvp_ipaddr_value *ip = &message.body.kvp_ip_val;

	message.kvp_hdr.operation = KVP_OP_SET_IP_INFO;
	strcpy((char *)ip->adapter_id, "{guid}");
	ip->addr_family = ADDR_FAMILY_IPV4 | ADDR_FAMILY_IPV6;
	ip->dhcp_enabled = 1;
	strcpy((char *)ip->ip_addr, "10.0.0.2;fd00::2");
	strcpy((char *)ip->sub_net, "255.0.0.0;64");
	strcpy((char *)ip->gate_way, "10.0.0.1");
	strcpy((char *)ip->dns_addr, "10.0.0.53");
	ck_assert_int_eq(decode(), 0);
	ck_assert_str_eq(request.ip.adapter_id, "{guid}");
	ck_assert_uint_eq(request.ip.families, 3);
	ck_assert(request.ip.dhcp);
	ck_assert_str_eq(request.ip.addresses, "10.0.0.2;fd00::2");
	ck_assert_str_eq(request.ip.subnets, "255.0.0.0;64");
	ck_assert_str_eq(request.ip.gateways, "10.0.0.1");
	ck_assert_str_eq(request.ip.dns_servers, "10.0.0.53");
}
END_TEST

START_TEST(decodes_an_operation_it_does_not_know)
{
	static const uint8_t ops[] = { 6, 99, 101, 255 };

	message.kvp_hdr.operation = ops[_i];
	ck_assert_int_eq(decode(), 0);
	ck_assert_int_eq(request.op, HVG_KVP_UNKNOWN);
	ck_assert_str_eq(request.key, "");
}
END_TEST

START_TEST(refuses_messages_of_another_size)
{
	static const size_t sizes[] = { 0, 1, 4, HVG_KVP_MESSAGE_SIZE - 1, HVG_KVP_MESSAGE_SIZE + 1 };
	uint8_t bytes[HVG_KVP_MESSAGE_SIZE + 1] = { KVP_OP_ENUMERATE };

	ck_assert_int_eq(hvg_kvp_decode_request(bytes, sizes[_i], &request, &reason), -EBADMSG);
	ck_assert_ptr_nonnull(reason);
}
END_TEST

/* One byte pattern per field; every row is hostile in exactly one field. */
static const struct {
	uint8_t op;
	size_t offset, size;
	uint8_t fill;
} hostile[] = {
	{ KVP_OP_SET, 16, 512, 'x' },		 /* key without end */
	{ KVP_OP_SET, 528, 2048, 'x' },		 /* value without end */
	{ KVP_OP_SET, 16, 1, 0xff },		 /* key not UTF-8 */
	{ KVP_OP_SET, 528, 1, 0x80 },		 /* value not UTF-8 */
	{ KVP_OP_SET, 10, 1, 1 },		 /* key_size 65536 */
	{ KVP_OP_SET, 15, 1, 0x80 },		 /* value_size 2^31 */
	{ KVP_OP_GET, 16, 512, 'x' },
	{ KVP_OP_GET, 11, 1, 0xff },
	{ KVP_OP_DELETE, 8, 512, 'x' },
	{ KVP_OP_DELETE, 8, 1, 0xc0 },
	{ KVP_OP_DELETE, 7, 1, 0x80 },
	{ KVP_OP_GET_IP_INFO, 4, 256, 'x' },
	{ KVP_OP_SET_IP_INFO, 4, 256, 'x' },
	{ KVP_OP_SET_IP_INFO, 262, 2048, '1' },
	{ KVP_OP_SET_IP_INFO, 2310, 2048, '1' },
	{ KVP_OP_SET_IP_INFO, 4358, 1024, '1' },
	{ KVP_OP_SET_IP_INFO, 5382, 2048, '1' },
	{ KVP_OP_SET_IP_INFO, 5382, 1, 0xed },
};

START_TEST(refuses_each_hostile_field)
{
	request.key = "untouched";
	message.kvp_hdr.operation = hostile[_i].op;
	memset((char *)&message + hostile[_i].offset, hostile[_i].fill, hostile[_i].size);
	ck_assert_int_eq(decode(), -EBADMSG);
	ck_assert_ptr_nonnull(reason);
	ck_assert_str_eq(request.key, "untouched");
}
END_TEST

START_TEST(ignores_what_lies_behind_its_layout)
{
	memset(&message, 0xff, sizeof(message));
	message.kvp_hdr.operation = KVP_OP_DELETE;
	message.kvp_hdr.pool = 0;
	message.body.kvp_delete.key_size = 4;
	strcpy((char *)message.body.kvp_delete.key, "key");
	ck_assert_int_eq(decode(), 0);
}
END_TEST

START_TEST(registers)
{
	const char *version = NULL;

	memset(&message, 0xff, sizeof(message));
	hvg_kvp_encode_register((uint8_t *)&message);
	ck_assert_int_eq(message.kvp_hdr.operation, KVP_OP_REGISTER1);
	for (size_t i = 1; i < sizeof(message); i++)
		ck_assert_int_eq(((uint8_t *)&message)[i], 0);

	strcpy((char *)message.body.kvp_register.version, "3.1");
	ck_assert_int_eq(hvg_kvp_decode_registered(&message, sizeof(message), &version), 0);
	ck_assert_str_eq(version, "3.1");
}
END_TEST

START_TEST(refuses_another_answer_to_registration)
{
	const char *version = "untouched";

	ck_assert_int_eq(hvg_kvp_decode_registered(&message, sizeof(message), &version), -EBADMSG);
	message.kvp_hdr.operation = KVP_OP_REGISTER1;
	ck_assert_int_eq(hvg_kvp_decode_registered(&message, 4, &version), -EBADMSG);
	memset(message.body.kvp_register.version, '3', sizeof(message.body.kvp_register.version));
	ck_assert_int_eq(hvg_kvp_decode_registered(&message, sizeof(message), &version), -EBADMSG);
	ck_assert_str_eq(version, "untouched");
}
END_TEST

static int encode(const struct hvg_kvp_reply *reply)
{
	memset(&message, 0xff, sizeof(message));
	return hvg_kvp_encode_reply(reply, (uint8_t *)&message);
}

/* The kernel takes key and value of ENUMERATE and GET from the same place. */
START_TEST(answers_with_a_pair_where_the_kernel_looks)
{
	static const enum hvg_kvp_op ops[] = { HVG_KVP_ENUMERATE, HVG_KVP_GET };
	struct hvg_kvp_reply reply = { ops[_i], HVG_STATUS_OK, "key", "value", NULL };

	ck_assert_int_eq(encode(&reply), 0);
	ck_assert_uint_eq(message.error, 0);
	ck_assert_str_eq((char *)message.body.kvp_enum_data.data.key, "key");
	ck_assert_str_eq((char *)message.body.kvp_enum_data.data.value, "value");
	ck_assert_uint_eq(offsetof(struct hv_kvp_msg, body.kvp_enum_data.data.value), 532);
	for (size_t i = 532 + sizeof("value"); i < sizeof(message); i++)
		ck_assert_int_eq(((uint8_t *)&message)[i], 0);
}
END_TEST

/* A pair without a value, a configuration that is none, and what has no more to say. */
START_TEST(answers_with_zeroes_what_it_was_not_given)
{
	static const struct hvg_kvp_reply replies[] = {
		{ HVG_KVP_ENUMERATE, HVG_STATUS_OK, NULL, NULL, NULL },
		{ HVG_KVP_GET_IP_INFO, HVG_STATUS_OK, NULL, NULL, NULL },
		{ HVG_KVP_SET, HVG_STATUS_OK, "key", "value", NULL },
		{ HVG_KVP_DELETE, HVG_STATUS_OK, "key", "value", NULL },
		{ HVG_KVP_SET_IP_INFO, HVG_STATUS_OK, "key", "value", NULL },
		{ HVG_KVP_UNKNOWN, HVG_STATUS_OK, "key", "value", NULL },
	};

	ck_assert_int_eq(encode(&replies[_i]), 0);
	for (size_t i = 0; i < sizeof(message); i++)
		ck_assert_int_eq(((uint8_t *)&message)[i], 0);
}
END_TEST

START_TEST(answers_a_failure_with_nothing_but_its_status)
{
	struct hvg_kvp_reply reply = { HVG_KVP_ENUMERATE, HVG_STATUS_NO_MORE, "key", "value", NULL };

	ck_assert_int_eq(encode(&reply), 0);
	ck_assert_uint_eq((uint32_t)message.error, (uint32_t)HV_S_CONT);
	for (size_t i = 4; i < sizeof(message); i++)
		ck_assert_int_eq(((uint8_t *)&message)[i], 0);
}
END_TEST

static void fill(char *text, size_t n, const char *character)
{
	*text = '\0';
	while (n-- > 0)
		strcat(text, character);
}

START_TEST(cuts_what_does_not_reach_the_host)
{
	char key[4096], value[4096];
	struct hvg_kvp_reply reply = { HVG_KVP_ENUMERATE, HVG_STATUS_OK, key, value, NULL };

	fill(key, 255, "k");
	fill(value, 1023, "v");
	ck_assert_int_eq(encode(&reply), HVG_KVP_CUT);
	ck_assert_uint_eq(strlen((char *)message.body.kvp_enum_data.data.key), 254);
	ck_assert_uint_eq(strlen((char *)message.body.kvp_enum_data.data.value), 1022);

	fill(key, 171, "\xe2\x82\xac");	       /* 513 bytes, 171 units: 511 bytes are there */
	fill(value, 600, "\xf0\x9f\x98\x80"); /* 2400 bytes, 1200 units: 1022 units, even */
	ck_assert_int_eq(encode(&reply), HVG_KVP_CUT);
	ck_assert_uint_eq(strlen((char *)message.body.kvp_enum_data.data.key), 510);
	ck_assert_uint_eq(strlen((char *)message.body.kvp_enum_data.data.value), 511 * 4);
}
END_TEST

START_TEST(repairs_text_that_would_cost_the_whole_answer)
{
	struct hvg_kvp_reply reply = { HVG_KVP_ENUMERATE, HVG_STATUS_OK, "k\xff", "v", NULL };

	ck_assert_int_eq(encode(&reply), HVG_KVP_REPAIRED);
	ck_assert_str_eq((char *)message.body.kvp_enum_data.data.key, "k\xef\xbf\xbd");
}
END_TEST

START_TEST(answers_with_an_ip_configuration)
{
	struct hvg_ipinfo ip = { "00:15:5D:01:02:03", 3, true, "10.0.0.2;fd00::2", "255.0.0.0;/64",
		"10.0.0.1;", "10.0.0.53;" };
	struct hvg_kvp_reply reply = { HVG_KVP_GET_IP_INFO, HVG_STATUS_OK, NULL, NULL, &ip };
	struct hv_kvp_ipaddr_value *answer = &message.body.kvp_ip_val;

	ck_assert_int_eq(encode(&reply), 0);
	ck_assert_str_eq((char *)answer->adapter_id, "00:15:5D:01:02:03");
	ck_assert_uint_eq(answer->addr_family, 3);
	ck_assert_uint_eq(answer->dhcp_enabled, 1);
	ck_assert_str_eq((char *)answer->ip_addr, "10.0.0.2;fd00::2");
	ck_assert_str_eq((char *)answer->sub_net, "255.0.0.0;/64");
	ck_assert_str_eq((char *)answer->gate_way, "10.0.0.1;");
	ck_assert_str_eq((char *)answer->dns_addr, "10.0.0.53;");
}
END_TEST

START_TEST(names_operations)
{
	static const char *const names[] = {
		[HVG_KVP_GET] = "GET",
		[HVG_KVP_SET] = "SET",
		[HVG_KVP_DELETE] = "DELETE",
		[HVG_KVP_ENUMERATE] = "ENUMERATE",
		[HVG_KVP_GET_IP_INFO] = "GET_IP_INFO",
		[HVG_KVP_SET_IP_INFO] = "SET_IP_INFO",
	};

	for (size_t i = 0; i < HVG_ELEMENTS(names); i++)
		ck_assert_str_eq(hvg_kvp_op_name((enum hvg_kvp_op)i), names[i]);
	ck_assert_str_eq(hvg_kvp_op_name(HVG_KVP_REGISTER), "REGISTER");
	ck_assert_str_eq(hvg_kvp_op_name(HVG_KVP_UNKNOWN), "unknown operation");
}
END_TEST

Suite *hvg_suite_wire_kvp(void)
{
	Suite *suite = suite_create("wire/kvp");
	TCase *tcase = hvg_suite_case(suite, "kvp");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, agrees_with_the_kernel_header);
	tcase_add_test(tcase, decodes_set);
	tcase_add_test(tcase, tells_a_value_that_the_kernel_could_not_translate);
	tcase_add_test(tcase, decodes_get_and_delete);
	tcase_add_test(tcase, decodes_enumerate_with_any_index);
	tcase_add_test(tcase, decodes_ip_configuration);
	tcase_add_loop_test(tcase, decodes_an_operation_it_does_not_know, 0, 4);
	tcase_add_loop_test(tcase, refuses_messages_of_another_size, 0, 5);
	tcase_add_loop_test(tcase, refuses_each_hostile_field, 0, 18);
	tcase_add_test(tcase, ignores_what_lies_behind_its_layout);
	tcase_add_test(tcase, registers);
	tcase_add_test(tcase, refuses_another_answer_to_registration);
	tcase_add_loop_test(tcase, answers_with_a_pair_where_the_kernel_looks, 0, 2);
	tcase_add_loop_test(tcase, answers_with_zeroes_what_it_was_not_given, 0, 6);
	tcase_add_test(tcase, answers_a_failure_with_nothing_but_its_status);
	tcase_add_test(tcase, cuts_what_does_not_reach_the_host);
	tcase_add_test(tcase, repairs_text_that_would_cost_the_whole_answer);
	tcase_add_test(tcase, answers_with_an_ip_configuration);
	tcase_add_test(tcase, names_operations);
	return suite;
}
