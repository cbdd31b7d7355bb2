// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * File copy's messages. Sizes are only ever required to be large enough: the character device hands
 * on whole packets with leftovers behind COMPLETE and CANCEL, and packets are padded to 8 bytes.
 */

#include "hvguest/fcopy.h"

#include "base/bytes.h"
#include "base/utf16.h"

#include <errno.h>
#include <string.h>

/* struct hv_fcopy_hdr: operation, and two GUIDs of the host's that mean nothing here */
#define GUIDS_SIZE 32

#define TEXT_BYTES (2 * HVG_FCOPY_TEXT_CHARS)

/* enum hv_fcopy_flags: OVER_WRITE, CREATE_PATH */
#define FLAG_OVERWRITE	 1
#define FLAG_CREATE_PATH 2

/* HV_FCOPY version: the only one there is (FCOPY_CURRENT_VERSION) */
#define VERSION 1

/*
 * The kernel writes at most 259 bytes (W_MAX_PATH - 1) and leaves out, without a word, what does not
 * fit. So of a text that may have been followed by one more character of 4 bytes we cannot know
 * whether it is whole.
 */
#define WHOLE_BYTES_MAX (HVG_FCOPY_TEXT_CHARS - 1 - 4)

static const char *read_utf8(const uint8_t *field, char ret[static HVG_FCOPY_TEXT_SIZE])
{
	size_t n = strnlen((const char *)field, TEXT_BYTES);

	if (n > WHOLE_BYTES_MAX)
		return "a name is longer than the kernel can hand on";
	memcpy(ret, field, n);
	ret[n] = '\0';
	return hvg_utf8_is_valid(ret) ? NULL : "a name is not UTF-8";
}

static const char *read_text(enum hvg_fcopy_form form, struct hvg_reader *reader,
	char ret[static HVG_FCOPY_TEXT_SIZE])
{
	const uint8_t *field = hvg_read_bytes(reader, TEXT_BYTES);

	if (!field)
		return NULL; /* the reader is bad now */
	if (form == HVG_FCOPY_CHARDEV)
		return read_utf8(field, ret);
	if (hvg_utf8_from_utf16(field, HVG_FCOPY_TEXT_CHARS, ret, HVG_FCOPY_TEXT_SIZE) < 0)
		return "a name is not UTF-16";
	return NULL;
}

/* struct hv_start_fcopy */
static const char *read_start(enum hvg_fcopy_form form, struct hvg_reader *reader,
	struct hvg_fcopy_texts *texts, struct hvg_fcopy_request *request)
{
	const char *reason;
	uint32_t flags;

	reason = read_text(form, reader, texts->name);
	if (!reason)
		reason = read_text(form, reader, texts->path);
	if (reason)
		return reason;
	flags = hvg_read_le32(reader);
	request->overwrites = flags & FLAG_OVERWRITE;
	request->creates_path = flags & FLAG_CREATE_PATH;
	request->file_bytes = hvg_read_le64(reader);
	request->name = texts->name;
	request->path = texts->path;
	return NULL;
}

/* struct hv_do_fcopy */
static const char *read_write(struct hvg_reader *reader, struct hvg_fcopy_request *request)
{
	hvg_read_skip(reader, sizeof(uint32_t));
	request->offset = hvg_read_le64(reader);
	request->size = hvg_read_le32(reader);
	if (request->size > HVG_FCOPY_FRAGMENT_MAX)
		return "a fragment is too large";
	request->data = hvg_read_bytes(reader, request->size);
	return NULL;
}

int hvg_fcopy_decode(enum hvg_fcopy_form form, const void *bytes, size_t size,
	struct hvg_fcopy_texts *texts, struct hvg_fcopy_request *ret, const char **ret_reason)
{
	struct hvg_fcopy_request request = { .name = "", .path = "" };
	const char *reason = NULL;
	struct hvg_reader reader;
	uint32_t op;

	hvg_reader_init(&reader, bytes, size);
	op = hvg_read_le32(&reader);
	request.op = op <= HVG_FCOPY_CANCEL ? (enum hvg_fcopy_op)op : HVG_FCOPY_UNKNOWN;
	hvg_read_skip(&reader, GUIDS_SIZE);
	if (request.op == HVG_FCOPY_START)
		reason = read_start(form, &reader, texts, &request);
	else if (request.op == HVG_FCOPY_WRITE)
		reason = read_write(&reader, &request);
	if (!reason && reader.bad)
		reason = "it is too short";
	if (reason) {
		*ret_reason = reason;
		return -EBADMSG;
	}
	*ret = request;
	return 0;
}

void hvg_fcopy_encode_register(uint8_t ret[HVG_FCOPY_REGISTER_SIZE])
{
	hvg_fcopy_encode_status(VERSION, ret);
}

int hvg_fcopy_decode_registered(const void *bytes, size_t size, uint32_t *ret_version)
{
	struct hvg_reader reader;
	uint32_t version;

	hvg_reader_init(&reader, bytes, size);
	version = hvg_read_le32(&reader);
	if (reader.bad || reader.left > 0)
		return -EBADMSG;
	*ret_version = version;
	return 0;
}

void hvg_fcopy_encode_status(uint32_t status, uint8_t ret[HVG_FCOPY_STATUS_SIZE])
{
	struct hvg_writer writer;

	hvg_writer_init(&writer, ret, HVG_FCOPY_STATUS_SIZE);
	hvg_write_le32(&writer, status);
}

const char *hvg_fcopy_op_name(enum hvg_fcopy_op op)
{
	switch (op) {
	case HVG_FCOPY_START:
		return "START";
	case HVG_FCOPY_WRITE:
		return "WRITE";
	case HVG_FCOPY_COMPLETE:
		return "COMPLETE";
	case HVG_FCOPY_CANCEL:
		return "CANCEL";
	case HVG_FCOPY_UNKNOWN:
		break;
	}
	return "unknown operation";
}
