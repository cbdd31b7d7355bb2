// SPDX-License-Identifier: LGPL-2.1-or-later

/* News in memory: a growing buffer of frames, the last of which may be open. */

#include "host/vm/outbox.h"
#include "host/vm/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE        16384
#define MAX_SHOWN_BYTES 512

static uint8_t *append(struct outbox *outbox, size_t size)
{
	while (outbox->room < outbox->n + size) {
		outbox->room = outbox->room ? 2 * outbox->room : 4096;
		outbox->bytes = realloc(outbox->bytes, outbox->room);
		if (!outbox->bytes)
			abort();
	}
	outbox->n += size;
	return outbox->bytes + outbox->n - size;
}

void outbox_open(struct outbox *outbox, uint32_t type, uint64_t id)
{
	const struct control_frame frame = { .type = type, .id = id };

	outbox->open_at = outbox->n;
	control_encode_header(&frame, append(outbox, CONTROL_HEADER));
}

void outbox_u16(struct outbox *outbox, uint16_t value)
{
	put_le16(append(outbox, sizeof(value)), value);
}

void outbox_u32(struct outbox *outbox, uint32_t value)
{
	put_le32(append(outbox, sizeof(value)), value);
}

void outbox_bytes(struct outbox *outbox, const void *bytes, size_t size)
{
	if (size > 0)
		memcpy(append(outbox, size), bytes, size);
}

void outbox_close(struct outbox *outbox)
{
	size_t size = outbox->n - outbox->open_at - CONTROL_HEADER;

	put_le32(outbox->bytes + outbox->open_at, (uint32_t)size);
}

void outbox_put(struct outbox *outbox, uint32_t type, const void *bytes, size_t size)
{
	outbox_open(outbox, type, 0);
	outbox_bytes(outbox, bytes, size);
	outbox_close(outbox);
}

static void __attribute__((format(printf, 3, 0)))
put_line(struct outbox *outbox, uint32_t type, const char *format, va_list ap)
{
	char line[MAX_LINE];
	int n = vsnprintf(line, sizeof(line), format, ap);

	if (n < 0)
		return;
	outbox_put(outbox, type, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

void outbox_record(struct outbox *outbox, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put_line(outbox, CONTROL_RECORD, format, ap);
	va_end(ap);
}

void outbox_fault(struct outbox *outbox, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put_line(outbox, CONTROL_FAULT, format, ap);
	va_end(ap);
}

void outbox_fault_bytes(
	struct outbox *outbox, const char *what, const uint8_t *bytes, size_t size)
{
	char text[3 * MAX_SHOWN_BYTES + 1] = "";
	size_t n = size < MAX_SHOWN_BYTES ? size : MAX_SHOWN_BYTES;

	for (size_t i = 0; i < n; i++)
		snprintf(text + 3 * i, sizeof(text) - 3 * i, " %02x", bytes[i]);
	outbox_fault(outbox, "%s, %zu bytes:%s%s", what, size, text, n < size ? " …" : "");
}

void outbox_reply(struct outbox *outbox, uint64_t id, int result)
{
	if (id == 0)
		return;
	outbox_open(outbox, CONTROL_REPLY, id);
	outbox_u32(outbox, (uint32_t)result);
	outbox_u32(outbox, 0);
	outbox_close(outbox);
}

void outbox_done(struct outbox *outbox)
{
	free(outbox->bytes);
	*outbox = (struct outbox){ 0 };
}
