/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_NETD_GATEWAY_H
#define HVG_NETD_GATEWAY_H

/*
 * Whether the default gateways answer. It is no reason to go back: the network of a failover may be
 * cut off from the world on purpose.
 */

#include "hv-netd/transaction.h"

/* Those that there is a route by already: the kernel begins to ask for them. May be called again. */
void netd_gateways_ask(struct netd_transaction *transaction);

/* Warns of those that have not answered; waits for them for a moment, counted from the first question. */
void netd_gateways_check(struct netd_transaction *transaction);

#endif
