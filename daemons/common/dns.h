/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_DNS_H
#define HVG_DAEMONS_DNS_H

/*
 * Name servers that are in force: systemd-resolved's, org.freedesktop.resolve1(5), or those of
 * resolv.conf(5). Stubs say nothing to others and are left out.
 */

#include "service/linkword.h"

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define HVG_RESOLVED         "org.freedesktop.resolve1"
#define HVG_RESOLVED_PATH    "/org/freedesktop/resolve1"
#define HVG_RESOLVED_MANAGER "org.freedesktop.resolve1.Manager"

/* The reply to Get of its manager's property DNS: the servers of a link, and those of all
 * links. */
int hvg_dns_read_resolved(sd_bus_message *reply, uint32_t link, struct hvg_linkword *word);

/* Whether /etc/resolv.conf, or else what resolved keeps behind its stub, names any server. */
bool hvg_dns_read_files(struct hvg_linkword *word);

#endif
