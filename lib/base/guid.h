/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_BASE_GUID_H
#define HVG_BASE_GUID_H

/*
 * GUIDs as VMBus writes them. In memory the first three groups are little-endian (the mixed form
 * of MS-DTYP 2.3.4.2); as text 8-4-4-4-12 hex digits, in any case, with or without braces.
 */

#include <stdbool.h>
#include <stdint.h>

#define HVG_GUID_TEXT_SIZE 37 /* "8-4-4-4-12" and NUL */

struct hvg_guid {
	uint8_t bytes[16];
};

/* -EINVAL unless text is one GUID and nothing else. */
int hvg_guid_parse(const char *text, struct hvg_guid *ret);

/* Lower case, no braces: the name of its folder in /sys/bus/vmbus/devices. */
void hvg_guid_render(const struct hvg_guid *guid, char ret[static HVG_GUID_TEXT_SIZE]);

bool hvg_guid_is_equal(const struct hvg_guid *a, const struct hvg_guid *b);

#endif
