// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Questions about the network that more than one reader asks. An index that leads nowhere is no
 * error: an interface may vanish between the dump of the links and that of the addresses.
 */

#include "format/netfacts.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

const struct hvg_netif *hvg_netfacts_find(const struct hvg_netfacts *facts, uint32_t index)
{
	size_t low = 0, high = facts->n_netifs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (facts->netifs[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < facts->n_netifs && facts->netifs[low].index == index)
		return &facts->netifs[low];
	return NULL;
}

bool hvg_netif_is_on_vmbus(const struct hvg_netif *netif)
{
	return strcmp(netif->bus, "vmbus") == 0;
}

bool hvg_netif_is_up(const struct hvg_netif *netif)
{
	return netif->flags & IFF_UP;
}

static bool has_mac_of(const struct hvg_netif *a, const struct hvg_netif *b)
{
	return hvg_mac_is_equal(&a->mac, &b->mac) ||
		hvg_mac_is_equal(&a->permanent_mac, &b->permanent_mac);
}

bool hvg_netfacts_is_vf(const struct hvg_netfacts *facts, const struct hvg_netif *netif)
{
	const struct hvg_netif *master = hvg_netfacts_find(facts, netif->master);

	if (hvg_netif_is_on_vmbus(netif))
		return false;
	if (master && hvg_netif_is_on_vmbus(master))
		return true;
	if (netif->bus[0] == '\0')
		return false;
	for (size_t i = 0; i < facts->n_netifs; i++)
		if (hvg_netif_is_on_vmbus(&facts->netifs[i]) && has_mac_of(&facts->netifs[i], netif))
			return true;
	return false;
}

bool hvg_ifaddr_is_usable(const struct hvg_ifaddr *address)
{
	if (address->flags & IFA_F_DADFAILED)
		return false;
	return !(address->flags & IFA_F_TENTATIVE) || (address->flags & IFA_F_OPTIMISTIC);
}

bool hvg_mac_is_equal(const struct hvg_mac *a, const struct hvg_mac *b)
{
	return a->is_known && b->is_known && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

void hvg_mac_render(const struct hvg_mac *mac, char ret[static HVG_MAC_TEXT_SIZE])
{
	const uint8_t *bytes = mac->bytes;

	ret[0] = '\0';
	if (mac->is_known)
		(void)snprintf(ret, HVG_MAC_TEXT_SIZE, "%02X:%02X:%02X:%02X:%02X:%02X", bytes[0],
			bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]);
}

void hvg_ip_render(const struct hvg_ip *ip, char ret[static HVG_IP_TEXT_SIZE])
{
	if (!inet_ntop(ip->family, ip->bytes, ret, HVG_IP_TEXT_SIZE))
		ret[0] = '\0';
}
