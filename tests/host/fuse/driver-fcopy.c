// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The kernel's file copy driver. As driver-kvp.c: the transport (one opener, one outgoing slot) and
 * the service (one transaction); what waits for time has deadline_us.
 */

#include "driver-fcopy.h"
#include "nls.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define VERSION_0 0
#define VERSION_1 1

/* hvutil_transport_send */
static int fill_slot(struct driver_fcopy *fcopy, const void *bytes, size_t size, bool is_version)
{
	if (fcopy->mode != DRIVER_FCOPY_OPEN)
		return -EINVAL;
	if (fcopy->slot_is_full)
		return -EFAULT;
	memcpy(fcopy->slot, bytes, size);
	fcopy->slot_size = size;
	fcopy->slot_is_full = true;
	fcopy->slot_is_version = is_version;
	return 0;
}

static void answer_host(struct driver_fcopy *fcopy, uint32_t status)
{
	fcopy->deadline_us = DRIVER_NEVER;
	if (fcopy->n_answers == DRIVER_FCOPY_ANSWERS)
		return;
	fcopy->answers[fcopy->n_answers++] =
		(struct driver_fcopy_answer){ .id = fcopy->current, .status = status };
}

static void convert(const void *units, void *ret)
{
	(void)nls_from_utf16(units, W_MAX_PATH, ret, W_MAX_PATH - 1);
}

/* fcopy_send_data: what the daemon gets of a packet. */
static size_t translate(const struct driver_fcopy_packet *packet, uint8_t ret[DRIVER_FCOPY_SLOT])
{
	const struct hv_start_fcopy *in = (const void *)packet->bytes;
	struct hv_start_fcopy start = { .hdr.operation = START_FILE_COPY };
	uint32_t op;

	memset(ret, 0xa5, DRIVER_FCOPY_SLOT);
	memcpy(&op, packet->bytes, sizeof(op));
	if (op == WRITE_TO_FILE) {
		memcpy(ret, packet->bytes, sizeof(struct hv_do_fcopy));
		return sizeof(struct hv_do_fcopy);
	}
	if (op != START_FILE_COPY) {
		memcpy(ret, packet->bytes, packet->size);
		return packet->size + DRIVER_FCOPY_LEFTOVERS;
	}
	convert(packet->bytes + offsetof(struct hv_start_fcopy, file_name), start.file_name);
	convert(packet->bytes + offsetof(struct hv_start_fcopy, path_name), start.path_name);
	start.copy_flags = in->copy_flags;
	start.file_size = in->file_size;
	memcpy(ret, &start, sizeof(start));
	return sizeof(start);
}

static void hand_up(struct driver_fcopy *fcopy, const struct driver_fcopy_packet *packet, uint64_t now_us)
{
	uint8_t message[DRIVER_FCOPY_SLOT];
	size_t size = translate(packet, message);

	fcopy->current = packet->id;
	if (fcopy->state < DRIVER_FCOPY_READY) {
		answer_host(fcopy, HV_E_FAIL);
		return;
	}
	fcopy->state = DRIVER_FCOPY_USERSPACE_REQ;
	fcopy->deadline_us = now_us + fcopy->timeout_us;
	if (fill_slot(fcopy, message, size, false) < 0) {
		answer_host(fcopy, HV_E_FAIL);
		fcopy->state = DRIVER_FCOPY_READY;
	}
}

/* hv_fcopy_onchannelcallback */
static void become_ready(struct driver_fcopy *fcopy, uint64_t now_us)
{
	fcopy->state = DRIVER_FCOPY_READY;
	if (!fcopy->has_waiting)
		return;
	fcopy->has_waiting = false;
	hand_up(fcopy, &fcopy->waiting, now_us);
}

/* fcopy_handle_handshake */
static int register_daemon(struct driver_fcopy *fcopy, uint32_t version)
{
	uint32_t ours = VERSION_1;

	if (version == VERSION_0)
		return 0;
	if (version != VERSION_1)
		return -EINVAL;
	return fill_slot(fcopy, &ours, sizeof(ours), true);
}

/* fcopy_on_msg */
static int take_message(struct driver_fcopy *fcopy, uint32_t value, uint64_t now_us)
{
	if (fcopy->state == DRIVER_FCOPY_INIT)
		return register_daemon(fcopy, value);
	if (fcopy->state != DRIVER_FCOPY_USERSPACE_REQ)
		return -EINVAL;
	answer_host(fcopy, value);
	become_ready(fcopy, now_us);
	return 0;
}

static void fcopy_tick(void *driver, uint64_t now_us)
{
	struct driver_fcopy *fcopy = driver;

	if (fcopy->state != DRIVER_FCOPY_USERSPACE_REQ || now_us < fcopy->deadline_us)
		return;
	answer_host(fcopy, HV_E_FAIL);
	become_ready(fcopy, now_us);
}

static int fcopy_open(void *driver)
{
	struct driver_fcopy *fcopy = driver;

	if (fcopy->mode == DRIVER_FCOPY_DESTROY)
		return -EBADF;
	if (fcopy->mode == DRIVER_FCOPY_OPEN)
		return -EBUSY;
	fcopy->mode = DRIVER_FCOPY_OPEN;
	fcopy->is_held = true;
	return 0;
}

