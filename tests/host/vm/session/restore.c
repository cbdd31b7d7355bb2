// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The host as it was. A guest that has been switched off, or hangs, is for the next scenario to
 * start.
 */

#include "host/vm/session/restore.h"
#include "host/host.h"
#include "host/vm/bytes.h"
#include "host/vm/session/orders.h"

#define HEARTBEAT_MS 2000 /* as the monitor has them */
#define TIMESYNC_MS  5000
#define SYNC         1

static void note_versions(struct vm_changes *changes, uint32_t component)
{
	for (size_t i = 0; i < STATE_COMPONENTS; i++)
		if (changes->versions[i] == 0 || changes->versions[i] == component) {
			changes->versions[i] = component;
			return;
		}
}

void restore_note(struct vm_changes *changes, const struct control_frame *order)
{
	if (order->type == CONTROL_PAUSE)
		changes->is_paused = true;
	if (order->type == CONTROL_RESUME)
		changes->is_paused = false;
	if (order->type == CONTROL_SHIFT_CLOCK && order->size >= 8)
		changes->shift += (int64_t)get_le64(order->payload);
	if (order->type == CONTROL_VERSIONS && order->size >= 4)
		note_versions(changes, get_le32(order->payload));
}

static void order(struct link *monitor, uint32_t type, struct message message)
{
	link_send_message(monitor, type, 0, &message);
	message_done(&message);
}

static void order_component(struct link *monitor, uint32_t type, uint32_t component)
{
	struct message message = { 0 };

	message_add_u32(&message, component);
	order(monitor, type, message);
}

static void restore_cadence(struct link *monitor, uint32_t component, uint32_t period_ms)
{
	struct message message = { 0 };

	message_add_u32(&message, component);
	message_add_u32(&message, period_ms);
	order(monitor, CONTROL_CADENCE, message);
}

/* The guest believes it when it is told. */
static void restore_clock(struct link *monitor, int64_t shift)
{
	struct message message = { 0 }, sync = { 0 };

	message_add_u64(&message, (uint64_t)-shift);
	order(monitor, CONTROL_SHIFT_CLOCK, message);
	message_add_u32(&sync, SYNC);
	message_add_u64(&sync, 0);
	order(monitor, CONTROL_TIME, sync);
}

/* Versions are agreed upon once for each offer. */
static void restore_versions(struct link *monitor, uint32_t component)
{
	struct message message = { 0 };

	message_add_u32(&message, component);
	message_add_u32(&message, 0);
	order(monitor, CONTROL_VERSIONS, message);
	order_component(monitor, CONTROL_WITHDRAW, component);
	order_component(monitor, CONTROL_OFFER, component);
}

/* Data Exchange is offered anew by whoever needs it (vm_kvp_renew). */
static void restore_components(const struct vm_state *state, struct link *monitor)
{
	for (size_t i = 0; i < STATE_COMPONENTS && state->components[i].component; i++) {
		uint32_t component = state->components[i].component;
		uint32_t now = get_le32(state->components[i].news + 4);
		bool is_there = now != CONTROL_ABSENT && now != CONTROL_RESCINDED;

		if (component > CONTROL_NIC && is_there)
			order_component(monitor, CONTROL_WITHDRAW, component);
		else if (component < CONTROL_NIC && component != CONTROL_KVP && !is_there)
			order_component(monitor, CONTROL_OFFER, component);
		else if (component == CONTROL_NIC && !is_there)
			order_offer_guests_adapter(monitor);
	}
}

void restore(struct vm_changes *changes, const struct vm_state *state, struct link *monitor)
{
	if (changes->is_paused)
		order(monitor, CONTROL_RESUME, (struct message){ 0 });
	restore_cadence(monitor, CONTROL_HEARTBEAT, HEARTBEAT_MS);
	restore_cadence(monitor, CONTROL_TIMESYNC, TIMESYNC_MS);
	for (size_t i = 0; i < STATE_COMPONENTS && changes->versions[i]; i++)
		restore_versions(monitor, changes->versions[i]);
	if (changes->shift)
		restore_clock(monitor, changes->shift);
	restore_components(state, monitor);
	*changes = (struct vm_changes){ 0 };
}
