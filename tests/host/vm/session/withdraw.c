// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Withdrawing at a time that the kernel survives. A driver's probe holds its device's lock:
 * whoever asks that driver to bind the device once more is answered when the probe has ended,
 * however slow the guest is.
 */

#include "host/vm/session/withdraw.h"
#include "host/body.h"
#include "host/vm/agent.h"

#include <string.h>

#define DRIVER        "/sys/bus/vmbus/drivers/hv_utils/bind"
#define OPEN_US       10000000 /* how long a guest may take to find its driver */
#define DRIVERLESS_US 500000   /* what has none, or one whose devices we do not know by name */

static const struct {
	const char *instance;
	uint64_t patience_us;
} devices[] = {
	[CONTROL_HEARTBEAT] = { "fd149e91-82e0-4a7d-afa6-2a4166cbd7c0", OPEN_US },
	[CONTROL_SHUTDOWN] = { "b6650ff7-33bc-4840-8048-e0676786f393", OPEN_US },
	[CONTROL_TIMESYNC] = { "2dd1ce17-079e-403c-b352-a1921ee207ee", OPEN_US },
	[CONTROL_KVP] = { "242ff919-07db-4180-9c2e-b86cb68c8c55", OPEN_US },
	[CONTROL_VSS] = { "2450ee40-33bf-4fbd-892e-9fb06e9214cf", OPEN_US },
	[CONTROL_FCOPY] = { "eb765408-105f-49b6-b4aa-c123b64d17d4", DRIVERLESS_US },
};

static bool is_being_probed(const struct vm_client *client, uint32_t component)
{
	return client->is_up && client_component(client, component)->state == CONTROL_OFFERED;
}

static void wait_for_driver(struct vm_client *client, uint32_t component)
{
	uint64_t deadline_us =
		client_component(client, component)->since_us + devices[component].patience_us;

	while (is_being_probed(client, component) && client_now_us() < deadline_us)
		(void)client_hear(client, deadline_us);
}

/* The answer is that it is bound already, or that there is no such device. */
static void wait_for_probe(struct vm_client *client, uint32_t component)
{
	const char *instance = devices[component].instance;
	struct message message = { 0 };

	message_add_text(&message, DRIVER);
	message_add_u8(&message, GUEST_WRITE_WHOLE);
	message_add_bytes(&message, instance, strlen(instance));
	if (client->is_up)
		(void)client_tell_agent(client, AGENT_WRITE, &message, 0, NULL);
	message_done(&message);
}

static void wait_a_moment(struct vm_client *client, uint32_t component)
{
	uint64_t settled_us = client_component(client, component)->since_us + DRIVERLESS_US;

	while (client_now_us() < settled_us)
		(void)client_hear(client, settled_us);
}

int client_withdraw(struct vm_client *client, uint32_t component)
{
	struct message message = { 0 };
	int r;

	if (component < sizeof(devices) / sizeof(devices[0])) {
		wait_for_driver(client, component);
		wait_for_probe(client, component);
	} else {
		wait_a_moment(client, component);
	}
	message_add_u32(&message, component);
	r = client_obeyed(client, CONTROL_WITHDRAW, &message);
	message_done(&message);
	return r;
}
