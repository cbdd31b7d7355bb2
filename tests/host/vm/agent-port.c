// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * virtio 1.2, "Console Device" with VIRTIO_CONSOLE_F_MULTIPORT: four queues, two of them for
 * control messages {u32 port, u16 event, u16 value}. The driver says that it is ready, gets a
 * port, says that this is ready, gets its name.
 */

#include "host/vm/agent-port.h"
#include "host/vm/bytes.h"

#include <stdlib.h>
#include <string.h>

#define DEVICE_CONSOLE    3
#define FEATURE_MULTIPORT (1ull << 1)
#define CONFIG_MAX_PORTS  4 /* u32 */

enum {
	TO_GUEST,
	FROM_GUEST,
	CONTROL_TO_GUEST,
	CONTROL_FROM_GUEST,
	N_QUEUES,
};

enum {
	DEVICE_READY,
	PORT_ADD,
	PORT_REMOVE,
	PORT_READY,
	CONSOLE_PORT,
	RESIZE,
	PORT_OPEN,
	PORT_NAME,
};

#define CONTROL_SIZE 8
#define MAX_PIECE    65536

static void send_control(struct agent_port *port)
{
	struct virtqueue_chain chain;

	while (port->n_control > 0 && virtio_take(&port->virtio, CONTROL_TO_GUEST, &chain)) {
		size_t n = virtqueue_scatter(
			&chain, port->control[0].bytes, port->control[0].size);

		virtio_give(&port->virtio, CONTROL_TO_GUEST, &chain, n);
		memmove(&port->control[0], &port->control[1],
			--port->n_control * sizeof(port->control[0]));
	}
}

static void put_control(
	struct agent_port *port, uint16_t event, uint16_t value, const char *text)
{
	size_t length = strlen(text);
	uint8_t *bytes;

	if (port->n_control == AGENT_MAX_CONTROL)
		return; /* a driver that asks again and again */
	bytes = port->control[port->n_control].bytes;
	put_le32(bytes, 0);
	put_le16(bytes + 4, event);
	put_le16(bytes + 6, value);
	memcpy(bytes + CONTROL_SIZE, text, length);
	port->control[port->n_control++].size = CONTROL_SIZE + length;
	send_control(port);
}

/* As much as the driver has room for. */
static void send_waiting(struct agent_port *port)
{
	struct virtqueue_chain chain;

	while (port->is_open && port->begin < port->end &&
		virtio_take(&port->virtio, TO_GUEST, &chain)) {
		size_t n = virtqueue_scatter(
			&chain, port->waiting + port->begin, port->end - port->begin);

		virtio_give(&port->virtio, TO_GUEST, &chain, n);
		port->begin += n;
	}
}

static void set_open(struct agent_port *port, bool is_open)
{
	if (port->is_open == is_open)
		return;
	port->is_open = is_open;
	outbox_open(port->virtio.outbox, CONTROL_AGENT, 0);
	outbox_u32(port->virtio.outbox, is_open);
	outbox_close(port->virtio.outbox);
	send_waiting(port);
}

static void on_control(struct agent_port *port, uint16_t event, uint16_t value)
{
	if (event == DEVICE_READY && value)
		put_control(port, PORT_ADD, 1, "");
	if (event == PORT_READY && value) {
		put_control(port, PORT_NAME, 1, CONTROL_AGENT_PORT);
		put_control(port, PORT_OPEN, 1, "");
	}
	if (event == PORT_OPEN)
		set_open(port, value);
}

static void take_control(struct agent_port *port)
{
	struct virtqueue_chain chain;
	uint8_t bytes[CONTROL_SIZE];

	while (virtio_take(&port->virtio, CONTROL_FROM_GUEST, &chain)) {
		size_t n = virtqueue_gather(&chain, bytes, sizeof(bytes));

		virtio_give(&port->virtio, CONTROL_FROM_GUEST, &chain, 0);
		if (n == sizeof(bytes))
			on_control(port, get_le16(bytes + 4), get_le16(bytes + 6));
	}
}

static void take_bytes(struct agent_port *port)
{
	struct virtqueue_chain chain;
	uint8_t bytes[MAX_PIECE];

	while (virtio_take(&port->virtio, FROM_GUEST, &chain)) {
		size_t n = virtqueue_gather(&chain, bytes, sizeof(bytes));

		outbox_put(port->virtio.outbox, CONTROL_FROM_AGENT, bytes, n);
		virtio_give(&port->virtio, FROM_GUEST, &chain, 0);
	}
}

static void notify(struct virtio *virtio, uint32_t queue)
{
	struct agent_port *port = (struct agent_port *)virtio;

	if (queue == TO_GUEST)
		send_waiting(port);
	else if (queue == FROM_GUEST)
		take_bytes(port);
	else if (queue == CONTROL_TO_GUEST)
		send_control(port);
	else
		take_control(port);
}

static void read_config(struct virtio *virtio, uint8_t *ret, size_t at, size_t size)
{
	uint8_t config[12] = { 0 };

	put_le32(config + CONFIG_MAX_PORTS, 1);
	if (at < sizeof(config) && size <= sizeof(config) - at)
		memcpy(ret, config + at, size);
}

static void reset(struct virtio *virtio)
{
	struct agent_port *port = (struct agent_port *)virtio;

	port->n_control = 0;
	set_open(port, false);
}

const struct virtio_kind agent_port_kind = {
	.device_id = DEVICE_CONSOLE,
	.n_queues = N_QUEUES,
	.features = FEATURE_MULTIPORT,
	.read_config = read_config,
	.notify = notify,
	.reset = reset,
};

void agent_port_put(struct agent_port *port, const uint8_t *bytes, size_t size)
{
	size_t n = port->end - port->begin;

	if (n > 0 && port->begin > 0)
		memmove(port->waiting, port->waiting + port->begin, n);
	port->begin = 0;
	port->end = n;
	while (port->room < n + size) {
		port->room = port->room ? 2 * port->room : 65536;
		port->waiting = realloc(port->waiting, port->room);
		if (!port->waiting)
			abort();
	}
	if (size > 0)
		memcpy(port->waiting + n, bytes, size);
	port->end += size;
	send_waiting(port);
}

void agent_port_done(struct agent_port *port)
{
	free(port->waiting);
	port->waiting = NULL;
	port->begin = port->end = port->room = 0;
}
