// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The control messages: struct vmbus_channel_… of include/linux/hyperv.h. Each that a guest may
 * send is a row of a table here; anything else is a fault.
 */

#include "host/vm/vmbus.h"
#include "host/vm/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* enum vmbus_channel_message_type */
enum {
	OFFER_CHANNEL = 1,
	RESCIND_CHANNEL_OFFER = 2,
	REQUEST_OFFERS = 3,
	ALL_OFFERS_DELIVERED = 4,
	OPEN_CHANNEL = 5,
	OPEN_CHANNEL_RESULT = 6,
	CLOSE_CHANNEL = 7,
	GPADL_HEADER = 8,
	GPADL_BODY = 9,
	GPADL_CREATED = 10,
	GPADL_TEARDOWN = 11,
	GPADL_TORNDOWN = 12,
	RELID_RELEASED = 13,
	INITIATE_CONTACT = 14,
	VERSION_RESPONSE = 15,
	UNLOAD = 16,
	UNLOAD_RESPONSE = 17,
	MODIFY_CHANNEL = 22,
	MODIFY_CHANNEL_RESPONSE = 24,
};

#define HEADER               8 /* u32 type, u32 padding */
#define OFFER_SIZE           196

/* Where messages go to: until version 5.0, and from then on, as we tell it. */
#define CONNECTION_OLD       1
#define CONNECTION_NEW       4
#define VERSION_5_0          0x50000u
#define VERSION_5_3          0x50003u

#define CONNECTION_OF(relid) (0x2000u + (relid)) /* any number will do */

/* enum of offer flags, and what user_def.pipe.pipe_mode says of a pipe */
#define FLAG_DEVICE          0x1
#define FLAG_NAMED_PIPE      0x10
#define PIPE_MESSAGES        4

#define STATUS_OK            0u
#define STATUS_FAILED        0xc0000001u /* NT's STATUS_UNSUCCESSFUL */

static const uint32_t versions[] = { 0x20004, 0x30000, 0x40000, 0x40001, 0x50000, 0x50001,
	0x50002, 0x50003 };

/* A message of a type and up to four words. */
static void post(struct vmbus *vmbus, uint32_t type, const uint32_t *words, size_t n)
{
	uint8_t bytes[HEADER + 4 * 4];

	put_le32(bytes, type);
	put_le32(bytes + 4, 0);
	for (size_t i = 0; i < n; i++)
		put_le32(bytes + HEADER + 4 * i, words[i]);
	vmbus->ops->post(vmbus->userdata, bytes, HEADER + 4 * n);
}

/* Offers. */

static struct channel *find_relid(const struct vmbus *vmbus, uint32_t relid)
{
	for (size_t i = 0; i < vmbus->n_channels; i++)
		if (vmbus->channels[i]->state != CONTROL_ABSENT &&
			vmbus->channels[i]->relid == relid)
			return vmbus->channels[i];
	return NULL;
}

/* A number is used again as late as possible, so that whoever confuses two of them is seen. */
static uint32_t new_relid(struct vmbus *vmbus)
{
	do
		vmbus->last_relid = vmbus->last_relid % VMBUS_MAX_RELID + 1;
	while (find_relid(vmbus, vmbus->last_relid));
	return vmbus->last_relid;
}

static void post_offer(struct vmbus *vmbus, struct channel *channel)
{
	uint8_t offer[OFFER_SIZE] = { OFFER_CHANNEL };

	channel->relid = new_relid(vmbus);
	guid_swap(channel->type, offer + 8);
	guid_swap(channel->instance, offer + 24);
	put_le16(offer + 56, channel->is_pipe ? FLAG_NAMED_PIPE : FLAG_DEVICE);
	put_le32(offer + 60, channel->is_pipe ? PIPE_MESSAGES : 0);
	put_le32(offer + 184, channel->relid);
	put_le16(offer + 190, 1); /* an interrupt of its own, and no monitor page */
	put_le32(offer + 192, CONNECTION_OF(channel->relid));
	channel_set_state(channel, CONTROL_OFFERED, NULL);
	vmbus->ops->post(vmbus->userdata, offer, sizeof(offer));
}

static void offer_if_possible(struct vmbus *vmbus, struct channel *channel)
{
	if (!channel->is_wanted || channel->state == CONTROL_RESCINDED)
		return;
	if (vmbus->listens && channel->state == CONTROL_ABSENT)
		post_offer(vmbus, channel);
	outbox_reply(vmbus->outbox, channel->offer_id, 0);
	channel->offer_id = 0;
}

void vmbus_offer(struct vmbus *vmbus, struct channel *channel, uint64_t id)
{
	if (channel->offer_id)
		outbox_reply(vmbus->outbox, channel->offer_id, -ECANCELED);
	channel->is_wanted = true;
	channel->offer_id = id;
	offer_if_possible(vmbus, channel);
}

