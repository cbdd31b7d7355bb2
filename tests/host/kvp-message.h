/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_KVP_MESSAGE_H
#define HVG_TESTS_HOST_KVP_MESSAGE_H

/*
 * A KVP message at the level of the host: what it puts into a VMBus packet and takes out of
 * one, field by field, UTF-16 units as they are. Sizes are the host's, in bytes with the NUL,
 * and need not be true: hostile ones must be possible.
 */

#include <linux/hyperv.h>
#include <stdint.h>

#define HOST_KEY_CHARS     (HV_KVP_EXCHANGE_MAX_KEY_SIZE / 2)
#define HOST_VALUE_CHARS   (HV_KVP_EXCHANGE_MAX_VALUE_SIZE / 2)
#define HOST_ADAPTER_CHARS MAX_ADAPTER_ID_SIZE
#define HOST_IP_CHARS      MAX_IP_ADDR_SIZE
#define HOST_GATEWAY_CHARS MAX_GATEWAY_SIZE

/* The host's value types. The Linux header knows 1 and 4, and calls 8 what is 11 there. */
#define HOST_REG_EXPAND_SZ 2
#define HOST_REG_QWORD     11

struct host_kvp_message {
	uint8_t op; /* KVP_OP_GET …, or anything */
	uint8_t pool;
	uint32_t index;
	uint32_t value_type, key_size, value_size;
	uint16_t key[HOST_KEY_CHARS];
	union {
		uint16_t chars[HOST_VALUE_CHARS];
		uint32_t u32;
		uint64_t u64;
	} value;
	struct {
		uint16_t adapter_id[HOST_ADAPTER_CHARS];
		uint8_t family, dhcp;
		uint16_t addresses[HOST_IP_CHARS];
		uint16_t subnets[HOST_IP_CHARS];
		uint16_t gateways[HOST_GATEWAY_CHARS];
		uint16_t dns[HOST_IP_CHARS];
	} ip;
};

/* Between the fields and the bytes behind the IC header. What an operation lacks is zero. */
void host_kvp_encode(const struct host_kvp_message *message, struct hv_kvp_msg *ret_packet);
void host_kvp_decode(const struct hv_kvp_msg *packet, struct host_kvp_message *ret);

#endif
