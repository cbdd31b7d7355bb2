// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The channel's decisions. A state that has an action yields it once; done() looks at the state to
 * know what was done. Everything that ends an open device goes through close_device().
 */

#include "service/channel.h"

#include "base/units.h"

#include <errno.h>

/* The kernel queues its answer to a registration inside our write; seconds are a broken kernel. */
#define GREETING_US (5 * HVG_USEC_PER_SEC)

/* A first retry that nobody notices; then slower, because an early-boot reader may hold it long. */
#define BACKOFF_FIRST_US (50 * HVG_USEC_PER_MSEC)
#define BACKOFF_LAST_US	 (10 * HVG_USEC_PER_SEC)

/*
 * The kernel makes the node of a device before it can be registered with: hv_kvp_init_transport()
 * assigns what kvp_register() uses only after hvutil_transport_init() has returned. A registration in
 * between writes into the freed transport of the offer before (seen as an oops in
 * hvutil_transport_send, once in some hundred offers, on 6.1). That takes the kernel a millisecond.
 */
#define SETTLE_US (100 * HVG_USEC_PER_MSEC)

/* After a hang-up: the kernel removes the node as soon as we have closed. */
#define HANGUP_US (20 * HVG_USEC_PER_MSEC)

static void enter(struct hvg_channel *channel, enum hvg_channel_state state, uint64_t deadline_us)
{
	channel->state = state;
	channel->deadline_us = deadline_us;
	channel->is_out = false;
}

void hvg_channel_init(struct hvg_channel *channel, const struct hvg_channel_config *config,
	uint64_t now_us)
{
	*channel = (struct hvg_channel){
		.config = *config,
		.awake_us = now_us,
		.backoff_us = BACKOFF_FIRST_US,
	};
	enter(channel, HVG_CHANNEL_OPENING, HVG_NEVER);
}

bool hvg_channel_is_open(const struct hvg_channel *channel)
{
	switch (channel->state) {
	case HVG_CHANNEL_SETTLING:
	case HVG_CHANNEL_REGISTERING:
	case HVG_CHANNEL_GREETING:
	case HVG_CHANNEL_ACCEPTING:
	case HVG_CHANNEL_READY:
	case HVG_CHANNEL_SERVING:
	case HVG_CHANNEL_SENDING:
	case HVG_CHANNEL_CLOSING:
		return true;
	case HVG_CHANNEL_OPENING:
		return channel->is_out; /* it may succeed yet, and must then be closed */
	case HVG_CHANNEL_ABSENT:
	case HVG_CHANNEL_WAITING:
	case HVG_CHANNEL_ASLEEP:
	case HVG_CHANNEL_STOPPED:
		break;
	}
	return false;
}

bool hvg_channel_is_registered(const struct hvg_channel *channel)
{
	return channel->state == HVG_CHANNEL_READY || channel->state == HVG_CHANNEL_SERVING ||
	       channel->state == HVG_CHANNEL_SENDING;
}

static void close_device(struct hvg_channel *channel, enum hvg_channel_state after, int error)
{
	channel->error = error;
	channel->after_close = after;
	if (channel->state != HVG_CHANNEL_CLOSING)
		enter(channel, HVG_CHANNEL_CLOSING, HVG_NEVER);
}

static void wait_and_retry(struct hvg_channel *channel, uint64_t now_us)
{
	enter(channel, HVG_CHANNEL_WAITING, now_us + channel->backoff_us);
	channel->backoff_us = HVG_MIN(channel->backoff_us * 2, BACKOFF_LAST_US);
}

static void accepted(struct hvg_channel *channel, int result)
{
	if (result < 0) {
		close_device(channel, HVG_CHANNEL_WAITING, result);
		return;
	}
	channel->backoff_us = BACKOFF_FIRST_US;
	enter(channel, HVG_CHANNEL_READY, HVG_NEVER);
}

static void opened(struct hvg_channel *channel, int result, uint64_t now_us)
{
	channel->error = result;
	if (result > 0) {
		channel->error = 0;
		channel->is_new = false;
		accepted(channel, 0);
		return;
	}
	switch (-result) {
	case 0:
		if (channel->is_new)
			enter(channel, HVG_CHANNEL_SETTLING, now_us + SETTLE_US);
		else
			enter(channel, HVG_CHANNEL_REGISTERING, HVG_NEVER);
		channel->is_new = false;
		break;
	case ENODEV:
	case ENOENT:
	case ENXIO:
		channel->is_new = true;
		channel->backoff_us = BACKOFF_FIRST_US;
		enter(channel, HVG_CHANNEL_ABSENT,
			channel->config.look_us > 0 ? now_us + channel->config.look_us : HVG_NEVER);
		break;
	default:
		wait_and_retry(channel, now_us);
		break;
	}
}

