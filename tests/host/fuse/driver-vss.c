// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The kernel's VSS driver. Two halves, as there: the transport (one opener, one outgoing slot) and the
 * service (one transaction). Everything that could wait in the kernel is done at once; what waits for
 * time has deadline_us.
 */

#include "driver-vss.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define RING_PLACES (DRIVER_VSS_RING + 1)

static void ring_put(struct driver_vss_ring *ring, const struct driver_vss_packet *packet)
{
	ring->packets[(ring->first + ring->n) % RING_PLACES] = *packet;
	if (ring->n < RING_PLACES)
		ring->n++;
}

static bool ring_take(struct driver_vss_ring *ring, struct driver_vss_packet *ret)
{
	if (ring->n == 0)
		return false;
	*ret = ring->packets[ring->first];
	ring->first = (ring->first + 1) % RING_PLACES;
	ring->n--;
	return true;
}

/* hvutil_transport_send */
static int fill_slot(struct driver_vss *vss, uint8_t operation, size_t size)
{
	if (vss->mode != DRIVER_VSS_OPEN)
		return -EINVAL;
	if (vss->slot_size > 0)
		return -EFAULT;
	vss->slot = (struct hv_vss_msg){ .vss_hdr.operation = operation };
	vss->slot_size = size;
	vss->slot_is_version = size != sizeof(vss->slot);
	return 0;
}

static void answer_host(struct driver_vss *vss, uint32_t status)
{
	vss->deadline_us = DRIVER_NEVER;
	vss->current.status = status;
	ring_put(&vss->out, &vss->current);
}

/* vss_send_op */
static void hand_up(struct driver_vss *vss, uint64_t now_us)
{
	bool is_freeze = vss->current.operation == VSS_OP_FREEZE;

	vss->state = DRIVER_VSS_USERSPACE_REQ;
	vss->deadline_us = now_us + (is_freeze ? vss->freeze_timeout_us : vss->timeout_us);
	if (fill_slot(vss, vss->current.operation, sizeof(vss->slot)) < 0) {
		answer_host(vss, (uint32_t)HV_E_FAIL);
		vss->state = DRIVER_VSS_READY;
	}
}

/* vss_handle_request */
static void handle_request(struct driver_vss *vss, uint64_t now_us)
{
	switch (vss->current.operation) {
	case VSS_OP_HOT_BACKUP:
	case VSS_OP_FREEZE:
	case VSS_OP_THAW:
		if (vss->state < DRIVER_VSS_READY)
			answer_host(vss, (uint32_t)HV_E_FAIL);
		else
			hand_up(vss, now_us);
		break;
	default:
		answer_host(vss, HV_S_OK);
		break;
	}
}

/* hv_vss_onchannelcallback, until something has to be waited for */
static void serve_ring(struct driver_vss *vss, uint64_t now_us)
{
	while (vss->state <= DRIVER_VSS_READY && ring_take(&vss->in, &vss->current)) {
		if (vss->current.is_negotiation)
			answer_host(vss, HV_S_OK);
		else
			handle_request(vss, now_us);
	}
}

static bool is_registration(const struct hv_vss_msg *message)
{
	return message->vss_hdr.operation == VSS_OP_REGISTER || message->vss_hdr.operation == VSS_OP_REGISTER1;
}

/* vss_handle_handshake, vss_on_msg */
static int take_message(struct driver_vss *vss, const struct hv_vss_msg *message, uint64_t now_us)
{
	if (is_registration(message)) {
		if (vss->state > DRIVER_VSS_READY)
			return -EINVAL;
		return message->vss_hdr.operation == VSS_OP_REGISTER1 ?
			fill_slot(vss, VSS_OP_REGISTER1, sizeof(int)) : 0;
	}
	if (vss->state != DRIVER_VSS_USERSPACE_REQ)
		return -EINVAL;
	answer_host(vss, (uint32_t)message->error);
	vss->state = DRIVER_VSS_READY;
	serve_ring(vss, now_us);
	return 0;
}

static void vss_tick(void *driver, uint64_t now_us)
{
	struct driver_vss *vss = driver;

	if (vss->state != DRIVER_VSS_USERSPACE_REQ || now_us < vss->deadline_us)
		return;
	answer_host(vss, (uint32_t)HV_E_FAIL);
	vss->state = DRIVER_VSS_READY;
	serve_ring(vss, now_us);
}

