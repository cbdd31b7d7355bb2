// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What a host can put into a packet: the packet, the message in it, its negotiation, and our answer,
 * which must be a message again.
 */

#include "fuzz.h"

#include "hvguest/icmsg.h"
#include "hvguest/packet.h"
#include "service/negotiate.h"

static uint8_t answer[HVG_PACKET_PAYLOAD_MAX];

static void check_answer(int size, const struct hvg_icmsg *request)
{
	struct hvg_icmsg decoded;

	if (size < 0)
		return;
	hvg_always((size_t)size == HVG_ICMSG_HEADER_SIZE + request->body_size);
	hvg_always(hvg_icmsg_decode(answer, (size_t)size, &decoded) == 0);
	hvg_always(decoded.transaction == request->transaction && decoded.flags == 5);
}

static void check_negotiation(const struct hvg_icmsg *request)
{
	struct hvg_icchoice choice;
	struct hvg_icoffer offer;

	if (hvg_icoffer_decode(request, &offer) < 0)
		return;
	if (hvg_negotiate(&hvg_icsupport_fcopy, &offer, &choice) == 0)
		check_answer(hvg_icmsg_encode_choice(request, &choice, answer, sizeof(answer)), request);
	else
		check_answer(hvg_icmsg_encode_choice(request, NULL, answer, sizeof(answer)), request);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct hvg_packet packet;
	struct hvg_icmsg request;

	if (hvg_packet_decode(bytes, size, &packet) < 0)
		return 0;
	hvg_always(packet.payload >= bytes && packet.payload + packet.payload_size == bytes + size);
	if (hvg_icmsg_decode(packet.payload, packet.payload_size, &request) < 0)
		return 0;
	check_answer(hvg_icmsg_encode_answer(&request, 0x80004005, answer, sizeof(answer)), &request);
	check_negotiation(&request);
	return 0;
}
