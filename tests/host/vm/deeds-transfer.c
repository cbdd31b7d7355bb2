// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * File copy, as a host does it. Sizes are what real hosts send: the guest's kernel answers in the bytes that
 * it was sent.
 */

#include "host/vm/deeds.h"
#include "host/machine.h"
#include "host/vm/message.h"

#include <string.h>

#define FILE_CHARS   260
#define FILE_PIECE   6144
#define START_SIZE   1088
#define WRITE_SIZE   6196

#define PATIENCE_S   60

static struct message header(uint32_t operation)
{
	static const uint8_t services[32];
	struct message message = { 0 };

	message_add_u32(&message, operation);
	message_add_bytes(&message, services, sizeof(services));
	return message;
}

static void pad(struct message *message, size_t size)
{
	while (message->size < size)
		message_add_u8(message, 0);
}

static uint32_t exchange(struct machine *machine, struct message message)
{
	struct host_answer answer;
	uint64_t id = host_begin_message(machine, CONTROL_FCOPY, message.bytes, message.size);

	message_done(&message);
	return host_end_message(machine, id, PATIENCE_S, &answer);
}

static uint32_t start(struct machine *machine, const struct raw_file *file)
{
	struct message message = header(START_FILE_COPY);
	uint16_t text[FILE_CHARS] = { 0 };

	(void)host_put_text(text, FILE_CHARS, file->name);
	message_add_bytes(&message, text, sizeof(text));
	memset(text, 0, sizeof(text));
	(void)host_put_text(text, FILE_CHARS, file->folder);
	message_add_bytes(&message, text, sizeof(text));
	message_add_u32(&message, file->flags);
	message_add_u64(&message, file->size);
	pad(&message, START_SIZE);
	return exchange(machine, message);
}

static uint32_t write_piece(struct machine *machine, const struct raw_file *file, size_t offset)
{
	struct message message = header(WRITE_TO_FILE);
	size_t size = file->size - offset < FILE_PIECE ? file->size - offset : FILE_PIECE;

	message_add_u32(&message, 0);
	message_add_u64(&message, offset);
	message_add_u32(&message, (uint32_t)size);
	message_add_bytes(&message, (const uint8_t *)file->bytes + offset, size);
	pad(&message, WRITE_SIZE);
	return exchange(machine, message);
}

uint32_t host_copy_raw_file(struct machine *machine, const struct raw_file *file)
{
	uint32_t status;

	machine_note(machine, "copies %s to %s, %zu bytes", file->name, file->folder, file->size);
	status = start(machine, file);
	for (size_t offset = 0; status == HV_S_OK && offset < file->size; offset += FILE_PIECE)
		status = write_piece(machine, file, offset);
	return status == HV_S_OK ? exchange(machine, header(COMPLETE_FCOPY)) : status;
}
