// SPDX-License-Identifier: LGPL-2.1-or-later

/* GUIDs as text and as bytes. */

#include "host/vm/guid.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool has_dash(unsigned int byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

bool guid_parse(const char *text, uint8_t ret[GUID_SIZE])
{
	uint8_t guid[GUID_SIZE];
	unsigned int byte;

	for (unsigned int i = 0; i < GUID_SIZE; i++) {
		if (has_dash(i) && *text++ != '-')
			return false;
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
			return false;
		(void)sscanf(text, "%2x", &byte);
		guid[i] = (uint8_t)byte;
		text += 2;
	}
	if (*text != '\0')
		return false;
	memcpy(ret, guid, GUID_SIZE);
	return true;
}

void guid_print(const uint8_t guid[GUID_SIZE], char ret[GUID_TEXT])
{
	for (unsigned int i = 0; i < GUID_SIZE; i++)
		ret += sprintf(ret, "%s%02x", has_dash(i) ? "-" : "", guid[i]);
}

void guid_swap(const uint8_t guid[GUID_SIZE], uint8_t ret[GUID_SIZE])
{
	static const uint8_t order[GUID_SIZE] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13,
		14, 15 };
	uint8_t copy[GUID_SIZE];

	memcpy(copy, guid, GUID_SIZE);
	for (unsigned int i = 0; i < GUID_SIZE; i++)
		ret[i] = copy[order[i]];
}