static int vss_open(void *driver)
{
	struct driver_vss *vss = driver;

	if (vss->mode == DRIVER_VSS_DESTROY)
		return -EBADF;
	if (vss->mode == DRIVER_VSS_OPEN)
		return -EBUSY;
	vss->mode = DRIVER_VSS_OPEN;
	vss->is_held = true;
	return 0;
}

static int vss_read(void *driver, void *ret_bytes, size_t size, uint64_t now_us)
{
	struct driver_vss *vss = driver;
	size_t slot_size = vss->slot_size;

	vss_tick(vss, now_us);
	if (vss->mode == DRIVER_VSS_DESTROY)
		return -EBADF;
	if (slot_size == 0)
		return -EAGAIN;
	if (size < slot_size)
		return -EINVAL;
	memcpy(ret_bytes, &vss->slot, slot_size);
	vss->slot_size = 0;
	if (vss->slot_is_version && vss->state == DRIVER_VSS_INIT)
		vss->state = DRIVER_VSS_READY;
	return (int)slot_size;
}

static int vss_write(void *driver, const void *bytes, size_t size, uint64_t now_us)
{
	struct driver_vss *vss = driver;
	struct hv_vss_msg message;

	vss_tick(vss, now_us);
	if (vss->mode == DRIVER_VSS_DESTROY)
		return -EBADF;
	if (size != sizeof(message))
		return -EINVAL;
	memcpy(&message, bytes, sizeof(message));
	return take_message(vss, &message, now_us);
}

static unsigned int vss_poll(const void *driver)
{
	const struct driver_vss *vss = driver;

	if (vss->mode == DRIVER_VSS_DESTROY)
		return POLLERR | POLLHUP;
	return vss->slot_size > 0 ? POLLIN | POLLRDNORM : 0;
}

/* hvt_op_release, vss_on_reset */
static void vss_release(void *driver, uint64_t now_us)
{
	struct driver_vss *vss = driver;

	vss_tick(vss, now_us);
	vss->is_held = false;
	vss->slot_size = 0;
	if (vss->mode == DRIVER_VSS_DESTROY)
		return;
	vss->mode = DRIVER_VSS_CLOSED;
	if (vss->state == DRIVER_VSS_USERSPACE_REQ)
		answer_host(vss, (uint32_t)HV_E_FAIL);
	vss->state = DRIVER_VSS_INIT;
	serve_ring(vss, now_us);
}

static uint64_t vss_deadline(const void *driver)
{
	const struct driver_vss *vss = driver;

	return vss->deadline_us;
}

static bool vss_is_gone(const void *driver)
{
	const struct driver_vss *vss = driver;

	return vss->mode == DRIVER_VSS_DESTROY && !vss->is_held;
}

const struct driver_ops driver_vss_ops = {
	.open = vss_open,
	.read = vss_read,
	.write = vss_write,
	.poll = vss_poll,
	.release = vss_release,
	.deadline = vss_deadline,
	.tick = vss_tick,
	.is_gone = vss_is_gone,
};

void driver_vss_init(struct driver_vss *vss, uint64_t timeout_us, uint64_t freeze_timeout_us)
{
	*vss = (struct driver_vss){
		.timeout_us = timeout_us,
		.freeze_timeout_us = freeze_timeout_us,
		.deadline_us = DRIVER_NEVER,
	};
}

int driver_vss_send(struct driver_vss *vss, const struct driver_vss_packet *packet, uint64_t now_us)
{
	vss_tick(vss, now_us);
	if (vss->state == DRIVER_VSS_DYING)
		return -ENODEV;
	if (vss->in.n == DRIVER_VSS_RING)
		return -ENOSPC;
	ring_put(&vss->in, packet);
	serve_ring(vss, now_us);
	return 0;
}

bool driver_vss_receive(struct driver_vss *vss, struct driver_vss_packet *ret)
{
	return ring_take(&vss->out, ret);
}

/* util_suspend, hv_vss_pre_suspend */
void driver_vss_suspend(struct driver_vss *vss)
{
	if (vss->state == DRIVER_VSS_DYING)
		return;
	vss->in.n = 0; /* the ring is made anew */
	vss->deadline_us = DRIVER_NEVER;
	(void)fill_slot(vss, VSS_OP_THAW, sizeof(vss->slot));
	vss->state = DRIVER_VSS_READY;
}

void driver_vss_rescind(struct driver_vss *vss)
{
	vss->mode = DRIVER_VSS_DESTROY;
	vss->state = DRIVER_VSS_DYING;
	vss->deadline_us = DRIVER_NEVER;
	vss->in.n = 0;
}
