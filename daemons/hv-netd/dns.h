/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_NETD_DNS_H
#define HVG_NETD_DNS_H

/*
 * Name servers are no reason to go back: whether they are in force depends on more than the
 * network manager. But it is looked whether they are.
 */

#include "hv-netd/backend.h"

/* Waits a moment for them, and warns if they do not come. */
void netd_dns_check(struct netd_transaction *transaction);

#endif
