// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Frames to and from bytes. Both ends use this file: what is read is what was meant.
 */

#include "host/vm/control.h"
#include "host/vm/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void control_encode_header(const struct control_frame *frame, uint8_t ret[CONTROL_HEADER])
{
	put_le32(ret, (uint32_t)frame->size);
	put_le32(ret + 4, frame->type);
	put_le64(ret + 8, frame->id);
}

/* Drops what has been taken, and makes room for more. */
static int make_room(struct control_stream *stream, size_t size)
{
	size_t n = stream->end - stream->begin, room = stream->room;
	uint8_t *bytes;

	if (n > 0 && stream->begin > 0)
		memmove(stream->bytes, stream->bytes + stream->begin, n);
	stream->begin = 0;
	stream->end = n;
	if (n + size <= room)
		return 0;
	while (room < n + size)
		room = room ? 2 * room : 4096;
	bytes = realloc(stream->bytes, room);
	if (!bytes)
		return -ENOMEM;
	stream->bytes = bytes;
	stream->room = room;
	return 0;
}

int control_stream_add(struct control_stream *stream, const void *bytes, size_t size)
{
	int r = make_room(stream, size);

	if (r < 0)
		return r;
	if (size > 0)
		memcpy(stream->bytes + stream->end, bytes, size);
	stream->end += size;
	return 0;
}

int control_stream_next(struct control_stream *stream, struct control_frame *ret)
{
	size_t n = stream->end - stream->begin;
	const uint8_t *bytes = stream->bytes + stream->begin;
	uint32_t size;

	if (n < CONTROL_HEADER)
		return 0;
	size = get_le32(bytes);
	if (size > CONTROL_MAX_PAYLOAD)
		return -EBADMSG;
	if (n < CONTROL_HEADER + (size_t)size)
		return 0;
	*ret = (struct control_frame){
		.type = get_le32(bytes + 4),
		.id = get_le64(bytes + 8),
		.payload = bytes + CONTROL_HEADER,
		.size = size,
	};
	stream->begin += CONTROL_HEADER + (size_t)size;
	return 1;
}

void control_stream_done(struct control_stream *stream)
{
	free(stream->bytes);
	*stream = (struct control_stream){ 0 };
}
