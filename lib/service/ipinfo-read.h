/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_IPINFO_READ_H
#define HVG_SERVICE_IPINFO_READ_H

/*
 * What a guest answers to GET_IP_INFO: the configuration in force on one adapter.
 *
 * The host names the adapter by its permanent MAC. Several interfaces may bear it: the adapter, a
 * virtual function below it, VLANs, bonds and bridges above it. Meant is the adapter; where that is
 * a port of a bridge or bond and has no address of its own, the addresses are the master's.
 */

#include "service/linkword.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the fields hold toward the host (section 4.1 of guest-protocol.md), and a NUL. */
#define HVG_IPINFO_ADAPTER_SIZE	 257
#define HVG_IPINFO_LIST_SIZE	 1025
#define HVG_IPINFO_GATEWAYS_SIZE 513

struct hvg_ipinfo_sources {
	const struct hvg_netfacts *net;
	const struct hvg_linkword *word; /* of the interface that bears the addresses */
};

/* Lists hold whole entries only. subnets is parallel to addresses: "255.255.255.0" and "/64". */
struct hvg_ipinfo_texts {
	uint8_t families; /* HVG_IPINFO_IPV4, HVG_IPINFO_IPV6: those that have an address */
	bool dhcp;	  /* as the word says; else: an IPv4 address has a lifetime, or a route came by DHCP */
	char adapter[HVG_IPINFO_ADAPTER_SIZE];	 /* as the host wrote it */
	char addresses[HVG_IPINFO_LIST_SIZE];	 /* "a;b": no ';' at the end */
	char subnets[HVG_IPINFO_LIST_SIZE];	 /* the same */
	char gateways[HVG_IPINFO_GATEWAYS_SIZE]; /* "a;b;": a ';' after each */
	char dns_servers[HVG_IPINFO_LIST_SIZE];	 /* the same */
};

/* The interface that bears the addresses of the adapter with that MAC; NULL if there is none. */
const struct hvg_netif *hvg_ipinfo_bearer(const struct hvg_netfacts *net, const char *mac);

/*
 * mac is "00:15:5D:01:02:03" in any case. -ENODEV if no interface has it. An adapter that is down
 * has no addresses and no gateways in force.
 */
int hvg_ipinfo_read(const struct hvg_ipinfo_sources *sources, const char *mac,
	struct hvg_ipinfo_texts *ret);

#endif
