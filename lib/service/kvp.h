/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_KVP_H
#define HVG_SERVICE_KVP_H

/*
 * What a guest answers to KVP requests: one request in, at most one deed, one answer out.
 *
 *	state		leaves it when				to		deadline
 *	IDLE		recv: a request			DECIDED		never: the host speaks first
 *	DECIDED		next yields the deed, or SEND		DOING, SENDING	at once
 *	DOING		done: its result			SENDING		the deed's (below)
 *			the deadline passes: a failure		SENDING
 *	SENDING		done						IDLE		at once
 *
 * A request that comes while another is being served means that the kernel has given up on the
 * former: that one is forgotten, and the late result of its deed is dropped. cancel() and stop() do
 * the same without a new request. Nothing a deed of this service does needs undoing: a late SET
 * leaves what the host wanted.
 */

#include "hvguest/kvp.h"
#include "hvguest/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hvg_kvp_action_kind {
	HVG_KVP_WAIT,	     /* nothing, until something happens or the deadline passes */
	HVG_KVP_STORE_SET,   /* request: pool, key, value */
	HVG_KVP_STORE_UNSET, /* request: pool, key; -ENOENT if there is none */
	HVG_KVP_STORE_FIND,  /* request: pool, key -> value, or -ENOENT */
	HVG_KVP_STORE_AT,    /* request: pool, index; begins -> key and value, or -ENOENT */
	HVG_KVP_AUTO_FIND,   /* request: key -> value, or -ENOENT */
	HVG_KVP_AUTO_AT,     /* request: index; begins -> key and value, or -ENOENT */
	HVG_KVP_READ_IP,     /* request: ip.adapter_id (a MAC) -> ip, or -ENODEV */
	HVG_KVP_APPLY_IP,    /* request: ip; -ENODEV, -EINVAL, -EOPNOTSUPP if nobody does that */
	HVG_KVP_SEND,	     /* reply, HVG_KVP_MESSAGE_SIZE bytes: 0, or why it could not be sent */
};

struct hvg_kvp_action {
	enum hvg_kvp_action_kind kind;
	uint64_t serial;
	const struct hvg_kvp_request *request; /* lives until the action is done */
	bool begins;			       /* …_AT: an enumeration begins with this index */
	const uint8_t *reply;
};

/* How a deed went. Text and ip are copied before done returns. */
struct hvg_kvp_result {
	int code; /* 0 or negative errno */
	const char *key;
	const char *value;
	const struct hvg_ipinfo *ip;
};

struct hvg_kvp_config {
	bool allow_host_writes_to_guest_pool;
	uint64_t patience_us; /* the kernel's; the deeds' deadlines are parts of it */
};

/* What was answered last; the daemon logs refusals and publishes the rest. */
struct hvg_kvp_outcome {
	enum hvg_kvp_op op;
	uint8_t pool;
	uint32_t status;
	int code;	    /* what the status came from */
	const char *reason; /* static text, or NULL */
	int text_flags;	    /* HVG_KVP_CUT, HVG_KVP_REPAIRED */
};

enum hvg_kvp_state {
	HVG_KVP_IDLE,
	HVG_KVP_DECIDED,
	HVG_KVP_DOING,
	HVG_KVP_SENDING,
};

struct hvg_kvp {
	struct hvg_kvp_config config;
	enum hvg_kvp_state state;
	bool is_out; /* SENDING: the answer was yielded */
	uint64_t serial;
	uint64_t deadline_us;
	uint64_t received_us;
	enum hvg_kvp_action_kind deed;
	struct hvg_kvp_request request;
	bool begins;
	uint32_t next_index[HVG_N_POOLS]; /* what continues an enumeration */
	struct hvg_kvp_outcome outcome;
	uint64_t n_requests;
	uint8_t reply[HVG_KVP_MESSAGE_SIZE];
};

void hvg_kvp_init(struct hvg_kvp *kvp, const struct hvg_kvp_config *config);

/* The bytes live until the request is answered, or recv or cancel is called. */
void hvg_kvp_recv(struct hvg_kvp *kvp, const void *bytes, size_t size, uint64_t now_us);

struct hvg_kvp_action hvg_kvp_next(struct hvg_kvp *kvp, uint64_t now_us);

/* -ESTALE if the serial is not the one that is out: the result was dropped. */
int hvg_kvp_done(struct hvg_kvp *kvp, uint64_t serial, const struct hvg_kvp_result *result);

/* The device was lost: the kernel answers the host. Also what stopping needs. */
void hvg_kvp_cancel(struct hvg_kvp *kvp);

#endif
