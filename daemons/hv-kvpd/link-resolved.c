// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * systemd-resolved is who is asked for names where it runs, so that an empty list of it counts
 * too.
 */

#include "hv-kvpd/link.h"

#include "common/dns.h"

static int on_servers(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct kvpd_link *link = userdata;

	if (sd_bus_message_is_method_error(reply, NULL) ||
		hvg_dns_read_resolved(
			reply, link->netif.index, &link->words[KVPD_WITNESS_RESOLVED]) < 0) {
		kvpd_link_silent(link, KVPD_WITNESS_RESOLVED);
		return 0;
	}
	link->words[KVPD_WITNESS_RESOLVED].knows_dns = true;
	kvpd_link_spoken(link, KVPD_WITNESS_RESOLVED);
	return 0;
}

int kvpd_link_ask_resolved(struct kvpd_link *link)
{
	const struct kvpd_call call = { KVPD_WITNESS_RESOLVED, 0, HVG_RESOLVED,
		HVG_RESOLVED_PATH, "org.freedesktop.DBus.Properties", "Get", on_servers };

	return kvpd_link_call(link, &call, "ss", HVG_RESOLVED_MANAGER, "DNS");
}
