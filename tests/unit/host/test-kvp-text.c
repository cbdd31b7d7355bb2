// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "host/fuse/kvp-text.h"

#include <string.h>

#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static struct hv_kvp_msg packet, daemon_message;

static void begin(uint8_t operation)
{
	memset(&packet, 0, sizeof(packet));
	memset(&daemon_message, 0, sizeof(daemon_message));
	packet.kvp_hdr.operation = operation;
	packet.kvp_hdr.pool = KVP_POOL_GUEST;
}

/* ASCII as UTF-16, without a NUL. */
static uint32_t put(void *units, const char *text)
{
	uint8_t *at = units;

	for (size_t i = 0; text[i]; i++)
		at[2 * i] = (uint8_t)text[i];
	return (uint32_t)(2 * strlen(text));
}

static void is_text(const void *units, const char *text)
{
	const uint8_t *at = units;

	for (size_t i = 0; i <= strlen(text); i++) {
		ck_assert_int_eq(at[2 * i], text[i]);
		ck_assert_int_eq(at[2 * i + 1], 0);
	}
}

START_TEST(hands_key_and_value_up_with_their_sizes)
{
	struct hv_kvp_exchg_msg_value *data = &packet.body.kvp_set.data;

	begin(KVP_OP_SET);
	data->value_type = REG_SZ;
	data->key_size = put(data->key, "name") + 2;
	data->value_size = put(data->value, "Ada") + 2;
	kvp_text_to_daemon(&packet, &daemon_message);
	data = &daemon_message.body.kvp_set.data;
	ck_assert_uint_eq(daemon_message.kvp_hdr.operation, KVP_OP_SET);
	ck_assert_uint_eq(daemon_message.kvp_hdr.pool, KVP_POOL_GUEST);
	ck_assert_str_eq((char *)data->key, "name");
	ck_assert_str_eq((char *)data->value, "Ada");
	ck_assert_uint_eq(data->key_size, 5);
	ck_assert_uint_eq(data->value_size, 4);
	ck_assert_uint_eq(data->value_type, 0);
}
END_TEST

static const struct {
	uint32_t type;
	uint64_t number;
	const char *text;
	uint32_t value_size;
} values[] = {
	{ REG_U32, 4294967295u, "4294967295", 11 },
	{ REG_U32, UINT64_C(1) << 32, "0", 2 },
	{ REG_U64, UINT64_MAX, "18446744073709551615", 21 },
	{ 2, 65, "", 0 },  /* REG_EXPAND_SZ */
	{ 11, 65, "", 0 }, /* REG_QWORD */
	{ 0, 65, "", 0 },
	{ REG_SZ, 0, "", 1 },
};

START_TEST(knows_three_types_of_value)
{
	struct hv_kvp_exchg_msg_value *data = &packet.body.kvp_set.data;

	begin(KVP_OP_SET);
	data->value_type = values[_i].type;
	data->value_size = 8;
	memcpy(data->value, &values[_i].number, sizeof(values[_i].number));
	kvp_text_to_daemon(&packet, &daemon_message);
	data = &daemon_message.body.kvp_set.data;
	ck_assert_str_eq((char *)data->value, values[_i].text);
	ck_assert_uint_eq(data->value_size, values[_i].value_size);
}
END_TEST

START_TEST(takes_a_size_in_bytes_for_units)
{
	struct hv_kvp_exchg_msg_value *data = &packet.body.kvp_get.data;

	begin(KVP_OP_GET);
	(void)put(data->key, "abcdef");
	data->key_size = 4;
	kvp_text_to_daemon(&packet, &daemon_message);
	ck_assert_str_eq((char *)daemon_message.body.kvp_get.data.key, "abcd");
	data->key_size = INT32_MAX;
	kvp_text_to_daemon(&packet, &daemon_message);
	ck_assert_str_eq((char *)daemon_message.body.kvp_get.data.key, "abcdef");
}
END_TEST

