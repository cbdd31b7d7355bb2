/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_IC_H
#define HVG_TESTS_HOST_VM_IC_H

/*
 * An integration component at the host's end: after each opening of its channel the host
 * negotiates, then it asks and the guest answers, in order. What is asked before the channel is
 * open waits for it; afterwards it goes into the ring at once, even behind an unanswered
 * negotiation, where the guest's driver finds it when it is ready.
 *
 * What is the same for all is here; what a kind has of its own is in its struct ic_kind.
 */

#include "host/vm/channel.h"
#include "host/vm/clock.h"
#include "host/vm/icmsg.h"
#include "host/vm/text.h"

#define IC_MAX_REQUESTS 16
#define IC_RESERVED     2 /* of those: for a negotiation, and for what is said by itself */

struct ic;

struct ic_kind {
	uint32_t component;
	const char *name, *type, *instance; /* GUIDs */
	uint16_t message_type;
	struct icmsg_versions versions;

	/* What a body says, for the recorder. */
	void (*describe)(struct text *text, const uint8_t *body, size_t size, bool is_reply);

	/* What the host says by itself every now and then: the size of the body. */
	uint32_t period_ms;
	size_t (*say)(struct ic *ic, const struct clock *clock, uint8_t *ret_body);

	/* Is that a true answer to it? */
	bool (*is_answer)(const struct ic *ic, const struct icmsg *reply);
};

enum ic_purpose {
	IC_NEGOTIATION,
	IC_ASKED, /* from outside */
	IC_SAID,  /* by itself */
};

struct ic_request {
	enum ic_purpose purpose;
	uint64_t id; /* 0: nobody waits for the answer */
	uint8_t transaction;
	bool is_sent;
	uint8_t *body;
	size_t size;
};

struct ic {
	struct channel channel;
	const struct ic_kind *kind;
	struct icmsg_versions versions;
	struct icmsg_version framework, message; /* as negotiated; zero before */
	struct ic_request requests[IC_MAX_REQUESTS];
	size_t n_requests; /* the oldest is the first */
	uint8_t last_transaction;
	uint64_t period_us, due_us;
	uint64_t n_said;     /* since the negotiation */
	uint64_t n_answered; /* of those, ever */
};

extern const struct ic_kind ic_heartbeat, ic_shutdown, ic_timesync, ic_kvp, ic_vss, ic_fcopy;

void ic_init(struct ic *ic, const struct ic_kind *kind);
void ic_done(struct ic *ic);

/* Asks the guest; the reply to id comes from here in any case. */
void ic_ask(struct ic *ic, uint64_t id, const uint8_t *body, size_t size);

/* Asks for versions anew. -ENOTCONN: the guest has not opened the channel. */
int ic_negotiate(struct ic *ic);

/* false: nobody waits for that. */
bool ic_cancel(struct ic *ic, uint64_t id);

/* Is something that it said by itself unanswered? */
bool ic_waits(const struct ic *ic);

void ic_set_period(struct ic *ic, uint32_t period_ms);

/* Says what is due. When it wants to be called again; UINT64_MAX: never. */
uint64_t ic_tick(struct ic *ic, const struct clock *clock, uint64_t now_us);

#endif
