/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FUSE_DRIVER_VSS_H
#define HVG_TESTS_HOST_FUSE_DRIVER_VSS_H

/*
 * The kernel's VSS driver, as a host and a daemon see it from its two ends: hv_utils_transport.c and
 * hv_snapshot.c of drivers/hv, told anew. Pure: time is an argument.
 *
 *	state		event				then
 *	INIT, READY	write REGISTER1			4 bytes are put into the slot
 *			write REGISTER			nothing: the older form has no answer
 *			read of the 4 bytes		READY
 *			write of anything else		-EINVAL
 *	any		a negotiation comes		it is answered, with a daemon or without
 *	INIT		HOT_BACKUP, FREEZE, THAW come	HV_E_FAIL
 *	READY		they come			into the slot: USERSPACE_REQ; or, while an
 *							older message is unread: HV_E_FAIL; READY
 *	INIT, READY	anything else comes		HV_S_OK, as it was sent
 *	USERSPACE_REQ	write of 12 bytes		the host has its answer; READY
 *			write that looks like a		-EINVAL
 *			registration
 *			timeout_us after the request,	HV_E_FAIL, the slot stays; READY
 *			freeze_timeout_us for FREEZE
 *			a packet comes			it waits in the ring
 *	any of these	write of another size		-EINVAL
 *			suspend				what was on is never answered; a THAW is put
 *							into the slot, if that is empty; READY
 *			release				HV_E_FAIL if a request was on; the slot is
 *							emptied; INIT
 *			rescind				DYING; no answer any more
 *
 * Unlike KVP's, this driver negotiates and answers without a daemon: the host cannot see contact.
 */

#include "driver.h"

#include <linux/hyperv.h>

enum driver_vss_mode {
	DRIVER_VSS_CLOSED,  /* HVUTIL_TRANSPORT_INIT */
	DRIVER_VSS_OPEN,    /* HVUTIL_TRANSPORT_CHARDEV */
	DRIVER_VSS_DESTROY, /* HVUTIL_TRANSPORT_DESTROY */
};

enum driver_vss_state {
	DRIVER_VSS_INIT,
	DRIVER_VSS_READY,
	DRIVER_VSS_USERSPACE_REQ,
	DRIVER_VSS_DYING,
};

/* What goes over the VMBus: the host's request one way, the driver's answer the other way. */
struct driver_vss_packet {
	uint64_t id;
	bool is_negotiation;
	uint8_t operation; /* enum hv_vss_op */
	uint32_t status;   /* of an answer */
};

#define DRIVER_VSS_RING 4

struct driver_vss_ring {
	struct driver_vss_packet packets[DRIVER_VSS_RING + 1];
	size_t first, n;
};

struct driver_vss {
	uint64_t timeout_us, freeze_timeout_us; /* HV_UTIL_TIMEOUT, VSS_FREEZE_TIMEOUT */
	enum driver_vss_mode mode;
	bool is_held; /* somebody has it open; in DESTROY: still */
	enum driver_vss_state state;
	uint64_t deadline_us;
	struct driver_vss_packet current;
	struct driver_vss_ring in, out;
	size_t slot_size; /* 0: it is empty */
	bool slot_is_version; /* reading it completes the registration */
	struct hv_vss_msg slot;
};

extern const struct driver_ops driver_vss_ops;

/* A device just offered by the host. */
void driver_vss_init(struct driver_vss *vss, uint64_t timeout_us, uint64_t freeze_timeout_us);

/* The host puts a packet into the ring; -ENOSPC: it is full, -ENODEV: it was withdrawn. */
int driver_vss_send(struct driver_vss *vss, const struct driver_vss_packet *packet, uint64_t now_us);

/* The host takes the next answer; false if there is none. */
bool driver_vss_receive(struct driver_vss *vss, struct driver_vss_packet *ret);

/* The guest is suspended, and resumed: the driver's half of it. */
void driver_vss_suspend(struct driver_vss *vss);

/* The host withdraws the device: what was on is never answered. */
void driver_vss_rescind(struct driver_vss *vss);

#endif
