/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_NETD_GATEWAY_H
#define HVG_NETD_GATEWAY_H

/*
 * Whether the default gateways answer, once a change is in force. It is no reason to go back: the
 * network of a failover may be cut off from the world on purpose.
 *
 * The kernel asks, three times within three seconds. The host is not told of warnings, and not kept
 * waiting for them: its gateways are looked at later. A person waits.
 */

#include "base/units.h"
#include "hv-netd/transaction.h"

/* mcast_solicit and retrans_time of the kernel's neighbour tables: it has given up by then. */
#define NETD_GATEWAYS_US (3 * HVG_USEC_PER_SEC)

/* 1: all of the outcome's adapter answer. 0: not all do, so far: these are asked, and a warning is added for each. */
int netd_gateways_look(struct netd_context *context, struct netd_outcome *outcome);

/* Until they answer or the kernel has given up. */
void netd_gateways_wait(struct netd_context *context, struct netd_outcome *outcome);

#endif