/* Seen on 6.1: the int that it becomes is negative. */
START_TEST(hands_nothing_up_of_a_size_with_the_highest_bit)
{
	struct hv_kvp_exchg_msg_value *data = &packet.body.kvp_get.data;

	begin(KVP_OP_GET);
	(void)put(data->key, "abcdef");
	data->key_size = UINT32_MAX;
	kvp_text_to_daemon(&packet, &daemon_message);
	ck_assert_str_eq((char *)daemon_message.body.kvp_get.data.key, "");
	ck_assert_uint_eq(daemon_message.body.kvp_get.data.key_size, 1);
}
END_TEST

START_TEST(cuts_a_key_at_511_bytes)
{
	begin(KVP_OP_DELETE);
	memset(packet.body.kvp_delete.key, 'k',
		sizeof(packet.body.kvp_delete.key)); /* U+6B6B */
	packet.body.kvp_delete.key_size = 512;
	kvp_text_to_daemon(&packet, &daemon_message);
	ck_assert_uint_eq(
		daemon_message.body.kvp_delete.key_size, 511); /* 170 characters of 3 */
	ck_assert_uint_eq(strlen((char *)daemon_message.body.kvp_delete.key), 510);
}
END_TEST

START_TEST(hands_up_only_the_index_of_an_enumeration)
{
	begin(KVP_OP_ENUMERATE);
	packet.body.kvp_enum_data.index = 0x80000001;
	packet.body.kvp_enum_data.data.key_size = 4;
	(void)put(packet.body.kvp_enum_data.data.key, "x");
	kvp_text_to_daemon(&packet, &daemon_message);
	ck_assert_uint_eq(daemon_message.body.kvp_enum_data.index, 0x80000001);
	ck_assert_uint_eq(daemon_message.body.kvp_enum_data.data.key_size, 0);
	ck_assert_str_eq((char *)daemon_message.body.kvp_enum_data.data.key, "");
}
END_TEST

START_TEST(hands_an_unknown_operation_up_with_an_empty_body)
{
	struct hv_kvp_msg expected = { 0 };

	begin(77);
	memset(&packet.body, 0xaa, sizeof(packet.body));
	expected.kvp_hdr.operation = 77;
	expected.kvp_hdr.pool = KVP_POOL_GUEST;
	kvp_text_to_daemon(&packet, &daemon_message);
	ck_assert_mem_eq(&daemon_message, &expected, sizeof(expected));
}
END_TEST

/* The host's IP message begins two bytes earlier than the daemon's. */
static struct hv_kvp_ip_msg *ip_packet(void)
{
	return (struct hv_kvp_ip_msg *)&packet;
}

START_TEST(shifts_ip_messages_by_two_bytes)
{
	begin(KVP_OP_SET_IP_INFO);
	(void)put((uint8_t *)&packet + 2, "{guid}");
	ip_packet()->kvp_ip_val.addr_family = ADDR_FAMILY_IPV6;
	ip_packet()->kvp_ip_val.dhcp_enabled = 1;
	(void)put((uint8_t *)&packet + 2 + 258, "::1;::2");
	(void)put((uint8_t *)&packet + 2 + 5378, "::9");
	kvp_text_to_daemon(&packet, &daemon_message);
	ck_assert_str_eq((char *)&daemon_message + 4, "{guid}");
	ck_assert_uint_eq(daemon_message.body.kvp_ip_val.addr_family, ADDR_FAMILY_IPV6);
	ck_assert_uint_eq(daemon_message.body.kvp_ip_val.dhcp_enabled, 1);
	ck_assert_str_eq((char *)&daemon_message + 262, "::1;::2");
	ck_assert_str_eq((char *)&daemon_message + 5382, "::9");
}
END_TEST

START_TEST(hands_up_only_adapter_and_family_of_a_get)
{
	begin(KVP_OP_GET_IP_INFO);
	(void)put((uint8_t *)&packet + 2, "00:15");
	ip_packet()->kvp_ip_val.addr_family = ADDR_FAMILY_IPV4;
	ip_packet()->kvp_ip_val.dhcp_enabled = 1;
	(void)put((uint8_t *)&packet + 2 + 258, "1.2.3.4");
	kvp_text_to_daemon(&packet, &daemon_message);
	ck_assert_str_eq((char *)&daemon_message + 4, "00:15");
	ck_assert_uint_eq(daemon_message.body.kvp_ip_val.addr_family, ADDR_FAMILY_IPV4);
	ck_assert_uint_eq(daemon_message.body.kvp_ip_val.dhcp_enabled, 0);
	ck_assert_str_eq((char *)&daemon_message + 262, "");
}
END_TEST

