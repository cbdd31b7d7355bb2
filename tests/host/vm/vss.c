// SPDX-License-Identifier: LGPL-2.1-or-later

/* Backup (volume checkpoint): messages come from outside as they are. */

#include "host/vm/bytes.h"
#include "host/vm/ic.h"

#include <inttypes.h>

/* struct hv_vss_msg of linux/hyperv.h, as the host has it */
#define AT_OPERATION 0
#define AT_FLAGS     8
#define MIN_BODY     12

static const char *const operations[] = { "CREATE", "DELETE", "HOT_BACKUP", "GET_DM_INFO",
	"BU_COMPLETE", "FREEZE", "THAW", "AUTO_RECOVER" };

static void describe(struct text *text, const uint8_t *body, size_t size, bool is_reply)
{
	uint8_t operation = size > 0 ? body[AT_OPERATION] : UINT8_MAX;

	if (operation < sizeof(operations) / sizeof(operations[0]))
		text_print(text, "%s", operations[operation]);
	else
		text_print(text, "operation %u", operation);
	if (size >= MIN_BODY)
		text_print(text, " flags %" PRIu32, get_le32(body + AT_FLAGS));
}

const struct ic_kind ic_vss = {
	.component = CONTROL_VSS,
	.name = "vss",
	.type = "35fa2e29-ea23-4236-96ae-3a6ebacba440",
	.instance = "2450ee40-33bf-4fbd-892e-9fb06e9214cf",
	.message_type = ICMSG_VSS,
	.versions = {
		.n_framework = 1,
		.framework = { { 3, 0 } },
		.n_message = 4,
		.message = { { 4, 0 }, { 5, 0 }, { 6, 0 }, { 7, 0 } },
	},
	.describe = describe,
};
