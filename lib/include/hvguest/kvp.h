/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_KVP_H
#define HVGUEST_KVP_H

/*
 * Key-value pair exchange: the messages of /dev/vmbus/hv_kvp.
 *
 *	host <-> kernel (hv_utils) <-> /dev/vmbus/hv_kvp <-> these functions <-> your program
 *
 * The whole conversation (struct hv_kvp_msg of <linux/hyperv.h>; every message has the same size):
 *
 *	program -> kernel	REGISTER
 *	kernel -> program	REGISTER with the version of the integration services
 *	kernel -> program	one request
 *	program -> kernel	its answer, within HVG_KVP_TIMEOUT_SEC seconds; then the next request
 */

#include "hvguest/ipinfo.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HVG_KVP_MESSAGE_SIZE 7432 /* sizeof(struct hv_kvp_msg) */

/* The kernel answers the host by itself after this time: HV_UTIL_TIMEOUT, drivers/hv/hyperv_vmbus.h */
#define HVG_KVP_TIMEOUT_SEC 30

/* Field sizes with their NUL: HV_KVP_EXCHANGE_MAX_KEY_SIZE, HV_KVP_EXCHANGE_MAX_VALUE_SIZE */
#define HVG_KVP_KEY_SIZE   512
#define HVG_KVP_VALUE_SIZE 2048

/* UTF-16 units that reach the host (kvp_respond_to_host in drivers/hv/hv_kvp.c) */
#define HVG_KVP_KEY_MAX_CHARS	254
#define HVG_KVP_VALUE_MAX_CHARS 1022

/* enum hv_kvp_exchg_op */
enum hvg_kvp_op {
	HVG_KVP_GET = 0,
	HVG_KVP_SET = 1,
	HVG_KVP_DELETE = 2,
	HVG_KVP_ENUMERATE = 3,
	HVG_KVP_GET_IP_INFO = 4,
	HVG_KVP_SET_IP_INFO = 5,
	HVG_KVP_REGISTER = 100, /* KVP_OP_REGISTER1 */
	HVG_KVP_UNKNOWN = 255,	/* ours: whatever else a host may ask for */
};

/*
 * A request, decoded. Text is well-formed UTF-8, NUL-terminated, and lies in the message: it lives
 * as long as the bytes do. What an operation does not carry is zero or "".
 */
struct hvg_kvp_request {
	enum hvg_kvp_op op;
	uint8_t pool;	/* unchecked: a host may send any byte */
	uint32_t index; /* ENUMERATE */
	const char *key;
	const char *value;	  /* SET */
	bool value_is_untranslated; /* SET: of a type that the kernel could not make text of */
	struct hvg_ipinfo ip;	  /* GET_IP_INFO: adapter_id and families; SET_IP_INFO: all */
};

/* An answer, to be encoded. Only ENUMERATE and GET carry text, only GET_IP_INFO carries ip. */
struct hvg_kvp_reply {
	enum hvg_kvp_op op;
	uint32_t status; /* HVG_STATUS_…; with any but OK nothing else is sent */
	const char *key;
	const char *value;
	const struct hvg_ipinfo *ip;
};

/* What hvg_kvp_encode_reply had to do to the text, or-ed together. */
#define HVG_KVP_CUT	 1 /* something was too long for the host and was cut at a character */
#define HVG_KVP_REPAIRED 2 /* ill-formed UTF-8 became U+FFFD */

/* -EBADMSG with a static reason if the bytes are no request. */
int hvg_kvp_decode_request(const void *bytes, size_t size, struct hvg_kvp_request *ret,
	const char **ret_reason);

/* The kernel's answer to REGISTER; ret_version lies in the bytes. -EBADMSG if it is none. */
int hvg_kvp_decode_registered(const void *bytes, size_t size, const char **ret_version);

/* Returns 0 or the flags above. */
int hvg_kvp_encode_reply(const struct hvg_kvp_reply *reply, uint8_t ret[HVG_KVP_MESSAGE_SIZE]);

void hvg_kvp_encode_register(uint8_t ret[HVG_KVP_MESSAGE_SIZE]);

/* "GET", "SET_IP_INFO", …; "unknown operation" for anything else. Never NULL. */
const char *hvg_kvp_op_name(enum hvg_kvp_op op);

#ifdef __cplusplus
}
#endif

#endif
