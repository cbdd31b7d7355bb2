/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_CHANNEL_H
#define HVG_SERVICE_CHANNEL_H

/*
 * One device of hv_utils from the daemon's side: what KVP, VSS and legacy file copy have in common.
 * Registration, one request at a time, back-off, hang-up, sleep, and the guard against stale
 * answers; pure, so that all of it can be walked by a test.
 *
 *	state		leaves it when			to		deadline
 *	ABSENT		the device appears		OPENING		never, or the next look (look_us)
 *	WAITING		its time has come		OPENING		back-off
 *	OPENING		opened / busy / not there	REGISTERING (or READY), WAITING, ABSENT
 *			opened, and just appeared	SETTLING
 *	SETTLING	the kernel has had its time	REGISTERING	SETTLE_US
 *	REGISTERING	written / refused		GREETING, CLOSING
 *	GREETING	a message came / none came	ACCEPTING, CLOSING	GREETING_US
 *	ACCEPTING	the service took it / did not	READY, CLOSING
 *	READY		a message came			SERVING		never: the host speaks first
 *	SERVING		the service answers		SENDING		never: the service has its own
 *	SENDING		written, or given up		READY, CLOSING
 *	CLOSING		closed				WAITING, ASLEEP, STOPPED
 *	ASLEEP		the machine woke up		OPENING		never
 *	STOPPED						-		never
 *
 * From any state with an open device: a hang-up, a stall and a failed write lead to CLOSING and then
 * WAITING, sleep leads to CLOSING and then ASLEEP, stop leads to CLOSING and then STOPPED. Closing
 * is the universal cure: the kernel answers the host for us and starts over (facts: section 1.4 of
 * the protocol; hvt_op_release in drivers/hv/hv_utils_transport.c).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hvg_channel_state {
	HVG_CHANNEL_ABSENT,
	HVG_CHANNEL_WAITING,
	HVG_CHANNEL_OPENING,
	HVG_CHANNEL_SETTLING,
	HVG_CHANNEL_REGISTERING,
	HVG_CHANNEL_GREETING,
	HVG_CHANNEL_ACCEPTING,
	HVG_CHANNEL_READY,
	HVG_CHANNEL_SERVING,
	HVG_CHANNEL_SENDING,
	HVG_CHANNEL_CLOSING,
	HVG_CHANNEL_ASLEEP,
	HVG_CHANNEL_STOPPED,
};

/* What the caller shall do now, and what it reports to hvg_channel_done. */
enum hvg_channel_action_kind {
	HVG_CHANNEL_WAIT,     /* nothing, until something happens or the deadline passes */
	HVG_CHANNEL_OPEN,     /* open the device: 0, 1 if nothing is to be registered, or why not */
	HVG_CHANNEL_REGISTER, /* write the registration: 0, or why not */
	HVG_CHANNEL_ACCEPT,   /* show the kernel's answer to the service: 0, or -EBADMSG */
	HVG_CHANNEL_SERVE,    /* give the message to the service: 0 */
	HVG_CHANNEL_SEND,     /* write the answer unless a newer request waits (then -ESTALE) */
	HVG_CHANNEL_CLOSE,    /* close the device, if it is open; a request being served is dead: 0 */
};

struct hvg_channel_action {
	enum hvg_channel_action_kind kind;
	uint64_t serial;
	const void *bytes; /* ACCEPT, SERVE, SEND: lives as the caller's own buffer does */
	size_t size;
};

struct hvg_channel_config {
	uint64_t patience_us; /* the kernel's: HV_UTIL_TIMEOUT for KVP; what it drops an answer after */
	uint64_t look_us;     /* look for an absent device this often; 0: an event will tell */
};

struct hvg_channel {
	struct hvg_channel_config config;
	enum hvg_channel_state state;
	enum hvg_channel_state after_close; /* WAITING, ASLEEP or STOPPED */
	bool is_new;			    /* the device: it was not there a moment ago */
	bool is_out;			    /* the state's action was yielded and is not done */
	uint64_t serial;
	uint64_t deadline_us;
	uint64_t backoff_us;  /* the next one */
	uint64_t awake_us;    /* when we last looked at anything */
	uint64_t received_us; /* when the request being served was read */
	uint64_t patience_us; /* how long the kernel waits for this one */
	const void *bytes;
	size_t size;
	int error; /* why we are not registered; 0 while all is well */
};

void hvg_channel_init(struct hvg_channel *channel, const struct hvg_channel_config *config,
	uint64_t now_us);

struct hvg_channel_action hvg_channel_next(struct hvg_channel *channel, uint64_t now_us);
void hvg_channel_done(struct hvg_channel *channel, uint64_t serial, int result, uint64_t now_us);

/*
 * Call first whenever the loop wakes up, before the device is read: after a stall (we were stopped,
 * or swapped out) what lies in the device may be dead, and acting on it harmful. True if so.
 */
bool hvg_channel_wake(struct hvg_channel *channel, uint64_t now_us);

/* The device was read. The bytes live until the next call of recv. */
void hvg_channel_recv(struct hvg_channel *channel, const void *bytes, size_t size, uint64_t now_us);

/* The device hung up, or reading it failed. */
void hvg_channel_hangup(struct hvg_channel *channel, int error);

void hvg_channel_appeared(struct hvg_channel *channel);
void hvg_channel_sleep(struct hvg_channel *channel);
void hvg_channel_awaken(struct hvg_channel *channel);
void hvg_channel_stop(struct hvg_channel *channel);

/* The request being served is one that the kernel waits longer for than for others (VSS's FREEZE). */
void hvg_channel_set_patience(struct hvg_channel *channel, uint64_t patience_us);

/*
 * The service's answer to the request being served: SEND comes out of next. -EPROTO if no request is
 * being served (the device was lost); -ETIMEDOUT if the kernel has given up on it by now, in which
 * case nothing is sent.
 */
int hvg_channel_send(struct hvg_channel *channel, const void *bytes, size_t size, uint64_t now_us);

/*
 * Somebody else has the device on loan from the request being served on, and serves those that
 * follow. He has answered all of them; or the last one, read at received_us, is still to be answered.
 */
void hvg_channel_answered(struct hvg_channel *channel);
void hvg_channel_resume(struct hvg_channel *channel, uint64_t received_us);

bool hvg_channel_is_open(const struct hvg_channel *channel);
bool hvg_channel_is_registered(const struct hvg_channel *channel);
const char *hvg_channel_state_name(enum hvg_channel_state state);

/*
 * How often hvg_channel_wake must be called at least, so that a stall is told from idleness: the
 * longest time in which no request that we have not read can have been given up by the kernel.
 */
uint64_t hvg_channel_tick_us(const struct hvg_channel_config *config);

#endif
