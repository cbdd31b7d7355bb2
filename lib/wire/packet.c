// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * VMBus packets. Lengths are in units of 8 bytes, and the descriptor counts itself.
 */

#include "hvguest/packet.h"

#include "base/bytes.h"

#include <errno.h>

#define UNIT 8

struct descriptor {
	uint16_t type, offset, length, flags; /* offset and length in units */
	uint64_t transaction;
};

static void read_descriptor(struct hvg_reader *reader, struct descriptor *ret)
{
	ret->type = hvg_read_le16(reader);
	ret->offset = hvg_read_le16(reader);
	ret->length = hvg_read_le16(reader);
	ret->flags = hvg_read_le16(reader);
	ret->transaction = hvg_read_le64(reader);
}

static int check(const struct descriptor *descriptor)
{
	if (descriptor->offset < HVG_PACKET_DESCRIPTOR_SIZE / UNIT || descriptor->offset > descriptor->length)
		return -EBADMSG;
	return descriptor->length * UNIT;
}

int hvg_packet_size(const uint8_t bytes[HVG_PACKET_DESCRIPTOR_SIZE])
{
	struct descriptor descriptor;
	struct hvg_reader reader;

	hvg_reader_init(&reader, bytes, HVG_PACKET_DESCRIPTOR_SIZE);
	read_descriptor(&reader, &descriptor);
	return check(&descriptor);
}

int hvg_packet_decode(const void *bytes, size_t size, struct hvg_packet *ret)
{
	struct descriptor descriptor;
	struct hvg_reader reader;
	int length;

	hvg_reader_init(&reader, bytes, size);
	read_descriptor(&reader, &descriptor);
	length = check(&descriptor);
	if (reader.bad || length < 0 || (size_t)length != size)
		return -EBADMSG;
	hvg_read_skip(&reader, (size_t)descriptor.offset * UNIT - HVG_PACKET_DESCRIPTOR_SIZE);
	*ret = (struct hvg_packet){
		.type = descriptor.type,
		.flags = descriptor.flags,
		.transaction = descriptor.transaction,
		.payload = reader.at,
		.payload_size = reader.left,
	};
	return 0;
}

int hvg_packet_encode(const struct hvg_packet *packet, void *ret, size_t ret_size)
{
	size_t size = HVG_PACKET_DESCRIPTOR_SIZE + (packet->payload_size + UNIT - 1) / UNIT * UNIT;
	struct hvg_writer writer;

	if (packet->payload_size > HVG_PACKET_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (size > ret_size)
		return -ENOSPC;
	hvg_writer_init(&writer, ret, size);
	hvg_write_le16(&writer, packet->type);
	hvg_write_le16(&writer, HVG_PACKET_DESCRIPTOR_SIZE / UNIT);
	hvg_write_le16(&writer, (uint16_t)(size / UNIT));
	hvg_write_le16(&writer, packet->flags);
	hvg_write_le64(&writer, packet->transaction);
	hvg_write_bytes(&writer, packet->payload, packet->payload_size);
	return (int)size;
}
