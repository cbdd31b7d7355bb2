// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * KVP text through the kernel. Where the kernel looks at more than it should, so do we, but
 * never past the end of the message: sizes in bytes are taken for units.
 */

#include "kvp-text.h"
#include "nls.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define AT(member)      offsetof(struct hv_kvp_msg, member)

/* The kernel leaves room for a NUL, and then for one more unit. */
#define MAX_KEY_UNITS   (HV_KVP_EXCHANGE_MAX_KEY_SIZE / 2 - 2)
#define MAX_VALUE_UNITS (HV_KVP_EXCHANGE_MAX_VALUE_SIZE / 2 - 2)

/* The host's IP messages have no padding behind the pool. */
#define PACKET_IP(member)                                                                      \
	(offsetof(struct hv_kvp_ip_msg, kvp_ip_val) +                                          \
		offsetof(struct hv_kvp_ipaddr_value, member))
#define DAEMON_IP(member) AT(body.kvp_ip_val.member)

static const struct ip_text {
	size_t packet_off, daemon_off,
		size; /* bytes toward the daemon, units toward the host */
	const char *name;
} ip_texts[] = {
	{ PACKET_IP(adapter_id), DAEMON_IP(adapter_id), MAX_ADAPTER_ID_SIZE, "adapter_id" },
	{ PACKET_IP(ip_addr), DAEMON_IP(ip_addr), MAX_IP_ADDR_SIZE, "ip_addr" },
	{ PACKET_IP(sub_net), DAEMON_IP(sub_net), MAX_IP_ADDR_SIZE, "sub_net" },
	{ PACKET_IP(gate_way), DAEMON_IP(gate_way), MAX_GATEWAY_SIZE, "gate_way" },
	{ PACKET_IP(dns_addr), DAEMON_IP(dns_addr), MAX_IP_ADDR_SIZE, "dns_addr" },
};

#define N_IP_TEXTS (sizeof(ip_texts) / sizeof(ip_texts[0]))

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static uint32_t get_u32(const struct hv_kvp_msg *message, size_t at)
{
	uint32_t value;

	memcpy(&value, (const uint8_t *)message + at, sizeof(value));
	return value;
}

static void put_u32(struct hv_kvp_msg *message, size_t at, uint32_t value)
{
	memcpy((uint8_t *)message + at, &value, sizeof(value));
}

/*
 * One field toward the daemon; max includes the NUL. Returns the size the kernel reports. The host's
 * size is an int to the kernel: one that is negative then is nothing.
 */
static uint32_t text_up(
	const struct hv_kvp_msg *packet, size_t from, uint32_t size, uint8_t *ret, size_t max)
{
	size_t limit = (sizeof(*packet) - from) / 2, n_units = size > INT32_MAX ? 0 : size;

	return (uint32_t)nls_from_utf16(
		       (const uint8_t *)packet + from, smaller(n_units, limit), ret, max - 1) +
		1;
}

static uint32_t value_up(const struct hv_kvp_msg *packet, uint8_t *ret)
{
	const struct hv_kvp_exchg_msg_value *data = &packet->body.kvp_set.data;
	uint64_t value_u64;

	switch (data->value_type) {
	case REG_SZ:
		return text_up(packet, AT(body.kvp_set.data.value), data->value_size, ret,
			HV_KVP_EXCHANGE_MAX_VALUE_SIZE);
	case REG_U32:
		return (uint32_t)sprintf((char *)ret, "%" PRIu32,
			       get_u32(packet, AT(body.kvp_set.data.value))) +
			1;
	case REG_U64:
		memcpy(&value_u64, data->value, sizeof(value_u64));
		return (uint32_t)sprintf((char *)ret, "%" PRIu64, value_u64) + 1;
	default:
		return 0;
	}
}

static void ip_up(const struct hv_kvp_msg *packet, struct hv_kvp_msg *ret)
{
	const uint8_t *bytes = (const uint8_t *)packet;
	size_t n = packet->kvp_hdr.operation == KVP_OP_SET_IP_INFO ? N_IP_TEXTS : 1;

	for (size_t i = 0; i < n; i++)
		nls_from_utf16(bytes + ip_texts[i].packet_off, ip_texts[i].size,
			(uint8_t *)ret + ip_texts[i].daemon_off, ip_texts[i].size);
	ret->body.kvp_ip_val.addr_family = bytes[PACKET_IP(addr_family)];
	if (packet->kvp_hdr.operation == KVP_OP_SET_IP_INFO)
		ret->body.kvp_ip_val.dhcp_enabled = bytes[PACKET_IP(dhcp_enabled)];
}

