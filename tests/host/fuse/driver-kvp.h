/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FUSE_DRIVER_KVP_H
#define HVG_TESTS_HOST_FUSE_DRIVER_KVP_H

/*
 * The kernel's KVP driver, as a host and a daemon see it from its two ends: hv_utils_transport.c
 * and hv_kvp.c of drivers/hv, told anew. Pure: time is an argument.
 *
 *	state		event				then
 *	INIT		write REGISTER, REGISTER1	the version is put into the slot
 *			read of the version		READY
 *			write of anything else		-EINVAL
 *			a packet comes			it waits in the ring
 *	READY		a negotiation is in the ring	it is answered; READY
 *			an exchange is in the ring	into the slot: USERSPACE_REQ; or, while an
 *							older message is unread: HV_E_FAIL; READY
 *			write				-EINVAL
 *	USERSPACE_REQ	write of 7432 bytes or more	the host has its answer; READY
 *			write of less			-EINVAL
 *			timeout_us after the exchange	HV_E_FAIL, the slot stays; READY
 *	any of these	release				HV_E_FAIL if an exchange was on; the slot
 *							is emptied; INIT
 *			rescind				DYING; no answer any more
 *
 * An answer with a field without a NUL stops the kernel (kvp-text.h): nothing it says after that counts.
 *
 * The kernel's HOSTMSG_RECEIVED and USERSPACE_RECV last only while one call runs, so they do not
 * appear. An exchange that times out is not taken back: whoever reads late gets it (stale slot),
 * and whoever answers late answers the exchange that is on by then.
 */

#include "driver.h"

#include <linux/hyperv.h>

enum driver_kvp_mode {
	DRIVER_KVP_CLOSED,  /* HVUTIL_TRANSPORT_INIT */
	DRIVER_KVP_OPEN,    /* HVUTIL_TRANSPORT_CHARDEV */
	DRIVER_KVP_DESTROY, /* HVUTIL_TRANSPORT_DESTROY */
};

enum driver_kvp_state {
	DRIVER_KVP_INIT,
	DRIVER_KVP_READY,
	DRIVER_KVP_USERSPACE_REQ,
	DRIVER_KVP_DYING,
};

/* What goes over the VMBus: the host's request one way, the driver's answer the other way. */
struct driver_kvp_packet {
	uint64_t id;
	bool is_negotiation;
	uint32_t status;           /* of an answer */
	struct hv_kvp_msg message; /* the host's form: UTF-16; IP messages begin at byte 2 */
};

/*
 * A ring of 16 KiB holds this many messages of the smaller kind. One call can answer all of
 * them and the current one.
 */
#define DRIVER_KVP_RING 4

struct driver_kvp_ring {
	struct driver_kvp_packet packets[DRIVER_KVP_RING + 1];
	size_t first, n;
};

struct driver_kvp {
	const char *stopped_by; /* the kernel has, because this field of an answer had no NUL */
	uint64_t timeout_us; /* HV_UTIL_TIMEOUT, as long as the test wants it to be */
	enum driver_kvp_mode mode;
	bool is_held; /* somebody has it open; in DESTROY: still */
	enum driver_kvp_state state;
	uint8_t register_code;
	uint64_t deadline_us;
	struct driver_kvp_packet current;
	struct driver_kvp_ring in, out;
	bool slot_is_full;
	bool slot_is_version; /* reading it completes the registration */
	struct hv_kvp_msg slot;
};

extern const struct driver_ops driver_kvp_ops;

/* A device just offered by the host. */
void driver_kvp_init(struct driver_kvp *kvp, uint64_t timeout_us);

/* The host puts a packet into the ring; -ENOSPC: it is full, -ENODEV: it was withdrawn. */
int driver_kvp_send(
	struct driver_kvp *kvp, const struct driver_kvp_packet *packet, uint64_t now_us);

/* The host takes the next answer; false if there is none. */
bool driver_kvp_receive(struct driver_kvp *kvp, struct driver_kvp_packet *ret);

/* The host withdraws the device: what was on is never answered. */
void driver_kvp_rescind(struct driver_kvp *kvp);

#endif