/* A newer request means that ours is dead, but all is well. Any other failure needs a fresh start. */
static void sent(struct hvg_channel *channel, int result)
{
	if (result >= 0 || result == -ESTALE)
		enter(channel, HVG_CHANNEL_READY, HVG_NEVER);
	else
		close_device(channel, HVG_CHANNEL_WAITING, result);
}

static void closed(struct hvg_channel *channel, uint64_t now_us)
{
	if (channel->after_close == HVG_CHANNEL_WAITING)
		wait_and_retry(channel, now_us);
	else
		enter(channel, channel->after_close, HVG_NEVER);
}

void hvg_channel_done(struct hvg_channel *channel, uint64_t serial, int result, uint64_t now_us)
{
	if (!channel->is_out || serial != channel->serial)
		return;

	switch (channel->state) {
	case HVG_CHANNEL_OPENING:
		opened(channel, result, now_us);
		break;
	case HVG_CHANNEL_REGISTERING:
		if (result < 0)
			close_device(channel, HVG_CHANNEL_WAITING, result);
		else
			enter(channel, HVG_CHANNEL_GREETING, now_us + GREETING_US);
		break;
	case HVG_CHANNEL_ACCEPTING:
		accepted(channel, result);
		break;
	case HVG_CHANNEL_SENDING:
		sent(channel, result);
		break;
	case HVG_CHANNEL_CLOSING:
		closed(channel, now_us);
		break;
	case HVG_CHANNEL_ABSENT:
	case HVG_CHANNEL_WAITING:
	case HVG_CHANNEL_SETTLING:
	case HVG_CHANNEL_GREETING:
	case HVG_CHANNEL_READY:
	case HVG_CHANNEL_SERVING: /* done by the answer, not by having been handed over */
	case HVG_CHANNEL_ASLEEP:
	case HVG_CHANNEL_STOPPED:
		break;
	}
}

static void look_at_the_clock(struct hvg_channel *channel, uint64_t now_us)
{
	if (channel->deadline_us == HVG_NEVER || now_us < channel->deadline_us)
		return;
	if (channel->state == HVG_CHANNEL_GREETING)
		close_device(channel, HVG_CHANNEL_WAITING, -ETIMEDOUT);
	else if (channel->state == HVG_CHANNEL_SETTLING)
		enter(channel, HVG_CHANNEL_REGISTERING, HVG_NEVER);
	else if (channel->state == HVG_CHANNEL_ABSENT || channel->state == HVG_CHANNEL_WAITING)
		enter(channel, HVG_CHANNEL_OPENING, HVG_NEVER);
}

static enum hvg_channel_action_kind action_of(enum hvg_channel_state state)
{
	switch (state) {
	case HVG_CHANNEL_OPENING:
		return HVG_CHANNEL_OPEN;
	case HVG_CHANNEL_REGISTERING:
		return HVG_CHANNEL_REGISTER;
	case HVG_CHANNEL_ACCEPTING:
		return HVG_CHANNEL_ACCEPT;
	case HVG_CHANNEL_SERVING:
		return HVG_CHANNEL_SERVE;
	case HVG_CHANNEL_SENDING:
		return HVG_CHANNEL_SEND;
	case HVG_CHANNEL_CLOSING:
		return HVG_CHANNEL_CLOSE;
	case HVG_CHANNEL_ABSENT:
	case HVG_CHANNEL_WAITING:
	case HVG_CHANNEL_SETTLING:
	case HVG_CHANNEL_GREETING:
	case HVG_CHANNEL_READY:
	case HVG_CHANNEL_ASLEEP:
	case HVG_CHANNEL_STOPPED:
		break;
	}
	return HVG_CHANNEL_WAIT;
}

struct hvg_channel_action hvg_channel_next(struct hvg_channel *channel, uint64_t now_us)
{
	struct hvg_channel_action action = { .kind = HVG_CHANNEL_WAIT };

	look_at_the_clock(channel, now_us);
	if (channel->is_out)
		return action;
	action.kind = action_of(channel->state);
	if (action.kind == HVG_CHANNEL_WAIT)
		return action;

	channel->is_out = true;
	action.serial = ++channel->serial;
	action.bytes = channel->bytes;
	action.size = channel->size;
	return action;
}

/* One second of thirty is left for reading and answering: 29 of the kernel's 30. */
static uint64_t without_margin(uint64_t patience_us)
{
	return patience_us - patience_us / 30;
}

/* A tick may be four seconds late before it is taken for a stall. */
uint64_t hvg_channel_tick_us(const struct hvg_channel_config *config)
{
	return config->patience_us - config->patience_us / 6;
}

