/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_NETADDR_H
#define HVG_OS_NETADDR_H

/*
 * Interfaces, addresses and default routes of this network namespace, without wakeups.
 *
 * One socket collects the kernel's notices of changes and is never watched: only refresh() looks
 * whether anything lies in it. Nothing there means that the last snapshot is still true, for the
 * price of one system call. Anything, even "too much" (ENOBUFS), means a new snapshot.
 */

#include "format/netfacts.h"

#include <stdint.h>

struct hvg_netaddr;

/* Asks the kernel nothing yet: the snapshot is empty until the first refresh. */
int hvg_netaddr_new(struct hvg_netaddr **ret);
struct hvg_netaddr *hvg_netaddr_free(struct hvg_netaddr *netaddr);

/*
 * 0 if nothing changed, 1 if there is a new snapshot. On failure the old one stays and the next
 * refresh tries again; -EAGAIN if the kernel's tables changed faster than they could be read.
 */
int hvg_netaddr_refresh(struct hvg_netaddr *netaddr) __attribute__((warn_unused_result));

/* Lives until the next refresh. Default routes are those of the main table. */
const struct hvg_netfacts *hvg_netaddr_facts(const struct hvg_netaddr *netaddr);

/* Counts snapshots: equal numbers, equal facts. */
uint64_t hvg_netaddr_generation(const struct hvg_netaddr *netaddr);

#endif
