// SPDX-License-Identifier: LGPL-2.1-or-later

#include "host/fuse/body-vss.h"

#include "host/body.h"

#include <errno.h>

#define NAME		"hv_vss"
#define GONE_PATIENCE_US 10000000 /* for a daemon to close a withdrawn device */

static struct body_vss_pending *find(struct body_vss *vss, uint64_t id)
{
	for (size_t i = 0; i < BODY_VSS_PENDING; i++)
		if (vss->pending[i].id == id)
			return &vss->pending[i];
	return NULL;
}

static void answer(struct body_vss_pending *pending, uint32_t status)
{
	if (!pending || pending->is_answered)
		return;
	pending->is_answered = true;
	pending->status = status;
}

static void collect_answers(struct body_vss *vss)
{
	struct driver_vss_packet packet;

	while (driver_vss_receive(&vss->driver, &packet))
		answer(find(vss, packet.id), packet.status);
}

int body_vss_send(struct body_vss *vss, uint8_t operation, uint64_t *ret_id)
{
	struct driver_vss_packet packet = { .id = ++vss->last_id, .operation = operation };
	struct body_vss_pending *pending;
	int r = -ENOBUFS;

	(void)server_lock(vss->server);
	server_wait_for_close(vss->server, NAME);
	pending = find(vss, 0);
	if (pending)
		r = driver_vss_send(&vss->driver, &packet, server_now());
	if (r == 0 || r == -ENODEV)
		*pending = (struct body_vss_pending){ .id = packet.id };
	if (r == -ENODEV) /* the host knows that without asking */
		answer(pending, HOST_GONE);
	server_unlock(vss->server);
	*ret_id = packet.id;
	return r == -ENODEV ? 0 : r;
}

uint32_t body_vss_receive(struct body_vss *vss, uint64_t id, uint64_t patience_us)
{
	uint64_t deadline_us = server_lock(vss->server) + patience_us;
	struct body_vss_pending *pending = find(vss, id);
	uint32_t status = HOST_NO_ANSWER;
	int r = 0;

	for (;;) {
		collect_answers(vss);
		if (!pending || pending->is_answered || r < 0)
			break;
		r = server_wait(vss->server, deadline_us);
	}
	if (pending && pending->is_answered) {
		status = pending->status;
		pending->id = 0;
	}
	server_unlock(vss->server);
	return status;
}

bool body_vss_is_served(struct body_vss *vss)
{
	bool is_served;

	(void)server_lock(vss->server);
	is_served = vss->driver.state == DRIVER_VSS_READY || vss->driver.state == DRIVER_VSS_USERSPACE_REQ;
	server_unlock(vss->server);
	return is_served;
}

int body_vss_offer(struct body_vss *vss)
{
	const struct server_device device = {
		.name = NAME,
		.owner = vss->owner,
		.ops = &driver_vss_ops,
		.driver = &vss->driver,
	};
	uint64_t deadline_us = server_lock(vss->server) + GONE_PATIENCE_US;
	int r = 0;

	while (r == 0 && server_has(vss->server, NAME))
		r = server_wait(vss->server, deadline_us);
	if (r == 0) {
		driver_vss_init(&vss->driver, KERNEL_TIMEOUT_S * vss->kernel_second_us,
			KERNEL_FREEZE_TIMEOUT_S * vss->kernel_second_us);
		r = server_add(vss->server, &device);
	}
	server_unlock(vss->server);
	return r;
}

int body_vss_withdraw(struct body_vss *vss)
{
	(void)server_lock(vss->server);
	collect_answers(vss);
	driver_vss_rescind(&vss->driver);
	for (size_t i = 0; i < BODY_VSS_PENDING; i++)
		if (vss->pending[i].id)
			answer(&vss->pending[i], HOST_GONE);
	server_unlock(vss->server);
	return 0;
}

int body_vss_suspend(struct body_vss *vss)
{
	(void)server_lock(vss->server);
	driver_vss_suspend(&vss->driver);
	server_unlock(vss->server);
	return 0;
}
