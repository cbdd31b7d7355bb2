// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The vm body: a real kernel, whose machine all scenarios of a run share (session/). A fresh machine is the same
 * kernel with everything reset: its programs, files and addresses, and its KVP driver, which has been withdrawn
 * and offered again; or a new boot, if the last scenario has left none.
 */

#include "host/body.h"
#include "host/host.h"
#include "host/inside/process.h"
#include "host/supervise.h"
#include "host/vm/agent.h"
#include "host/vm/body.h"
#include "host/vm/body-guest.h"
#include "host/vm/body-private.h"
#include "host/vm/session/client.h"
#include "host/vm/session/withdraw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* On the wall, in a machine that is emulated twice, on a machine that has more to do. */
#define BOOT_PATIENCE_US  240000000
#define GUEST_PATIENCE_US 30000000
#define RESET_PATIENCE_US 60000000

/* What the host sends, so that the guest's answer fits in: struct hv_kvp_exchg_msg, hv_kvp_ip_msg. */
#define EXCHANGE_SIZE 2580
#define IP_SIZE	      7428

#define HVGUEST_UID   989 /* the image's */

struct vm_client *vm_body_client(void *userdata)
{
	return &((struct vm_body *)userdata)->client;
}

/* The host: Data Exchange. */

static struct message component_message(uint32_t component)
{
	struct message message = { 0 };

	message_add_u32(&message, component);
	return message;
}

static bool is_ip(uint8_t op)
{
	return op == KVP_OP_GET_IP_INFO || op == KVP_OP_SET_IP_INFO;
}

static int vm_kvp_send(void *userdata, const struct host_kvp_message *request, uint64_t *ret_id)
{
	struct vm_body *body = userdata;
	struct message message = component_message(CONTROL_KVP);
	struct hv_kvp_msg packet;

	host_kvp_encode(request, &packet);
	message_add_bytes(&message, &packet, is_ip(request->op) ? IP_SIZE : EXCHANGE_SIZE);
	*ret_id = client_order(&body->client, CONTROL_SEND, &message);
	message_done(&message);
	return 0;
}

static uint32_t vm_kvp_receive(
	void *userdata, uint64_t id, uint64_t patience_us, struct host_kvp_message *ret_reply)
{
	struct vm_body *body = userdata;
	const struct vm_answer *answer = client_wait(&body->client, id, patience_us);
	struct hv_kvp_msg packet = { 0 };
	uint32_t status = HOST_NO_ANSWER;

	if (answer) {
		memcpy(&packet, answer->bytes,
			answer->size < sizeof(packet) ? answer->size : sizeof(packet));
		status = answer->result == 0 ? answer->status : HOST_GONE;
		client_forget(&body->client, id);
	}
	host_kvp_decode(&packet, ret_reply);
	return status;
}

static bool vm_kvp_has_contact(void *userdata)
{
	struct vm_body *body = userdata;

	(void)client_hear(&body->client, 0);
	return body->has_kvp &&
	       client_component(&body->client, CONTROL_KVP)->state == CONTROL_NEGOTIATED;
}

/* A real device has to be found by a driver; the node is udev's to give away. */
static int wait_for_node(struct vm_body *body)
{
	struct message message = { 0 };
	int r;

	message_add_text(&message, GUEST_DEVICE);
	message_add_u32(&message, body->device_owner);
	message_add_u64(&message, GUEST_PATIENCE_US);
	r = client_tell_agent(&body->client, AGENT_AWAIT_NODE, &message, GUEST_PATIENCE_US, NULL);
	message_done(&message);
	return r;
}

static int vm_kvp_offer(void *userdata)
{
	struct vm_body *body = userdata;
	struct message message = component_message(CONTROL_KVP);
	int r = client_obeyed(&body->client, CONTROL_OFFER, &message);

	message_done(&message);
	body->has_kvp = r == 0;
	return r;
}

static int vm_kvp_withdraw(void *userdata)
{
	struct vm_body *body = userdata;
	int r = client_withdraw(&body->client, CONTROL_KVP);

	body->has_kvp = false;
	return r;
}

static char *vm_log(void *userdata)
{
	struct vm_body *body = userdata;
	char *text = NULL;

	if (body->client.is_up)
		vm_guest_flush(body);
	(void)process_read_all(body->client.log_fd, &text, NULL);
	return text;
}

