/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_PACKET_H
#define HVGUEST_PACKET_H

/*
 * Packets as they lie in a VMBus ring (struct vmpacket_descriptor of the kernel's hyperv.h): a
 * descriptor, what belongs to the type, the payload, and zeroes up to a multiple of 8. The ring adds
 * a trailer of 8 bytes, which is the ring's business.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HVG_PACKET_DESCRIPTOR_SIZE 16

/* The payload is a message of an integration component: "pipe" messages end at 16384 bytes. */
#define HVG_PACKET_PAYLOAD_MAX 16384
#define HVG_PACKET_SIZE_MAX    (HVG_PACKET_DESCRIPTOR_SIZE + HVG_PACKET_PAYLOAD_MAX)

enum hvg_packet_type {
	HVG_PACKET_IN_BAND = 6,
	HVG_PACKET_COMPLETION = 11,
};

struct hvg_packet {
	uint16_t type, flags;
	uint64_t transaction;
	const uint8_t *payload; /* with its padding */
	size_t payload_size;
};

/*
 * The size of the packet whose descriptor this is, padding included. -EBADMSG if no packet can have
 * such a descriptor. Only the first HVG_PACKET_DESCRIPTOR_SIZE bytes are looked at.
 */
int hvg_packet_size(const uint8_t descriptor[HVG_PACKET_DESCRIPTOR_SIZE]);

/* A whole packet, exactly as long as its descriptor says. -EBADMSG. */
int hvg_packet_decode(const void *bytes, size_t size, struct hvg_packet *ret);

/* The packet's size; -ENOSPC if ret is too small, -EMSGSIZE if the payload is too large. */
int hvg_packet_encode(const struct hvg_packet *packet, void *ret, size_t ret_size);

#ifdef __cplusplus
}
#endif

#endif
