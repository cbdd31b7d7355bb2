// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Messages: u32 type, u32 length, u32 request, and then by type. Numbers are those of
 * include/linux/rndis.h; what Linux asks for is a row of a table here.
 */

#include "host/vm/rndis.h"
#include "host/vm/bytes.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
	INITIALIZE = 2,
	HALT = 3,
	QUERY = 4,
	SET = 5,
	KEEPALIVE = 8,
};

#define COMPLETION           0x80000000u

#define STATUS_OK            0u
#define STATUS_NOT_SUPPORTED 0xc00000bbu

#define AT_TYPE              0
#define AT_LENGTH            4
#define AT_REQUEST           8
#define AT_STATUS            12
#define HEADER               12
/* of a query, and of a setting */
#define AT_OID               12
#define AT_INFORMATION_SIZE  16
#define QUERY_SIZE           28
/* of a query's completion */
#define AT_REPLY_SIZE        16
#define AT_REPLY_OFFSET      20 /* from the request number on */
#define AT_REPLY             24
#define REPLY_OFFSET         16

#define MAX_FRAME            1500
#define LINK_SPEED           100000000u /* 10 Gbit/s, in units of 100 bit/s */
#define CONNECTED            0
#define MAX_PACKETS          8
#define MAX_TRANSFER         0x4000
#define ALIGNMENT            3

enum {
	OID_MAX_FRAME = 0x00010106,
	OID_LINK_SPEED = 0x00010107,
	OID_PACKET_FILTER = 0x0001010e,
	OID_MEDIA_CONNECT = 0x00010114,
	OID_RSS_CAPABILITIES = 0x00010203,
	OID_CONFIG_PARAMETER = 0x0001021b,
	OID_FRIENDLY_NAME = 0x00020216,
	OID_PERMANENT_MAC = 0x01010101,
	OID_CURRENT_MAC = 0x01010102,
};
#define OID_OFFLOAD_PARAMETERS   0xfc01020cu
#define OID_OFFLOAD_CAPABILITIES 0xfc01020du

/* struct ndis_offload: an object header, and then nothing that can be offloaded. */
#define OFFLOAD_TYPE             0xa7
#define OFFLOAD_REVISION         1
#define OFFLOAD_MAX_SIZE         156

static size_t finish(
	uint32_t type, const uint8_t *request, uint32_t status, uint8_t *reply, size_t size)
{
	put_le32(reply + AT_TYPE, type | COMPLETION);
	put_le32(reply + AT_LENGTH, (uint32_t)size);
	put_le32(reply + AT_REQUEST, get_le32(request + AT_REQUEST));
	put_le32(reply + AT_STATUS, status);
	return size;
}

static size_t initialize(const uint8_t *request, uint8_t *reply)
{
	put_le32(reply + 16, 1); /* version 1.0 */
	put_le32(reply + 24, 1); /* connectionless */
	put_le32(reply + 32, MAX_PACKETS);
	put_le32(reply + 36, MAX_TRANSFER);
	put_le32(reply + 40, ALIGNMENT);
	return finish(INITIALIZE, request, STATUS_OK, reply, 52);
}

static uint32_t put_offload(uint8_t *at, uint32_t wanted)
{
	uint32_t size = wanted < OFFLOAD_MAX_SIZE ? wanted : OFFLOAD_MAX_SIZE;

	at[0] = OFFLOAD_TYPE;
	at[1] = OFFLOAD_REVISION;
	put_le16(at + 2, (uint16_t)size);
	return size;
}

static uint32_t put_number(uint8_t *at, uint32_t number)
{
	put_le32(at, number);
	return sizeof(number);
}

/* What is known of that; 0: nothing. */
static uint32_t look_up(const uint8_t *mac, uint32_t oid, uint32_t wanted, uint8_t *ret)
{
	switch (oid) {
	case OID_MAX_FRAME:
		return put_number(ret, MAX_FRAME);
	case OID_LINK_SPEED:
		return put_number(ret, LINK_SPEED);
	case OID_MEDIA_CONNECT:
		return put_number(ret, CONNECTED);
	case OID_PERMANENT_MAC:
	case OID_CURRENT_MAC:
		memcpy(ret, mac, RNDIS_MAC);
		return RNDIS_MAC;
	case OID_OFFLOAD_CAPABILITIES:
		return put_offload(ret, wanted);
	default:
		return 0;
	}
}

static bool may_be_refused(uint32_t oid)
{
	return oid == OID_RSS_CAPABILITIES || oid == OID_FRIENDLY_NAME;
}

static int query(const uint8_t *mac, const uint8_t *request, uint8_t *reply, size_t *ret_size)
{
	uint32_t oid = get_le32(request + AT_OID);
	uint32_t n =
		look_up(mac, oid, get_le32(request + AT_INFORMATION_SIZE), reply + AT_REPLY);

	put_le32(reply + AT_REPLY_SIZE, n);
	put_le32(reply + AT_REPLY_OFFSET, REPLY_OFFSET);
	*ret_size = finish(QUERY, request, n ? STATUS_OK : STATUS_NOT_SUPPORTED, reply,
		AT_REPLY + (size_t)n);
	return n || may_be_refused(oid) ? (int)*ret_size : -EOPNOTSUPP;
}

static int set(const uint8_t *request, uint8_t *reply, size_t *ret_size)
{
	uint32_t oid = get_le32(request + AT_OID);
	bool is_known = oid == OID_OFFLOAD_PARAMETERS || oid == OID_PACKET_FILTER ||
		oid == OID_CONFIG_PARAMETER;

	*ret_size =
		finish(SET, request, is_known ? STATUS_OK : STATUS_NOT_SUPPORTED, reply, 16);
	return is_known ? (int)*ret_size : -EOPNOTSUPP;
}

int rndis_answer(const uint8_t mac[RNDIS_MAC], const uint8_t *request, size_t size,
	uint8_t ret[RNDIS_MAX_REPLY], size_t *ret_size)
{
	uint32_t type = size >= HEADER ? get_le32(request + AT_TYPE) : 0;

	memset(ret, 0, RNDIS_MAX_REPLY);
	*ret_size = 0;
	if (type == HALT)
		return 0;
	if (type == INITIALIZE)
		*ret_size = initialize(request, ret);
	else if (type == KEEPALIVE)
		*ret_size = finish(KEEPALIVE, request, STATUS_OK, ret, 16);
	else if (type == QUERY && size >= QUERY_SIZE)
		return query(mac, request, ret, ret_size);
	else if (type == SET && size >= QUERY_SIZE)
		return set(request, ret, ret_size);
	else
		return -EBADMSG;
	return (int)*ret_size;
}
