// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Two steps: which interface is meant, and what is in force there.
 */

#include "service/ipinfo-read.h"

#include "base/text.h"
#include "base/units.h"
#include "hvguest/ipinfo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* An adapter in a bond in a bridge, and one to spare. */
#define MASTERS_MAX 3

/* Kinds that take over the MAC of what they stand on. */
static const char *const stacked_kinds[] = {
	"bond",
	"bridge",
	"ipvlan",
	"ipvtap",
	"macvlan",
	"macvtap",
	"team",
	"vlan",
};

static bool is_stacked(const struct hvg_netif *netif)
{
	for (size_t i = 0; i < HVG_ELEMENTS(stacked_kinds); i++)
		if (strcmp(netif->kind, stacked_kinds[i]) == 0)
			return true;
	return false;
}

static bool has_mac(const struct hvg_mac *mac, const char *text)
{
	char own[HVG_MAC_TEXT_SIZE];

	hvg_mac_render(mac, own);
	return mac->is_known && strcasecmp(own, text) == 0;
}

/* How well an interface answers to that MAC; 0: not at all. */
static unsigned int score(const struct hvg_netif *netif, const char *mac)
{
	bool is_permanent = has_mac(&netif->permanent_mac, mac);

	if (!is_permanent && !has_mac(&netif->mac, mac))
		return 0;
	return 1 + (hvg_netif_is_on_vmbus(netif) ? 1 : 0) + (is_permanent ? 2 : 0);
}

static const struct hvg_netif *find_adapter(const struct hvg_netfacts *net, const char *mac)
{
	const struct hvg_netif *best = NULL;
	unsigned int best_score = 0;

	for (size_t i = 0; i < net->n_netifs; i++) {
		const struct hvg_netif *netif = &net->netifs[i];

		if (score(netif, mac) <= best_score || is_stacked(netif) ||
			hvg_netfacts_is_vf(net, netif))
			continue;
		best = netif;
		best_score = score(netif, mac);
	}
	return best;
}

static bool is_in_force(const struct hvg_netif *netif, const struct hvg_ifaddr *address)
{
	return address->index == netif->index && hvg_netif_is_up(netif) &&
		hvg_ifaddr_is_usable(address);
}

static bool has_address(const struct hvg_netfacts *net, const struct hvg_netif *netif)
{
	for (size_t i = 0; i < net->n_addresses; i++)
		if (is_in_force(netif, &net->addresses[i]))
			return true;
	return false;
}

/* The adapter, or the first of its masters that has an address. */
static const struct hvg_netif *find_bearer(const struct hvg_netfacts *net,
	const struct hvg_netif *adapter)
{
	const struct hvg_netif *netif = adapter;

	for (unsigned int i = 0; i <= MASTERS_MAX && netif; i++) {
		if (has_address(net, netif))
			return netif;
		netif = hvg_netfacts_find(net, netif->master);
	}
	return adapter;
}

static void render_subnet(const struct hvg_ifaddr *address, char ret[static HVG_IP_TEXT_SIZE])
{
	struct hvg_ip mask = { .family = AF_INET };

	if (address->ip.family == AF_INET6) {
		(void)snprintf(ret, HVG_IP_TEXT_SIZE, "/%u", address->prefix_length);
		return;
	}
	for (unsigned int bit = 0; bit < address->prefix_length && bit < 32; bit++)
		mask.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	hvg_ip_render(&mask, ret);
}

/* Appends "text", or ";text" to what is there already; all or nothing. */
static int append(char list[static HVG_IPINFO_LIST_SIZE], const char *text)
{
	char entry[HVG_IP_TEXT_SIZE + 1];

	(void)snprintf(entry, sizeof(entry), "%s%s", list[0] ? ";" : "", text);
	return hvg_text_append(list, HVG_IPINFO_LIST_SIZE, entry);
}

