// SPDX-License-Identifier: LGPL-2.1-or-later

/* One channel: its rings, and whom it tells of what. */

#include "host/vm/channel.h"
#include "host/vm/vmbus.h"

#include <errno.h>

bool channel_is_open(const struct channel *channel)
{
	return channel->state == CONTROL_OPEN || channel->state == CONTROL_NEGOTIATED;
}

bool channel_is_served(const struct channel *channel)
{
	return channel_is_open(channel) ||
		(channel->state == CONTROL_RESCINDED && channel->has_rings &&
			channel->ops->serves_to_the_end);
}

/*
 * Always with a signal: the drivers of hv_utils read one packet per interrupt, and a needless
 * one does not disturb them.
 */
int channel_send(struct channel *channel, const struct ring_packet *packet)
{
	struct vmbus *vmbus = channel->vmbus;
	int r;

	if (!channel_is_served(channel))
		return -ENOTCONN;
	r = ring_write(&channel->to_guest, packet);
	if (r == -EBADMSG)
		outbox_fault(
			vmbus->outbox, "%s: the ring to the guest is broken", channel->name);
	if (r == 0 && ring_wants_signal(&channel->to_guest))
		vmbus->ops->signal(vmbus->userdata, channel->cpu, channel->relid);
	return r;
}

void channel_drain(struct channel *channel)
{
	uint8_t bytes[RING_MAX_PACKET];
	struct ring_packet packet;
	int r = 0;

	while (channel_is_served(channel) &&
		(r = ring_read(&channel->from_guest, bytes, &packet)) > 0)
		channel->ops->packet(channel, &packet);
	if (r < 0)
		outbox_fault(channel->vmbus->outbox, "%s: the ring from the guest is broken",
			channel->name);
}

const struct gpadl *channel_gpadl(const struct channel *channel, uint32_t id)
{
	return gpadls_find(&channel->vmbus->gpadls, channel->relid, id);
}

void channel_set_state(
	struct channel *channel, enum control_state state, const uint16_t *versions)
{
	struct outbox *outbox = channel->vmbus->outbox;

	channel->state = state;
	outbox_open(outbox, CONTROL_COMPONENT, 0);
	outbox_u32(outbox, channel->component);
	outbox_u32(outbox, state);
	for (unsigned int i = 0; versions && i < 4; i++)
		outbox_u16(outbox, versions[i]);
	outbox_close(outbox);
}

int channel_open(struct channel *channel, const struct gpadl *gpadl, uint32_t downstream)
{
	int r;

	if (downstream > gpadl->n_pages)
		return -EINVAL;
	r = ring_init(&channel->from_guest, gpadl->pages, downstream);
	if (r == 0)
		r = ring_init(&channel->to_guest, gpadl->pages + downstream,
			gpadl->n_pages - downstream);
	channel->has_rings = r == 0;
	return r;
}

void channel_close(struct channel *channel, enum control_state next, int error)
{
	bool is_closed = channel->state == CONTROL_RESCINDED;

	if (next != CONTROL_RESCINDED)
		channel->has_rings = false;
	channel_set_state(channel, next, NULL);
	if (!is_closed)
		channel->ops->closed(channel, error);
}
