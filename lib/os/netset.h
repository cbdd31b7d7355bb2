/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_NETSET_H
#define HVG_OS_NETSET_H

/*
 * Puts a configuration onto an interface by rtnetlink, where nobody else manages it.
 */

#include "format/ipconfig.h"
#include "os/netaddr.h"

/*
 * The interface comes up, and has the addresses and default routes of the configuration and no other
 * lasting ones. What is there already is not touched, so that a second time changes nothing.
 * Link-local addresses and those with a lifetime are the kernel's. -EOPNOTSUPP for DHCP, -ENODEV if
 * there is no such interface.
 */
int hvg_netset_apply(struct hvg_netaddr *netaddr, uint32_t index, const struct hvg_ipconfig *config);

#endif
