/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_AGENT_PORT_H
#define HVG_TESTS_HOST_VM_AGENT_PORT_H

/*
 * The agent's stream of bytes: the only port of a virtio console. What comes from outside waits
 * here until somebody in the guest has opened it and takes it.
 */

#include "host/vm/virtio.h"

#define AGENT_MAX_CONTROL 8

struct agent_port {
	struct virtio virtio; /* the first, so that one is the other */
	bool is_open;         /* by somebody in the guest */

	/* Control messages for the driver, which has not taken them yet. */
	struct {
		uint8_t bytes[64];
		size_t size;
	} control[AGENT_MAX_CONTROL];
	size_t n_control;

	uint8_t *waiting; /* for the agent */
	size_t begin, end, room;
};

extern const struct virtio_kind agent_port_kind;

void agent_port_put(struct agent_port *port, const uint8_t *bytes, size_t size);
void agent_port_done(struct agent_port *port);

#endif