START_TEST(gives_the_host_key_and_value_of_an_enumeration)
{
	struct hv_kvp_exchg_msg_value *data = &daemon_message.body.kvp_enum_data.data;

	begin(KVP_OP_ENUMERATE);
	strcpy((char *)data->key, "OSName");
	strcpy((char *)data->value, "Debian");
	data->key_size = 1; /* not looked at */
	data->value_type = REG_U32;
	ck_assert_uint_eq(kvp_text_to_host(&daemon_message, &packet), HV_S_OK);
	data = &packet.body.kvp_enum_data.data;
	is_text(data->key, "OSName");
	is_text(data->value, "Debian");
	ck_assert_uint_eq(data->key_size, 14);
	ck_assert_uint_eq(data->value_size, 14);
	ck_assert_uint_eq(data->value_type, REG_SZ);
}
END_TEST

START_TEST(takes_the_value_of_a_get_from_where_enumerate_has_it)
{
	begin(KVP_OP_GET);
	strcpy((char *)&daemon_message + 528, "lostkept");
	ck_assert_uint_eq(kvp_text_to_host(&daemon_message, &packet), HV_S_OK);
	is_text(packet.body.kvp_get.data.value, "kept");
	ck_assert_uint_eq(packet.body.kvp_get.data.value_size, 10);
}
END_TEST

START_TEST(cuts_toward_the_host_at_254_and_1022_units)
{
	struct hv_kvp_exchg_msg_value *data = &daemon_message.body.kvp_enum_data.data;

	begin(KVP_OP_ENUMERATE);
	memset(data->key, 'k', 511);
	memset(data->value, 'v', 2047);
	ck_assert_uint_eq(kvp_text_to_host(&daemon_message, &packet), HV_S_OK);
	ck_assert_uint_eq(packet.body.kvp_enum_data.data.key_size, 2 * 255);
	ck_assert_uint_eq(packet.body.kvp_enum_data.data.value_size, 2 * 1023);
	ck_assert_uint_eq(packet.body.kvp_enum_data.data.key[2 * 254], 0);
}
END_TEST

/* KVP_OP_… and the field's place, its size in bytes, and its name in the kernel's header. */
static const struct {
	uint8_t operation;
	size_t at, size;
	const char *name;
} fields[] = {
	{ KVP_OP_ENUMERATE, 20, 512, "key" },
	{ KVP_OP_ENUMERATE, 532, 2048, "value" },
	{ KVP_OP_GET, 532, 2048, "value" },
	{ KVP_OP_GET_IP_INFO, 4, 256, "adapter_id" },
	{ KVP_OP_GET_IP_INFO, 262, 2048, "ip_addr" },
	{ KVP_OP_GET_IP_INFO, 2310, 2048, "sub_net" },
	{ KVP_OP_GET_IP_INFO, 4358, 1024, "gate_way" },
	{ KVP_OP_GET_IP_INFO, 5382, 2048, "dns_addr" },
};

START_TEST(finds_the_field_that_stops_the_kernel)
{
	uint8_t *field = (uint8_t *)&daemon_message + fields[_i].at;

	begin(fields[_i].operation);
	ck_assert_ptr_null(kvp_text_without_end(&daemon_message, fields[_i].operation));
	memset(field, 'x', fields[_i].size);
	ck_assert_str_eq(
		kvp_text_without_end(&daemon_message, fields[_i].operation), fields[_i].name);
	ck_assert_ptr_null(kvp_text_without_end(&daemon_message, KVP_OP_SET));
	field[fields[_i].size - 1] = '\0';
	ck_assert_ptr_null(kvp_text_without_end(&daemon_message, fields[_i].operation));
}
END_TEST

