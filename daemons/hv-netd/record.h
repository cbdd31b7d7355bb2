/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_NETD_RECORD_H
#define HVG_NETD_RECORD_H

/*
 * What hv-netd remembers in its state folder: the configuration that it applied last, for each
 * adapter, and a history of what it did.
 */

#include "hv-netd/transaction.h"

int netd_record_read(struct netd_context *context, const char *guid, struct hvg_ipconfig *ret);
int netd_record_write(struct netd_context *context, const char *guid, const struct hvg_ipconfig *config);
void netd_record_forget(struct netd_context *context, const char *guid);

#define NETD_HISTORY_MAX 100

struct netd_event {
	uint64_t realtime_us;
	const char *guid, *interface, *backend, *result, *text;
};

/* Adds an event; the oldest beyond NETD_HISTORY_MAX is forgotten. */
int netd_history_add(struct netd_context *context, const struct netd_outcome *outcome);

/* Calls one for each event, oldest first, until it fails. */
int netd_history_read(const char *state, int (*one)(void *userdata, const struct netd_event *event), void *userdata);

#endif
