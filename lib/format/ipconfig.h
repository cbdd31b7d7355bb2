/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_IPCONFIG_H
#define HVG_FORMAT_IPCONFIG_H

/*
 * The IP configuration that one adapter is to have, whatever manages its network:
 *
 *	host -> service/ipplan.c -> this -> format/{networkd,keyfile,netplan,interfaces,ifcfg}.c -> files
 *					`-> daemons/hv-netd (rtnetlink, NetworkManager over D-Bus)
 *
 * Here also is its own text form, in which hv-netd remembers what it applied.
 */

#include "base/printer.h"
#include "format/netfacts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The host's binary form has room for 64 addresses and 64 name servers of each family, and for 5
 * gateways of each (section 5.0 of facts/anchors.md); as text it sends no more.
 */
#define HVG_IPCONFIG_ADDRESSES_MAX 128
#define HVG_IPCONFIG_GATEWAYS_MAX  10
#define HVG_IPCONFIG_DNS_MAX	   128

/* Larger than any rendering of the largest configuration, with what stands around it. */
#define HVG_IPCONFIG_TEXT_SIZE 32768

enum hvg_ipv4_method {
	HVG_IPV4_OFF,
	HVG_IPV4_DHCP,
	HVG_IPV4_STATIC,
};

enum hvg_ipv6_method {
	HVG_IPV6_AUTO, /* router advertisements */
	HVG_IPV6_STATIC,
};

struct hvg_ipaddress {
	struct hvg_ip ip;
	uint8_t prefix_length;
};

struct hvg_gateway {
	struct hvg_ip ip;
	bool is_on_link; /* outside every subnet: must be reached without a route to it */
	uint32_t metric; /* 0: the manager's own */
};

/* From this metric on a gateway is tried after its family's first one. */
#define HVG_FALLBACK_METRIC 2000

static inline bool hvg_gateway_is_fallback(const struct hvg_gateway *gateway)
{
	return gateway->metric >= HVG_FALLBACK_METRIC;
}

struct hvg_ipconfig {
	enum hvg_ipv4_method ipv4;
	enum hvg_ipv6_method ipv6;
	struct hvg_ipaddress addresses[HVG_IPCONFIG_ADDRESSES_MAX];
	size_t n_addresses;
	struct hvg_gateway gateways[HVG_IPCONFIG_GATEWAYS_MAX];
	size_t n_gateways;
	struct hvg_ip dns[HVG_IPCONFIG_DNS_MAX];
	size_t n_dns;
};

/* Which interface a configuration is for, as files of a manager name it. */
struct hvg_netmatch {
	char name[HVG_NETIF_NAME_SIZE];
	struct hvg_mac mac;   /* not known: by name alone (a bridge, a bond) */
	bool mac_is_permanent;
	char driver[32];      /* "hv_netvsc", which keeps a virtual function out; or "" */
};

bool hvg_ip_is_equal(const struct hvg_ip *a, const struct hvg_ip *b);

/* False unless text is one address and nothing else; no prefix, no scope. */
bool hvg_ip_parse(const char *text, struct hvg_ip *ret);

/* Whether ip lies in the subnet of the address. */
bool hvg_ipaddress_covers(const struct hvg_ipaddress *address, const struct hvg_ip *ip);

/* fe80::/10 */
bool hvg_ip_is_link_local(const struct hvg_ip *ip);

/* Whether a gateway lies in a subnet of its own, or is link-local. */
bool hvg_ipconfig_covers(const struct hvg_ipconfig *config, const struct hvg_ip *ip);

/* Tells again which gateways are outside every subnet; not every format says so. */
void hvg_ipconfig_find_on_link(struct hvg_ipconfig *config);

/* 255.255.255.0 for 24; prefix_length is at most 32. */
void hvg_ipv4_mask_render(uint8_t prefix_length, char ret[static HVG_IP_TEXT_SIZE]);

/* In what they mean: the order counts within a family only. */
bool hvg_ipconfig_is_equal(const struct hvg_ipconfig *a, const struct hvg_ipconfig *b);

/* The first gateway of a family; NULL if it has none. */
const struct hvg_gateway *hvg_ipconfig_gateway(const struct hvg_ipconfig *config, uint8_t family);

/* Number of addresses, gateways, name servers of a family. */
size_t hvg_ipconfig_n_addresses(const struct hvg_ipconfig *config, uint8_t family);
size_t hvg_ipconfig_n_gateways(const struct hvg_ipconfig *config, uint8_t family);
size_t hvg_ipconfig_n_dns(const struct hvg_ipconfig *config, uint8_t family);

/* One line for each thing: "ipv4 static", "address 192.0.2.7/24", "gateway 192.0.2.1", "dns 192.0.2.2". */
void hvg_ipconfig_render(const struct hvg_ipconfig *config, struct hvg_printer *printer);

/* Back; -EBADMSG if it is not what render writes. Lines that begin with '#' are skipped. */
int hvg_ipconfig_parse(const char *text, size_t size, struct hvg_ipconfig *ret);

#endif