void kvp_text_to_daemon(const struct hv_kvp_msg *packet, struct hv_kvp_msg *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->kvp_hdr.operation = packet->kvp_hdr.operation;
	ret->kvp_hdr.pool = packet->kvp_hdr.pool;
	switch (packet->kvp_hdr.operation) {
	case KVP_OP_SET:
		ret->body.kvp_set.data.value_size =
			value_up(packet, ret->body.kvp_set.data.value);
		__attribute__((fallthrough)); // clang knows no comment for it
	case KVP_OP_GET:
		ret->body.kvp_get.data.key_size = text_up(packet, AT(body.kvp_get.data.key),
			packet->body.kvp_get.data.key_size, ret->body.kvp_get.data.key,
			HV_KVP_EXCHANGE_MAX_KEY_SIZE);
		break;
	case KVP_OP_DELETE:
		ret->body.kvp_delete.key_size = text_up(packet, AT(body.kvp_delete.key),
			packet->body.kvp_delete.key_size, ret->body.kvp_delete.key,
			HV_KVP_EXCHANGE_MAX_KEY_SIZE);
		break;
	case KVP_OP_ENUMERATE:
		ret->body.kvp_enum_data.index = packet->body.kvp_enum_data.index;
		break;
	case KVP_OP_GET_IP_INFO:
	case KVP_OP_SET_IP_INFO:
		ip_up(packet, ret);
		break;
	default:
		break; /* goes up with a body of zeroes */
	}
}

/* One field toward the host, read up to a NUL, wherever that is. -EINVAL: ill-formed text. */
static int text_down(const struct hv_kvp_msg *answer, size_t from, uint8_t *ret, size_t max)
{
	return nls_to_utf16((const uint8_t *)answer + from, sizeof(*answer) - from, ret, max);
}

static uint32_t ip_down(const struct hv_kvp_msg *answer, struct hv_kvp_msg *packet)
{
	uint8_t *bytes = (uint8_t *)packet;

	for (size_t i = 0; i < N_IP_TEXTS; i++)
		if (text_down(answer, ip_texts[i].daemon_off, bytes + ip_texts[i].packet_off,
			    ip_texts[i].size) < 0)
			return HV_E_FAIL;
	bytes[PACKET_IP(dhcp_enabled)] = answer->body.kvp_ip_val.dhcp_enabled;
	bytes[PACKET_IP(addr_family)] = answer->body.kvp_ip_val.addr_family;
	return HV_S_OK;
}

/* data_at: where the host expects the answer; GET gets the value alone, from ENUMERATE's place. */
static uint32_t data_down(const struct hv_kvp_msg *answer, struct hv_kvp_msg *packet,
	size_t data_at, bool with_key)
{
	uint8_t *data = (uint8_t *)packet + data_at;
	int n_key = 0, n_value;

	if (with_key)
		n_key = text_down(answer, AT(body.kvp_enum_data.data.key),
			data + offsetof(struct hv_kvp_exchg_msg_value, key), MAX_KEY_UNITS);
	n_value = text_down(answer, AT(body.kvp_enum_data.data.value),
		data + offsetof(struct hv_kvp_exchg_msg_value, value), MAX_VALUE_UNITS);
	if (n_key < 0 || n_value < 0)
		return HV_E_FAIL;
	if (with_key)
		put_u32(packet, data_at + offsetof(struct hv_kvp_exchg_msg_value, key_size),
			2 * ((uint32_t)n_key + 1));
	put_u32(packet, data_at + offsetof(struct hv_kvp_exchg_msg_value, value_size),
		2 * ((uint32_t)n_value + 1));
	put_u32(packet, data_at + offsetof(struct hv_kvp_exchg_msg_value, value_type), REG_SZ);
	return HV_S_OK;
}

static bool has_end(const struct hv_kvp_msg *answer, size_t from, size_t size)
{
	return memchr((const uint8_t *)answer + from, '\0', size) != NULL;
}

static const char *ip_without_end(const struct hv_kvp_msg *answer)
{
	for (size_t i = 0; i < N_IP_TEXTS; i++)
		if (!has_end(answer, ip_texts[i].daemon_off, 2 * ip_texts[i].size)) /* __u16 */
			return ip_texts[i].name;
	return NULL;
}

const char *kvp_text_without_end(const struct hv_kvp_msg *answer, uint8_t operation)
{
	if (operation == KVP_OP_SET || operation == KVP_OP_DELETE ||
		operation == KVP_OP_SET_IP_INFO)
		return NULL;
	if (operation == KVP_OP_GET_IP_INFO)
		return ip_without_end(answer);
	if (operation != KVP_OP_GET && !has_end(answer, AT(body.kvp_enum_data.data.key),
					       HV_KVP_EXCHANGE_MAX_KEY_SIZE))
		return "key";
	return has_end(answer, AT(body.kvp_enum_data.data.value), HV_KVP_EXCHANGE_MAX_VALUE_SIZE)
		       ? NULL
		       : "value";
}

uint32_t kvp_text_to_host(const struct hv_kvp_msg *answer, struct hv_kvp_msg *packet)
{
	switch (packet->kvp_hdr.operation) {
	case KVP_OP_SET:
	case KVP_OP_DELETE:
	case KVP_OP_SET_IP_INFO:
		return HV_S_OK;
	case KVP_OP_GET_IP_INFO:
		return ip_down(answer, packet);
	case KVP_OP_GET:
		return data_down(answer, packet, AT(body.kvp_get.data), false);
	default:
		return data_down(answer, packet, AT(body.kvp_enum_data.data), true);
	}
}
