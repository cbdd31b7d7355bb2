/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_ADAPTER_H
#define HVG_SERVICE_ADAPTER_H

/*
 * Which interface the host means in SET_IP_INFO: a synthetic adapter, named by its VMBus instance
 * GUID or by its permanent MAC. Never what bears the same MAC: a virtual function below it, a VLAN
 * or a bond above it. An adapter that is a port of a bridge, bond or team gets its configuration
 * where addresses live: on the uppermost of those.
 */

#include "format/ipconfig.h"
#include "format/netfacts.h"

/* Both point into the facts. */
struct hvg_adapter {
	const struct hvg_netif *netif;	/* the synthetic adapter */
	const struct hvg_netif *bearer; /* where its addresses live: itself, or its master */
};

/* -ENODEV if no adapter has that GUID or MAC, -EINVAL if id is neither. */
int hvg_adapter_find(const struct hvg_netfacts *facts, const struct hvg_synthetics *synthetics,
	const char *id, struct hvg_adapter *ret);

#endif
