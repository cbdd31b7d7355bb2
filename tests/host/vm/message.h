/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_MESSAGE_H
#define HVG_TESTS_HOST_VM_MESSAGE_H

/*
 * What frames carry, put together and taken apart piece by piece: numbers, texts with their NUL, bytes.
 * Taking more than there is gives zeros and empty texts, and the message is_bad from then on.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message {
	uint8_t *bytes;
	size_t size, room;
};

/* No memory: abort(), like everything in a test that cannot go on. */
void message_add_u8(struct message *message, uint8_t value);
void message_add_u16(struct message *message, uint16_t value);
void message_add_u32(struct message *message, uint32_t value);
void message_add_u64(struct message *message, uint64_t value);
void message_add_text(struct message *message, const char *text);
void message_add_bytes(struct message *message, const void *bytes, size_t size);
void message_done(struct message *message);

struct message_reader {
	const uint8_t *at, *end;
	bool is_bad;
};

struct message_reader message_read(const void *bytes, size_t size);
uint8_t message_take_u8(struct message_reader *reader);
uint16_t message_take_u16(struct message_reader *reader);
uint32_t message_take_u32(struct message_reader *reader);
uint64_t message_take_u64(struct message_reader *reader);
const char *message_take_text(struct message_reader *reader);

#endif
