// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The host's end of a machine with a kernel: orders to the monitor.
 */

#include "host/vm/deeds.h"
#include "host/machine.h"
#include "host/vm/body.h"
#include "host/vm/session/orders.h"
#include "host/vm/session/withdraw.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILETIME_PER_US 10

static struct vm_client *client_of(struct machine *machine)
{
	if (strcmp(machine->body->name, "vm") != 0)
		machine_fail(machine, "this needs a machine with a kernel");
	return vm_body_client(machine->at);
}

/* An order that is obeyed at once. The message is given away. */
static void order(struct machine *machine, const char *what, uint32_t type, struct message message)
{
	machine_check(machine, client_obeyed(client_of(machine), type, &message), what);
	message_done(&message);
}

static struct message component_message(uint32_t component)
{
	struct message message = { 0 };

	message_add_u32(&message, component);
	return message;
}

/* Components. */

enum control_state host_state(struct machine *machine, uint32_t component)
{
	struct vm_client *client = client_of(machine);

	while (client_hear(client, 0) == 0)
		;
	return (enum control_state)client_component(client, component)->state;
}

static const char *const state_names[] = {
	[CONTROL_ABSENT] = "absent",
	[CONTROL_OFFERED] = "offered",
	[CONTROL_OPEN] = "open",
	[CONTROL_NEGOTIATED] = "negotiated",
	[CONTROL_RESCINDED] = "rescinded",
};

void host_wait_for_state(struct machine *machine, uint32_t component, enum control_state state)
{
	if (!machine_eventually(machine, host_state(machine, component) == state))
		machine_fail(machine, "component %#x is %s, not %s", component,
			state_names[host_state(machine, component)], state_names[state]);
}

void host_offer_component(struct machine *machine, uint32_t component)
{
	machine_note(machine, "offers component %#x", component);
	order(machine, "host cannot offer", CONTROL_OFFER, component_message(component));
}

void host_withdraw_component(struct machine *machine, uint32_t component)
{
	machine_note(machine, "withdraws component %#x", component);
	machine_check(machine, client_withdraw(client_of(machine), component), "host cannot withdraw");
}

void host_offer_adapter(struct machine *machine, unsigned int n, const char *guid, const char *mac)
{
	struct message message = { 0 };

	machine_note(machine, "offers adapter %u: %s %s", n, guid, mac);
	order_offer_adapter(&message, CONTROL_NIC + n, guid, mac);
	order(machine, "host cannot offer", CONTROL_OFFER, message);
}

char *host_version(struct machine *machine, uint32_t component)
{
	const uint16_t *versions;
	char *text;

	host_wait_for_state(machine, component, CONTROL_NEGOTIATED);
	versions = client_component(client_of(machine), component)->versions;
	if (asprintf(&text, "%u.%u", versions[2], versions[3]) < 0)
		machine_fail(machine, "no memory");
	return text;
}

/* The framework's version goes with the messages': 1.0 knows no other. */
void host_know_versions(struct machine *machine, uint32_t component, const char *versions)
{
	struct message message = component_message(component), list = { 0 };
	unsigned int major, minor;
	uint16_t n = 0;
	int length;

	machine_note(machine, "knows versions %s of component %#x", versions, component);
	for (; sscanf(versions, "%u.%u%n", &major, &minor, &length) == 2; versions += length, n++) {
		message_add_u16(&list, (uint16_t)major);
		message_add_u16(&list, (uint16_t)minor);
	}
	message_add_u16(&message, n > 0 ? 2 : 0);
	message_add_u16(&message, n);
	for (uint16_t framework = 1; n > 0 && framework <= 3; framework += 2) {
		message_add_u16(&message, framework);
		message_add_u16(&message, 0);
	}
	message_add_bytes(&message, list.bytes, list.size);
	message_done(&list);
	order(machine, "host cannot forget versions", CONTROL_VERSIONS, message);
}

/* Messages. */

uint64_t host_begin_message(
	struct machine *machine, uint32_t component, const void *bytes, size_t size)
{
	struct message message = component_message(component);
	uint64_t id;

	message_add_bytes(&message, bytes, size);
	id = client_order(client_of(machine), CONTROL_SEND, &message);
	message_done(&message);
	return id;
}

uint32_t host_end_message(
	struct machine *machine, uint64_t id, unsigned int seconds, struct host_answer *ret)
{
	struct vm_client *client = client_of(machine);
	const struct vm_answer *answer =
		client_wait(client, id, seconds * machine->setup->kernel_second_us);

