// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The kernel's text conversions. One character at a time: decode it, see whether it fits, write
 * it.
 */

#include "nls.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define FIRST_ASTRAL 0x10000u
#define LAST_CHAR    0x10ffffu

static bool is_surrogate(uint32_t c)
{
	return c >= 0xd800 && c <= 0xdfff;
}

static bool is_high(uint32_t c)
{
	return c >= 0xd800 && c <= 0xdbff;
}

static bool is_low(uint32_t c)
{
	return c >= 0xdc00 && c <= 0xdfff;
}

static uint32_t unit_at(const uint8_t *units, size_t i)
{
	return (uint32_t)(units[2 * i] | units[2 * i + 1] << 8);
}

static void put_unit(uint8_t *units, size_t i, uint32_t unit)
{
	units[2 * i] = (uint8_t)unit;
	units[2 * i + 1] = (uint8_t)(unit >> 8);
}

static size_t utf8_size(uint32_t c)
{
	return c < 0x80 ? 1 : c < 0x800 ? 2 : c < FIRST_ASTRAL ? 3 : 4;
}

static void put_utf8(uint8_t *text, size_t size, uint32_t c)
{
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = size - 1; i > 0; i--, c >>= 6)
		text[i] = (uint8_t)(0x80 | (c & 0x3f));
	text[0] = (uint8_t)(lead[size] | c);
}

size_t nls_from_utf16(const void *units, size_t n_units, void *ret_text, size_t ret_size)
{
	size_t used = 0, size;

	for (size_t i = 0; i < n_units; i++) {
		uint32_t c = unit_at(units, i);

		if (c == 0)
			break;
		if (is_high(c) && i + 1 < n_units && is_low(unit_at(units, i + 1)))
			c = FIRST_ASTRAL + ((c & 0x3ff) << 10) + (unit_at(units, ++i) & 0x3ff);
		if (is_surrogate(c))
			continue;
		size = utf8_size(c);
		if (size > ret_size - used)
			break;
		put_utf8((uint8_t *)ret_text + used, size, c);
		used += size;
	}
	return used;
}

/* How long a character is by its first byte; 0 for a byte that begins none. */
static size_t announced_size(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc0 || lead >= 0xf8)
		return 0;
	return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* The bytes of the character at text, or 0 if there is none. */
static size_t get_utf8(const uint8_t *text, size_t left, uint32_t *ret)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, FIRST_ASTRAL };
	size_t size = announced_size(text[0]);
	uint32_t c = size == 1 ? text[0] : text[0] & (0x7fu >> size);

	if (size == 0 || size > left)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (text[i] & 0x3f);
	}
	if (c < smallest[size] || c > LAST_CHAR || is_surrogate(c))
		return 0;
	*ret = c;
	return size;
}

int nls_to_utf16(const void *text, size_t text_size, void *ret_units, size_t max_units)
{
	const uint8_t *at = text, *end = at + text_size;
	size_t n = 0, size;
	uint32_t c;

	for (; at < end && *at && n < max_units; at += size) {
		size = get_utf8(at, (size_t)(end - at), &c);
		if (size == 0)
			return -EINVAL;
		if (c < FIRST_ASTRAL) {
			put_unit(ret_units, n++, c);
			continue;
		}
		if (max_units - n < 2)
			break;
		c -= FIRST_ASTRAL;
		put_unit(ret_units, n++, 0xd800 | c >> 10);
		put_unit(ret_units, n++, 0xdc00 | (c & 0x3ff));
	}
	return (int)n;
}