START_TEST(fails_for_text_that_is_ill_formed)
{
	struct hv_kvp_exchg_msg_value *data = &daemon_message.body.kvp_enum_data.data;

	begin(KVP_OP_ENUMERATE);
	memset(data->key, 'k', 200);
	data->key[200] = 0xff;
	ck_assert_uint_eq(kvp_text_to_host(&daemon_message, &packet), HV_E_FAIL);
	data->key[200] = '\0';
	ck_assert_uint_eq(kvp_text_to_host(&daemon_message, &packet), HV_S_OK);
	data->value[0] = 0xc0;
	ck_assert_uint_eq(kvp_text_to_host(&daemon_message, &packet), HV_E_FAIL);
}
END_TEST

static const uint8_t without_body[] = { KVP_OP_SET, KVP_OP_DELETE, KVP_OP_SET_IP_INFO };

START_TEST(takes_no_body_where_none_is_due)
{
	struct hv_kvp_msg before;

	begin(without_body[_i]);
	memset(&daemon_message, 0xff, sizeof(daemon_message));
	before = packet;
	ck_assert_uint_eq(kvp_text_to_host(&daemon_message, &packet), HV_S_OK);
	ck_assert_mem_eq(&packet, &before, sizeof(packet));
}
END_TEST

START_TEST(gives_the_host_all_of_the_ip_information)
{
	begin(KVP_OP_GET_IP_INFO);
	strcpy((char *)&daemon_message + 4, "00:15");
	strcpy((char *)&daemon_message + 262, "10.0.0.2");
	strcpy((char *)&daemon_message + 2310, "255.0.0.0");
	strcpy((char *)&daemon_message + 4358, "10.0.0.1;");
	strcpy((char *)&daemon_message + 5382, "10.0.0.3;");
	daemon_message.body.kvp_ip_val.addr_family = ADDR_FAMILY_IPV4;
	daemon_message.body.kvp_ip_val.dhcp_enabled = 1;
	ck_assert_uint_eq(kvp_text_to_host(&daemon_message, &packet), HV_S_OK);
	is_text((uint8_t *)&packet + 2, "00:15");
	is_text((uint8_t *)&packet + 2 + 258, "10.0.0.2");
	is_text((uint8_t *)&packet + 2 + 2306, "255.0.0.0");
	is_text((uint8_t *)&packet + 2 + 4354, "10.0.0.1;");
	is_text((uint8_t *)&packet + 2 + 5378, "10.0.0.3;");
	ck_assert_uint_eq(ip_packet()->kvp_ip_val.addr_family, ADDR_FAMILY_IPV4);
	ck_assert_uint_eq(ip_packet()->kvp_ip_val.dhcp_enabled, 1);
	*((uint8_t *)&daemon_message + 5382) = 0x80;
	ck_assert_uint_eq(kvp_text_to_host(&daemon_message, &packet), HV_E_FAIL);
}
END_TEST

Suite *hvg_suite_host_kvp_text(void)
{
	Suite *suite = suite_create("host/kvp-text");
	TCase *up = hvg_suite_case(suite, "to the daemon");
	TCase *down = hvg_suite_case(suite, "to the host");

	tcase_add_test(up, hands_key_and_value_up_with_their_sizes);
	tcase_add_loop_test(up, knows_three_types_of_value, 0, ELEMENTS(values));
	tcase_add_test(up, takes_a_size_in_bytes_for_units);
	tcase_add_test(up, hands_nothing_up_of_a_size_with_the_highest_bit);
	tcase_add_test(up, cuts_a_key_at_511_bytes);
	tcase_add_test(up, hands_up_only_the_index_of_an_enumeration);
	tcase_add_test(up, hands_an_unknown_operation_up_with_an_empty_body);
	tcase_add_test(up, shifts_ip_messages_by_two_bytes);
	tcase_add_test(up, hands_up_only_adapter_and_family_of_a_get);
	tcase_add_test(down, gives_the_host_key_and_value_of_an_enumeration);
	tcase_add_test(down, takes_the_value_of_a_get_from_where_enumerate_has_it);
	tcase_add_test(down, cuts_toward_the_host_at_254_and_1022_units);
	tcase_add_test(down, fails_for_text_that_is_ill_formed);
	tcase_add_loop_test(down, finds_the_field_that_stops_the_kernel, 0, ELEMENTS(fields));
	tcase_add_loop_test(down, takes_no_body_where_none_is_due, 0, ELEMENTS(without_body));
	tcase_add_test(down, gives_the_host_all_of_the_ip_information);
	return suite;
}
