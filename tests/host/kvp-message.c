// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * KVP messages to and from the host's wire form, which is that of struct
 * hv_kvp_msg but for IP messages: those begin two bytes earlier.
 */

#include "host/kvp-message.h"

#include <stdbool.h>
#include <string.h>

#define COPY(to, from)                                                                         \
	do {                                                                                   \
		_Static_assert(sizeof(to) == sizeof(from), #to);                               \
		memcpy(&(to), &(from), sizeof(to));                                            \
	} while (0)

static void encode_data(
	const struct host_kvp_message *message, struct hv_kvp_exchg_msg_value *data)
{
	data->value_type = message->value_type;
	data->key_size = message->key_size;
	data->value_size = message->value_size;
	COPY(data->key, message->key);
	COPY(data->value, message->value);
}

static void decode_data(
	const struct hv_kvp_exchg_msg_value *data, struct host_kvp_message *message)
{
	message->value_type = data->value_type;
	message->key_size = data->key_size;
	message->value_size = data->value_size;
	COPY(message->key, data->key);
	COPY(message->value, data->value);
}

static void encode_ip(const struct host_kvp_message *message, struct hv_kvp_msg *packet)
{
	struct hv_kvp_ip_msg *ip = (struct hv_kvp_ip_msg *)packet;

	COPY(ip->kvp_ip_val.adapter_id, message->ip.adapter_id);
	ip->kvp_ip_val.addr_family = message->ip.family;
	ip->kvp_ip_val.dhcp_enabled = message->ip.dhcp;
	COPY(ip->kvp_ip_val.ip_addr, message->ip.addresses);
	COPY(ip->kvp_ip_val.sub_net, message->ip.subnets);
	COPY(ip->kvp_ip_val.gate_way, message->ip.gateways);
	COPY(ip->kvp_ip_val.dns_addr, message->ip.dns);
}

static void decode_ip(const struct hv_kvp_msg *packet, struct host_kvp_message *message)
{
	const struct hv_kvp_ip_msg *ip = (const struct hv_kvp_ip_msg *)packet;

	COPY(message->ip.adapter_id, ip->kvp_ip_val.adapter_id);
	message->ip.family = ip->kvp_ip_val.addr_family;
	message->ip.dhcp = ip->kvp_ip_val.dhcp_enabled;
	COPY(message->ip.addresses, ip->kvp_ip_val.ip_addr);
	COPY(message->ip.subnets, ip->kvp_ip_val.sub_net);
	COPY(message->ip.gateways, ip->kvp_ip_val.gate_way);
	COPY(message->ip.dns, ip->kvp_ip_val.dns_addr);
}

void host_kvp_encode(const struct host_kvp_message *message, struct hv_kvp_msg *ret_packet)
{
	memset(ret_packet, 0, sizeof(*ret_packet));
	ret_packet->kvp_hdr.operation = message->op;
	ret_packet->kvp_hdr.pool = message->pool;
	switch (message->op) {
	case KVP_OP_GET:
	case KVP_OP_SET:
		encode_data(message, &ret_packet->body.kvp_set.data);
		break;
	case KVP_OP_DELETE:
		ret_packet->body.kvp_delete.key_size = message->key_size;
		COPY(ret_packet->body.kvp_delete.key, message->key);
		break;
	case KVP_OP_GET_IP_INFO:
	case KVP_OP_SET_IP_INFO:
		encode_ip(message, ret_packet);
		break;
	default:
		ret_packet->body.kvp_enum_data.index = message->index;
		encode_data(message, &ret_packet->body.kvp_enum_data.data);
		break;
	}
}

void host_kvp_decode(const struct hv_kvp_msg *packet, struct host_kvp_message *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->op = packet->kvp_hdr.operation;
	ret->pool = packet->kvp_hdr.pool;
	switch (ret->op) {
	case KVP_OP_GET:
	case KVP_OP_SET:
		decode_data(&packet->body.kvp_set.data, ret);
		break;
	case KVP_OP_DELETE:
		ret->key_size = packet->body.kvp_delete.key_size;
		COPY(ret->key, packet->body.kvp_delete.key);
		break;
	case KVP_OP_GET_IP_INFO:
	case KVP_OP_SET_IP_INFO:
		decode_ip(packet, ret);
		break;
	default:
		ret->index = packet->body.kvp_enum_data.index;
		decode_data(&packet->body.kvp_enum_data.data, ret);
		break;
	}
}
