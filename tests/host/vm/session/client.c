// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Talking to a session. Everything is heard in the thread that wants to know something.
 */

#include "host/vm/session/client.h"
#include "host/supervise.h"
#include "host/vm/agent.h"
#include "host/vm/bytes.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define GREETING_PATIENCE_US 20000000
#define ORDER_PATIENCE_US    60000000

#define LAST_WORDS_US        2000000

#define UNKNOWN              (-2)

/* Replies of the agent are told from those of the monitor by their ids. */
#define AGENT_ID             (UINT64_C(1) << 47)

uint64_t client_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* What is heard. */

static struct vm_answer *find_answer(struct vm_client *client, uint64_t id)
{
	for (size_t i = 0; i < CLIENT_ANSWERS; i++)
		if (client->answers[i].id == id)
			return &client->answers[i];
	return NULL;
}

static void take_answer(
	struct vm_client *client, uint64_t id, struct message_reader reader, bool has_status)
{
	struct vm_answer *answer = id ? find_answer(client, id) : NULL;

	if (!answer)
		return;
	answer->is_there = true;
	answer->result = (int)message_take_u32(&reader);
	answer->status = has_status ? message_take_u32(&reader) : 0;
	answer->size = (size_t)(reader.end - reader.at);
	answer->bytes = malloc(answer->size + 1);
	if (!answer->bytes)
		abort();
	memcpy(answer->bytes, reader.at, answer->size);
}

static void take_component(struct vm_client *client, const struct control_frame *frame)
{
	struct message_reader reader = message_read(frame->payload, frame->size);
	uint32_t component = message_take_u32(&reader);

	for (size_t i = 0; i < STATE_COMPONENTS; i++) {
		if (client->components[i].component &&
			client->components[i].component != component)
			continue;
		client->components[i].component = component;
		client->components[i].state = message_take_u32(&reader);
		client->components[i].since_us = client->end == UNKNOWN ? 0 : client_now_us();
		for (size_t j = 0; j < 4; j++)
			client->components[i].versions[j] = message_take_u16(&reader);
		return;
	}
}

static void take_from_agent(struct vm_client *client, const struct control_frame *outer)
{
	struct control_stream stream = { 0 };
	struct control_frame frame;

	if (control_stream_add(&stream, outer->payload, outer->size) < 0)
		abort();
	while (control_stream_next(&stream, &frame) > 0)
		switch (frame.type) {
		case AGENT_REPLY:
			take_answer(client, frame.id, message_read(frame.payload, frame.size),
				false);
			break;
		case AGENT_LOG:
			dprintf(client->log_fd, "%.*s", (int)frame.size,
				(const char *)frame.payload);
			break;
		case AGENT_READY:
			client->is_up = true;
			break;
		}
	control_stream_done(&stream);
}

/* The console comes in pieces; the log has lines. */
static void take_console(struct vm_client *client, const struct control_frame *frame)
{
	for (size_t i = 0; i < frame->size; i++) {
		char c = (char)frame->payload[i];

		if (c != '\n' && c != '\r' && client->n_console < sizeof(client->console) - 1)
			client->console[client->n_console++] = c;
		if (c != '\n' && client->n_console < sizeof(client->console) - 1)
			continue;
		dprintf(client->log_fd, "console: %.*s\n", (int)client->n_console,
			client->console);
		client->n_console = 0;
	}
}

static void take_end(struct vm_client *client, const struct control_frame *frame)
{
	struct message_reader reader = message_read(frame->payload, frame->size);

	client->is_up = false;
	client->end = (int)message_take_u32(&reader);
	if (client->end == CONTROL_END_CRASH)
		supervise_fault(client->log_fd, "the guest has crashed: %.*s",
			(int)(reader.end - reader.at), (const char *)reader.at);
	dprintf(client->log_fd, "host: the guest has %s\n",
		client->end == CONTROL_END_OFF ? "switched itself off" : "reset itself");
}

/* What follows tells where it was. */
static void take_fault(struct vm_client *client, const struct control_frame *frame)
{
	uint64_t deadline_us = client_now_us() + LAST_WORDS_US;
	char what[512];

	if (client->has_fault)
		return;
	client->has_fault = true;
	(void)snprintf(
		what, sizeof(what), "%.*s", (int)frame->size, (const char *)frame->payload);
	while (client_hear(client, deadline_us) == 0)
		;
	supervise_fault(client->log_fd, "a fault of the machine: %s", what);
}

static void take_state(struct vm_client *client, struct message_reader reader)
{
	client->end = message_take_u8(&reader) ? -1 : CONTROL_END_OFF;
	client->is_up = message_take_u8(&reader);
	client->has_fault = message_take_u8(&reader);
}

