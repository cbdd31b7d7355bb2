// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The kernel's KVP driver. Two halves, as there: the transport (one opener, one outgoing slot)
 * and the service (one transaction). Text goes through kvp-text.c. Everything that could wait
 * in the kernel is done at once; what waits for time has deadline_us.
 */

#include "driver-kvp.h"
#include "kvp-text.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define VERSION     "3.1" /* HV_DRV_VERSION */

#define RING_PLACES (DRIVER_KVP_RING + 1)

static void ring_put(struct driver_kvp_ring *ring, const struct driver_kvp_packet *packet)
{
	ring->packets[(ring->first + ring->n) % RING_PLACES] = *packet;
	if (ring->n < RING_PLACES)
		ring->n++;
}

static bool ring_take(struct driver_kvp_ring *ring, struct driver_kvp_packet *ret)
{
	if (ring->n == 0)
		return false;
	*ret = ring->packets[ring->first];
	ring->first = (ring->first + 1) % RING_PLACES;
	ring->n--;
	return true;
}

/* hvutil_transport_send */
static int fill_slot(struct driver_kvp *kvp, const struct hv_kvp_msg *message, bool is_version)
{
	if (kvp->mode != DRIVER_KVP_OPEN)
		return -EINVAL;
	if (kvp->slot_is_full)
		return -EFAULT;
	kvp->slot = *message;
	kvp->slot_is_full = true;
	kvp->slot_is_version = is_version;
	return 0;
}

static void answer_host(
	struct driver_kvp *kvp, const struct hv_kvp_msg *message, uint32_t status)
{
	kvp->deadline_us = DRIVER_NEVER;
	if (status == HV_S_OK)
		kvp->stopped_by = kvp_text_without_end(
			message, kvp->current.message.kvp_hdr.operation);
	if (kvp->stopped_by)
		return;
	if (status == HV_S_OK)
		status = kvp_text_to_host(message, &kvp->current.message);
	kvp->current.status = status;
	ring_put(&kvp->out, &kvp->current);
}

/* kvp_send_key */
static void hand_up(struct driver_kvp *kvp, uint64_t now_us)
{
	struct hv_kvp_msg message;

	kvp_text_to_daemon(&kvp->current.message, &message);
	kvp->state = DRIVER_KVP_USERSPACE_REQ;
	kvp->deadline_us = now_us + kvp->timeout_us;
	if (fill_slot(kvp, &message, false) < 0) {
		answer_host(kvp, NULL, HV_E_FAIL);
		kvp->state = DRIVER_KVP_READY;
	}
}

/* hv_kvp_onchannelcallback, until something has to be waited for */
static void serve_ring(struct driver_kvp *kvp, uint64_t now_us)
{
	while (kvp->state == DRIVER_KVP_READY && ring_take(&kvp->in, &kvp->current)) {
		if (kvp->current.is_negotiation)
			ring_put(&kvp->out, &kvp->current);
		else
			hand_up(kvp, now_us);
	}
}

static void become_ready(struct driver_kvp *kvp, uint64_t now_us)
{
	kvp->state = DRIVER_KVP_READY;
	serve_ring(kvp, now_us);
}

/* kvp_handle_handshake, kvp_register */
static int register_daemon(struct driver_kvp *kvp, const struct hv_kvp_msg *message)
{
	struct hv_kvp_msg answer = { 0 };
	uint8_t code = message->kvp_hdr.operation;

	if (code != KVP_OP_REGISTER && code != KVP_OP_REGISTER1)
		return -EINVAL;
	kvp->register_code = code;
	answer.kvp_hdr.operation = code;
	memcpy(answer.body.kvp_register.version, VERSION, sizeof(VERSION));
	return fill_slot(kvp, &answer, true);
}

/* A legacy daemon reports failure by an empty key, and cannot say which. */
static uint32_t daemon_status(const struct driver_kvp *kvp, const struct hv_kvp_msg *message)
{
	if (kvp->register_code == KVP_OP_REGISTER1)
		return (uint32_t)message->error;
	return message->body.kvp_enum_data.data.key[0] == '\0' ? HV_S_CONT : HV_S_OK;
}

/* kvp_on_msg */
static int take_message(
	struct driver_kvp *kvp, const struct hv_kvp_msg *message, uint64_t now_us)
{
	if (kvp->state < DRIVER_KVP_READY)
		return register_daemon(kvp, message);
	if (kvp->state < DRIVER_KVP_USERSPACE_REQ)
		return -EINVAL;
	answer_host(kvp, message, daemon_status(kvp, message));
	become_ready(kvp, now_us);
	return 0;
}

