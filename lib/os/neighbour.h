/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_NEIGHBOUR_H
#define HVG_OS_NEIGHBOUR_H

/*
 * Whether somebody answers to an address on an adapter's link: the kernel asks, by ARP or neighbour
 * discovery, and remembers.
 */

#include "format/netfacts.h"

/* It begins to ask; nothing is waited for. */
int hvg_neighbour_ask(uint32_t index, const struct hvg_ip *ip);

/* 1: somebody has answered. 0: nobody has, so far. */
int hvg_neighbour_is_there(uint32_t index, const struct hvg_ip *ip);

#endif
