// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The host's end of file copy: Copy-VMFile as a conversation, and its steps.
 */

#include "host/file-bytes.h"
#include "host/machine.h"

#include <stdlib.h>
#include <string.h>

#define PATIENCE_KERNEL_S 60 /* for an answer that the kernel owes after 30 */

static const char *const op_names[] = { "START", "WRITE", "COMPLETE", "CANCEL" };

/* A fragment is no news: a large file would drown the log. */
static bool is_news(const struct host_fcopy_message *request)
{
	return request->op != WRITE_TO_FILE;
}

uint64_t host_fcopy_begin(struct machine *machine, const struct host_fcopy_message *request)
{
	uint64_t id;

	if (is_news(request))
		machine_note(machine, "file copy: %s", request->op <= CANCEL_FCOPY ? op_names[request->op] : "?");
	machine_check(machine, machine->body->fcopy_send(machine->at, request, &id), "host cannot send");
	return id;
}

uint32_t host_fcopy_end_within(struct machine *machine, uint64_t id, unsigned int seconds)
{
	return machine->body->fcopy_receive(machine->at, id, seconds * machine->setup->kernel_second_us);
}

uint32_t host_fcopy_end(struct machine *machine, uint64_t id)
{
	return machine->body->fcopy_receive(machine->at, id,
		PATIENCE_KERNEL_S * machine->setup->kernel_second_us + machine->setup->patience_us);
}

uint32_t host_fcopy_exchange(struct machine *machine, const struct host_fcopy_message *request)
{
	uint32_t status = host_fcopy_end(machine, host_fcopy_begin(machine, request));

	if (is_news(request) || status != HV_S_OK)
		machine_note(machine, "-> 0x%08x", status);
	return status;
}

uint32_t host_copy_start(struct machine *machine, const struct host_file *file)
{
	struct host_fcopy_message request = { .op = START_FILE_COPY, .file_size = file->size };

	machine_note(machine, "copies %s to %s, %llu bytes%s%s", file->name, file->destination,
		(unsigned long long)file->size, file->force ? ", -Force" : "",
		file->creates_path ? ", -CreateFullPath" : "");
	host_put_text(request.name, W_MAX_PATH, file->name);
	host_put_text(request.path, W_MAX_PATH, file->destination);
	request.flags = (file->force ? OVER_WRITE : 0) | (file->creates_path ? CREATE_PATH : 0);
	return host_fcopy_exchange(machine, &request);
}

static void fill(const struct host_file *file, struct host_fcopy_message *message)
{
	if (file->bytes) {
		memcpy(message->data, (const uint8_t *)file->bytes + message->offset, message->size);
		return;
	}
	host_make_bytes(message->offset, message->data, message->size);
}

uint32_t host_copy_write(struct machine *machine, const struct host_file *file, uint64_t offset, uint32_t size)
{
	static struct host_fcopy_message request;

	request.op = WRITE_TO_FILE;
	request.offset = offset;
	request.size = size;
	fill(file, &request);
	return host_fcopy_exchange(machine, &request);
}

uint32_t host_copy_complete(struct machine *machine)
{
	return host_fcopy_exchange(machine, &(struct host_fcopy_message){ .op = COMPLETE_FCOPY });
}

uint32_t host_copy_cancel(struct machine *machine)
{
	return host_fcopy_exchange(machine, &(struct host_fcopy_message){ .op = CANCEL_FCOPY });
}

uint32_t host_copy_file(struct machine *machine, const struct host_file *file)
{
	uint32_t status = host_copy_start(machine, file);

	for (uint64_t at = 0; status == HV_S_OK && at < file->size; at += DATA_FRAGMENT)
		status = host_copy_write(machine, file, at,
			file->size - at < DATA_FRAGMENT ? (uint32_t)(file->size - at) : DATA_FRAGMENT);
	return status == HV_S_OK ? host_copy_complete(machine) : status;
}

uint32_t host_copy_text(struct machine *machine, const char *destination, const char *name, const char *text)
{
	return host_copy_file(machine, &(struct host_file){ .name = name, .destination = destination,
					       .bytes = text, .size = strlen(text) });
}

void host_fcopy_offer(struct machine *machine)
{
	machine_note(machine, "offers Guest services");
	machine_check(machine, machine->body->fcopy_offer(machine->at), "host cannot offer");
}

void host_fcopy_withdraw(struct machine *machine)
{
	machine_note(machine, "withdraws Guest services");
	machine_check(machine, machine->body->fcopy_withdraw(machine->at), "host cannot withdraw");
}

void host_fcopy_renegotiate(struct machine *machine)
{
	machine_note(machine, "negotiates anew");
	machine_check(machine, machine->body->fcopy_renegotiate(machine->at), "host cannot negotiate");
}

bool host_fcopy_is_served(struct machine *machine)
{
	return machine->body->fcopy_is_served(machine->at);
}

static bool daemon_has_ended(struct machine *machine)
{
	return machine->daemon != NO_PROCESS && !guest_daemon_runs(machine);
}

void host_fcopy_wait_until_served(struct machine *machine)
{
	(void)machine_eventually(machine, host_fcopy_is_served(machine) || daemon_has_ended(machine));
	if (!host_fcopy_is_served(machine))
		machine_fail(machine, "nobody serves file copy: the daemon %s",
			daemon_has_ended(machine) ? "has ended" : "is not there yet");
	machine_note(machine, "file copy is served");
}
