/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_SYNTHETIC_H
#define HVG_OS_SYNTHETIC_H

/*
 * Which network interfaces are synthetic adapters, as /sys tells:
 *
 *	class/net/eth0/device/device_id	"{b5e15ac5-…}" of a device on VMBus
 *	class/net/eth0/device/driver -> …/hv_netvsc
 */

#include "format/netfacts.h"

#include <stddef.h>

/* sysfs is "/sys"; a test has its own. The caller frees ret->items. */
int hvg_synthetic_list(const char *sysfs, struct hvg_synthetics *ret);

/* What the driver of an interface calls itself (ethtool); "" if it does not say. */
void hvg_netif_driver(const char *name, char *ret, size_t ret_size);

#endif
