// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * NVSP, drivers/net/hyperv/hyperv_net.h: versions, then two large buffers that the guest lends,
 * then RNDIS messages both ways. The guest waits for each completion without a limit, with the
 * lock of all network configuration held, so that none may be forgotten, not even of what it
 * sends before it learns that the adapter was withdrawn.
 */

#include "host/vm/nic.h"
#include "host/vm/bytes.h"
#include "host/vm/layout.h"
#include "host/vm/vmbus.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	INIT = 1,
	INIT_COMPLETE = 2,
	SEND_NDIS_VERSION = 100,
	SEND_RECEIVE_BUFFER = 101,
	RECEIVE_BUFFER_COMPLETE = 102,
	REVOKE_RECEIVE_BUFFER = 103,
	SEND_SEND_BUFFER = 104,
	SEND_BUFFER_COMPLETE = 105,
	REVOKE_SEND_BUFFER = 106,
	RNDIS_PACKET = 107,
	RNDIS_PACKET_COMPLETE = 108,
	SEND_NDIS_CONFIG = 125,
};

#define MESSAGE          40 /* sizeof(struct nvsp_message); Linux insists on most of it */
#define MIN_MESSAGE      16
#define MIN_COMPLETION   8

#define STATUS_SUCCESS   1u
#define STATUS_FAIL      2u
#define MAX_MDLS         34u

#define SECTION          1728u /* of the receive buffer: a frame and its header */
#define SEND_SECTION     6144u
#define RECEIVE_BUFFER   0xcafeu /* NETVSC_RECEIVE_BUFFER_ID */
#define NO_SECTION       0xffffffffu

#define CHANNEL_CONTROL  1u /* of an RNDIS packet: not data */
#define RNDIS_INITIALIZE 2u
#define MAX_REQUEST      4096

static const uint32_t versions[] = { 0x00002, 0x30002, 0x40000, 0x50000, 0x60000, 0x60001 };

struct request {
	uint8_t bytes[MAX_REQUEST];
	size_t size;
};

static struct outbox *outbox_of(const struct nic *nic)
{
	return nic->channel.vmbus->outbox;
}

/* Words into a message, and that out. */
static void put_message(uint8_t ret[MESSAGE], const uint32_t *words, size_t n)
{
	memset(ret, 0, MESSAGE);
	for (size_t i = 0; i < n; i++)
		put_le32(ret + 4 * i, words[i]);
}

static void complete(
	struct nic *nic, const struct ring_packet *to, const uint32_t *words, size_t n)
{
	uint8_t message[MESSAGE];
	const struct ring_packet packet = {
		.type = RING_COMPLETION,
		.transaction = to->transaction,
		.payload = message,
		.size = sizeof(message),
	};

	put_message(message, words, n);
	if (channel_send(&nic->channel, &packet) < 0)
		outbox_fault(outbox_of(nic), "%s: the guest does not take completions",
			nic->channel.name);
}

/* Bytes into the guest's receive buffer, which is a list of pages. */
static bool fill_section(struct nic *nic, uint32_t at, const uint8_t *bytes, size_t size)
{
	const struct gpadl *gpadl = channel_gpadl(&nic->channel, nic->receive_buffer);

	if (!gpadl || ((uint64_t)at + size + LAYOUT_PAGE - 1) / LAYOUT_PAGE > gpadl->n_pages)
		return false;
	for (size_t i = 0; i < size; i++)
		gpadl->pages[(at + i) / LAYOUT_PAGE][(at + i) % LAYOUT_PAGE] = bytes[i];
	return true;
}

static void send_rndis(struct nic *nic, const uint8_t *bytes, size_t size)
{
	const uint32_t words[] = { RNDIS_PACKET, CHANNEL_CONTROL, NO_SECTION, 0 };
	uint32_t at = nic->next_section * SECTION;
	uint8_t header[16] = { 0 }, message[MESSAGE];
	const struct ring_packet packet = {
		.type = RING_TRANSFER_PAGES,
		.flags = RING_WANTS_COMPLETION,
		.transaction = nic->next_section + 1,
		.header = header,
		.header_size = sizeof(header),
		.payload = message,
		.size = sizeof(message),
	};

	put_message(message, words, 4);
	put_le16(header, RECEIVE_BUFFER);
	put_le32(header + 4, 1); /* one range */
	put_le32(header + 8, (uint32_t)size);
	put_le32(header + 12, at);
	if (nic->n_sections == 0 || !fill_section(nic, at, bytes, size) ||
		channel_send(&nic->channel, &packet) < 0)
		outbox_fault(
			outbox_of(nic), "%s: no place for an RNDIS reply", nic->channel.name);
	else
		nic->next_section = (nic->next_section + 1) % nic->n_sections;
}

static void answer_rndis(struct nic *nic, const uint8_t *request, size_t size)
{
	uint16_t negotiated[4] = { (uint16_t)(nic->version >> 16), (uint16_t)nic->version, 1 };
	uint8_t reply[RNDIS_MAX_REPLY];
	size_t reply_size;
	int r = rndis_answer(nic->mac, request, size, reply, &reply_size);

	if (r < 0)
		outbox_fault_bytes(outbox_of(nic), "an RNDIS request that makes no sense to us",
			request, size);
	if (reply_size > 0)
		send_rndis(nic, reply, reply_size);
	if (r > 0 && get_le32(request) == RNDIS_INITIALIZE)
		channel_set_state(&nic->channel, CONTROL_NEGOTIATED, negotiated);
}

