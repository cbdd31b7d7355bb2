/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_NETFACTS_H
#define HVG_FORMAT_NETFACTS_H

/*
 * The network of this guest as plain data: interfaces, addresses and default routes of one moment.
 *
 *	kernel -> os/netaddr.c -> these structures -> service/kvp-auto.c, service/ipinfo-read.c
 *
 * Whoever made the arrays owns them; nothing here is edited by a reader.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HVG_NETIF_NAME_SIZE 16 /* IFNAMSIZ */
#define HVG_MAC_TEXT_SIZE   18
#define HVG_IP_TEXT_SIZE    46 /* INET6_ADDRSTRLEN */

/* An address or a gateway, in network order; family is AF_UNSPEC where there is none. */
struct hvg_ip {
	uint8_t family;
	uint8_t bytes[16];
};

struct hvg_mac {
	bool is_known; /* false for what is no Ethernet */
	uint8_t bytes[6];
};

/* Whether an interface has a default route of a family, and the lowest metric of those it has. */
struct hvg_netif_default {
	bool is_owner;
	uint32_t metric;
};

struct hvg_netif {
	uint32_t index;
	uint32_t master; /* index of the bridge, bond or netvsc interface above; 0 for none */
	uint32_t flags;	 /* IFF_... */
	char name[HVG_NETIF_NAME_SIZE];
	char kind[16];	 /* IFLA_INFO_KIND: "bridge", "veth", "vlan", ...; empty for a real adapter */
	char bus[16];	 /* of the parent device: "vmbus", "pci", ...; empty without one */
	char parent[40]; /* name of the parent device; on VMBus the instance GUID */
	struct hvg_mac mac;
	struct hvg_mac permanent_mac;
	struct hvg_netif_default default_v4;
	struct hvg_netif_default default_v6;
};

struct hvg_ifaddr {
	uint32_t index; /* of its interface, which may be gone */
	struct hvg_ip ip;
	uint8_t prefix_length;
	uint8_t scope;	/* RT_SCOPE_... */
	uint32_t flags; /* IFA_F_... */
};

struct hvg_default_route {
	uint32_t index; /* of its interface */
	uint8_t family;
	uint8_t protocol; /* RTPROT_... */
	uint32_t metric;
	struct hvg_ip gateway; /* may be of the other family (RTA_VIA), or none: the link itself */
};

struct hvg_netfacts {
	const struct hvg_netif *netifs; /* sorted by index */
	size_t n_netifs;
	const struct hvg_ifaddr *addresses; /* in the order of the kernel: primary ones first */
	size_t n_addresses;
	const struct hvg_default_route *routes;
	size_t n_routes;
};

/* Whether an adapter's IPv4 configuration is to come by DHCP, as far as somebody says so. */
enum hvg_dhcp_word {
	HVG_DHCP_UNSAID,
	HVG_DHCP_OFF,
	HVG_DHCP_ON,
};

/* What /sys tells of an interface on VMBus, beside hvg_netfacts. */
struct hvg_synthetic {
	uint32_t index;	 /* of the interface */
	char guid[40];	 /* the instance, in any case, with or without braces */
	char driver[32]; /* "hv_netvsc" */
};

struct hvg_synthetics {
	const struct hvg_synthetic *items;
	size_t n;
};

/* The interface of that index, or NULL. */
const struct hvg_netif *hvg_netfacts_find(const struct hvg_netfacts *facts, uint32_t index);

/*
 * True for a virtual function that stands in for a synthetic adapter: it is enslaved to one, or has
 * its MAC and sits on another bus. Its addresses, if it has any, are nobody's business.
 */
bool hvg_netfacts_is_vf(const struct hvg_netfacts *facts, const struct hvg_netif *netif);

bool hvg_netif_is_on_vmbus(const struct hvg_netif *netif);

/* By the administrator's wish: a missing carrier does not matter. */
bool hvg_netif_is_up(const struct hvg_netif *netif);

/* False for an IPv6 address that failed its test for duplicates, or has not passed it yet. */
bool hvg_ifaddr_is_usable(const struct hvg_ifaddr *address);

bool hvg_mac_is_equal(const struct hvg_mac *a, const struct hvg_mac *b);

/* As a host writes it, "00:15:5D:01:02:03"; "" if it is not known. */
void hvg_mac_render(const struct hvg_mac *mac, char ret[static HVG_MAC_TEXT_SIZE]);

/* Without prefix and scope; "" for AF_UNSPEC. */
void hvg_ip_render(const struct hvg_ip *ip, char ret[static HVG_IP_TEXT_SIZE]);

#endif
