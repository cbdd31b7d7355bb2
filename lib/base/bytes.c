// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Cursors over bytes. Everything goes through take() and give(), which alone compare lengths.
 */

#include "base/bytes.h"

#include <string.h>

void hvg_reader_init(struct hvg_reader *reader, const void *bytes, size_t size)
{
	*reader = (struct hvg_reader){ .at = bytes, .left = size };
}

static const uint8_t *take(struct hvg_reader *reader, size_t n)
{
	const uint8_t *at = reader->at;

	if (reader->bad || n > reader->left) {
		reader->bad = true;
		return NULL;
	}
	reader->at += n;
	reader->left -= n;
	return at;
}

static uint64_t take_le(struct hvg_reader *reader, size_t n)
{
	const uint8_t *at = take(reader, n);
	uint64_t value = 0;

	if (!at)
		return 0;
	for (size_t i = n; i > 0; i--)
		value = value << 8 | at[i - 1];
	return value;
}

uint8_t hvg_read_u8(struct hvg_reader *reader)
{
	return (uint8_t)take_le(reader, 1);
}

uint16_t hvg_read_le16(struct hvg_reader *reader)
{
	return (uint16_t)take_le(reader, 2);
}

uint32_t hvg_read_le32(struct hvg_reader *reader)
{
	return (uint32_t)take_le(reader, 4);
}

uint64_t hvg_read_le64(struct hvg_reader *reader)
{
	return take_le(reader, 8);
}

const uint8_t *hvg_read_bytes(struct hvg_reader *reader, size_t n)
{
	return take(reader, n);
}

void hvg_read_skip(struct hvg_reader *reader, size_t n)
{
	(void)take(reader, n);
}

const char *hvg_read_text(struct hvg_reader *reader, size_t n)
{
	const uint8_t *at = take(reader, n);

	if (at && !memchr(at, '\0', n)) {
		reader->bad = true;
		return NULL;
	}
	return (const char *)at;
}

void hvg_writer_init(struct hvg_writer *writer, void *bytes, size_t size)
{
	memset(bytes, 0, size);
	*writer = (struct hvg_writer){ .at = bytes, .left = size };
}

static uint8_t *give(struct hvg_writer *writer, size_t n)
{
	uint8_t *at = writer->at;

	if (writer->bad || n > writer->left) {
		writer->bad = true;
		return NULL;
	}
	writer->at += n;
	writer->left -= n;
	return at;
}

static void give_le(struct hvg_writer *writer, uint64_t value, size_t n)
{
	uint8_t *at = give(writer, n);

	if (!at)
		return;
	for (size_t i = 0; i < n; i++, value >>= 8)
		at[i] = (uint8_t)value;
}

void hvg_write_u8(struct hvg_writer *writer, uint8_t value)
{
	give_le(writer, value, 1);
}

void hvg_write_le16(struct hvg_writer *writer, uint16_t value)
{
	give_le(writer, value, 2);
}

void hvg_write_le32(struct hvg_writer *writer, uint32_t value)
{
	give_le(writer, value, 4);
}

void hvg_write_le64(struct hvg_writer *writer, uint64_t value)
{
	give_le(writer, value, 8);
}

void hvg_write_bytes(struct hvg_writer *writer, const void *bytes, size_t n)
{
	uint8_t *at = give(writer, n);

	if (at && n > 0)
		memcpy(at, bytes, n);
}

void hvg_write_skip(struct hvg_writer *writer, size_t n)
{
	(void)give(writer, n);
}

uint8_t *hvg_write_field(struct hvg_writer *writer, size_t n)
{
	return give(writer, n);
}

/* Offset basis and prime of FNV-1a, draft-eastlake-fnv section 5. */
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x00000100000001b3)

uint64_t hvg_hash64(uint64_t seed, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	uint64_t hash = FNV_BASIS ^ seed;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ at[i]) * FNV_PRIME;
	return hash;
}
