// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Repairs the UTF-8 first, so that each step afterwards looks at one well-formed character.
 */

#include "common/line.h"

#include "base/utf16.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* How many bytes the control character at the start of text has; 0 if there is none. */
static size_t control_size(const char *text)
{
	uint8_t first = (uint8_t)text[0], second = first ? (uint8_t)text[1] : 0;

	if (first < 0x20 || first == 0x7f)
		return 1;
	return first == 0xc2 && second >= 0x80 && second <= 0x9f ? 2 : 0;
}

/* How many bytes the character has that this byte leads. */
static size_t character_size(char lead)
{
	uint8_t byte = (uint8_t)lead;

	return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/* Appends all of the piece or nothing; false once something did not fit. */
static bool append(char **end, size_t *left, const char *piece, size_t size)
{
	if (size >= *left)
		return false;
	memcpy(*end, piece, size);
	*end += size;
	*left -= size;
	**end = '\0';
	return true;
}

static bool append_control(char **end, size_t *left, const char *text, size_t size)
{
	char escaped[2 * sizeof("\\xNN")];
	uint8_t code = (uint8_t)text[size - 1];

	return append(end, left, escaped, (size_t)snprintf(escaped, sizeof(escaped), "\\x%02x", code));
}

/* Appends well-formed text; false once something did not fit. */
static bool append_escaped(char **end, size_t *left, const char *text)
{
	bool fits = true;

	while (*text && fits) {
		size_t control = control_size(text), size = control ? control : character_size(*text);

		fits = control ? append_control(end, left, text, size) : append(end, left, text, size);
		text += size;
	}
	return fits;
}

void hvg_line_escape(const char *text, char *ret, size_t ret_size)
{
	char repaired[HVG_LINE_SIZE];

	*ret = '\0';
	(void)hvg_utf8_fit(text, strlen(text), sizeof(repaired), repaired, sizeof(repaired));
	(void)append_escaped(&ret, &ret_size, repaired);
}
