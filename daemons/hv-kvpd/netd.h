/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_KVPD_NETD_H
#define HVG_KVPD_NETD_H

/*
 * Hands an injected IP configuration to hv-netd, org.hvguest.Network1: over its socket, which works
 * before the bus is up, or else over the bus, also if whoever was behind the socket died before it
 * took the call. Neither there: the request is held until the bus is joined or the caller cancels.
 * Only "no such service" on the bus means that nobody does this.
 */

#include "hvguest/ipinfo.h"

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/* 0 or negative errno; text is what hv-netd said, or NULL. */
typedef void kvpd_netd_done_fn(void *userdata, int code, const char *text);

struct kvpd_netd {
	sd_event *event;
	uint64_t patience_us; /* how long hv-netd may take */
	kvpd_netd_done_fn *done;
	void *userdata;
	sd_bus *bus;	      /* the system bus, while joined */
	sd_bus *peer;	      /* the connection to the socket, during a call */
	bool peer_has_it;     /* somebody is at the other end, so that the call may be carried out */
	sd_bus_slot *call;
	struct kvpd_netd_request *request; /* what is held or under way */
};

void kvpd_netd_init(struct kvpd_netd *netd, sd_event *event, uint64_t patience_us);
void kvpd_netd_done(struct kvpd_netd *netd);

/* One request at a time: a new one replaces the former. done is called later, never from inside. */
int kvpd_netd_apply(struct kvpd_netd *netd, const struct hvg_ipinfo *ip, kvpd_netd_done_fn *done,
	void *userdata);

/* Forgets the request: a held one is not sent any more, the result of a sent one is not told. */
void kvpd_netd_cancel(struct kvpd_netd *netd);

void kvpd_netd_joined(struct kvpd_netd *netd, sd_bus *bus);
void kvpd_netd_lost(struct kvpd_netd *netd);

#endif
