/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_IPINFO_H
#define HVGUEST_IPINFO_H

/*
 * The IP configuration of one adapter as host and guest exchange it: text lists separated by ';'
 * (struct hv_kvp_ipaddr_value of <linux/hyperv.h>).
 *
 *	host: GET_IP_INFO adapter_id = permanent MAC   -> guest: everything below
 *	host: SET_IP_INFO adapter_id = {instance GUID} -> guest: a status
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of families: ADDR_FAMILY_IPV4 and ADDR_FAMILY_IPV6. */
#define HVG_IPINFO_IPV4 1
#define HVG_IPINFO_IPV6 2

/* Longest entry that can be an address with room for a prefix and a scope. */
#define HVG_IPINFO_ENTRY_SIZE 64

/*
 * All text is NUL-terminated UTF-8. The lists may mix both families; subnets is parallel to
 * addresses (a dotted mask for IPv4, a prefix length with or without '/' for IPv6).
 */
struct hvg_ipinfo {
	const char *adapter_id;
	uint8_t families;
	bool dhcp; /* IPv4 only: a host that injects IPv6 alone sets it */
	const char *addresses;
	const char *subnets;
	const char *gateways;
	const char *dns_servers;
};

/*
 * Entry n of a list, without blanks around it; empty entries are not counted. -ENOENT past the
 * end; -EMSGSIZE if it is too long to be an address.
 */
int hvg_ipinfo_entry(const char *list, size_t n, char ret[HVG_IPINFO_ENTRY_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
