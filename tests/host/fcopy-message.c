// SPDX-License-Identifier: LGPL-2.1-or-later

#include "host/fcopy-message.h"

#include <string.h>

static size_t encode_start(const struct host_fcopy_message *message, uint8_t *ret)
{
	struct hv_start_fcopy start = { .hdr.operation = message->op };

	memcpy(start.file_name, message->name, sizeof(start.file_name));
	memcpy(start.path_name, message->path, sizeof(start.path_name));
	start.copy_flags = message->flags;
	start.file_size = message->file_size;
	memcpy(ret, &start, sizeof(start));
	return sizeof(start);
}

static size_t encode_write(const struct host_fcopy_message *message, uint8_t *ret)
{
	struct hv_do_fcopy *write = (struct hv_do_fcopy *)(void *)ret;

	write->hdr.operation = message->op;
	write->offset = message->offset;
	write->size = message->size;
	memcpy(write->data, message->data, sizeof(write->data));
	return sizeof(*write);
}

static size_t encode(const struct host_fcopy_message *message, uint8_t *ret)
{
	memset(ret, 0, HOST_FCOPY_BYTES);
	if (message->op == START_FILE_COPY)
		return encode_start(message, ret);
	if (message->op == WRITE_TO_FILE)
		return encode_write(message, ret);
	memcpy(ret, &message->op, sizeof(message->op));
	return sizeof(struct hv_fcopy_hdr);
}

size_t host_fcopy_encode(const struct host_fcopy_message *message, uint8_t ret[HOST_FCOPY_BYTES])
{
	size_t size = encode(message, ret);

	return message->cut > 0 && message->cut < size ? message->cut : size;
}
