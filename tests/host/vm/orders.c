// SPDX-License-Identifier: LGPL-2.1-or-later

/* One function per order of control.h. */

#include "host/vm/orders.h"
#include "host/vm/bytes.h"
#include "host/vm/timesync.h"

#include <errno.h>
#include <string.h>

#define LATER 1 /* somebody else will reply, or has */

static int boot(struct vm *vm, const struct control_frame *frame)
{
	char command_line[2048];

	if (frame->size >= sizeof(command_line))
		return -ENAMETOOLONG;
	memcpy(command_line, frame->payload, frame->size);
	command_line[frame->size] = '\0';
	return vm_boot(vm, command_line);
}

static int ping(struct vm *vm, const struct control_frame *frame)
{
	uint8_t time[8];

	put_le64(time, clock_host(&vm->clock));
	outbox_open(&vm->outbox, CONTROL_REPLY, frame->id);
	outbox_u32(&vm->outbox, 0);
	outbox_u32(&vm->outbox, 0);
	outbox_bytes(&vm->outbox, time, sizeof(time));
	outbox_close(&vm->outbox);
	return LATER;
}

/* An adapter may be another one each time, but not while the guest has the last one. */
static int set_identity(struct nic *nic, const struct control_frame *frame)
{
	if (frame->size != 4 + GUID_SIZE + RNDIS_MAC)
		return -EBADMSG;
	if (nic->channel.state != CONTROL_ABSENT)
		return memcmp(nic->channel.instance, frame->payload + 4, GUID_SIZE) == 0
			? 0
			: -EBUSY;
	memcpy(nic->channel.instance, frame->payload + 4, GUID_SIZE);
	memcpy(nic->mac, frame->payload + 4 + GUID_SIZE, RNDIS_MAC);
	return 0;
}

static int offer(struct vm *vm, const struct control_frame *frame)
{
	uint32_t component = get_le32(frame->payload);
	struct channel *channel = vm_channel(vm, component);
	struct nic *nic = vm_nic(vm, component);
	int r = nic ? set_identity(nic, frame) : 0;

	if (!channel)
		return -ENOENT;
	if (r < 0)
		return r;
	vmbus_offer(&vm->vmbus, channel, frame->id);
	return LATER;
}

static int withdraw(struct vm *vm, const struct control_frame *frame)
{
	struct channel *channel = vm_channel(vm, get_le32(frame->payload));

	if (!channel)
		return -ENOENT;
	vmbus_withdraw(&vm->vmbus, channel);
	return 0;
}

static int ask(struct vm *vm, const struct control_frame *frame)
{
	struct ic *ic = vm_ic(vm, get_le32(frame->payload));

	if (!ic)
		return -ENOENT;
	ic_ask(ic, frame->id, frame->payload + 4, frame->size - 4);
	return LATER;
}

static int negotiate(struct vm *vm, const struct control_frame *frame)
{
	struct ic *ic = vm_ic(vm, get_le32(frame->payload));

	return ic ? ic_negotiate(ic) : -ENOENT;
}

static int cancel(struct vm *vm, const struct control_frame *frame)
{
	uint64_t id = get_le64(frame->payload);

	for (unsigned int i = 0; i < VM_N_ICS; i++)
		if (ic_cancel(&vm->ics[i], id))
			return 0;
	return -ENOENT;
}

static const uint8_t *take_versions(const uint8_t *at, uint16_t n, struct icmsg_version *ret)
{
	for (; n > 0; n--, at += 4)
		*ret++ = (struct icmsg_version){ get_le16(at), get_le16(at + 2) };
	return at;
}

static int set_versions(struct vm *vm, const struct control_frame *frame)
{
	struct ic *ic = vm_ic(vm, get_le32(frame->payload));
	struct icmsg_versions versions = {
		.n_framework = get_le16(frame->payload + 4),
		.n_message = get_le16(frame->payload + 6),
	};
	const uint8_t *at = frame->payload + 8;

	if (!ic)
		return -ENOENT;
	if (versions.n_framework > ICMSG_MAX_VERSIONS ||
		versions.n_message > ICMSG_MAX_VERSIONS ||
		frame->size != 8 + 4u * (versions.n_framework + versions.n_message))
		return -EBADMSG;
	at = take_versions(at, versions.n_framework, versions.framework);
	(void)take_versions(at, versions.n_message, versions.message);
	ic->versions = frame->size > 8 ? versions : ic->kind->versions;
	return 0;
}