/* One range: u32 bytes, u32 offset, u64 page for each that it touches. false: nonsense. */
static bool gather_range(const struct memory *memory, const uint8_t **at, const uint8_t *end,
	struct request *request)
{
	uint32_t left, offset, piece;
	const uint8_t *page;

	if (end - *at < 8)
		return false;
	left = get_le32(*at);
	offset = get_le32(*at + 4);
	if (left > MAX_REQUEST - request->size || offset >= LAYOUT_PAGE)
		return false;
	for (*at += 8; left > 0; *at += 8, offset = 0) {
		piece = LAYOUT_PAGE - offset < left ? LAYOUT_PAGE - offset : left;
		page = end - *at < 8 ? NULL : memory_page(memory, get_le64(*at));
		if (!page)
			return false;
		memcpy(request->bytes + request->size, page + offset, piece);
		request->size += piece;
		left -= piece;
	}
	return true;
}

/* Behind u32 reserved, u32 number of ranges. The guest's memory is read once. */
static bool gather(
	const struct nic *nic, const struct ring_packet *packet, struct request *request)
{
	const uint8_t *at = packet->header + 8, *end = packet->header + packet->header_size;
	uint32_t n = packet->header_size < 8 ? 0 : get_le32(packet->header + 4);
	bool is_good = n > 0;

	request->size = 0;
	for (; is_good && n > 0; n--)
		is_good = gather_range(nic->channel.vmbus->memory, &at, end, request);
	return is_good;
}

/* Data are thrown away, but said to be sent. */
static bool on_rndis(struct nic *nic, const struct ring_packet *packet)
{
	const uint32_t words[] = { RNDIS_PACKET_COMPLETE, STATUS_SUCCESS };
	bool is_control = get_le32(packet->payload + 4) == CHANNEL_CONTROL, is_good = true;
	struct request request;

	if (is_control)
		is_good = packet->type == RING_GPA_DIRECT && gather(nic, packet, &request);
	if (packet->flags & RING_WANTS_COMPLETION)
		complete(nic, packet, words, 2);
	if (is_control && is_good)
		answer_rndis(nic, request.bytes, request.size);
	return is_good;
}

static bool on_init(struct nic *nic, const struct ring_packet *packet)
{
	uint32_t version = get_le32(packet->payload + 4);
	uint32_t words[] = { INIT_COMPLETE, version, MAX_MDLS, STATUS_FAIL };

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (version == versions[i])
			words[3] = STATUS_SUCCESS;
	nic->version = version;
	complete(nic, packet, words, 4);
	return true;
}

static bool on_receive_buffer(struct nic *nic, const struct ring_packet *packet)
{
	uint32_t id = get_le32(packet->payload + 4);
	const struct gpadl *gpadl = channel_gpadl(&nic->channel, id);
	uint32_t n = gpadl ? (uint32_t)(gpadl->n_pages * LAYOUT_PAGE / SECTION) : 0;
	const uint32_t words[] = { RECEIVE_BUFFER_COMPLETE, n ? STATUS_SUCCESS : STATUS_FAIL, 1,
		0, SECTION, n, n * SECTION };

	nic->receive_buffer = id;
	nic->n_sections = n;
	nic->next_section = 0;
	complete(nic, packet, words, 7);
	return n > 0;
}

static bool on_send_buffer(struct nic *nic, const struct ring_packet *packet)
{
	const uint32_t words[] = { SEND_BUFFER_COMPLETE, STATUS_SUCCESS, SEND_SECTION };

	complete(nic, packet, words, 3);
	return true;
}

static bool dispatch(struct nic *nic, const struct ring_packet *packet)
{
	if (packet->type == RING_COMPLETION) /* a section is free again */
		return packet->size >= MIN_COMPLETION &&
			get_le32(packet->payload) == RNDIS_PACKET_COMPLETE;
	if (packet->size < MIN_MESSAGE)
		return false;
	switch (get_le32(packet->payload)) {
	case INIT:
		return on_init(nic, packet);
	case SEND_NDIS_VERSION:
	case SEND_NDIS_CONFIG:
	case REVOKE_SEND_BUFFER:
		return true;
	case SEND_RECEIVE_BUFFER:
		return on_receive_buffer(nic, packet);
	case REVOKE_RECEIVE_BUFFER:
		nic->n_sections = 0;
		return true;
	case SEND_SEND_BUFFER:
		return on_send_buffer(nic, packet);
	case RNDIS_PACKET:
		return on_rndis(nic, packet);
	default:
		return false;
	}
}

static void nic_opened(struct channel *channel)
{
	struct nic *nic = (struct nic *)channel;

	nic->n_sections = 0;
}

static void nic_packet(struct channel *channel, const struct ring_packet *packet)
{
	struct nic *nic = (struct nic *)channel;
	char what[64];

	if (dispatch(nic, packet))
		return;
	snprintf(what, sizeof(what), "%s: a packet of type %u that makes no sense",
		channel->name, packet->type);
	outbox_fault_bytes(outbox_of(nic), what, packet->payload, packet->size);
}

static void nic_closed(struct channel *channel, int error)
{
}

static const struct channel_ops ops = {
	.opened = nic_opened,
	.packet = nic_packet,
	.closed = nic_closed,
	.serves_to_the_end = true,
};

void nic_init(struct nic *nic, unsigned int number)
{
	*nic = (struct nic){
		.channel = { .component = CONTROL_NIC + number, .ops = &ops },
	};
	snprintf(nic->channel.name, sizeof(nic->channel.name), "nic%u", number);
	(void)guid_parse("f8615163-df3e-46c5-913f-f2d2f965ed0e", nic->channel.type);
}