bool hvg_channel_wake(struct hvg_channel *channel, uint64_t now_us)
{
	bool stalled = now_us - channel->awake_us > without_margin(channel->config.patience_us);

	channel->awake_us = now_us;
	if (!stalled || !hvg_channel_is_open(channel) || channel->state == HVG_CHANNEL_CLOSING)
		return false;
	close_device(channel, HVG_CHANNEL_WAITING, -ESTALE);
	return true;
}

void hvg_channel_recv(struct hvg_channel *channel, const void *bytes, size_t size, uint64_t now_us)
{
	if (channel->state == HVG_CHANNEL_GREETING)
		enter(channel, HVG_CHANNEL_ACCEPTING, HVG_NEVER);
	else if (channel->state == HVG_CHANNEL_READY || channel->state == HVG_CHANNEL_SERVING)
		enter(channel, HVG_CHANNEL_SERVING, HVG_NEVER); /* while SERVING: the former is dead */
	else
		return;
	channel->bytes = bytes;
	channel->size = size;
	channel->received_us = now_us;
	channel->patience_us = channel->config.patience_us;
}

void hvg_channel_set_patience(struct hvg_channel *channel, uint64_t patience_us)
{
	channel->patience_us = patience_us;
}

int hvg_channel_send(struct hvg_channel *channel, const void *bytes, size_t size, uint64_t now_us)
{
	if (channel->state != HVG_CHANNEL_SERVING)
		return -EPROTO;
	if (now_us - channel->received_us > without_margin(channel->patience_us)) {
		enter(channel, HVG_CHANNEL_READY, HVG_NEVER);
		return -ETIMEDOUT;
	}
	channel->bytes = bytes;
	channel->size = size;
	enter(channel, HVG_CHANNEL_SENDING, HVG_NEVER);
	return 0;
}

void hvg_channel_answered(struct hvg_channel *channel)
{
	if (channel->state == HVG_CHANNEL_SERVING)
		enter(channel, HVG_CHANNEL_READY, HVG_NEVER);
}

void hvg_channel_resume(struct hvg_channel *channel, uint64_t received_us)
{
	channel->received_us = received_us;
}

void hvg_channel_hangup(struct hvg_channel *channel, int error)
{
	if (!hvg_channel_is_open(channel) || channel->state == HVG_CHANNEL_CLOSING)
		return;
	channel->backoff_us = HANGUP_US;
	channel->is_new = true; /* whatever is opened next */
	close_device(channel, HVG_CHANNEL_WAITING, error);
}

void hvg_channel_appeared(struct hvg_channel *channel)
{
	if (channel->state != HVG_CHANNEL_ABSENT && channel->state != HVG_CHANNEL_WAITING)
		return;
	channel->is_new = true;
	channel->backoff_us = BACKOFF_FIRST_US;
	enter(channel, HVG_CHANNEL_OPENING, HVG_NEVER);
}

static void leave(struct hvg_channel *channel, enum hvg_channel_state after)
{
	if (channel->state == HVG_CHANNEL_STOPPED)
		return;
	if (hvg_channel_is_open(channel))
		close_device(channel, after, 0);
	else
		enter(channel, after, HVG_NEVER);
}

void hvg_channel_sleep(struct hvg_channel *channel)
{
	if (!(channel->state == HVG_CHANNEL_CLOSING && channel->after_close == HVG_CHANNEL_STOPPED))
		leave(channel, HVG_CHANNEL_ASLEEP);
}

void hvg_channel_awaken(struct hvg_channel *channel)
{
	if (channel->state == HVG_CHANNEL_ASLEEP)
		enter(channel, HVG_CHANNEL_OPENING, HVG_NEVER);
	else if (channel->state == HVG_CHANNEL_CLOSING &&
		 channel->after_close == HVG_CHANNEL_ASLEEP)
		channel->after_close = HVG_CHANNEL_WAITING;
}

void hvg_channel_stop(struct hvg_channel *channel)
{
	leave(channel, HVG_CHANNEL_STOPPED);
}

const char *hvg_channel_state_name(enum hvg_channel_state state)
{
	static const char *const names[] = {
		[HVG_CHANNEL_ABSENT] = "absent",
		[HVG_CHANNEL_WAITING] = "waiting",
		[HVG_CHANNEL_OPENING] = "opening",
		[HVG_CHANNEL_SETTLING] = "settling",
		[HVG_CHANNEL_REGISTERING] = "registering",
		[HVG_CHANNEL_GREETING] = "greeting",
		[HVG_CHANNEL_ACCEPTING] = "accepting",
		[HVG_CHANNEL_READY] = "ready",
		[HVG_CHANNEL_SERVING] = "serving",
		[HVG_CHANNEL_SENDING] = "sending",
		[HVG_CHANNEL_CLOSING] = "closing",
		[HVG_CHANNEL_ASLEEP] = "asleep",
		[HVG_CHANNEL_STOPPED] = "stopped",
	};

	return names[state];
}