static int set_cadence(struct vm *vm, const struct control_frame *frame)
{
	struct ic *ic = vm_ic(vm, get_le32(frame->payload));

	if (!ic || !ic->kind->say)
		return -ENOENT;
	ic_set_period(ic, get_le32(frame->payload + 4));
	return 0;
}

static int tell_time(struct vm *vm, const struct control_frame *frame)
{
	uint64_t time = get_le64(frame->payload + 4);

	timesync_ask(vm_ic(vm, CONTROL_TIMESYNC), frame->id, &vm->clock,
		get_le32(frame->payload), time ? time : clock_host(&vm->clock));
	return LATER;
}

static int shift_clock(struct vm *vm, const struct control_frame *frame)
{
	vm->clock.shift += (int64_t)get_le64(frame->payload);
	return 0;
}

static int stand(struct vm *vm, const struct control_frame *frame)
{
	return vm_pause(vm);
}

static int go_on(struct vm *vm, const struct control_frame *frame)
{
	return vm_resume(vm);
}

static int limit_vmbus(struct vm *vm, const struct control_frame *frame)
{
	vm->vmbus.limit = get_le32(frame->payload);
	return 0;
}

static int tell_agent(struct vm *vm, const struct control_frame *frame)
{
	agent_port_put(&vm->agent, frame->payload, frame->size);
	return 0;
}

static int resize_disk(struct vm *vm, const struct control_frame *frame)
{
	uint32_t number = get_le32(frame->payload);

	if (number >= vm->setup.n_disks)
		return -ENOENT;
	return disk_resize(&vm->disks[number], get_le64(frame->payload + 4));
}

static int renew_disks(struct vm *vm, const struct control_frame *frame)
{
	int r = vm->is_running ? -EBUSY : 0;

	for (unsigned int i = 0; r == 0 && i < vm->setup.n_disks; i++)
		r = disk_renew(&vm->disks[i]);
	return r;
}

static int cut(struct vm *vm, const struct control_frame *frame)
{
	int r = vm_cut(vm, frame->id);

	return r < 0 ? r : LATER;
}

static const struct {
	uint32_t type, size; /* of the payload, at least */
	int (*obey)(struct vm *vm, const struct control_frame *frame);
} orders[] = {
	{ CONTROL_BOOT, 0, boot },
	{ CONTROL_PING, 0, ping },
	{ CONTROL_OFFER, 4, offer },
	{ CONTROL_WITHDRAW, 4, withdraw },
	{ CONTROL_SEND, 4, ask },
	{ CONTROL_CANCEL, 8, cancel },
	{ CONTROL_VERSIONS, 8, set_versions },
	{ CONTROL_CADENCE, 8, set_cadence },
	{ CONTROL_TIME, 12, tell_time },
	{ CONTROL_SHIFT_CLOCK, 8, shift_clock },
	{ CONTROL_PAUSE, 0, stand },
	{ CONTROL_RESUME, 0, go_on },
	{ CONTROL_VMBUS_LIMIT, 4, limit_vmbus },
	{ CONTROL_TO_AGENT, 0, tell_agent },
	{ CONTROL_RESIZE_DISK, 12, resize_disk },
	{ CONTROL_CUT, 0, cut },
	{ CONTROL_NEGOTIATE, 4, negotiate },
	{ CONTROL_RENEW_DISKS, 0, renew_disks },
};

static int obey(struct vm *vm, const struct control_frame *frame)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (orders[i].type == frame->type)
			return frame->size < orders[i].size ? -EBADMSG
							    : orders[i].obey(vm, frame);
	return -EOPNOTSUPP;
}

bool orders_obey(struct vm *vm, const struct control_frame *frame)
{
	int r;

	if (frame->type == CONTROL_QUIT)
		return false;
	r = obey(vm, frame);
	if (r != LATER)
		outbox_reply(&vm->outbox, frame->id, r);
	if (r < 0)
		outbox_record(&vm->outbox, "monitor: order %u: %s", frame->type, strerror(-r));
	return true;
}