static void kvp_tick(void *driver, uint64_t now_us)
{
	struct driver_kvp *kvp = driver;

	if (kvp->state != DRIVER_KVP_USERSPACE_REQ || now_us < kvp->deadline_us)
		return;
	answer_host(kvp, NULL, HV_E_FAIL);
	become_ready(kvp, now_us);
}

static int kvp_open(void *driver)
{
	struct driver_kvp *kvp = driver;

	if (kvp->mode == DRIVER_KVP_DESTROY)
		return -EBADF;
	if (kvp->mode == DRIVER_KVP_OPEN)
		return -EBUSY;
	kvp->mode = DRIVER_KVP_OPEN;
	kvp->is_held = true;
	return 0;
}

static int kvp_read(void *driver, void *ret_bytes, size_t size, uint64_t now_us)
{
	struct driver_kvp *kvp = driver;

	kvp_tick(kvp, now_us);
	if (kvp->mode == DRIVER_KVP_DESTROY)
		return -EBADF;
	if (!kvp->slot_is_full)
		return -EAGAIN;
	if (size < sizeof(kvp->slot))
		return -EINVAL;
	memcpy(ret_bytes, &kvp->slot, sizeof(kvp->slot));
	kvp->slot_is_full = false;
	if (kvp->slot_is_version)
		become_ready(kvp, now_us);
	return sizeof(kvp->slot);
}

static int kvp_write(void *driver, const void *bytes, size_t size, uint64_t now_us)
{
	struct driver_kvp *kvp = driver;
	struct hv_kvp_msg message;

	kvp_tick(kvp, now_us);
	if (kvp->mode == DRIVER_KVP_DESTROY)
		return -EBADF;
	if (size < sizeof(message))
		return -EINVAL;
	memcpy(&message, bytes, sizeof(message));
	return take_message(kvp, &message, now_us);
}

static unsigned int kvp_poll(const void *driver)
{
	const struct driver_kvp *kvp = driver;

	if (kvp->mode == DRIVER_KVP_DESTROY)
		return POLLERR | POLLHUP;
	return kvp->slot_is_full ? POLLIN | POLLRDNORM : 0;
}

/* hvt_op_release, kvp_on_reset */
static void kvp_release(void *driver, uint64_t now_us)
{
	struct driver_kvp *kvp = driver;

	kvp_tick(kvp, now_us);
	kvp->is_held = false;
	kvp->slot_is_full = false;
	if (kvp->mode == DRIVER_KVP_DESTROY)
		return;
	kvp->mode = DRIVER_KVP_CLOSED;
	if (kvp->state == DRIVER_KVP_USERSPACE_REQ)
		answer_host(kvp, NULL, HV_E_FAIL);
	kvp->state = DRIVER_KVP_INIT;
}

static uint64_t kvp_deadline(const void *driver)
{
	const struct driver_kvp *kvp = driver;

	return kvp->deadline_us;
}

static bool kvp_is_gone(const void *driver)
{
	const struct driver_kvp *kvp = driver;

	return kvp->mode == DRIVER_KVP_DESTROY && !kvp->is_held;
}

const struct driver_ops driver_kvp_ops = {
	.open = kvp_open,
	.read = kvp_read,
	.write = kvp_write,
	.poll = kvp_poll,
	.release = kvp_release,
	.deadline = kvp_deadline,
	.tick = kvp_tick,
	.is_gone = kvp_is_gone,
};

void driver_kvp_init(struct driver_kvp *kvp, uint64_t timeout_us)
{
	memset(kvp, 0, sizeof(*kvp));
	kvp->timeout_us = timeout_us;
	kvp->deadline_us = DRIVER_NEVER;
}

int driver_kvp_send(
	struct driver_kvp *kvp, const struct driver_kvp_packet *packet, uint64_t now_us)
{
	kvp_tick(kvp, now_us);
	if (kvp->state == DRIVER_KVP_DYING)
		return -ENODEV;
	if (kvp->in.n == DRIVER_KVP_RING)
		return -ENOSPC;
	ring_put(&kvp->in, packet);
	serve_ring(kvp, now_us);
	return 0;
}

bool driver_kvp_receive(struct driver_kvp *kvp, struct driver_kvp_packet *ret)
{
	return ring_take(&kvp->out, ret);
}

void driver_kvp_rescind(struct driver_kvp *kvp)
{
	kvp->mode = DRIVER_KVP_DESTROY;
	kvp->state = DRIVER_KVP_DYING;
	kvp->deadline_us = DRIVER_NEVER;
	kvp->in.n = 0;
}
