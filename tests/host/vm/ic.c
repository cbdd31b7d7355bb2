// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The requests of a component are one queue. The guest answers in order, so that the oldest one
 * that was sent is what an answer must be to; the transaction says whether it is.
 */

#include "host/vm/ic.h"
#include "host/vm/vmbus.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct outbox *outbox_of(const struct ic *ic)
{
	return ic->channel.vmbus->outbox;
}

static void record(const struct ic *ic, const char *who, const struct icmsg *icmsg)
{
	struct text text = { 0 };
	bool is_reply = strcmp(who, "guest") == 0;

	if (is_reply)
		text_print(&text, "%08" PRIx32 " ", icmsg->status);
	ic->kind->describe(&text, icmsg->body, icmsg->size, is_reply);
	outbox_record(outbox_of(ic), "%s: %s: %s", ic->kind->name, who, text.bytes);
}

static void reply(const struct ic *ic, uint64_t id, const struct icmsg *icmsg)
{
	struct outbox *outbox = outbox_of(ic);

	if (id == 0)
		return;
	outbox_open(outbox, CONTROL_REPLY, id);
	outbox_u32(outbox, 0);
	outbox_u32(outbox, icmsg->status);
	outbox_bytes(outbox, icmsg->body, icmsg->size);
	outbox_close(outbox);
}

/* Asking. */

static int send(struct ic *ic, struct ic_request *request)
{
	static uint8_t bytes[ICMSG_HEADERS + ICMSG_MAX_BODY];
	bool is_negotiation = request->purpose == IC_NEGOTIATION;
	const struct icmsg icmsg = {
		.framework = ic->framework,
		.message = ic->message,
		.type = is_negotiation ? ICMSG_NEGOTIATE : ic->kind->message_type,
		.transaction = request->transaction,
		.body = request->body,
		.size = request->size,
	};
	const struct ring_packet packet = {
		.type = RING_IN_BAND,
		.transaction = request->transaction,
		.payload = bytes,
		.size = ICMSG_HEADERS + request->size,
	};
	int r;

	icmsg_encode(&icmsg, bytes);
	r = channel_send(&ic->channel, &packet);
	request->is_sent = r == 0;
	if (r == 0 && !is_negotiation)
		record(ic, "host", &icmsg);
	return r;
}

static void drop(struct ic *ic, size_t i)
{
	free(ic->requests[i].body);
	memmove(&ic->requests[i], &ic->requests[i + 1],
		(ic->n_requests - i - 1) * sizeof(ic->requests[0]));
	ic->n_requests--;
}

/* A request goes out now or, if the channel is not open, when it is. */
static int ask(
	struct ic *ic, enum ic_purpose purpose, uint64_t id, const uint8_t *body, size_t size)
{
	size_t limit = IC_MAX_REQUESTS - (purpose == IC_ASKED ? IC_RESERVED : 0);
	struct ic_request *request = &ic->requests[ic->n_requests];
	int r;

	if (ic->n_requests >= limit)
		return -ENOBUFS;
	if (size > ICMSG_MAX_BODY)
		return -EMSGSIZE;
	*request = (struct ic_request){
		.purpose = purpose,
		.id = id,
		.transaction = ++ic->last_transaction,
		.body = malloc(size + 1),
		.size = size,
	};
	if (!request->body)
		return -ENOMEM;
	memcpy(request->body, body, size);
	ic->n_requests++;
	r = send(ic, request);
	if (r < 0 && r != -ENOTCONN) {
		drop(ic, ic->n_requests - 1);
		return r;
	}
	return 0;
}

void ic_ask(struct ic *ic, uint64_t id, const uint8_t *body, size_t size)
{
	int r = -ENODEV;

	if (ic->channel.is_wanted)
		r = ask(ic, IC_ASKED, id, body, size);
	if (r < 0)
		outbox_reply(outbox_of(ic), id, r);
}

bool ic_cancel(struct ic *ic, uint64_t id)
{
	for (size_t i = 0; i < ic->n_requests; i++) {
		struct ic_request *request = &ic->requests[i];

		if (request->id != id)
			continue;
		outbox_reply(outbox_of(ic), id, -ECANCELED);
		request->id = 0;
		if (!request->is_sent)
			drop(ic, i);
		return true;
	}
	return false;
}

void ic_set_period(struct ic *ic, uint32_t period_ms)
{
	ic->period_us = (uint64_t)period_ms * 1000;
	ic->due_us = 0;
}

bool ic_waits(const struct ic *ic)
{
	for (size_t i = 0; i < ic->n_requests; i++)
		if (ic->requests[i].purpose == IC_SAID)
			return true;
	return false;
}

/* Not while the last one is unanswered: a guest that is busy is not made busier. */
uint64_t ic_tick(struct ic *ic, const struct clock *clock, uint64_t now_us)
{
	uint8_t body[ICMSG_MAX_BODY];

	if (!ic->kind->say || ic->period_us == 0 || ic->channel.state != CONTROL_NEGOTIATED)
		return UINT64_MAX;
	if (now_us < ic->due_us)
		return ic->due_us;
	ic->due_us = now_us + ic->period_us;
	if (!ic_waits(ic))
		(void)ask(ic, IC_SAID, 0, body, ic->kind->say(ic, clock, body));
	return ic->due_us;
}

