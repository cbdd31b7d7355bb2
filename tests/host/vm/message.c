// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Messages, little endian.
 */

#include "host/vm/message.h"
#include "host/vm/bytes.h"

#include <stdlib.h>
#include <string.h>

static uint8_t *grow(struct message *message, size_t size)
{
	uint8_t *at;

	while (message->room - message->size < size) {
		message->room = message->room ? 2 * message->room : 256;
		message->bytes = realloc(message->bytes, message->room);
		if (!message->bytes)
			abort();
	}
	at = message->bytes + message->size;
	message->size += size;
	return at;
}

void message_add_u8(struct message *message, uint8_t value)
{
	*grow(message, sizeof(value)) = value;
}

void message_add_u16(struct message *message, uint16_t value)
{
	put_le16(grow(message, sizeof(value)), value);
}

void message_add_u32(struct message *message, uint32_t value)
{
	put_le32(grow(message, sizeof(value)), value);
}

void message_add_u64(struct message *message, uint64_t value)
{
	put_le64(grow(message, sizeof(value)), value);
}

void message_add_text(struct message *message, const char *text)
{
	message_add_bytes(message, text, strlen(text) + 1);
}

void message_add_bytes(struct message *message, const void *bytes, size_t size)
{
	uint8_t *at = grow(message, size);

	if (size > 0)
		memcpy(at, bytes, size);
}

void message_done(struct message *message)
{
	free(message->bytes);
	*message = (struct message){ 0 };
}

struct message_reader message_read(const void *bytes, size_t size)
{
	return (struct message_reader){ .at = bytes, .end = (const uint8_t *)bytes + size };
}

static const uint8_t *take(struct message_reader *reader, size_t size)
{
	static const uint8_t zeros[8];
	const uint8_t *at = reader->at;

	if ((size_t)(reader->end - reader->at) < size) {
		reader->is_bad = true;
		return zeros;
	}
	reader->at += size;
	return at;
}

uint8_t message_take_u8(struct message_reader *reader)
{
	return *take(reader, sizeof(uint8_t));
}

uint16_t message_take_u16(struct message_reader *reader)
{
	return get_le16(take(reader, sizeof(uint16_t)));
}

uint32_t message_take_u32(struct message_reader *reader)
{
	return get_le32(take(reader, sizeof(uint32_t)));
}

uint64_t message_take_u64(struct message_reader *reader)
{
	return get_le64(take(reader, sizeof(uint64_t)));
}

const char *message_take_text(struct message_reader *reader)
{
	size_t size = (size_t)(reader->end - reader->at);
	const void *nul = size > 0 ? memchr(reader->at, '\0', size) : NULL;
	const char *text = (const char *)reader->at;

	if (!nul) {
		reader->is_bad = true;
		return "";
	}
	reader->at = (const uint8_t *)nul + 1;
	return text;
}
