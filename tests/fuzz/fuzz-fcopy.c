// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * File copy's messages. The first byte of the input: 1 for the form of the bus, and 2 if the rest is
 * padded with zeroes to the size of the largest message, so that seeds stay small.
 */

#include "fuzz.h"

#include "base/utf16.h"
#include "hvguest/fcopy.h"

#include <string.h>

static void check(const struct hvg_fcopy_request *request, const uint8_t *bytes, size_t size)
{
	hvg_always(strlen(request->name) < HVG_FCOPY_TEXT_SIZE);
	hvg_always(hvg_utf8_is_valid(request->name));
	hvg_always(strlen(request->path) < HVG_FCOPY_TEXT_SIZE);
	hvg_always(hvg_utf8_is_valid(request->path));
	if (request->op != HVG_FCOPY_WRITE)
		return;
	hvg_always(request->size <= HVG_FCOPY_FRAGMENT_MAX);
	hvg_always(request->data >= bytes && request->data + request->size <= bytes + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint8_t padded[6196];
	struct hvg_fcopy_texts texts;
	struct hvg_fcopy_request request;
	enum hvg_fcopy_form form;
	const char *reason;
	uint32_t version;
	bool pads;

	if (size == 0)
		return 0;
	form = bytes[0] & 1 ? HVG_FCOPY_VMBUS : HVG_FCOPY_CHARDEV;
	pads = bytes[0] & 2;
	bytes++;
	size--;
	if (pads && size <= sizeof(padded)) {
		memset(padded, 0, sizeof(padded));
		memcpy(padded, bytes, size);
		bytes = padded;
		size = sizeof(padded);
	}
	if (hvg_fcopy_decode(form, bytes, size, &texts, &request, &reason) == 0)
		check(&request, bytes, size);
	(void)hvg_fcopy_decode_registered(bytes, size, &version);
	return 0;
}
