/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_CHANNEL_H
#define HVG_TESTS_HOST_VM_CHANNEL_H

/*
 * A channel of the VMBus, and the component that is at the host's end of it. The state is enum
 * control_state; this is what moves it:
 *
 *	state		event				then
 *	ABSENT		offer, and a guest listens	OFFERCHANNEL; OFFERED
 *	OFFERED		OPENCHANNEL			OPEN; opened()
 *	OPEN		versions agreed upon		NEGOTIATED
 *	OPEN, NEGOT.	CLOSECHANNEL			closed(); OFFERED
 *	ABSENT		withdraw			closed(), for what waits; ABSENT
 *	OFFERED to NEG.	withdraw			RESCIND, closed(); RESCINDED
 *	RESCINDED	CLOSECHANNEL			-
 *	RESCINDED	RELID_RELEASED			ABSENT, and offered again if wanted
 *	OFFERED to NEG.	the guest unloads or ends	closed(); ABSENT
 */

#include "host/vm/control.h"
#include "host/vm/gpadl.h"
#include "host/vm/guid.h"
#include "host/vm/ring.h"

struct channel;
struct vmbus;

struct channel_ops {
	void (*opened)(struct channel *channel);
	void (*packet)(struct channel *channel, const struct ring_packet *packet);

	/* error: why what was asked for will not be answered, as of a reply */
	void (*closed)(struct channel *channel, int error);

	/* A withdrawn one goes on with what the guest sends until that has closed it. */
	bool serves_to_the_end;
};

struct channel {
	uint32_t component; /* enum control_component */
	char name[16];
	uint8_t type[GUID_SIZE], instance[GUID_SIZE]; /* in the order of their text */
	bool is_pipe;                                 /* an integration component */
	const struct channel_ops *ops;

	/* The rest is the VMBus's. */
	struct vmbus *vmbus;
	enum control_state state;
	bool is_wanted;    /* offered by the administrator */
	uint64_t offer_id; /* who waits for that; 0: nobody */
	uint32_t relid, cpu;
	bool has_rings; /* the guest has not taken them back */
	struct ring from_guest, to_guest;
};

bool channel_is_open(const struct channel *channel);

/* Whether packets go through it. */
bool channel_is_served(const struct channel *channel);

/* As ring_write; -ENOTCONN: it is not served. */
int channel_send(struct channel *channel, const struct ring_packet *packet);

/* Takes everything out of the ring, after a signal. */
void channel_drain(struct channel *channel);

/* What the guest has lent to the channel; or NULL. */
const struct gpadl *channel_gpadl(const struct channel *channel, uint32_t id);

/* Tells outside. versions: four of them with CONTROL_NEGOTIATED, else NULL. */
void channel_set_state(
	struct channel *channel, enum control_state state, const uint16_t *versions);

/* The channel's own part of OPENCHANNEL, CLOSECHANNEL. -EINVAL: no such rings. */
int channel_open(struct channel *channel, const struct gpadl *gpadl, uint32_t downstream);
void channel_close(struct channel *channel, enum control_state next, int error);

#endif
