// SPDX-License-Identifier: LGPL-2.1-or-later

/* Data Exchange: messages come from outside as they are. What they say is known here. */

#include "host/vm/bytes.h"
#include "host/vm/ic.h"

#include <inttypes.h>

/* struct hv_kvp_msg of linux/hyperv.h, as the host has it: operation, pool, and then */
#define AT_OPERATION    0
#define AT_POOL         1
#define AT_DATA         4 /* struct hv_kvp_exchg_msg_value, of SET and GET */
#define AT_INDEX        4 /* of ENUMERATE, whose data follow */
#define AT_ENUM_DATA    8
#define AT_DELETE_SIZE  4
#define AT_DELETE_KEY   8
/* in the data */
#define DATA_TYPE       0
#define DATA_KEY_SIZE   4
#define DATA_VALUE_SIZE 8
#define DATA_KEY        12
#define DATA_VALUE      524
#define KEY_UNITS       256
#define VALUE_UNITS     1024
#define EXCHANGE_BODY   2580
/* struct hv_kvp_ipaddr_value, without a gap after operation and pool */
#define IP_ADAPTER      2
#define ADAPTER_UNITS   128
#define IP_FAMILY       258
#define IP_DHCP         259
#define IP_ADDRESSES    260
#define IP_SUBNETS      2308
#define IP_GATEWAYS     4356
#define IP_DNS          5380
#define IP_UNITS        1024
#define GATEWAY_UNITS   512
#define IP_BODY         7428

enum {
	GET,
	SET,
	DELETE,
	ENUMERATE,
	GET_IP_INFO,
	SET_IP_INFO,
};

#define REG_U32 4

static const char *const operations[] = { "GET", "SET", "DELETE", "ENUMERATE", "GET_IP_INFO",
	"SET_IP_INFO" };

static void describe_data(struct text *text, const uint8_t *data)
{
	uint32_t type = get_le32(data + DATA_TYPE);

	text_print(text, " type %" PRIu32 " key %" PRIu32 " ", type,
		get_le32(data + DATA_KEY_SIZE));
	text_quote_utf16(text, data + DATA_KEY, KEY_UNITS);
	text_print(text, " value %" PRIu32 " ", get_le32(data + DATA_VALUE_SIZE));
	if (type >= REG_U32)
		text_print(text, "%#" PRIx64, get_le64(data + DATA_VALUE));
	else
		text_quote_utf16(text, data + DATA_VALUE, VALUE_UNITS);
}

static void describe_ip(struct text *text, const uint8_t *body)
{
	text_print(text, " adapter ");
	text_quote_utf16(text, body + IP_ADAPTER, ADAPTER_UNITS);
	text_print(text, " family %u dhcp %u addresses ", body[IP_FAMILY], body[IP_DHCP]);
	text_quote_utf16(text, body + IP_ADDRESSES, IP_UNITS);
	text_print(text, " subnets ");
	text_quote_utf16(text, body + IP_SUBNETS, IP_UNITS);
	text_print(text, " gateways ");
	text_quote_utf16(text, body + IP_GATEWAYS, GATEWAY_UNITS);
	text_print(text, " dns ");
	text_quote_utf16(text, body + IP_DNS, IP_UNITS);
}

static void describe_exchange(struct text *text, const uint8_t *body, bool is_reply)
{
	uint8_t operation = body[AT_OPERATION];

	text_print(text, " pool %u", body[AT_POOL]);
	if (operation == ENUMERATE)
		text_print(text, " index %" PRIu32, get_le32(body + AT_INDEX));
	if (operation == DELETE) {
		text_print(text, " key %" PRIu32 " ", get_le32(body + AT_DELETE_SIZE));
		text_quote_utf16(text, body + AT_DELETE_KEY, KEY_UNITS);
	} else if (operation == GET || operation == SET) {
		describe_data(text, body + AT_DATA);
	} else if (operation == ENUMERATE && is_reply) {
		describe_data(text, body + AT_ENUM_DATA);
	}
}

static void describe(struct text *text, const uint8_t *body, size_t size, bool is_reply)
{
	uint8_t operation = size > 0 ? body[AT_OPERATION] : UINT8_MAX;

	if (operation < sizeof(operations) / sizeof(operations[0]))
		text_print(text, "%s", operations[operation]);
	else
		text_print(text, "operation %u", operation);
	if (operation >= GET_IP_INFO && operation <= SET_IP_INFO && size >= IP_BODY)
		describe_ip(text, body);
	else if (size >= EXCHANGE_BODY)
		describe_exchange(text, body, is_reply);
}

const struct ic_kind ic_kvp = {
	.component = CONTROL_KVP,
	.name = "kvp",
	.type = "a9a0f4e7-5a45-4d96-b827-8a841e8c03e6",
	.instance = "242ff919-07db-4180-9c2e-b86cb68c8c55",
	.message_type = ICMSG_KVP,
	.versions = {
		.n_framework = 2,
		.framework = { { 1, 0 }, { 3, 0 } },
		.n_message = 3,
		.message = { { 3, 0 }, { 4, 0 }, { 5, 0 } },
	},
	.describe = describe,
};
