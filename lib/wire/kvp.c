// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * struct hv_kvp_msg of <linux/hyperv.h>, field by field. A request and its answer share one union,
 * so every layout starts after the four bytes of header, and whatever lies behind a layout's end is
 * of no interest when reading and zero when writing.
 */

#include "hvguest/kvp.h"

#include "base/bytes.h"
#include "base/utf16.h"
#include "hvguest/status.h"

#include <errno.h>
#include <string.h>

/* struct hv_kvp_ipaddr_value: bytes of its fields (declared as __u16[], holding UTF-8 here). */
#define ADAPTER_ID_SIZE 256
#define ADDRESSES_SIZE	2048
#define SUBNETS_SIZE	2048
#define GATEWAYS_SIZE	1024
#define DNS_SIZE	2048

/* UTF-16 units of the host's fields (MAX_ADAPTER_ID_SIZE, MAX_IP_ADDR_SIZE, MAX_GATEWAY_SIZE),
 * less one, because the kernel writes no NUL of its own. */
#define ADAPTER_ID_MAX_CHARS 127
#define ADDRESSES_MAX_CHARS  1023
#define GATEWAYS_MAX_CHARS   511

/* hv_kvp_register.version */
#define VERSION_SIZE 512

static enum hvg_kvp_op op_from_byte(uint8_t byte)
{
	return byte <= HVG_KVP_SET_IP_INFO || byte == HVG_KVP_REGISTER ? (enum hvg_kvp_op)byte :
									  HVG_KVP_UNKNOWN;
}

/* Reading. Each function takes the layout of one operation; text() also wants UTF-8. */

static const char *text(struct hvg_reader *reader, size_t size)
{
	const char *field = hvg_read_text(reader, size);

	if (field && hvg_utf8_is_valid(field))
		return field;
	reader->bad = true;
	return "";
}

/* struct hv_kvp_msg_set: value_type, key_size, value_size, key, value */
static void read_set(struct hvg_reader *reader, struct hvg_kvp_request *request)
{
	uint32_t key_size, value_size;

	hvg_read_skip(reader, sizeof(uint32_t));
	key_size = hvg_read_le32(reader);
	value_size = hvg_read_le32(reader);
	if (key_size > HVG_KVP_KEY_SIZE || value_size > HVG_KVP_VALUE_SIZE)
		reader->bad = true;
	request->key = text(reader, HVG_KVP_KEY_SIZE);
	request->value = text(reader, HVG_KVP_VALUE_SIZE);
	request->value_is_untranslated = value_size == 0;
}

/* struct hv_kvp_msg_get: as above, but only the key means anything */
static void read_get(struct hvg_reader *reader, struct hvg_kvp_request *request)
{
	hvg_read_skip(reader, sizeof(uint32_t));
	if (hvg_read_le32(reader) > HVG_KVP_KEY_SIZE)
		reader->bad = true;
	hvg_read_skip(reader, sizeof(uint32_t));
	request->key = text(reader, HVG_KVP_KEY_SIZE);
}

/* struct hv_kvp_msg_delete: key_size, key */
static void read_delete(struct hvg_reader *reader, struct hvg_kvp_request *request)
{
	if (hvg_read_le32(reader) > HVG_KVP_KEY_SIZE)
		reader->bad = true;
	request->key = text(reader, HVG_KVP_KEY_SIZE);
}

/* struct hv_kvp_ipaddr_value */
static void read_ip(struct hvg_reader *reader, struct hvg_kvp_request *request)
{
	struct hvg_ipinfo *ip = &request->ip;

	ip->adapter_id = text(reader, ADAPTER_ID_SIZE);
	ip->families = hvg_read_u8(reader);
	ip->dhcp = hvg_read_u8(reader) != 0;
	ip->addresses = text(reader, ADDRESSES_SIZE);
	ip->subnets = text(reader, SUBNETS_SIZE);
	ip->gateways = text(reader, GATEWAYS_SIZE);
	ip->dns_servers = text(reader, DNS_SIZE);
}

static void read_body(struct hvg_reader *reader, struct hvg_kvp_request *request)
{
	switch (request->op) {
	case HVG_KVP_GET:
		read_get(reader, request);
		break;
	case HVG_KVP_SET:
		read_set(reader, request);
		break;
	case HVG_KVP_DELETE:
		read_delete(reader, request);
		break;
	case HVG_KVP_ENUMERATE:
		request->index = hvg_read_le32(reader);
		break;
	case HVG_KVP_GET_IP_INFO:
	case HVG_KVP_SET_IP_INFO:
		read_ip(reader, request);
		break;
	case HVG_KVP_REGISTER:
	case HVG_KVP_UNKNOWN:
		break;
	}
}

