// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The decoder of KVP requests, and the service behind it. The first byte of the input says whether
 * the rest is taken as it is (even) or padded with zeroes to a whole message (odd): seeds stay small.
 */

#include "fuzz.h"

#include "base/utf16.h"
#include "hvguest/kvp.h"
#include "service/kvp.h"

#include <string.h>

static void check(const char *text, size_t size)
{
	hvg_always(strnlen(text, size) < size);
	hvg_always(hvg_utf8_is_valid(text));
}

static void check_request(const struct hvg_kvp_request *request)
{
	check(request->key, HVG_KVP_KEY_SIZE);
	check(request->value, HVG_KVP_VALUE_SIZE);
	check(request->ip.adapter_id, 256);
	check(request->ip.addresses, 2048);
	check(request->ip.subnets, 2048);
	check(request->ip.gateways, 1024);
	check(request->ip.dns_servers, 2048);
}

/* Whatever the host sent, it gets one answer. */
static void check_service(const uint8_t *bytes, size_t size)
{
	struct hvg_kvp_config config = { .patience_us = 30000000 };
	struct hvg_kvp_result result = { .key = "key", .value = "value" };
	struct hvg_kvp_action action;
	static struct hvg_kvp kvp;

	hvg_kvp_init(&kvp, &config);
	hvg_kvp_recv(&kvp, bytes, size, 1);
	action = hvg_kvp_next(&kvp, 2);
	hvg_always(action.kind != HVG_KVP_WAIT);
	if (action.kind != HVG_KVP_SEND) {
		hvg_always(hvg_kvp_done(&kvp, action.serial, &result) == 0);
		action = hvg_kvp_next(&kvp, 3);
	}
	hvg_always(action.kind == HVG_KVP_SEND);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint8_t padded[HVG_KVP_MESSAGE_SIZE];
	struct hvg_kvp_request request;
	const char *reason, *version;

	if (size == 0)
		return 0;
	if (bytes[0] % 2 == 1 && size - 1 <= sizeof(padded)) {
		memset(padded, 0, sizeof(padded));
		memcpy(padded, bytes + 1, size - 1);
		bytes = padded;
		size = sizeof(padded);
	} else {
		bytes++;
		size--;
	}
	if (hvg_kvp_decode_request(bytes, size, &request, &reason) == 0)
		check_request(&request);
	if (hvg_kvp_decode_registered(bytes, size, &version) == 0)
		check(version, 512);
	check_service(bytes, size);
	return 0;
}
