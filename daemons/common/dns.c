// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * resolved says of each server whose it is; 0 means everybody's.
 */

#include "common/dns.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "format/resolvconf.h"
#include "os/netfile.h"

#include <arpa/inet.h>

/* (iiay): interface, family, address */
static int read_server(sd_bus_message *reply, uint32_t link, struct hvg_linkword *word)
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
	if ((interface == 0 || (uint32_t)interface == link) &&
		size == (family == AF_INET ? 4u : 16u) &&
		inet_ntop(family, bytes, text, sizeof(text)))
		hvg_linkword_add_dns(word, text);
	return 0;
}

int hvg_dns_read_resolved(sd_bus_message *reply, uint32_t link, struct hvg_linkword *word)
{
	int r;

	r = sd_bus_message_enter_container(reply, 'v', "a(iiay)");
	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "(iiay)");
	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'r', "iiay")) > 0) {
		r = read_server(reply, link, word);
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
	}
	return r;
}

static bool read_file(const char *path, struct hvg_linkword *word)
{
	struct hvg_resolvconf_server found[HVG_LINKWORD_DNS_MAX];
	_cleanup_free_ char *text = NULL;
	size_t size, n;

	if (hvg_netfile_read(path, &text, &size) < 0)
		return false;
	n = hvg_resolvconf_parse(text, size, found, HVG_LINKWORD_DNS_MAX);
	for (size_t i = 0; i < HVG_MIN(n, HVG_LINKWORD_DNS_MAX); i++)
		if (!found[i].is_stub)
			hvg_linkword_add_dns(word, found[i].address);
	return word->n_dns > 0;
}

bool hvg_dns_read_files(struct hvg_linkword *word)
{
	return read_file("/etc/resolv.conf", word) ||
		read_file("/run/systemd/resolve/resolv.conf", word);
}
