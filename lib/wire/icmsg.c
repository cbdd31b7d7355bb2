// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Messages of the integration components. An answer has the size of its request, as the kernel's own
 * services do it, and echoes what the guest has no opinion of.
 */

#include "hvguest/icmsg.h"

#include "base/bytes.h"
#include "hvguest/status.h"

#include <errno.h>

/* icmsg_hdr.icflags */
#define FLAG_TRANSACTION 1
#define FLAG_RESPONSE	 4

/* struct icmsg_negotiate: two counts and 4 reserved bytes, then versions of 4 bytes */
#define VERSION_SIZE	 4
#define CHOICE_BODY_SIZE (8 + 2 * VERSION_SIZE)

static struct hvg_icversion read_version(struct hvg_reader *reader)
{
	struct hvg_icversion version;

	version.major = hvg_read_le16(reader);
	version.minor = hvg_read_le16(reader);
	return version;
}

static void write_version(struct hvg_writer *writer, struct hvg_icversion version)
{
	hvg_write_le16(writer, version.major);
	hvg_write_le16(writer, version.minor);
}

int hvg_icmsg_decode(const void *payload, size_t size, struct hvg_icmsg *ret)
{
	struct hvg_icmsg message = { 0 };
	struct hvg_reader reader;

	hvg_reader_init(&reader, payload, size);
	message.pipe_flags = hvg_read_le32(&reader);
	message.pipe_size = hvg_read_le32(&reader); /* not looked at: the packet tells the size */
	message.framework = read_version(&reader);
	message.type = hvg_read_le16(&reader);
	message.version = read_version(&reader);
	message.body_said = hvg_read_le16(&reader);
	message.status = hvg_read_le32(&reader);
	message.transaction = hvg_read_u8(&reader);
	message.flags = hvg_read_u8(&reader);
	hvg_read_skip(&reader, sizeof(uint16_t));
	if (reader.bad)
		return -EBADMSG;
	message.body = reader.at;
	message.body_size = reader.left;
	*ret = message;
	return 0;
}

/* Everything before the body. */
static void write_header(struct hvg_writer *writer, const struct hvg_icmsg *request, uint16_t body_said,
	uint32_t status)
{
	hvg_write_le32(writer, request->pipe_flags);
	hvg_write_le32(writer, request->pipe_size);
	write_version(writer, request->framework);
	hvg_write_le16(writer, request->type);
	write_version(writer, request->version);
	hvg_write_le16(writer, body_said);
	hvg_write_le32(writer, status);
	hvg_write_u8(writer, request->transaction);
	hvg_write_u8(writer, FLAG_TRANSACTION | FLAG_RESPONSE);
	hvg_write_skip(writer, sizeof(uint16_t));
}

static int answer_size(const struct hvg_icmsg *request, size_t ret_size)
{
	size_t size = HVG_ICMSG_HEADER_SIZE + request->body_size;

	return size <= ret_size ? (int)size : -ENOSPC;
}

int hvg_icmsg_encode_answer(const struct hvg_icmsg *request, uint32_t status, void *ret, size_t ret_size)
{
	int size = answer_size(request, ret_size);
	struct hvg_writer writer;

	if (size < 0)
		return size;
	hvg_writer_init(&writer, ret, (size_t)size);
	write_header(&writer, request, request->body_said, status);
	hvg_write_bytes(&writer, request->body, request->body_size);
	return size;
}

int hvg_icoffer_decode(const struct hvg_icmsg *message, struct hvg_icoffer *ret)
{
	struct hvg_icoffer offer;
	struct hvg_reader reader;

	hvg_reader_init(&reader, message->body, message->body_size);
	offer.n_frameworks = hvg_read_le16(&reader);
	offer.n_versions = hvg_read_le16(&reader);
	hvg_read_skip(&reader, sizeof(uint32_t));
	if (reader.bad || offer.n_frameworks > HVG_ICVERSIONS_MAX || offer.n_versions > HVG_ICVERSIONS_MAX)
		return -EBADMSG;
	offer.versions = hvg_read_bytes(&reader, (offer.n_frameworks + offer.n_versions) * VERSION_SIZE);
	if (!offer.versions)
		return -EBADMSG;
	*ret = offer;
	return 0;
}

static struct hvg_icversion version_at(const struct hvg_icoffer *offer, size_t i)
{
	struct hvg_reader reader;

	hvg_reader_init(&reader, offer->versions, (offer->n_frameworks + offer->n_versions) * VERSION_SIZE);
	hvg_read_skip(&reader, i * VERSION_SIZE);
	return read_version(&reader);
}

struct hvg_icversion hvg_icoffer_framework(const struct hvg_icoffer *offer, size_t i)
{
	return version_at(offer, i);
}

struct hvg_icversion hvg_icoffer_version(const struct hvg_icoffer *offer, size_t i)
{
	return version_at(offer, offer->n_frameworks + i);
}

int hvg_icmsg_encode_choice(const struct hvg_icmsg *request, const struct hvg_icchoice *choice, void *ret,
	size_t ret_size)
{
	int size = answer_size(request, ret_size);
	struct hvg_writer writer;

	if (size < 0)
		return size;
	hvg_writer_init(&writer, ret, (size_t)size);
	write_header(&writer, request, CHOICE_BODY_SIZE, choice ? HVG_STATUS_OK : HVG_STATUS_FAIL);
	hvg_write_le16(&writer, choice ? 1 : 0);
	hvg_write_le16(&writer, choice ? 1 : 0);
	hvg_write_skip(&writer, sizeof(uint32_t));
	if (choice) {
		write_version(&writer, choice->framework);
		write_version(&writer, choice->version);
	}
	return writer.bad ? -ENOSPC : size;
}