void vmbus_withdraw(struct vmbus *vmbus, struct channel *channel)
{
	channel->is_wanted = false;
	outbox_reply(vmbus->outbox, channel->offer_id, -ECANCELED);
	channel->offer_id = 0;
	if (channel->state == CONTROL_ABSENT)
		channel->ops->closed(channel, -ENODEV);
	if (channel->state == CONTROL_ABSENT || channel->state == CONTROL_RESCINDED)
		return;
	post(vmbus, RESCIND_CHANNEL_OFFER, &channel->relid, 1);
	channel_close(channel, CONTROL_RESCINDED, -ENODEV);
}

void vmbus_init(struct vmbus *vmbus)
{
	vmbus->limit = VMBUS_LATEST_VERSION;
}

void vmbus_add(struct vmbus *vmbus, struct channel *channel)
{
	channel->vmbus = vmbus;
	vmbus->channels[vmbus->n_channels++] = channel;
}

static void disconnect(struct vmbus *vmbus)
{
	vmbus->listens = false;
	for (size_t i = 0; i < vmbus->n_channels; i++)
		if (vmbus->channels[i]->state != CONTROL_ABSENT)
			channel_close(vmbus->channels[i], CONTROL_ABSENT, -ECONNRESET);
	gpadls_drop_all(&vmbus->gpadls);
	for (size_t i = 0; i < vmbus->n_channels; i++)
		offer_if_possible(vmbus, vmbus->channels[i]); /* whoever waits need not */
}

static void tell_version(struct vmbus *vmbus, uint32_t version)
{
	vmbus->version = version;
	outbox_open(vmbus->outbox, CONTROL_VMBUS, 0);
	outbox_u32(vmbus->outbox, version);
	outbox_close(vmbus->outbox);
}

void vmbus_reset(struct vmbus *vmbus)
{
	disconnect(vmbus);
	vmbus->gpadls.memory = vmbus->memory;
	if (vmbus->version)
		tell_version(vmbus, 0);
}

/* The guest's messages. Each function gets at least as many bytes as its row says. */

static bool is_acceptable(const struct vmbus *vmbus, uint32_t version)
{
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (version == versions[i])
			return version <= vmbus->limit;
	return false;
}

/* Also the first message of a guest that came back without a farewell, as by kexec. */
static bool on_contact(struct vmbus *vmbus, const uint8_t *bytes, size_t size)
{
	uint32_t version = get_le32(bytes + 8);
	bool is_new = version >= VERSION_5_0;
	uint32_t words[2] = { is_acceptable(vmbus, version) };

	vmbus_reset(vmbus);
	if (!vmbus->ops->choose_cpu(vmbus->userdata, get_le32(bytes + 12)))
		return false;
	words[1] = words[0] && is_new ? CONNECTION_NEW : 0;
	outbox_record(vmbus->outbox, "vmbus: version %" PRIu32 ".%" PRIu32 ": %s",
		version >> 16, version & 0xffff, words[0] ? "accepted" : "refused");
	if (words[0])
		tell_version(vmbus, version);
	post(vmbus, VERSION_RESPONSE, words, 2);
	return true;
}

static bool on_request_offers(struct vmbus *vmbus, const uint8_t *bytes, size_t size)
{
	vmbus->listens = true;
	for (size_t i = 0; i < vmbus->n_channels; i++)
		offer_if_possible(vmbus, vmbus->channels[i]);
	post(vmbus, ALL_OFFERS_DELIVERED, NULL, 0);
	return true;
}

static bool on_gpadl(struct vmbus *vmbus, const uint8_t *bytes, size_t size)
{
	struct gpadl *gpadl;
	int r = get_le32(bytes) == GPADL_HEADER
		? gpadls_begin(&vmbus->gpadls, bytes, size, &gpadl)
		: gpadls_continue(&vmbus->gpadls, bytes, size, &gpadl);
	uint32_t words[3] = { 0 };

	if (r < 0)
		return false;
	if (gpadl->n_seen < gpadl->n_pages)
		return true;
	words[0] = gpadl->relid;
	words[1] = gpadl->id;
	words[2] = STATUS_OK;
	post(vmbus, GPADL_CREATED, words, 3);
	return true;
}

static bool on_gpadl_teardown(struct vmbus *vmbus, const uint8_t *bytes, size_t size)
{
	uint32_t relid = get_le32(bytes + 8), id = get_le32(bytes + 12);
	const struct channel *channel = find_relid(vmbus, relid);
	const struct gpadl *gpadl = gpadls_find(&vmbus->gpadls, relid, id);

	if (!gpadl)
		return false;
	if (channel && channel_is_served(channel) && channel->from_guest.pages == gpadl->pages)
		return false; /* the ring itself */
	(void)gpadls_drop(&vmbus->gpadls, relid, id);
	post(vmbus, GPADL_TORNDOWN, &id, 1);
	return true;
}