static void vm_note(void *userdata, const char *line)
{
	struct vm_body *body = userdata;

	dprintf(body->client.log_fd, "host: %s\n", line);
}

/* Life. */

static int wait_until_up(struct vm_client *client)
{
	uint64_t deadline_us = client_now_us() + BOOT_PATIENCE_US;
	int r = 0;

	while (r == 0 && !client->is_up)
		r = client_hear(client, deadline_us);
	return r;
}

static int cut_power(struct vm_client *client)
{
	return client->end < 0 ? client_obeyed(client, CONTROL_CUT, NULL) : 0;
}

int vm_body_boot(struct vm_client *client)
{
	int r = cut_power(client);

	if (r < 0)
		return r;
	client->end = -1;
	client->has_fault = false; /* that was another guest's */
	r = client_obeyed(client, CONTROL_BOOT, NULL);
	return r < 0 ? r : wait_until_up(client);
}

static int reset_guest(struct vm_body *body, bool with_rule)
{
	struct message message = { 0 };
	int r;

	message_add_u8(&message, with_rule);
	r = client_tell_agent(&body->client, AGENT_RESET, &message, RESET_PATIENCE_US, NULL);
	message_done(&message);
	return r;
}

/* A driver forgets nothing by itself: what is offered is another device than what was withdrawn. */
static int renew(struct vm_body *body, bool with_rule)
{
	int r = reset_guest(body, with_rule);

	if (r == 0 && client_component(&body->client, CONTROL_KVP)->state != CONTROL_ABSENT)
		r = vm_kvp_withdraw(body);
	if (r == 0)
		r = vm_kvp_offer(body);
	return r < 0 ? r : wait_for_node(body);
}

static int bring_up(struct vm_body *body, const struct host_setup *setup)
{
	int r;

	body->client.log_fd = memfd_create("log", MFD_CLOEXEC);
	body->client.record_fd = memfd_create("record", MFD_CLOEXEC);
	if (body->client.log_fd < 0 || body->client.record_fd < 0 ||
		fcntl(body->client.log_fd, F_SETFL, O_APPEND) < 0)
		return -errno;
	r = supervise_rest(setup->time_limit_s, body->client.log_fd);
	if (r == 0)
		r = client_begin(&body->client);
	if (r == 0 && (!body->client.is_up || body->client.has_fault))
		r = vm_body_boot(&body->client);
	if (r < 0)
		return r;
	r = renew(body, setup->daemon_user != NULL);
	if (r < 0) /* one scenario fails by it; the next one finds a guest that was started anew */
		(void)cut_power(&body->client);
	return r;
}

static int vm_bring_up(const struct host_setup *setup, void **ret)
{
	struct vm_body *body = calloc(1, sizeof(*body));
	int r;

	if (!body)
		return -ENOMEM;
	body->device_owner = setup->daemon_user ? HVGUEST_UID : 0;
	r = bring_up(body, setup);
	if (r < 0) {
		free(body); /* what else there is ends with this process */
		return r;
	}
	*ret = body;
	return 0;
}

static void vm_tear_down(void *userdata)
{
	struct vm_body *body = userdata;

	client_end(&body->client);
	close(body->client.log_fd);
	close(body->client.record_fd);
	free(body);
}

const struct host_body host_body_vm = {
	.name = "vm",
	.has_kernel = true,
	.bring_up = vm_bring_up,
	.tear_down = vm_tear_down,
	.kvp_send = vm_kvp_send,
	.kvp_receive = vm_kvp_receive,
	.kvp_offer = vm_kvp_offer,
	.kvp_withdraw = vm_kvp_withdraw,
	.kvp_has_contact = vm_kvp_has_contact,
	.guest_spawn = vm_guest_spawn,
	.guest_pid = vm_guest_pid,
	.guest_signal = vm_guest_signal,
	.guest_wait = vm_guest_wait,
	.guest_output = vm_guest_output,
	.guest_forget = vm_guest_forget,
	.guest_read = vm_guest_read,
	.guest_write = vm_guest_write,
	.guest_start_bus = vm_guest_start_bus,
	.guest_stop_bus = vm_guest_stop_bus,
	.log = vm_log,
	.note = vm_note,
};
