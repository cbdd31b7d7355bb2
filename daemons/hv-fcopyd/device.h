/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FCOPYD_DEVICE_H
#define HVG_FCOPYD_DEVICE_H

/*
 * What brings the host's file copy here, as one transport:
 *
 *	up to Linux 6.9		/dev/vmbus/hv_fcopy: the kernel negotiates, and hands messages on
 *	later			a VMBus channel through UIO: packets, and the negotiation is ours
 *
 * Which of them it is shows when it is opened.
 */

#include "hvguest/fcopy.h"
#include "hvguest/icmsg.h"
#include "hvguest/packet.h"
#include "hvguest/uio.h"
#include "transport/transport.h"

struct fcopyd_device_config {
	const char *path; /* a node, or a socket that stands in for a UIO device; NULL: whatever there is */

	/* The host negotiates anew: whatever was under way is over. From the thread that reads. */
	void (*renegotiated)(void *userdata);
	void *userdata;
};

struct fcopyd_device {
	struct fcopyd_device_config config;
	char node[64]; /* that is open, or was */
	struct hvg_chardev_transport chardev;
	struct hvg_uio *uio; /* NULL: it is the character device */
	bool is_negotiated;
	uint64_t transaction;	   /* of the packet being answered */
	struct hvg_icmsg request; /* in it */
	uint8_t packet[HVG_PACKET_SIZE_MAX], answer[HVG_PACKET_PAYLOAD_MAX], out[HVG_PACKET_SIZE_MAX];
};

void fcopyd_device_init(struct fcopyd_device *device, const struct fcopyd_device_config *config);
struct hvg_transport fcopyd_device_transport(struct fcopyd_device *device);

/* How text stands in its messages. Once it is open. */
enum hvg_fcopy_form fcopyd_device_form(const struct fcopyd_device *device);

/* Whether a node that has appeared is ours. */
bool fcopyd_device_is(const char *node);

#endif
