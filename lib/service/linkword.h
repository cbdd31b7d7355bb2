/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_LINKWORD_H
#define HVG_SERVICE_LINKWORD_H

/*
 * What the parts of a guest say of one link beyond what its kernel knows: whether its IPv4
 * configuration comes by DHCP, and its name servers. Nobody knows all of it. NetworkManager
 * speaks for its own devices, resolved of servers but not of DHCP, files of what an
 * administrator wanted.
 */

#include "format/netfacts.h"

/* What the host's own form has room for, of one family (section 5.0 of facts/anchors.md). */
#define HVG_LINKWORD_DNS_MAX ((size_t)64)

struct hvg_linkword {
	enum hvg_dhcp_word dhcp;
	bool knows_dns; /* the link has these servers and no others, even if they are none */
	size_t n_dns;
	char dns[HVG_LINKWORD_DNS_MAX][HVG_IP_TEXT_SIZE];
};

/* Unless it is there already, or there is no room for it. */
void hvg_linkword_add_dns(struct hvg_linkword *word, const char *text);

/* Of words in the order of trust: the first that speaks about a thing is believed in it. */
void hvg_linkword_believe(
	const struct hvg_linkword *words, size_t n_words, struct hvg_linkword *ret);

#endif