static void take(struct vm_client *client, const struct control_frame *frame)
{
	switch (frame->type) {
	case SESSION_STATE:
		take_state(client, message_read(frame->payload, frame->size));
		break;
	case CONTROL_REPLY:
		take_answer(client, frame->id, message_read(frame->payload, frame->size), true);
		break;
	case CONTROL_COMPONENT:
		take_component(client, frame);
		break;
	case CONTROL_CONSOLE:
		take_console(client, frame);
		break;
	case CONTROL_RECORD:
		dprintf(client->record_fd, "%.*s\n", (int)frame->size,
			(const char *)frame->payload);
		break;
	case CONTROL_FROM_AGENT:
		take_from_agent(client, frame);
		break;
	case CONTROL_FAULT:
		take_fault(client, frame);
		break;
	case CONTROL_ENDED:
		take_end(client, frame);
		break;
	}
}

int client_hear(struct vm_client *client, uint64_t deadline_us)
{
	struct pollfd fd = { .fd = client->link.fd, .events = link_events(&client->link) };
	uint64_t now_us = client_now_us();
	struct control_frame frame;
	int r;

	r = poll(&fd, 1, deadline_us > now_us ? (int)((deadline_us - now_us + 999) / 1000) : 0);
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	if (r == 0)
		return -ETIMEDOUT;
	r = link_exchange(&client->link);
	while (r >= 0 && (r = control_stream_next(&client->link.in, &frame)) > 0)
		take(client, &frame);
	return r;
}

const struct vm_component *client_component(const struct vm_client *client, uint32_t component)
{
	static const struct vm_component absent = { .state = CONTROL_ABSENT };

	for (size_t i = 0; i < STATE_COMPONENTS; i++)
		if (client->components[i].component == component)
			return &client->components[i];
	return &absent;
}

/* What is ordered. */

static uint64_t expect_answer(struct vm_client *client, uint64_t flag)
{
	struct vm_answer *answer = find_answer(client, 0);

	if (!answer)
		abort(); /* a scenario with so many open questions is none */
	answer->id = ++client->last_id | flag;
	return answer->id;
}

uint64_t client_order(struct vm_client *client, uint32_t type, const struct message *message)
{
	static const struct message nothing;
	uint64_t id = expect_answer(client, 0);

	link_send_message(&client->link, type, id, message ? message : &nothing);
	return id;
}

const struct vm_answer *client_wait(struct vm_client *client, uint64_t id, uint64_t patience_us)
{
	const struct vm_answer *answer = find_answer(client, id);
	uint64_t deadline_us = client_now_us() + patience_us;
	int r = 0;

	while (answer && !answer->is_there && r == 0)
		r = client_hear(client, deadline_us);
	return answer && answer->is_there ? answer : NULL;
}

void client_forget(struct vm_client *client, uint64_t id)
{
	struct vm_answer *answer = find_answer(client, id);

	if (!answer)
		return;
	free(answer->bytes);
	*answer = (struct vm_answer){ 0 };
}

static int result_of(
	struct vm_client *client, uint64_t id, uint64_t patience_us, struct message *ret)
{
	const struct vm_answer *answer = client_wait(client, id, patience_us);
	int r = answer ? answer->result : -ETIMEDOUT;

	if (answer && ret) {
		*ret = (struct message){ 0 };
		message_add_bytes(ret, answer->bytes, answer->size);
	}
	client_forget(client, id);
	return r;
}

int client_obeyed(struct vm_client *client, uint32_t type, const struct message *message)
{
	return result_of(client, client_order(client, type, message), ORDER_PATIENCE_US, NULL);
}

int client_tell_agent(struct vm_client *client, uint32_t type, const struct message *message,
	uint64_t patience_us, struct message *ret)
{
	struct control_frame frame = { .type = type, .id = expect_answer(client, AGENT_ID) };
	struct message outer = { 0 };
	uint8_t header[CONTROL_HEADER];

	frame.payload = message ? message->bytes : NULL;
	frame.size = message ? message->size : 0;
	control_encode_header(&frame, header);
	message_add_bytes(&outer, header, sizeof(header));
	message_add_bytes(&outer, frame.payload, frame.size);
	link_send_message(&client->link, CONTROL_TO_AGENT, 0, &outer);
	message_done(&outer);
	return result_of(client, frame.id, patience_us + ORDER_PATIENCE_US, ret);
}

/* Life. */

static int connect_to_session(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *folder = getenv("HVG_VM");
	int fd;

	if (!folder ||
		snprintf(address.sun_path, sizeof(address.sun_path), "%s/session", folder) >=
			(int)sizeof(address.sun_path))
		return -ENXIO;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -ENXIO;
	}
	return fd;
}

/* Ids unlike those of the scenario before: its agent may still reply. */
int client_begin(struct vm_client *client)
{
	int fd = connect_to_session(), r;

	if (fd < 0)
		return fd;
	client->end = UNKNOWN;
	client->last_id = (uint64_t)(getpid() & 0x7fff) << 24;
	link_begin(&client->link, fd);
	do
		r = client_hear(client, client_now_us() + GREETING_PATIENCE_US);
	while (r == 0 && client->end == UNKNOWN);
	return r;
}

void client_end(struct vm_client *client)
{
	link_end(&client->link);
	for (size_t i = 0; i < CLIENT_ANSWERS; i++)
		free(client->answers[i].bytes);
}
