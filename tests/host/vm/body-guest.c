// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The vm body's guest: each deed is an order to the agent (agent.h).
 */

#include "host/vm/body-guest.h"
#include "host/body.h"
#include "host/vm/agent.h"
#include "host/vm/body-private.h"

#define ASK_PATIENCE_US 20000000

static int tell(void *userdata, uint32_t order, struct message *message, struct message *ret)
{
	struct vm_body *body = userdata;
	int r = client_tell_agent(&body->client, order, message, 0, ret);

	message_done(message);
	return r;
}

static void add_words(struct message *message, const char *const *words)
{
	uint32_t n = 0;

	while (words && words[n])
		n++;
	message_add_u32(message, n);
	for (uint32_t i = 0; i < n; i++)
		message_add_text(message, words[i]);
}

int vm_guest_spawn(void *userdata, const struct guest_command *command)
{
	struct message message = { 0 };

	message_add_u8(&message, command->talks_to_log);
	message_add_text(&message, command->user ? command->user : "");
	add_words(&message, command->argv);
	add_words(&message, command->environment);
	return tell(userdata, AGENT_SPAWN, &message, NULL);
}

static struct message process_message(int process)
{
	struct message message = { 0 };

	message_add_u32(&message, (uint32_t)process);
	return message;
}

pid_t vm_guest_pid(void *userdata, int process)
{
	struct message message = process_message(process);

	return tell(userdata, AGENT_PID, &message, NULL);
}

int vm_guest_signal(void *userdata, int process, int signal)
{
	struct message message = process_message(process);

	message_add_u32(&message, (uint32_t)signal);
	return tell(userdata, AGENT_SIGNAL, &message, NULL);
}

int vm_guest_wait(void *userdata, int process, uint64_t patience_us)
{
	struct vm_body *body = userdata;
	struct message message = process_message(process);
	int r;

	message_add_u64(&message, patience_us);
	r = client_tell_agent(&body->client, AGENT_WAIT, &message, patience_us, NULL);
	message_done(&message);
	return r;
}

/* In pieces: reads what the message says, from each offset that is added to it. */
static int read_all(void *userdata, uint32_t order, const struct message *message, struct message *ret)
{
	size_t n;
	int r;

	*ret = (struct message){ 0 };
	do {
		struct message ask = { 0 }, piece = { 0 };

		message_add_bytes(&ask, message->bytes, message->size);
		message_add_u64(&ask, ret->size);
		r = tell(userdata, order, &ask, &piece);
		n = piece.size;
		message_add_bytes(ret, piece.bytes, n);
		message_done(&piece);
	} while (r == 0 && n == AGENT_CHUNK);
	message_add_u8(ret, '\0');
	return r;
}

char *vm_guest_output(void *userdata, int process)
{
	struct message message = process_message(process), output;
	int r = read_all(userdata, AGENT_OUTPUT, &message, &output);

	message_done(&message);
	if (r < 0)
		message_done(&output);
	return (char *)output.bytes;
}

void vm_guest_forget(void *userdata, int process)
{
	struct message message = process_message(process);

	(void)tell(userdata, AGENT_FORGET, &message, NULL);
}

int vm_guest_read(void *userdata, const char *path, char **ret, size_t *ret_size)
{
	struct message message = { 0 }, contents;
	int r;

	message_add_text(&message, path);
	r = read_all(userdata, AGENT_READ, &message, &contents);
	message_done(&message);
	if (r < 0) {
		message_done(&contents);
		return r;
	}
	*ret = (char *)contents.bytes;
	if (ret_size)
		*ret_size = contents.size - 1;
	return 0;
}

int vm_guest_write(void *userdata, const char *path, const void *bytes, size_t size,
	enum guest_write_mode mode)
{
	const uint8_t *at = bytes;
	size_t n;
	int r;

	do {
		struct message message = { 0 };

		n = size < AGENT_CHUNK ? size : AGENT_CHUNK;
		message_add_text(&message, path);
		message_add_u8(&message, (uint8_t)mode);
		message_add_bytes(&message, at, n);
		r = tell(userdata, AGENT_WRITE, &message, NULL);
		mode = GUEST_WRITE_APPEND;
		at += n;
		size -= n;
	} while (r == 0 && size > 0);
	return r;
}

int vm_guest_start_bus(void *userdata)
{
	struct message message = { 0 };

	return tell(userdata, AGENT_START_BUS, &message, NULL);
}

int vm_guest_stop_bus(void *userdata)
{
	struct message message = { 0 };

	return tell(userdata, AGENT_STOP_BUS, &message, NULL);
}

void vm_guest_flush(void *userdata)
{
	struct message message = { 0 };

	(void)tell(userdata, AGENT_PING, &message, NULL);
}

char *vm_guest_ask(void *userdata, const char *line)
{
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	const struct guest_command command = { .argv = argv };
	int process = vm_guest_spawn(userdata, &command);
	char *output = NULL;

	if (process < 0)
		return NULL;
	if (vm_guest_wait(userdata, process, ASK_PATIENCE_US) >= 0)
		output = vm_guest_output(userdata, process);
	vm_guest_forget(userdata, process);
	return output;
}
