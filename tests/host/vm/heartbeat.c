// SPDX-License-Identifier: LGPL-2.1-or-later

/* Heartbeat: a number goes out every other second, and comes back plus one. */

#include "host/vm/bytes.h"
#include "host/vm/ic.h"

#include <inttypes.h>
#include <string.h>

/* struct heartbeat_msg_data of drivers/hv/hv_util.c, as long as Windows makes it */
#define BODY        40
#define AT_SEQUENCE 0
#define FIRST       100 /* any number but 0, which the guest's answer to nothing would have */

static void describe(struct text *text, const uint8_t *body, size_t size, bool is_reply)
{
	if (size >= 8)
		text_print(text, "sequence %" PRIu64, get_le64(body + AT_SEQUENCE));
}

static size_t say(struct ic *ic, const struct clock *clock, uint8_t *ret_body)
{
	memset(ret_body, 0, BODY);
	put_le64(ret_body + AT_SEQUENCE, FIRST + 2 * ic->n_said++);
	return BODY;
}

static bool is_answer(const struct ic *ic, const struct icmsg *reply)
{
	uint64_t last = FIRST + 2 * (ic->n_said - 1);

	return reply->status == 0 && reply->size == BODY &&
		get_le64(reply->body + AT_SEQUENCE) == last + 1;
}

const struct ic_kind ic_heartbeat = {
	.component = CONTROL_HEARTBEAT,
	.name = "heartbeat",
	.type = "57164f39-9115-4e78-ab55-382f3bd5422d",
	.instance = "fd149e91-82e0-4a7d-afa6-2a4166cbd7c0",
	.message_type = ICMSG_HEARTBEAT,
	.versions = {
		.n_framework = 2,
		.framework = { { 1, 0 }, { 3, 0 } },
		.n_message = 2,
		.message = { { 1, 0 }, { 3, 0 } },
	},
	.describe = describe,
	.period_ms = 2000,
	.say = say,
	.is_answer = is_answer,
};