/* Being answered. */

static void on_choice(struct ic *ic, const struct icmsg *answer)
{
	struct outbox *outbox = outbox_of(ic);
	uint16_t versions[4];

	if (!icmsg_decode_choice(answer, &ic->framework, &ic->message)) {
		outbox_record(outbox, "%s: no version in common", ic->kind->name);
		return;
	}
	versions[0] = ic->framework.major;
	versions[1] = ic->framework.minor;
	versions[2] = ic->message.major;
	versions[3] = ic->message.minor;
	outbox_record(outbox, "%s: framework %u.%u, messages %u.%u", ic->kind->name,
		versions[0], versions[1], versions[2], versions[3]);
	ic->n_said = 0;
	ic->due_us = 0;
	channel_set_state(&ic->channel, CONTROL_NEGOTIATED, versions);
}

static void on_answer(struct ic *ic, const struct ic_request *request, struct icmsg *answer)
{
	if (request->purpose == IC_NEGOTIATION) {
		on_choice(ic, answer);
		return;
	}
	if (answer->size > request->size) /* the ring's padding */
		answer->size = request->size;
	record(ic, "guest", answer);
	if (request->purpose == IC_SAID)
		ic->n_answered++;
	if (request->purpose == IC_SAID && !ic->kind->is_answer(ic, answer))
		outbox_fault(outbox_of(ic), "%s: a wrong answer", ic->kind->name);
	reply(ic, request->id, answer);
}

/* UIO's daemon does not keep the packet's own transaction: only the IC header's counts. */
static bool is_answer_to(
	const struct ic *ic, const struct ic_request *request, const struct icmsg *answer)
{
	bool is_negotiation = request->purpose == IC_NEGOTIATION;

	return answer->type == (is_negotiation ? ICMSG_NEGOTIATE : ic->kind->message_type) &&
		answer->transaction == request->transaction;
}

static void ic_packet(struct channel *channel, const struct ring_packet *packet)
{
	struct ic *ic = (struct ic *)channel;
	struct icmsg answer;
	char what[64];

	if (packet->type == RING_IN_BAND &&
		icmsg_decode(packet->payload, packet->size, &answer) && ic->n_requests > 0 &&
		is_answer_to(ic, &ic->requests[0], &answer)) {
		on_answer(ic, &ic->requests[0], &answer);
		drop(ic, 0);
		return;
	}
	snprintf(what, sizeof(what), "%s: an answer to nothing, type %u", ic->kind->name,
		packet->type);
	outbox_fault_bytes(outbox_of(ic), what, packet->payload, packet->size);
}

/* Life of the channel. */

/* The last request becomes the first. */
static void move_up(struct ic *ic)
{
	struct ic_request last = ic->requests[ic->n_requests - 1];

	memmove(&ic->requests[1], &ic->requests[0],
		(ic->n_requests - 1) * sizeof(ic->requests[0]));
	ic->requests[0] = last;
}

static void send_what_waited(struct ic *ic)
{
	for (size_t i = 1; i < ic->n_requests;) {
		int r = send(ic, &ic->requests[i]);

		if (r == 0) {
			i++;
			continue;
		}
		outbox_reply(outbox_of(ic), ic->requests[i].id, r);
		drop(ic, i);
	}
}

static int ask_for_versions(struct ic *ic)
{
	uint8_t body[ICMSG_MAX_NEGOTIATION];

	ic->framework = ic->message = (struct icmsg_version){ 0 };
	return ask(ic, IC_NEGOTIATION, 0, body, icmsg_encode_versions(&ic->versions, body));
}

int ic_negotiate(struct ic *ic)
{
	if (!channel_is_open(&ic->channel))
		return -ENOTCONN;
	channel_set_state(&ic->channel, CONTROL_OPEN, NULL);
	return ask_for_versions(ic);
}

/* Negotiation first, then what has been waiting. */
static void ic_opened(struct channel *channel)
{
	struct ic *ic = (struct ic *)channel;

	if (ask_for_versions(ic) < 0) {
		outbox_fault(
			outbox_of(ic), "%s: the guest takes no negotiation", ic->kind->name);
		return;
	}
	move_up(ic);
	send_what_waited(ic);
}

static void ic_closed(struct channel *channel, int error)
{
	struct ic *ic = (struct ic *)channel;

	while (ic->n_requests > 0) {
		outbox_reply(outbox_of(ic), ic->requests[0].id, error);
		drop(ic, 0);
	}
}

static const struct channel_ops ops = {
	.opened = ic_opened,
	.packet = ic_packet,
	.closed = ic_closed,
};

void ic_init(struct ic *ic, const struct ic_kind *kind)
{
	*ic = (struct ic){
		.channel = { .component = kind->component, .is_pipe = true, .ops = &ops },
		.kind = kind,
		.versions = kind->versions,
		.period_us = (uint64_t)kind->period_ms * 1000,
	};
	snprintf(ic->channel.name, sizeof(ic->channel.name), "%s", kind->name);
	(void)guid_parse(kind->type, ic->channel.type);
	(void)guid_parse(kind->instance, ic->channel.instance);
}

void ic_done(struct ic *ic)
{
	while (ic->n_requests > 0)
		drop(ic, 0);
}