	*ret = (struct host_answer){ .status = HOST_NO_ANSWER };
	if (!answer)
		return ret->status;
	ret->status = answer->result == 0 ? answer->status : HOST_GONE;
	ret->size = answer->size < sizeof(ret->bytes) ? answer->size : sizeof(ret->bytes);
	memcpy(ret->bytes, answer->bytes, ret->size);
	client_forget(client, id);
	machine_note(machine, "-> 0x%08x, %zu bytes", ret->status, ret->size);
	return ret->status;
}

void host_set_cadence(struct machine *machine, uint32_t component, unsigned int period_ms)
{
	struct message message = component_message(component);

	message_add_u32(&message, period_ms);
	order(machine, "host cannot change its cadence", CONTROL_CADENCE, message);
}

/* struct heartbeat_msg_data, and what Windows adds to it. */
uint64_t host_beat(struct machine *machine, uint64_t number)
{
	struct host_answer answer;
	struct message message = { 0 };
	struct message_reader reader;
	uint64_t id;

	message_add_u64(&message, number);
	for (size_t i = 0; i < 4; i++)
		message_add_u64(&message, 0);
	id = host_begin_message(machine, CONTROL_HEARTBEAT, message.bytes, message.size);
	message_done(&message);
	if (host_end_message(machine, id, KERNEL_TIMEOUT_S, &answer) != HV_S_OK)
		machine_fail(machine, "a heartbeat is answered with 0x%08x", answer.status);
	reader = message_read(answer.bytes, answer.size);
	return message_take_u64(&reader);
}

/* Life. */

/* struct shutdown_msg_data */
uint32_t host_shut_down(struct machine *machine, uint32_t flags)
{
	static const uint8_t text[2048];
	struct message message = { 0 };
	struct host_answer answer;
	uint64_t id;

	machine_note(machine, "asks for a shutdown, flags %u", flags);
	message_add_u32(&message, 0x80000000); /* planned */
	message_add_u32(&message, 0);
	message_add_u32(&message, flags);
	message_add_bytes(&message, text, sizeof(text));
	id = host_begin_message(machine, CONTROL_SHUTDOWN, message.bytes, message.size);
	message_done(&message);
	return host_end_message(machine, id, KERNEL_TIMEOUT_S, &answer);
}

bool host_runs(struct machine *machine)
{
	struct vm_client *client = client_of(machine);

	while (client_hear(client, 0) == 0)
		;
	return client->end < 0;
}

enum control_end host_wait_for_end(struct machine *machine)
{
	if (!machine_eventually(machine, !host_runs(machine)))
		machine_fail(machine, "the guest goes on");
	return (enum control_end)client_of(machine)->end;
}

void host_begin_boot(struct machine *machine)
{
	machine_note(machine, "starts the guest");
	machine_check(machine, vm_body_begin_boot(machine->at), "the guest does not start");
}

void host_end_boot(struct machine *machine)
{
	machine_check(machine, vm_body_end_boot(machine->at), "the guest does not come up");
}

void host_boot(struct machine *machine)
{
	host_begin_boot(machine);
	host_end_boot(machine);
}

/* Time. */

void host_shift_clock(struct machine *machine, int64_t shift_us)
{
	struct message message = { 0 };

	machine_note(machine, "shifts its clock by %" PRId64 " us", shift_us);
	message_add_u64(&message, (uint64_t)(shift_us * FILETIME_PER_US));
	order(machine, "host cannot shift its clock", CONTROL_SHIFT_CLOCK, message);
}

uint32_t host_send_time(struct machine *machine, uint32_t flags)
{
	struct vm_client *client = client_of(machine);
	struct host_answer answer;
	struct message message = { 0 };
	uint64_t id;

	machine_note(machine, "tells the time, flags %u", flags);
	message_add_u32(&message, flags);
	message_add_u64(&message, 0); /* its clock's */
	id = client_order(client, CONTROL_TIME, &message);
	message_done(&message);
	return host_end_message(machine, id, KERNEL_TIMEOUT_S, &answer);
}

void host_pause(struct machine *machine)
{
	machine_note(machine, "pauses the guest");
	order(machine, "host cannot pause", CONTROL_PAUSE, (struct message){ 0 });
}

void host_resume(struct machine *machine)
{
	machine_note(machine, "resumes the guest");
	order(machine, "host cannot resume", CONTROL_RESUME, (struct message){ 0 });
}
