// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A block's length stands before it and is known only at its end: there the block is moved up
 * by as many bytes as the length needs.
 */

#include "host/vm/aml.h"

#include <string.h>

/* ACPI 6.5, table 20.1 */
#define OP_ZERO     0x00
#define OP_ONE      0x01
#define OP_NAME     0x08
#define OP_BYTE     0x0a
#define OP_WORD     0x0b
#define OP_DWORD    0x0c
#define OP_STRING   0x0d
#define OP_SCOPE    0x10
#define OP_BUFFER   0x11
#define OP_PACKAGE  0x12
#define OP_EXTENDED 0x5b
#define OP_DEVICE   0x82

static void put(struct aml *aml, const void *bytes, size_t size)
{
	if (aml->n + size <= aml->room)
		memcpy(aml->bytes + aml->n, bytes, size);
	aml->n += size;
}

static void put_byte(struct aml *aml, uint8_t byte)
{
	put(aml, &byte, 1);
}

static void put_number(struct aml *aml, uint32_t number)
{
	const uint8_t bytes[] = { (uint8_t)number, (uint8_t)(number >> 8),
		(uint8_t)(number >> 16), (uint8_t)(number >> 24) };

	if (number == 0 || number == 1) {
		put_byte(aml, number ? OP_ONE : OP_ZERO);
	} else if (number <= 0xff) {
		put_byte(aml, OP_BYTE);
		put(aml, bytes, 1);
	} else if (number <= 0xffff) {
		put_byte(aml, OP_WORD);
		put(aml, bytes, 2);
	} else {
		put_byte(aml, OP_DWORD);
		put(aml, bytes, 4);
	}
}

static void put_name(struct aml *aml, const char *name)
{
	put_byte(aml, OP_NAME);
	put(aml, name, 4);
}

/* The length counts itself: up to 63 in one byte, else the low four bits first. */
static size_t encode_length(size_t size, uint8_t ret[4])
{
	size_t n = size + 1 <= 0x3f ? 1 : size + 2 <= 0xfff ? 2 : 3;
	size_t length = size + n;

	if (n == 1) {
		ret[0] = (uint8_t)length;
		return n;
	}
	ret[0] = (uint8_t)((n - 1) << 6 | (length & 0xf));
	for (size_t i = 1; i < n; i++)
		ret[i] = (uint8_t)(length >> (8 * i - 4));
	return n;
}

void aml_end(struct aml *aml, size_t begin)
{
	uint8_t length[4];
	size_t n = encode_length(aml->n - begin, length);

	if (aml->n + n <= aml->room) {
		memmove(aml->bytes + begin + n, aml->bytes + begin, aml->n - begin);
		memcpy(aml->bytes + begin, length, n);
	}
	aml->n += n;
}

size_t aml_scope(struct aml *aml, const char *name)
{
	size_t begin;

	put_byte(aml, OP_SCOPE);
	begin = aml->n;
	put(aml, name, strlen(name));
	return begin;
}

size_t aml_device(struct aml *aml, const char *name)
{
	size_t begin;

	put_byte(aml, OP_EXTENDED);
	put_byte(aml, OP_DEVICE);
	begin = aml->n;
	put(aml, name, 4);
	return begin;
}

void aml_name_text(struct aml *aml, const char *name, const char *text)
{
	put_name(aml, name);
	put_byte(aml, OP_STRING);
	put(aml, text, strlen(text) + 1);
}

void aml_name_number(struct aml *aml, const char *name, uint32_t number)
{
	put_name(aml, name);
	put_number(aml, number);
}

void aml_name_buffer(struct aml *aml, const char *name, const uint8_t *bytes, size_t size)
{
	size_t begin;

	put_name(aml, name);
	put_byte(aml, OP_BUFFER);
	begin = aml->n;
	put_number(aml, (uint32_t)size);
	put(aml, bytes, size);
	aml_end(aml, begin);
}

void aml_name_package(struct aml *aml, const char *name, const uint8_t *numbers, size_t n)
{
	size_t begin;

	put_name(aml, name);
	put_byte(aml, OP_PACKAGE);
	begin = aml->n;
	put_byte(aml, (uint8_t)n);
	for (size_t i = 0; i < n; i++)
		put_number(aml, numbers[i]);
	aml_end(aml, begin);
}
