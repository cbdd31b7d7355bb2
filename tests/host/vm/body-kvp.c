// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Data Exchange on the vm body: messages as a host puts them into its ring.
 */

#include "host/vm/body-kvp.h"
#include "host/host.h"
#include "host/vm/body-private.h"
#include "host/vm/session/withdraw.h"

#include <string.h>

/* So that the guest's answer fits in: struct hv_kvp_exchg_msg, hv_kvp_ip_msg. */
#define EXCHANGE_SIZE 2580
#define IP_SIZE       7428

static bool is_ip(uint8_t op)
{
	return op == KVP_OP_GET_IP_INFO || op == KVP_OP_SET_IP_INFO;
}

int vm_kvp_send(void *userdata, const struct host_kvp_message *request, uint64_t *ret_id)
{
	struct vm_body *body = userdata;
	struct message message = { 0 };
	struct hv_kvp_msg packet;

	host_kvp_encode(request, &packet);
	message_add_u32(&message, CONTROL_KVP);
	message_add_bytes(&message, &packet, is_ip(request->op) ? IP_SIZE : EXCHANGE_SIZE);
	*ret_id = client_order(&body->client, CONTROL_SEND, &message);
	message_done(&message);
	return 0;
}

uint32_t vm_kvp_receive(
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

int vm_kvp_offer(void *userdata)
{
	struct vm_body *body = userdata;
	int r = vm_body_offer(body, CONTROL_KVP);

	body->has_kvp = r == 0;
	return r;
}

int vm_kvp_withdraw(void *userdata)
{
	struct vm_body *body = userdata;
	int r = client_withdraw(&body->client, CONTROL_KVP);

	body->has_kvp = false;
	return r;
}

bool vm_kvp_has_contact(void *userdata)
{
	struct vm_body *body = userdata;

	(void)client_hear(&body->client, 0);
	return body->has_kvp &&
		client_component(&body->client, CONTROL_KVP)->state == CONTROL_NEGOTIATED;
}

int vm_kvp_renew(void *userdata)
{
	struct vm_body *body = userdata;
	int r = vm_body_has(body, CONTROL_KVP) ? vm_kvp_withdraw(body) : 0;

	if (r == 0)
		r = vm_kvp_offer(body);
	return r < 0 ? r : vm_body_wait_for_node(body, GUEST_DEVICE, body->device_owner);
}
