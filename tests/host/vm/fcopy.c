// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Guest services, which copy files: messages come from outside as they are. A guest's kernel
 * until 6.9 has a driver for it, later ones a daemon on the bare channel (UIO): the same to a
 * host.
 */

#include "host/vm/bytes.h"
#include "host/vm/ic.h"

#include <inttypes.h>

/* struct hv_fcopy_hdr, hv_start_fcopy and hv_do_fcopy of linux/hyperv.h */
#define AT_OPERATION 0
#define AT_NAME      36
#define AT_PATH      556
#define NAME_UNITS   260
#define AT_FLAGS     1076
#define AT_SIZE      1080
#define START_BODY   1088
#define AT_OFFSET    40
#define AT_PIECE     48
#define MIN_WRITE    52

enum {
	START,
	WRITE,
	COMPLETE,
	CANCEL,
};

static void describe_start(struct text *text, const uint8_t *body)
{
	text_print(text, " name ");
	text_quote_utf16(text, body + AT_NAME, NAME_UNITS);
	text_print(text, " path ");
	text_quote_utf16(text, body + AT_PATH, NAME_UNITS);
	text_print(text, " flags %" PRIu32 " size %" PRIu64, get_le32(body + AT_FLAGS),
		get_le64(body + AT_SIZE));
}

/* An answer repeats the request, so that only its status is of interest. */
static void describe(struct text *text, const uint8_t *body, size_t size, bool is_reply)
{
	static const char *const operations[] = { "START", "WRITE", "COMPLETE", "CANCEL" };
	uint32_t operation = size >= 4 ? get_le32(body + AT_OPERATION) : UINT32_MAX;

	if (operation <= CANCEL)
		text_print(text, "%s", operations[operation]);
	else
		text_print(text, "operation %" PRIu32, operation);
	if (is_reply)
		return;
	if (operation == START && size >= START_BODY)
		describe_start(text, body);
	if (operation == WRITE && size >= MIN_WRITE)
		text_print(text, " offset %" PRIu64 " size %" PRIu32,
			get_le64(body + AT_OFFSET), get_le32(body + AT_PIECE));
}

const struct ic_kind ic_fcopy = {
	.component = CONTROL_FCOPY,
	.name = "fcopy",
	.type = "34d14be3-dee4-41c8-9ae7-6b174977c192",
	.instance = "eb765408-105f-49b6-b4aa-c123b64d17d4",
	.message_type = ICMSG_FCOPY,
	.versions = {
		.n_framework = 1,
		.framework = { { 3, 0 } },
		.n_message = 1,
		.message = { { 1, 1 } },
	},
	.describe = describe,
};
