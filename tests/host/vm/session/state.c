// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Keeping track of a virtual machine.
 */

#include "host/vm/session/state.h"
#include "host/vm/agent.h"
#include "host/vm/bytes.h"
#include "host/vm/session/orders.h"

#include <err.h>
#include <string.h>

static FILE *create(const struct vm_state *state, const char *name)
{
	char path[4096];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", state->folder, name);
	file = fopen(path, "we");
	if (!file)
		err(1, "%s", path);
	setvbuf(file, NULL, _IONBF, 0);
	return file;
}

void state_init(struct vm_state *state, const char *folder)
{
	*state = (struct vm_state){ .folder = folder };
	state->is_running = true; /* from the moment that there is a monitor */
	state->console = create(state, "console.log");
	state->record = create(state, "record.log");
}

static void offer(struct link *monitor, uint32_t component)
{
	struct message message = { 0 };

	message_add_u32(&message, component);
	link_send_message(monitor, CONTROL_OFFER, 0, &message);
	message_done(&message);
}

void state_boot(struct link *monitor)
{
	static const uint32_t components[] = { CONTROL_HEARTBEAT, CONTROL_SHUTDOWN,
		CONTROL_TIMESYNC, CONTROL_KVP, CONTROL_VSS, CONTROL_FCOPY };
	const struct control_frame boot = { .type = CONTROL_BOOT };

	order_offer_guests_adapter(monitor);
	for (size_t i = 0; i < sizeof(components) / sizeof(components[0]); i++)
		offer(monitor, components[i]);
	link_send(monitor, &boot);
}

static void note_component(struct vm_state *state, const struct control_frame *frame)
{
	uint32_t component = frame->size >= 8 ? get_le32(frame->payload) : 0;

	for (size_t i = 0; component && i < STATE_COMPONENTS; i++) {
		if (state->components[i].component && state->components[i].component != component)
			continue;
		state->components[i].component = component;
		state->components[i].size = frame->size < 16 ? frame->size : 16;
		memcpy(state->components[i].news, frame->payload, state->components[i].size);
		return;
	}
}

/* What the old kernel's agent was about to say belongs to nobody. */
static void forget_guest(struct vm_state *state)
{
	state->is_up = false;
	control_stream_done(&state->agent);
}

static void note_fault(struct vm_state *state, const struct control_frame *frame, bool is_heard)
{
	state->has_fault = true;
	if (is_heard)
		return;
	state->n_unheard_faults++;
	fprintf(stderr, "hvg-vm-session: a fault while no scenario was there: %.*s\n", (int)frame->size,
		(const char *)frame->payload);
}

static void keep(FILE *file, const struct control_frame *frame)
{
	(void)fwrite(frame->payload, 1, frame->size, file);
}

void state_note(struct vm_state *state, const struct control_frame *frame, bool is_heard)
{
	switch (frame->type) {
	case CONTROL_CONSOLE:
		keep(state->console, frame);
		break;
	case CONTROL_RECORD:
		keep(state->record, frame);
		(void)fputc('\n', state->record);
		break;
	case CONTROL_COMPONENT:
		note_component(state, frame);
		break;
	case CONTROL_FAULT:
		note_fault(state, frame, is_heard);
		break;
	case CONTROL_FROM_AGENT:
		if (control_stream_add(&state->agent, frame->payload, frame->size) < 0)
			errx(1, "no memory");
		break;
	case CONTROL_ENDED:
		forget_guest(state);
		state->is_running = false;
		break;
	}
}

static void note_ready(struct vm_state *state, const struct control_frame *frame)
{
	FILE *up;

	if (!state->was_up) {
		up = create(state, "up");
		keep(up, frame);
		(void)fclose(up);
	}
	state->was_up = state->is_up = true;
}

int state_next_from_agent(struct vm_state *state, struct message *ret)
{
	struct control_frame frame;
	uint8_t header[CONTROL_HEADER];
	int r = control_stream_next(&state->agent, &frame);

	if (r < 0)
		errx(1, "the agent sends no frames");
	if (r == 0)
		return 0;
	if (frame.type == AGENT_READY)
		note_ready(state, &frame);
	control_encode_header(&frame, header);
	*ret = (struct message){ 0 };
	message_add_bytes(ret, header, sizeof(header));
	message_add_bytes(ret, frame.payload, frame.size);
	return 1;
}

bool state_is_hopeless(const struct vm_state *state)
{
	return !state->was_up && (!state->is_running || state->has_fault);
}

void state_note_order(struct vm_state *state, const struct control_frame *frame)
{
	if (frame->type != CONTROL_BOOT)
		return;
	forget_guest(state);
	state->is_running = true;
	state->has_fault = false;
}

/* What it consists of comes first. */
void state_tell(const struct vm_state *state, struct link *client)
{
	struct message message = { 0 };

	for (size_t i = 0; i < STATE_COMPONENTS && state->components[i].component; i++)
		link_send(client, &(struct control_frame){ .type = CONTROL_COMPONENT,
			.payload = state->components[i].news, .size = state->components[i].size });
	message_add_u8(&message, state->is_running);
	message_add_u8(&message, state->is_up);
	message_add_u8(&message, state->has_fault);
	link_send_message(client, SESSION_STATE, 0, &message);
	message_done(&message);
}