int hvg_kvp_decode_request(const void *bytes, size_t size, struct hvg_kvp_request *ret,
	const char **ret_reason)
{
	struct hvg_kvp_request request = {
		.key = "",
		.value = "",
		.ip = { "", 0, false, "", "", "", "" },
	};
	struct hvg_reader reader;

	if (size != HVG_KVP_MESSAGE_SIZE) {
		*ret_reason = "its size is wrong";
		return -EBADMSG;
	}
	hvg_reader_init(&reader, bytes, size);
	request.op = op_from_byte(hvg_read_u8(&reader));
	request.pool = hvg_read_u8(&reader);
	hvg_read_skip(&reader, sizeof(uint16_t));
	read_body(&reader, &request);
	if (reader.bad) {
		*ret_reason = "a size is out of range, or a text has no end or is not UTF-8";
		return -EBADMSG;
	}
	*ret = request;
	return 0;
}

int hvg_kvp_decode_registered(const void *bytes, size_t size, const char **ret_version)
{
	struct hvg_reader reader;
	const char *version;
	uint8_t op;

	hvg_reader_init(&reader, bytes, size);
	op = hvg_read_u8(&reader);
	hvg_read_skip(&reader, 3);
	version = text(&reader, VERSION_SIZE);
	if (size != HVG_KVP_MESSAGE_SIZE || op != HVG_KVP_REGISTER || reader.bad)
		return -EBADMSG;
	*ret_version = version;
	return 0;
}

/* Writing. */

_Static_assert(HVG_KVP_CUT == HVG_UTF8_CUT && HVG_KVP_REPAIRED == HVG_UTF8_REPAIRED,
	"the flags of hvg_utf8_fit are passed on");

static int fit(struct hvg_writer *writer, const char *from, size_t size, size_t max_chars)
{
	uint8_t *field = hvg_write_field(writer, size);

	if (!from || !field)
		return 0;
	return hvg_utf8_fit(from, HVG_UTF8_TO_NUL, max_chars, (char *)field, size);
}

/*
 * struct hv_kvp_msg_enumerate: index, value_type, key_size, value_size (all unread by the kernel),
 * key, value. GET is answered in this layout too: the kernel takes its value from here, four bytes
 * further than struct hv_kvp_msg_get has it.
 */
static int write_pair(struct hvg_writer *writer, const struct hvg_kvp_reply *reply)
{
	int flags;

	hvg_write_skip(writer, 4 * sizeof(uint32_t));
	flags = fit(writer, reply->key, HVG_KVP_KEY_SIZE, HVG_KVP_KEY_MAX_CHARS);
	return flags | fit(writer, reply->value, HVG_KVP_VALUE_SIZE, HVG_KVP_VALUE_MAX_CHARS);
}

static int write_ip(struct hvg_writer *writer, const struct hvg_ipinfo *ip)
{
	int flags;

	flags = fit(writer, ip->adapter_id, ADAPTER_ID_SIZE, ADAPTER_ID_MAX_CHARS);
	hvg_write_u8(writer, ip->families);
	hvg_write_u8(writer, ip->dhcp);
	flags |= fit(writer, ip->addresses, ADDRESSES_SIZE, ADDRESSES_MAX_CHARS);
	flags |= fit(writer, ip->subnets, SUBNETS_SIZE, ADDRESSES_MAX_CHARS);
	flags |= fit(writer, ip->gateways, GATEWAYS_SIZE, GATEWAYS_MAX_CHARS);
	return flags | fit(writer, ip->dns_servers, DNS_SIZE, ADDRESSES_MAX_CHARS);
}

int hvg_kvp_encode_reply(const struct hvg_kvp_reply *reply, uint8_t ret[HVG_KVP_MESSAGE_SIZE])
{
	struct hvg_writer writer;

	hvg_writer_init(&writer, ret, HVG_KVP_MESSAGE_SIZE);
	hvg_write_le32(&writer, reply->status);
	if (reply->status != HVG_STATUS_OK)
		return 0;

	switch (reply->op) {
	case HVG_KVP_GET:
	case HVG_KVP_ENUMERATE:
		return write_pair(&writer, reply);
	case HVG_KVP_GET_IP_INFO:
		return reply->ip ? write_ip(&writer, reply->ip) : 0;
	case HVG_KVP_SET:
	case HVG_KVP_DELETE:
	case HVG_KVP_SET_IP_INFO:
	case HVG_KVP_REGISTER:
	case HVG_KVP_UNKNOWN:
		return 0;
	}
	return 0;
}

void hvg_kvp_encode_register(uint8_t ret[HVG_KVP_MESSAGE_SIZE])
{
	struct hvg_writer writer;

	hvg_writer_init(&writer, ret, HVG_KVP_MESSAGE_SIZE);
	hvg_write_u8(&writer, HVG_KVP_REGISTER);
}

const char *hvg_kvp_op_name(enum hvg_kvp_op op)
{
	switch (op) {
	case HVG_KVP_GET:
		return "GET";
	case HVG_KVP_SET:
		return "SET";
	case HVG_KVP_DELETE:
		return "DELETE";
	case HVG_KVP_ENUMERATE:
		return "ENUMERATE";
	case HVG_KVP_GET_IP_INFO:
		return "GET_IP_INFO";
	case HVG_KVP_SET_IP_INFO:
		return "SET_IP_INFO";
	case HVG_KVP_REGISTER:
		return "REGISTER";
	case HVG_KVP_UNKNOWN:
		break;
	}
	return "unknown operation";
}
