/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_BASE_BYTES_H
#define HVG_BASE_BYTES_H

/*
 * Cursors over bytes: the only code that moves pointers through a message.
 *
 * A cursor that is asked for more than it has becomes bad, stays bad, and gives zeroes from then
 * on. So a decoder reads straight through and asks once, at the end, whether all of it was there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hvg_reader {
	const uint8_t *at;
	size_t left;
	bool bad;
};

struct hvg_writer {
	uint8_t *at;
	size_t left;
	bool bad;
};

/* Reading. Integers are little-endian; the result is 0 once the cursor is bad. */
void hvg_reader_init(struct hvg_reader *reader, const void *bytes, size_t size);
uint8_t hvg_read_u8(struct hvg_reader *reader);
uint16_t hvg_read_le16(struct hvg_reader *reader);
uint32_t hvg_read_le32(struct hvg_reader *reader);
uint64_t hvg_read_le64(struct hvg_reader *reader);

/* The next n bytes where they are, or NULL. */
const uint8_t *hvg_read_bytes(struct hvg_reader *reader, size_t n);
void hvg_read_skip(struct hvg_reader *reader, size_t n);

/* A text field of n bytes, where it is. A field without a NUL inside makes the cursor bad. */
const char *hvg_read_text(struct hvg_reader *reader, size_t n);

/* Writing. init zeroes everything, so that what is skipped goes out as zeroes. */
void hvg_writer_init(struct hvg_writer *writer, void *bytes, size_t size);
void hvg_write_u8(struct hvg_writer *writer, uint8_t value);
void hvg_write_le16(struct hvg_writer *writer, uint16_t value);
void hvg_write_le32(struct hvg_writer *writer, uint32_t value);
void hvg_write_le64(struct hvg_writer *writer, uint64_t value);
void hvg_write_bytes(struct hvg_writer *writer, const void *bytes, size_t n);
void hvg_write_skip(struct hvg_writer *writer, size_t n);

/* A field of n bytes, all of it, for the caller to fill; NULL once the cursor is bad. */
uint8_t *hvg_write_field(struct hvg_writer *writer, size_t n);

/* FNV-1a, 64 bits, over n bytes and a seed of the caller's: checksums and hash tables. */
uint64_t hvg_hash64(uint64_t seed, const void *bytes, size_t n);

#endif