static int fcopy_read(void *driver, void *ret_bytes, size_t size, uint64_t now_us)
{
	struct driver_fcopy *fcopy = driver;
	size_t slot_size = fcopy->slot_size;

	fcopy_tick(fcopy, now_us);
	if (fcopy->mode == DRIVER_FCOPY_DESTROY)
		return -EBADF;
	if (!fcopy->slot_is_full)
		return -EAGAIN;
	if (size < slot_size)
		return -EINVAL;
	memcpy(ret_bytes, fcopy->slot, slot_size);
	fcopy->slot_is_full = false;
	if (fcopy->slot_is_version)
		become_ready(fcopy, now_us);
	return (int)slot_size;
}

static int fcopy_write(void *driver, const void *bytes, size_t size, uint64_t now_us)
{
	struct driver_fcopy *fcopy = driver;
	uint32_t value;

	fcopy_tick(fcopy, now_us);
	if (fcopy->mode == DRIVER_FCOPY_DESTROY)
		return -EBADF;
	if (size != sizeof(value))
		return -EINVAL;
	memcpy(&value, bytes, sizeof(value));
	return take_message(fcopy, value, now_us);
}

static unsigned int fcopy_poll(const void *driver)
{
	const struct driver_fcopy *fcopy = driver;

	if (fcopy->mode == DRIVER_FCOPY_DESTROY)
		return POLLERR | POLLHUP;
	return fcopy->slot_is_full ? POLLIN | POLLRDNORM : 0;
}

/* hvt_op_release, fcopy_on_reset; what waits in the ring is then refused like the next. */
static void fcopy_release(void *driver, uint64_t now_us)
{
	struct driver_fcopy *fcopy = driver;

	fcopy_tick(fcopy, now_us);
	fcopy->is_held = false;
	fcopy->slot_is_full = false;
	if (fcopy->mode == DRIVER_FCOPY_DESTROY)
		return;
	fcopy->mode = DRIVER_FCOPY_CLOSED;
	if (fcopy->state == DRIVER_FCOPY_USERSPACE_REQ)
		answer_host(fcopy, HV_E_FAIL);
	fcopy->state = DRIVER_FCOPY_INIT;
	if (fcopy->has_waiting)
		hand_up(fcopy, &fcopy->waiting, now_us);
	fcopy->has_waiting = false;
}

static uint64_t fcopy_deadline(const void *driver)
{
	const struct driver_fcopy *fcopy = driver;

	return fcopy->deadline_us;
}

static bool fcopy_is_gone(const void *driver)
{
	const struct driver_fcopy *fcopy = driver;

	return fcopy->mode == DRIVER_FCOPY_DESTROY && !fcopy->is_held;
}

const struct driver_ops driver_fcopy_ops = {
	.open = fcopy_open,
	.read = fcopy_read,
	.write = fcopy_write,
	.poll = fcopy_poll,
	.release = fcopy_release,
	.deadline = fcopy_deadline,
	.tick = fcopy_tick,
	.is_gone = fcopy_is_gone,
};

void driver_fcopy_init(struct driver_fcopy *fcopy, uint64_t timeout_us)
{
	memset(fcopy, 0, sizeof(*fcopy));
	fcopy->timeout_us = timeout_us;
	fcopy->deadline_us = DRIVER_NEVER;
}

int driver_fcopy_send(struct driver_fcopy *fcopy, const struct driver_fcopy_packet *packet, uint64_t now_us)
{
	fcopy_tick(fcopy, now_us);
	if (fcopy->state == DRIVER_FCOPY_DYING)
		return -ENODEV;
	if (fcopy->state <= DRIVER_FCOPY_READY) {
		hand_up(fcopy, packet, now_us);
		return 0;
	}
	if (fcopy->has_waiting)
		return -ENOSPC;
	fcopy->waiting = *packet;
	fcopy->has_waiting = true;
	return 0;
}

bool driver_fcopy_receive(struct driver_fcopy *fcopy, struct driver_fcopy_answer *ret)
{
	if (fcopy->n_answers == 0)
		return false;
	*ret = fcopy->answers[0];
	fcopy->n_answers--;
	memmove(fcopy->answers, fcopy->answers + 1, fcopy->n_answers * sizeof(fcopy->answers[0]));
	return true;
}

void driver_fcopy_rescind(struct driver_fcopy *fcopy)
{
	fcopy->mode = DRIVER_FCOPY_DESTROY;
	fcopy->state = DRIVER_FCOPY_DYING;
	fcopy->deadline_us = DRIVER_NEVER;
	fcopy->has_waiting = false;
}

void driver_fcopy_suspend(struct driver_fcopy *fcopy)
{
	struct hv_fcopy_hdr cancel = { .operation = CANCEL_FCOPY };

	(void)fill_slot(fcopy, &cancel, sizeof(cancel), false);
	if (fcopy->state == DRIVER_FCOPY_USERSPACE_REQ)
		fcopy->state = DRIVER_FCOPY_READY;
	fcopy->deadline_us = DRIVER_NEVER;
}
