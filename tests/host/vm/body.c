// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The vm body: a real kernel, whose machine all scenarios of a run share (session/). A fresh machine is the same
 * kernel with everything reset: its programs, files and addresses, and its KVP driver, which has been withdrawn
 * and offered again; or a new boot, if the last scenario has left none.
 *
 * A guest that is a whole system goes on as it is; its journal goes into the log. A fresh one has its disks as they
 * were, and has been booted.
 */

#include "host/body.h"
#include "host/host.h"
#include "host/inside/process.h"
#include "host/supervise.h"
#include "host/vm/agent.h"
#include "host/vm/body.h"
#include "host/vm/body-fcopy.h"
#include "host/vm/body-guest.h"
#include "host/vm/body-kvp.h"
#include "host/vm/body-private.h"
#include "host/vm/body-vss.h"
#include "host/vm/session/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* On the wall, in a machine that is emulated twice, on a machine that has more to do. */
#define BOOT_PATIENCE_US  600000000
#define GUEST_PATIENCE_US 30000000
#define RESET_PATIENCE_US 60000000

#define HVGUEST_UID   989 /* the image's */

struct vm_client *vm_body_client(void *userdata)
{
	return &((struct vm_body *)userdata)->client;
}

bool vm_body_has(const struct vm_body *body, uint32_t component)
{
	return client_component(&body->client, component)->state != CONTROL_ABSENT;
}

int vm_body_offer(struct vm_body *body, uint32_t component)
{
	struct message message = { 0 };
	int r;

	message_add_u32(&message, component);
	r = client_obeyed(&body->client, CONTROL_OFFER, &message);
	message_done(&message);
	return r;
}

/* A real device has to be found by a driver; the node is udev's to give away. */
int vm_body_wait_for_node(struct vm_body *body, const char *node, uid_t owner)
{
	struct message message = { 0 };
	int r;

	message_add_text(&message, node);
	message_add_u32(&message, owner);
	message_add_u64(&message, GUEST_PATIENCE_US);
	r = client_tell_agent(&body->client, AGENT_AWAIT_NODE, &message, GUEST_PATIENCE_US, NULL);
	message_done(&message);
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

/* Ours come with a udev rule. */
static bool is_ours(const struct host_setup *setup)
{
	return strcmp(setup->daemon, "ours") == 0;
}

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

/* The journal of a system, from now on or since it booted, is part of the log. */
static int follow_journal(struct vm_body *body, bool from_boot)
{
	const char *const argv[] = { "/usr/bin/journalctl", "--follow", "--boot", "--output=short-monotonic",
		from_boot ? "--no-tail" : "--lines=0", NULL };
	const struct guest_command command = { .argv = argv, .talks_to_log = true };
	int r = vm_guest_spawn(body, &command);

	return r < 0 ? r : 0;
}

int vm_body_begin_boot(void *userdata)
{
	struct vm_body *body = userdata;
	struct vm_client *client = &body->client;
	int r = cut_power(client);

	if (r < 0)
		return r;
	client->end = -1;
	client->has_fault = false; /* that was another guest's */
	return client_obeyed(client, CONTROL_BOOT, NULL);
}

int vm_body_end_boot(void *userdata)
{
	struct vm_body *body = userdata;
	int r = wait_until_up(&body->client);

	return r < 0 || !body->has_system ? r : follow_journal(body, true);
}

int vm_body_boot(void *userdata)
{
	int r = vm_body_begin_boot(userdata);

	return r < 0 ? r : vm_body_end_boot(userdata);
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
static int renew(struct vm_body *body, const struct host_setup *setup)
{
	int r = reset_guest(body, body->has_rule);

	if (r == 0 && strcmp(setup->service, "fcopy") == 0)
		return vm_fcopy_renew(body);
	if (r == 0)
		r = vm_kvp_renew(body);
	if (r == 0 && strcmp(setup->service, "vss") == 0)
		r = vm_vss_renew(body);
	return r;
}

static int make_fresh(struct vm_client *client)
{
	int r = cut_power(client);

	client->is_up = false;
	return r < 0 ? r : client_obeyed(client, CONTROL_RENEW_DISKS, NULL);
}

/* The guest is up, and goes on. */
static int join_system(struct vm_body *body)
{
	int r = reset_guest(body, true);

	return r < 0 ? r : follow_journal(body, false);
}

static int offer_what_is_missing(struct vm_body *body)
{
	body->has_kvp = true;
	return client_component(&body->client, CONTROL_KVP)->state == CONTROL_ABSENT ? vm_kvp_offer(body) : 0;
}

/* Data Exchange is there when it boots, as in a machine that somebody has made. */
static int enter_system(struct vm_body *body, bool is_fresh)
{
	struct vm_client *client = &body->client;
	int r = is_fresh ? make_fresh(client) : 0;

	if (r == 0)
		r = offer_what_is_missing(body);
	if (r < 0)
		return r;
	return client->is_up && !client->has_fault ? join_system(body) : vm_body_boot(body);
}

static int enter_world(struct vm_body *body, const struct host_setup *setup)
{
	int r = 0;

	if (!body->client.is_up || body->client.has_fault)
		r = vm_body_boot(body);
	return r < 0 ? r : renew(body, setup);
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
	if (r < 0)
		return r;
	r = body->has_system ? enter_system(body, setup->is_fresh) : enter_world(body, setup);
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
	body->has_rule = is_ours(setup);
	body->device_owner = body->has_rule ? HVGUEST_UID : 0;
	body->has_channel = setup->uses_ring;
	body->has_system = setup->has_system;
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

	while (client_hear(&body->client, 0) == 0) /* a fault that has come meanwhile is this scenario's */
		;
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
	.vss_send = vm_vss_send,
	.vss_receive = vm_vss_receive,
	.vss_offer = vm_vss_offer,
	.vss_withdraw = vm_vss_withdraw,
	.vss_is_served = vm_vss_is_served,
	.fcopy_send = vm_fcopy_send,
	.fcopy_receive = vm_fcopy_receive,
	.fcopy_offer = vm_fcopy_offer,
	.fcopy_withdraw = vm_fcopy_withdraw,
	.fcopy_renegotiate = vm_fcopy_renegotiate,
	.fcopy_is_served = vm_fcopy_is_served,
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