/* Both lists or none: they stay parallel. */
static int put_address(const struct hvg_ifaddr *address, struct hvg_ipinfo_texts *ret)
{
	size_t used = strlen(ret->addresses);
	char text[HVG_IP_TEXT_SIZE], subnet[HVG_IP_TEXT_SIZE];
	int r;

	hvg_ip_render(&address->ip, text);
	render_subnet(address, subnet);
	r = append(ret->addresses, text);
	if (r < 0)
		return r;
	r = append(ret->subnets, subnet);
	if (r < 0) {
		ret->addresses[used] = '\0';
		return r;
	}
	ret->families |= address->ip.family == AF_INET ? HVG_IPINFO_IPV4 : HVG_IPINFO_IPV6;
	return 0;
}

static void put_addresses(const struct hvg_netfacts *net, const struct hvg_netif *netif,
	struct hvg_ipinfo_texts *ret)
{
	for (size_t i = 0; i < net->n_addresses; i++) {
		const struct hvg_ifaddr *address = &net->addresses[i];

		if (!is_in_force(netif, address))
			continue;
		if (address->ip.family == AF_INET && !(address->flags & IFA_F_PERMANENT))
			ret->dhcp = true;
		if (put_address(address, ret) < 0)
			break;
	}
}

static bool is_in_list(const char *list, const char *text)
{
	struct hvg_span rest = hvg_span_of(list), piece;

	while (hvg_span_cut(&rest, ';', &piece))
		if (hvg_span_is(piece, text))
			return true;
	return false;
}

/* Appends "text;" unless it is there already; nothing for an empty text. */
static int append_once(char *list, size_t list_size, const char *text)
{
	char entry[HVG_IP_TEXT_SIZE + 1];

	if (*text == '\0' || is_in_list(list, text))
		return 0;
	if ((size_t)snprintf(entry, sizeof(entry), "%s;", text) >= sizeof(entry))
		return 0; /* no address */
	return hvg_text_append(list, list_size, entry);
}

static void put_gateways(const struct hvg_netfacts *net, const struct hvg_netif *netif,
	struct hvg_ipinfo_texts *ret)
{
	for (size_t i = 0; i < net->n_routes; i++) {
		const struct hvg_default_route *route = &net->routes[i];
		char text[HVG_IP_TEXT_SIZE];

		if (route->index != netif->index || !hvg_netif_is_up(netif))
			continue;
		if (route->family == AF_INET && route->protocol == RTPROT_DHCP)
			ret->dhcp = true;
		hvg_ip_render(&route->gateway, text);
		if (append_once(ret->gateways, sizeof(ret->gateways), text) < 0)
			break;
	}
}

static void put_dns_servers(const struct hvg_linkword *word, struct hvg_ipinfo_texts *ret)
{
	for (size_t i = 0; i < word->n_dns; i++)
		if (append_once(ret->dns_servers, sizeof(ret->dns_servers), word->dns[i]) < 0)
			break;
}

const struct hvg_netif *hvg_ipinfo_bearer(const struct hvg_netfacts *net, const char *mac)
{
	const struct hvg_netif *adapter = find_adapter(net, mac);

	return adapter ? find_bearer(net, adapter) : NULL;
}

int hvg_ipinfo_read(const struct hvg_ipinfo_sources *sources, const char *mac,
	struct hvg_ipinfo_texts *ret)
{
	const struct hvg_netif *bearer = hvg_ipinfo_bearer(sources->net, mac);

	if (!bearer)
		return -ENODEV;
	*ret = (struct hvg_ipinfo_texts){ 0 };
	(void)snprintf(ret->adapter, sizeof(ret->adapter), "%s", mac);
	put_addresses(sources->net, bearer, ret);
	put_gateways(sources->net, bearer, ret);
	put_dns_servers(sources->word, ret);
	if (sources->word->dhcp != HVG_DHCP_UNSAID)
		ret->dhcp = sources->word->dhcp == HVG_DHCP_ON;
	return 0;
}
