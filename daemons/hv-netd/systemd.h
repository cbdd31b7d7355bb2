/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_NETD_SYSTEMD_H
#define HVG_NETD_SYSTEMD_H

/*
 * What is asked of the bus and of systemd: is somebody there, run this, wake me if I die.
 * Programs run as transient units: they are not in our sandbox, and outlive us.
 */

#include "hv-netd/context.h"

#include <stdbool.h>

/* Whether a name on the bus has an owner; nobody is started for it. */
bool netd_bus_has(struct netd_context *context, const char *name);

/* A call with the context's patience: 0 or negative errno; error text goes to *reason, if not NULL. */
struct netd_call {
	const char *service, *path, *interface, *member;
	uint64_t patience_us;
	char *reason; /* NETD_REASON_SIZE bytes, or NULL */
};

#define NETD_REASON_SIZE 256

/* Sends a message that the caller has filled, and waits; *ret_reply may be NULL. Takes message. */
int netd_call_send(struct netd_context *context, const struct netd_call *call, sd_bus_message *message,
	sd_bus_message **ret_reply);

/* The same with arguments given as for sd_bus_message_append. */
int netd_call(struct netd_context *context, const struct netd_call *call, sd_bus_message **ret_reply,
	const char *types, ...);

/*
 * Runs a program, which may take limit_us, and waits for its end for patience_us at most: 0, -EIO if
 * it failed, -ETIMEDOUT if it was ended; -EINPROGRESS if it goes on; -ENOTCONN without systemd.
 */
int netd_run(struct netd_context *context, const char *const argv[], uint64_t patience_us, uint64_t limit_us);

/* Arms and disarms the timer that rolls back in our place. Without systemd: -ENOTCONN. */
int netd_timer_arm(struct netd_context *context, uint64_t after_us);
void netd_timer_disarm(struct netd_context *context);

#endif
