// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * systemd-resolved, org.freedesktop.resolve1(5): its list of all servers says of each whose it is; 0
 * means everybody's. Whatever was in force before it speaks is no more, so an empty list counts too.
 */

#include "hv-kvpd/link.h"

#include <arpa/inet.h>
#include <string.h>

/* (iiay): interface, family, address */
static int read_server(sd_bus_message *reply, struct kvpd_link *link)
{
	char text[HVG_IP_TEXT_SIZE];
	int r, interface, family;
	const void *bytes;
	size_t size;

	r = sd_bus_message_read(reply, "ii", &interface, &family);
	if (r >= 0)
		r = sd_bus_message_read_array(reply, 'y', &bytes, &size);
	if (r < 0)
		return r;
	if ((interface == 0 || (uint32_t)interface == link->netif.index) && size == (family == AF_INET ? 4u : 16u) &&
		inet_ntop(family, bytes, text, sizeof(text)))
		hvg_linkword_add_dns(&link->words[KVPD_WITNESS_RESOLVED], text);
	return 0;
}

static int read_servers(sd_bus_message *reply, struct kvpd_link *link)
{
	int r;

	r = sd_bus_message_enter_container(reply, 'v', "a(iiay)");
	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "(iiay)");
	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'r', "iiay")) > 0) {
		r = read_server(reply, link);
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
	}
	return r;
}

static int on_servers(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct kvpd_link *link = userdata;

	if (sd_bus_message_is_method_error(reply, NULL) || read_servers(reply, link) < 0) {
		kvpd_link_silent(link, KVPD_WITNESS_RESOLVED);
		return 0;
	}
	link->words[KVPD_WITNESS_RESOLVED].knows_dns = true;
	kvpd_link_spoken(link, KVPD_WITNESS_RESOLVED);
	return 0;
}

int kvpd_link_ask_resolved(struct kvpd_link *link)
{
	const struct kvpd_call call = { KVPD_WITNESS_RESOLVED, 0, "org.freedesktop.resolve1",
		"/org/freedesktop/resolve1", "org.freedesktop.DBus.Properties", "Get", on_servers };

	return kvpd_link_call(link, &call, "ss", "org.freedesktop.resolve1.Manager", "DNS");
}
