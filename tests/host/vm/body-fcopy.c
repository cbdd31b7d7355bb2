// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * File copy on a real kernel. A host sees whether somebody has opened the channel; up to Linux 6.9 that is the
 * kernel, which answers for a daemon that is not there.
 */

#include "host/vm/body-fcopy.h"
#include "host/host.h"
#include "host/vm/agent.h"
#include "host/vm/body.h"
#include "host/vm/session/withdraw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRIVER	     "/sys/bus/vmbus/drivers/uio_hv_generic/"
#define CLASS	     "34d14be3-dee4-41c8-9ae7-6b174977c192"
#define LINK_OF_RULE "/dev/vmbus/uio_fcopy"
#define FIRST_NODE   "/dev/uio0"

/* The first kernel without a driver for it. */
#define CHANNEL_SINCE_MAJOR 6
#define CHANNEL_SINCE_MINOR 10

#define KERNEL_PATIENCE_US 40000000 /* it answers after 30 s, whatever the daemon does */

/* Ids of requests that were never sent; those of the client are larger. */
#define GONE	 1
#define UNSERVED 2

static enum control_state state_of(struct vm_body *body)
{
	while (client_hear(&body->client, 0) == 0)
		;
	return (enum control_state)client_component(&body->client, CONTROL_FCOPY)->state;
}

static struct message component_message(void)
{
	struct message message = { 0 };

	message_add_u32(&message, CONTROL_FCOPY);
	return message;
}

/* The machine of HVG_VM has said what it runs (run, wait_until_up). */
bool vm_body_has_channel(void)
{
	unsigned int major = 0, minor = 0;
	char path[4096];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/up", getenv("HVG_VM") ? getenv("HVG_VM") : "");
	file = fopen(path, "re");
	if (!file)
		return false;
	(void)!fscanf(file, "%u.%u", &major, &minor);
	(void)fclose(file);
	return major > CHANNEL_SINCE_MAJOR || (major == CHANNEL_SINCE_MAJOR && minor >= CHANNEL_SINCE_MINOR);
}

/* Messages. */

int vm_fcopy_send(void *userdata, const struct host_fcopy_message *request, uint64_t *ret_id)
{
	struct vm_body *body = userdata;
	enum control_state state = state_of(body);
	struct message message = component_message();
	uint8_t bytes[HOST_FCOPY_BYTES];

	if (state == CONTROL_NEGOTIATED) {
		message_add_bytes(&message, bytes, host_fcopy_encode(request, bytes));
		*ret_id = client_order(&body->client, CONTROL_SEND, &message);
	} else {
		*ret_id = state == CONTROL_ABSENT || state == CONTROL_RESCINDED ? GONE : UNSERVED;
	}
	message_done(&message);
	return 0;
}

/* A channel that the guest has closed was not withdrawn. */
static uint32_t status_of(const struct vm_answer *answer)
{
	if (answer->result == -ECONNRESET)
		return HV_E_FAIL;
	return answer->result == 0 ? answer->status : HOST_GONE;
}

uint32_t vm_fcopy_receive(void *userdata, uint64_t id, uint64_t patience_us)
{
	struct vm_body *body = userdata;
	const struct vm_answer *answer;
	uint32_t status;

	if (id == GONE || id == UNSERVED)
		return id == GONE ? HOST_GONE : HV_E_FAIL;
	answer = client_wait(&body->client, id, patience_us);
	if (!answer)
		return HOST_NO_ANSWER;
	status = status_of(answer);
	client_forget(&body->client, id);
	return status;
}

/* The status of a message that does nothing. */
static uint32_t probe(struct vm_body *body, const struct host_fcopy_message *message)
{
	uint64_t id;

	(void)vm_fcopy_send(body, message, &id);
	return vm_fcopy_receive(body, id, KERNEL_PATIENCE_US);
}

/*
 * The kernel alone fails everything. Ours takes a CANCEL without a file; Debian's closes its own device then, but
 * knows that there is a file already.
 */
static bool is_answered(struct vm_body *body)
{
	struct host_fcopy_message start = { .op = START_FILE_COPY };

	if (body->has_rule)
		return probe(body, &(struct host_fcopy_message){ .op = CANCEL_FCOPY }) == HV_S_OK;
	(void)host_put_text(start.path, W_MAX_PATH, "/etc/");
	(void)host_put_text(start.name, W_MAX_PATH, "passwd");
	return probe(body, &start) == (uint32_t)HV_ERROR_ALREADY_EXISTS;
}

bool vm_fcopy_is_served(void *userdata)
{
	struct vm_body *body = userdata;

	return state_of(body) == CONTROL_NEGOTIATED && (body->has_channel || is_answered(body));
}

/* The device. */

static int write_to_driver(struct vm_body *body, const char *path)
{
	struct message message = { 0 };
	int r;

	message_add_text(&message, path);
	message_add_u8(&message, GUEST_WRITE_WHOLE);
	message_add_bytes(&message, CLASS, strlen(CLASS));
	r = client_tell_agent(&body->client, AGENT_WRITE, &message, 0, NULL);
	message_done(&message);
	return r;
}

/* Some kernels of Debian's know the class by themselves: then it cannot be told again. */
static int take(struct vm_body *body)
{
	if (!body->has_channel)
		return vm_body_wait_for_node(body, GUEST_FCOPY_DEVICE, 0);
	if (body->has_rule)
		return vm_body_wait_for_node(body, LINK_OF_RULE, 0);
	(void)write_to_driver(body, DRIVER "new_id");
	return vm_body_wait_for_node(body, FIRST_NODE, 0);
}

int vm_fcopy_offer(void *userdata)
{
	struct vm_body *body = userdata;
	int r = vm_body_offer(body, CONTROL_FCOPY);

	return r < 0 ? r : take(body);
}

int vm_fcopy_withdraw(void *userdata)
{
	struct vm_body *body = userdata;

	return client_withdraw(&body->client, CONTROL_FCOPY);
}

int vm_fcopy_renegotiate(void *userdata)
{
	struct vm_body *body = userdata;
	struct message message = component_message();
	int r = client_obeyed(&body->client, CONTROL_NEGOTIATE, &message);

	message_done(&message);
	return r;
}

int vm_fcopy_renew(struct vm_body *body)
{
	int r = vm_body_has(body, CONTROL_FCOPY) ? vm_fcopy_withdraw(body) : 0;

	if (r == 0 && body->has_channel)
		(void)write_to_driver(body, DRIVER "remove_id"); /* unless nobody has told it */
	return r;
}
