// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Backup on the vm body. Sizes are what real hosts send: the guest's kernel answers in the
 * bytes that it was sent. The kernel negotiates and answers without a daemon, too; but it says
 * in its log when one registers.
 */

#include "host/vm/body-vss.h"
#include "host/host.h"
#include "host/vm/body-guest.h"
#include "host/vm/body-private.h"
#include "host/vm/session/withdraw.h"

#include <linux/hyperv.h>
#include <stdlib.h>

/* A freeze carries a list of LUNs, here an empty one; everything else is short. */
#define SHORT_SIZE  32
#define FREEZE_SIZE 6260

int vm_vss_send(void *userdata, uint8_t operation, uint64_t *ret_id)
{
	static const uint8_t nothing[FREEZE_SIZE];
	struct vm_body *body = userdata;
	struct message message = { 0 };

	message_add_u32(&message, CONTROL_VSS);
	message_add_u8(&message, operation);
	message_add_bytes(&message, nothing,
		(operation == VSS_OP_FREEZE ? FREEZE_SIZE : SHORT_SIZE) - sizeof(operation));
	*ret_id = client_order(&body->client, CONTROL_SEND, &message);
	message_done(&message);
	return 0;
}

uint32_t vm_vss_receive(void *userdata, uint64_t id, uint64_t patience_us)
{
	struct vm_body *body = userdata;
	const struct vm_answer *answer = client_wait(&body->client, id, patience_us);
	uint32_t status = HOST_NO_ANSWER;

	if (!answer)
		return status;
	status = answer->result == 0 ? answer->status : HOST_GONE;
	client_forget(&body->client, id);
	return status;
}

/* The number that a command of the guest's prints. */
static int ask_number(struct vm_body *body, const char *line)
{
	char *text = vm_guest_ask(body, line);
	int number = text ? (int)strtol(text, NULL, 10) : 0;

	free(text);
	return number;
}

/* Since the guest was started. */
static int count_registrations(struct vm_body *body)
{
	return ask_number(body, "dmesg | grep -c 'VSS: userspace daemon ver'");
}

static int count_openers(struct vm_body *body)
{
	return ask_number(
		body, "find /proc/[0-9]*/fd -lname " GUEST_VSS_DEVICE " 2>/dev/null | wc -l");
}

/* By whom it was registered may have ended since: nobody has the device open then. */
bool vm_vss_is_served(void *userdata)
{
	struct vm_body *body = userdata;

	return count_registrations(body) > body->n_registered && count_openers(body) > 0;
}

int vm_vss_offer(void *userdata)
{
	struct vm_body *body = userdata;

	body->n_registered = count_registrations(body);
	return vm_body_offer(body, CONTROL_VSS);
}

int vm_vss_withdraw(void *userdata)
{
	struct vm_body *body = userdata;

	return client_withdraw(&body->client, CONTROL_VSS);
}

int vm_vss_renew(void *userdata)
{
	struct vm_body *body = userdata;
	int r = vm_body_has(body, CONTROL_VSS) ? vm_vss_withdraw(body) : 0;

	if (r == 0)
		r = vm_vss_offer(body);
	return r < 0 ? r : vm_body_wait_for_node(body, GUEST_VSS_DEVICE, 0);
}
