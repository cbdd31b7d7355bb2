// SPDX-License-Identifier: LGPL-2.1-or-later

/* As the body does it for KVP: requests have numbers, and wait for their answers in a table. */

#include "host/fuse/body-fcopy.h"

#include <errno.h>

#define NAME "hv_fcopy"

/* Each direction of the newer kernels' rings: 16 KiB of data. The older ones have a page less. */
#define RING_PAGES 5

#define GONE_PATIENCE_US 10000000 /* for a daemon to close a withdrawn device */

static int find(const struct body_fcopy *fcopy, uint64_t id)
{
	for (int i = 0; i < BODY_FCOPY_PENDING; i++)
		if (fcopy->pending[i].id == id)
			return i;
	return -1;
}

static void set_answer(struct body_fcopy *fcopy, int i, uint32_t status)
{
	if (i < 0)
		return;
	fcopy->pending[i].is_answered = true;
	fcopy->pending[i].status = status;
}

static void collect_answers(struct body_fcopy *fcopy)
{
	struct driver_fcopy_answer answer;

	while (driver_fcopy_receive(&fcopy->driver, &answer))
		set_answer(fcopy, find(fcopy, answer.id), answer.status);
}

/* The channel: its host can tell at once that nobody has it open. One request at a time. */

static int send_on_ring(struct body_fcopy *fcopy, const struct driver_fcopy_packet *packet)
{
	int r = fcopy->was_offered ? ring_host_send(&fcopy->ring, packet->bytes, packet->size) : -ENODEV;

	fcopy->pending[0].id = packet->id;
	fcopy->pending[0].is_answered = false;
	if (r == -ENODEV)
		set_answer(fcopy, 0, fcopy->was_offered ? HV_E_FAIL : HOST_GONE);
	return r == -ENODEV ? 0 : r;
}

static uint32_t receive_from_ring(struct body_fcopy *fcopy, uint64_t id, uint64_t patience_us)
{
	uint32_t status = HOST_NO_ANSWER;
	int r;

	if (fcopy->pending[0].id != id)
		return HOST_NO_ANSWER;
	if (fcopy->pending[0].is_answered)
		return fcopy->pending[0].status;
	r = ring_host_receive(&fcopy->ring, (int)(patience_us / 1000), &status);
	return r == -ENODEV ? HV_E_FAIL : status;
}

int body_fcopy_send(struct body_fcopy *fcopy, const struct host_fcopy_message *request, uint64_t *ret_id)
{
	struct driver_fcopy_packet packet = { .id = ++fcopy->last_id };
	uint64_t now_us;
	int i, r;

	packet.size = host_fcopy_encode(request, packet.bytes);
	*ret_id = packet.id;
	if (fcopy->uses_ring)
		return send_on_ring(fcopy, &packet);
	now_us = server_lock(fcopy->server);
	i = find(fcopy, 0);
	r = i < 0 ? -ENOBUFS :
		    fcopy->was_offered ? driver_fcopy_send(&fcopy->driver, &packet, now_us) : -ENODEV;
	if (i >= 0 && (r == 0 || r == -ENODEV)) {
		fcopy->pending[i].id = packet.id;
		fcopy->pending[i].is_answered = false;
		if (r == -ENODEV) /* the host knows that without asking */
			set_answer(fcopy, i, HOST_GONE);
	}
	server_unlock(fcopy->server);
	return r == -ENODEV ? 0 : r;
}

uint32_t body_fcopy_receive(struct body_fcopy *fcopy, uint64_t id, uint64_t patience_us)
{
	uint32_t status = HOST_NO_ANSWER;
	uint64_t deadline_us;
	int i, r = 0;

	if (fcopy->uses_ring)
		return receive_from_ring(fcopy, id, patience_us);
	deadline_us = server_lock(fcopy->server) + patience_us;
	i = find(fcopy, id);
	for (;;) {
		collect_answers(fcopy);
		if (i < 0 || fcopy->pending[i].is_answered || r < 0)
			break;
		r = server_wait(fcopy->server, deadline_us);
	}
	if (i >= 0 && fcopy->pending[i].is_answered) {
		status = fcopy->pending[i].status;
		fcopy->pending[i].id = 0;
	}
	server_unlock(fcopy->server);
	return status;
}

int body_fcopy_offer(struct body_fcopy *fcopy)
{
	const struct server_device device = {
		.name = NAME,
		.owner = fcopy->device_owner,
		.ops = &driver_fcopy_ops,
		.driver = &fcopy->driver,
	};
	uint64_t deadline_us;
	int r = 0;

	if (fcopy->uses_ring) {
		r = ring_host_offer(&fcopy->ring, BODY_FCOPY_RING, RING_PAGES);
		fcopy->was_offered = r == 0;
		return r;
	}
	deadline_us = server_lock(fcopy->server) + GONE_PATIENCE_US;
	while (r == 0 && server_has(fcopy->server, NAME))
		r = server_wait(fcopy->server, deadline_us);
	if (r == 0) {
		driver_fcopy_init(&fcopy->driver, fcopy->timeout_us);
		r = server_add(fcopy->server, &device);
		fcopy->was_offered = r == 0;
	}
	server_unlock(fcopy->server);
	return r;
}

int body_fcopy_withdraw(struct body_fcopy *fcopy)
{
	if (fcopy->uses_ring) {
		ring_host_withdraw(&fcopy->ring);
		fcopy->was_offered = false;
		set_answer(fcopy, 0, HOST_GONE);
		return 0;
	}
	(void)server_lock(fcopy->server);
	collect_answers(fcopy);
	driver_fcopy_rescind(&fcopy->driver);
	for (int i = 0; i < BODY_FCOPY_PENDING; i++)
		if (fcopy->pending[i].id && !fcopy->pending[i].is_answered)
			set_answer(fcopy, i, HOST_GONE);
	server_unlock(fcopy->server);
	return 0;
}

int body_fcopy_renegotiate(struct body_fcopy *fcopy)
{
	return fcopy->uses_ring ? ring_host_negotiate(&fcopy->ring) : -EOPNOTSUPP;
}

bool body_fcopy_is_served(struct body_fcopy *fcopy)
{
	bool is_served;

	if (fcopy->uses_ring)
		return fcopy->was_offered && ring_host_is_ready(&fcopy->ring);
	(void)server_lock(fcopy->server);
	is_served = fcopy->was_offered && (fcopy->driver.state == DRIVER_FCOPY_READY ||
						  fcopy->driver.state == DRIVER_FCOPY_USERSPACE_REQ);
	server_unlock(fcopy->server);
	return is_served;
}
