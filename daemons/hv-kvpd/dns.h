/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_KVPD_DNS_H
#define HVG_KVPD_DNS_H

/*
 * The name servers in force: systemd-resolved's own list where it runs, else resolv.conf. Stub
 * addresses say nothing to a host and are left out.
 */

#include "format/netfacts.h"

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-bus.h>

#define KVPD_DNS_MAX ((size_t)16)

struct kvpd_dns_servers {
	const char *texts[KVPD_DNS_MAX];
	size_t n;
	char storage[KVPD_DNS_MAX][HVG_IP_TEXT_SIZE];
};

typedef void kvpd_dns_done_fn(void *userdata, const struct kvpd_dns_servers *servers);

struct kvpd_dns {
	sd_bus_slot *call;
	kvpd_dns_done_fn *done;
	void *userdata;
};

/* done is called before this returns, or later, unless cancelled. bus may be NULL. */
void kvpd_dns_ask(struct kvpd_dns *dns, sd_bus *bus, kvpd_dns_done_fn *done, void *userdata);
void kvpd_dns_cancel(struct kvpd_dns *dns);

#endif
