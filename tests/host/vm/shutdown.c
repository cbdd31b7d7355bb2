// SPDX-License-Identifier: LGPL-2.1-or-later

/* Shutdown: the guest is asked to switch itself off or to start again, and says yes before it
 * does. */

#include "host/vm/bytes.h"
#include "host/vm/ic.h"

#include <inttypes.h>

/* struct shutdown_msg_data of include/linux/hyperv.h */
#define BODY       2060
#define AT_REASON  0
#define AT_TIMEOUT 4
#define AT_FLAGS   8
#define AT_TEXT    12

static void describe(struct text *text, const uint8_t *body, size_t size, bool is_reply)
{
	if (is_reply || size < BODY)
		return;
	text_print(text, "flags %" PRIu32 " reason %08" PRIx32 " timeout %" PRIu32 " ",
		get_le32(body + AT_FLAGS), get_le32(body + AT_REASON),
		get_le32(body + AT_TIMEOUT));
	text_quote_utf16(text, body + AT_TEXT, (BODY - AT_TEXT) / 2);
}

const struct ic_kind ic_shutdown = {
	.component = CONTROL_SHUTDOWN,
	.name = "shutdown",
	.type = "0e0b6031-5213-4934-818b-38d90ced39db",
	.instance = "b6650ff7-33bc-4840-8048-e0676786f393",
	.message_type = ICMSG_SHUTDOWN,
	.versions = {
		.n_framework = 2,
		.framework = { { 1, 0 }, { 3, 0 } },
		.n_message = 4,
		.message = { { 1, 0 }, { 3, 0 }, { 3, 1 }, { 3, 2 } },
	},
	.describe = describe,
};
