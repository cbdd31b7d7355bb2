// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * GUIDs between text and the mixed-endian form: order[] says which byte in memory each pair of
 * digits is.
 */

#include "base/guid.h"

#include <errno.h>
#include <string.h>

static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

static bool is_dash_before(unsigned int pair)
{
	return pair == 4 || pair == 6 || pair == 8 || pair == 10;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -EINVAL;
}

int hvg_guid_parse(const char *text, struct hvg_guid *ret)
{
	struct hvg_guid guid;
	bool braced = *text == '{';

	text += braced;
	for (unsigned int pair = 0; pair < 16; pair++, text += 2) {
		int high, low;

		if (is_dash_before(pair) && *text++ != '-')
			return -EINVAL;
		high = digit(text[0]);
		if (high < 0)
			return high;
		low = digit(text[1]);
		if (low < 0)
			return low;
		guid.bytes[order[pair]] = (uint8_t)(high << 4 | low);
	}
	if (strcmp(text, braced ? "}" : "") != 0)
		return -EINVAL;
	*ret = guid;
	return 0;
}

void hvg_guid_render(const struct hvg_guid *guid, char ret[static HVG_GUID_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned int pair = 0; pair < 16; pair++) {
		uint8_t byte = guid->bytes[order[pair]];

		if (is_dash_before(pair))
			*ret++ = '-';
		*ret++ = digits[byte >> 4];
		*ret++ = digits[byte & 0xf];
	}
	*ret = '\0';
}

bool hvg_guid_is_equal(const struct hvg_guid *a, const struct hvg_guid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