/* A channel that has just been rescinded cannot be opened; the guest does not know it yet. */
static bool on_open(struct vmbus *vmbus, const uint8_t *bytes, size_t size)
{
	uint32_t relid = get_le32(bytes + 8), id = get_le32(bytes + 16);
	struct channel *channel = find_relid(vmbus, relid);
	const struct gpadl *gpadl = gpadls_find(&vmbus->gpadls, relid, id);
	uint32_t words[3] = { relid, get_le32(bytes + 12), STATUS_FAILED };
	bool can_be = channel && channel->state == CONTROL_OFFERED && gpadl &&
		channel_open(channel, gpadl, get_le32(bytes + 24)) == 0;

	if (can_be) {
		channel->cpu = get_le32(bytes + 20);
		words[2] = STATUS_OK;
		channel_set_state(channel, CONTROL_OPEN, NULL);
	}
	post(vmbus, OPEN_CHANNEL_RESULT, words, 3);
	if (can_be)
		channel->ops->opened(channel);
	return can_be || (channel && channel->state == CONTROL_RESCINDED);
}

static bool on_close(struct vmbus *vmbus, const uint8_t *bytes, size_t size)
{
	struct channel *channel = find_relid(vmbus, get_le32(bytes + 8));

	if (!channel)
		return false;
	channel->has_rings = false;
	if (channel_is_open(channel))
		channel_close(channel, CONTROL_OFFERED, -ECONNRESET);
	return true;
}

/*
 * Rings that went with a rescinded channel are not torn down one by one. One that was not
 * rescinded is released by a guest that unloads its bus, before or after its farewell, and
 * Linux 6.1 even without any: it is offered again to the next that asks.
 */
static bool on_released(struct vmbus *vmbus, const uint8_t *bytes, size_t size)
{
	uint32_t relid = get_le32(bytes + 8);
	struct channel *channel = find_relid(vmbus, relid);
	bool was_rescinded;

	if (channel && channel_is_open(channel))
		return false;
	gpadls_drop_channel(&vmbus->gpadls, relid);
	if (!channel)
		return relid <= vmbus->last_relid;
	was_rescinded = channel->state == CONTROL_RESCINDED;
	channel_close(channel, CONTROL_ABSENT, -ECONNRESET);
	if (was_rescinded)
		offer_if_possible(vmbus, channel);
	return true;
}

static bool on_unload(struct vmbus *vmbus, const uint8_t *bytes, size_t size)
{
	outbox_record(vmbus->outbox, "vmbus: unloaded");
	vmbus_reset(vmbus);
	post(vmbus, UNLOAD_RESPONSE, NULL, 0);
	return true;
}

static bool on_modify(struct vmbus *vmbus, const uint8_t *bytes, size_t size)
{
	uint32_t words[2] = { get_le32(bytes + 8), STATUS_OK };
	struct channel *channel = find_relid(vmbus, words[0]);

	if (!channel)
		return false;
	channel->cpu = get_le32(bytes + 12);
	if (vmbus->version >= VERSION_5_3)
		post(vmbus, MODIFY_CHANNEL_RESPONSE, words, 2);
	return true;
}

static const struct {
	uint32_t type, size;
	bool (*function)(struct vmbus *vmbus, const uint8_t *bytes, size_t size);
} messages[] = {
	{ REQUEST_OFFERS, 8, on_request_offers },
	{ OPEN_CHANNEL, 148, on_open },
	{ CLOSE_CHANNEL, 12, on_close },
	{ GPADL_HEADER, 36, on_gpadl },
	{ GPADL_BODY, 24, on_gpadl },
	{ GPADL_TEARDOWN, 16, on_gpadl_teardown },
	{ RELID_RELEASED, 12, on_released },
	{ INITIATE_CONTACT, 40, on_contact },
	{ UNLOAD, 8, on_unload },
	{ MODIFY_CHANNEL, 16, on_modify },
};

static bool dispatch(struct vmbus *vmbus, const uint8_t *bytes, size_t size)
{
	uint32_t type = size >= HEADER ? get_le32(bytes) : 0;

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].type == type)
			return size >= messages[i].size &&
				messages[i].function(vmbus, bytes, size);
	return false;
}

bool vmbus_message(struct vmbus *vmbus, uint32_t connection, const uint8_t *bytes, size_t size)
{
	if (connection != CONNECTION_OLD && connection != CONNECTION_NEW)
		return false;
	if (!dispatch(vmbus, bytes, size))
		outbox_fault_bytes(
			vmbus->outbox, "a VMBus message that makes no sense", bytes, size);
	return true;
}

bool vmbus_signal(struct vmbus *vmbus, uint32_t connection)
{
	struct channel *channel = find_relid(vmbus, connection - CONNECTION_OF(0));

	if (!channel)
		return false;
	channel_drain(channel);
	return true;
}
