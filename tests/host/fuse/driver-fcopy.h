/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FUSE_DRIVER_FCOPY_H
#define HVG_TESTS_HOST_FUSE_DRIVER_FCOPY_H

/*
 * The kernel's file copy driver (up to 6.9), as a host and a daemon see it from its two ends:
 * hv_utils_transport.c and hv_fcopy.c of drivers/hv, told anew. Pure: time is an argument.
 *
 *	state		event				then
 *	INIT		write of 4 bytes, version 1	the version is put into the slot
 *			write of 4 bytes, version 0	nothing (an old daemon expects no answer)
 *			write of anything else		-EINVAL
 *			read of the version		READY
 *			a packet comes			HV_E_FAIL at once
 *	READY		a packet comes			into the slot: USERSPACE_REQ; or, while an
 *							older message is unread: HV_E_FAIL; READY
 *			write				-EINVAL
 *	USERSPACE_REQ	write of 4 bytes		that is the host's answer; READY
 *			write of another size		-EINVAL
 *			a packet comes			it waits in the ring
 *			timeout_us after the packet	HV_E_FAIL, the slot stays; READY
 *	any of these	release				HV_E_FAIL if a packet was on; the slot is
 *							emptied; INIT
 *			rescind				DYING; no answer any more
 *
 * Negotiation needs no daemon, so there is none here.
 */

#include "driver.h"
#include "host/fcopy-message.h"

enum driver_fcopy_mode {
	DRIVER_FCOPY_CLOSED,
	DRIVER_FCOPY_OPEN,
	DRIVER_FCOPY_DESTROY,
};

enum driver_fcopy_state {
	DRIVER_FCOPY_INIT,
	DRIVER_FCOPY_READY,
	DRIVER_FCOPY_USERSPACE_REQ,
	DRIVER_FCOPY_DYING,
};

/* The host's request, and its answer. */
struct driver_fcopy_packet {
	uint64_t id;
	size_t size;
	uint8_t bytes[HOST_FCOPY_BYTES];
};

struct driver_fcopy_answer {
	uint64_t id;
	uint32_t status;
};

/* A ring of 16 KiB has room for one more of the large packets, while one is being dealt with. */
#define DRIVER_FCOPY_ANSWERS 4

/* Behind COMPLETE and CANCEL lies what the kernel's buffer still holds: the IC header's size of it. */
#define DRIVER_FCOPY_LEFTOVERS 28

#define DRIVER_FCOPY_SLOT (HOST_FCOPY_BYTES + DRIVER_FCOPY_LEFTOVERS)

struct driver_fcopy {
	uint64_t timeout_us;
	enum driver_fcopy_mode mode;
	bool is_held; /* somebody has it open; in DESTROY: still */
	enum driver_fcopy_state state;
	uint64_t deadline_us;
	uint64_t current; /* the id of the packet being dealt with */
	bool has_waiting;
	struct driver_fcopy_packet waiting;
	struct driver_fcopy_answer answers[DRIVER_FCOPY_ANSWERS];
	size_t n_answers;
	bool slot_is_full;
	bool slot_is_version; /* reading it completes the registration */
	size_t slot_size;
	uint8_t slot[DRIVER_FCOPY_SLOT];
};

extern const struct driver_ops driver_fcopy_ops;

/* A device just offered by the host. */
void driver_fcopy_init(struct driver_fcopy *fcopy, uint64_t timeout_us);

/* The host puts a packet into the ring; -ENOSPC: it is full, -ENODEV: it was withdrawn. */
int driver_fcopy_send(struct driver_fcopy *fcopy, const struct driver_fcopy_packet *packet, uint64_t now_us);

/* The host takes the next answer; false if there is none. */
bool driver_fcopy_receive(struct driver_fcopy *fcopy, struct driver_fcopy_answer *ret);

/* The host withdraws the device: what was on is never answered. */
void driver_fcopy_rescind(struct driver_fcopy *fcopy);

/* fcopy_suspend: a CANCEL of the kernel's own, if the slot is free. */
void driver_fcopy_suspend(struct driver_fcopy *fcopy);

#endif
