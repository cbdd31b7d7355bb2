// SPDX-License-Identifier: LGPL-2.1-or-later

/* VSS messages: only 12 bytes are a request, and no status of ours can be taken for an operation. */

#include "fuzz.h"

#include "hvguest/status.h"
#include "hvguest/vss.h"

#include <string.h>

static void check_reply(const uint8_t *bytes)
{
	uint8_t reply[HVG_VSS_MESSAGE_SIZE], again[HVG_VSS_MESSAGE_SIZE];
	uint32_t status, sent;

	memcpy(&status, bytes, sizeof(status));
	memset(reply, 0xff, sizeof(reply));
	hvg_vss_encode_reply(status, reply);
	hvg_always(reply[0] != 2 && reply[0] != 128 && reply[0] != 129);
	for (size_t i = 4; i < sizeof(reply); i++)
		hvg_always(reply[i] == 0);
	memcpy(&sent, reply, sizeof(sent));
	hvg_always(sent == status || sent == HVG_STATUS_FAIL);
	hvg_vss_encode_reply(sent, again);
	hvg_always(memcmp(reply, again, sizeof(reply)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	enum hvg_vss_op op;
	const char *reason = NULL;

	if (hvg_vss_decode_request(bytes, size, &op, &reason) == 0)
		hvg_always(size == HVG_VSS_MESSAGE_SIZE && (op == HVG_VSS_UNKNOWN || op == bytes[0]));
	else
		hvg_always(reason && size != HVG_VSS_MESSAGE_SIZE);
	if (hvg_vss_decode_registered(bytes, size) == 0)
		hvg_always(size == HVG_VSS_REGISTERED_SIZE && bytes[0] == HVG_VSS_REGISTER);
	if (size >= sizeof(uint32_t))
		check_reply(bytes);
	return 0;
}
