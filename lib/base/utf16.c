// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * UTF-8 that fits a field counted in UTF-16 units. One step looks at one character: how many bytes
 * it has (0: ill-formed), and from that how many UTF-16 units it becomes (2 for four bytes).
 *
 * The other way, one step takes one unit, or a pair of them.
 */

#include "base/utf16.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static bool is_tail(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* The second byte's range depends on the first (Unicode 15, table 3-7). */
static bool is_second(uint8_t first, uint8_t second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return is_tail(second);
	}
}

static size_t length_by_first(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/* Bytes of the character at text, of which left bytes are there; 0 if it is ill-formed. */
static size_t character(const uint8_t *text, size_t left)
{
	size_t length = length_by_first(text[0]);

	if (length == 0 || length > left)
		return 0;
	if (length > 1 && !is_second(text[0], text[1]))
		return 0;
	for (size_t i = 2; i < length; i++)
		if (!is_tail(text[i]))
			return 0;
	return length;
}

bool hvg_utf8_is_valid(const char *text)
{
	const uint8_t *at = (const uint8_t *)text;

	for (size_t left = strlen(text), n; left > 0; at += n, left -= n) {
		n = character(at, left);
		if (n == 0)
			return false;
	}
	return true;
}

int hvg_utf8_fit(const char *text, size_t text_size, size_t max_chars, char *ret, size_t ret_size)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t left = strnlen(text, text_size), used = 0, chars = 0;
	int flags = 0;

	while (left > 0) {
		size_t n = character(at, left);
		const void *from = n > 0 ? (const void *)at : REPLACEMENT;
		size_t bytes = n > 0 ? n : strlen(REPLACEMENT);
		size_t units = bytes == 4 ? 2 : 1;

		if (used + bytes >= ret_size || chars + units > max_chars) {
			flags |= HVG_UTF8_CUT;
			break;
		}
		if (n == 0)
			flags |= HVG_UTF8_REPAIRED;
		memcpy(ret + used, from, bytes);
		used += bytes;
		chars += units;
		at += n > 0 ? n : 1;
		left -= n > 0 ? n : 1;
	}
	ret[used] = '\0';
	return flags;
}

static uint32_t unit_at(const uint8_t *units, size_t i)
{
	return (uint32_t)units[2 * i] | (uint32_t)units[2 * i + 1] << 8;
}

/* The units of the character at i: 1, or 2 for a surrogate pair; 0 for half of one. */
static size_t take_character(const uint8_t *units, size_t left, uint32_t *ret)
{
	uint32_t first = unit_at(units, 0), second;

	*ret = first;
	if (first < 0xd800 || first > 0xdfff)
		return 1;
	second = first < 0xdc00 && left > 1 ? unit_at(units, 1) : 0;
	if (second < 0xdc00 || second > 0xdfff)
		return 0;
	*ret = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
	return 2;
}

static size_t put_character(uint32_t character, char ret[static 4])
{
	static const uint8_t leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, character >>= 6)
		ret[i] = (char)(0x80 | (character & 0x3f));
	ret[0] = (char)(leads[n] | character);
	return n;
}

int hvg_utf8_from_utf16(const uint8_t *units, size_t n_units, char *ret, size_t ret_size)
{
	size_t used = 0;
	char bytes[4];

	for (size_t i = 0, n, size; i < n_units && unit_at(units, i) != 0; i += n, used += size) {
		uint32_t character;

		n = take_character(units + 2 * i, n_units - i, &character);
		if (n == 0)
			return -EILSEQ;
		size = put_character(character, bytes);
		if (used + size >= ret_size)
			return -EMSGSIZE;
		memcpy(ret + used, bytes, size);
	}
	if (used >= ret_size)
		return -EMSGSIZE;
	ret[used] = '\0';
	return 0;
}
