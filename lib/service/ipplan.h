/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_IPPLAN_H
#define HVG_SERVICE_IPPLAN_H

/*
 * What the host asks for in SET_IP_INFO -> what the adapter is to have, or a refusal that names the
 * field (sections 4.1 and 4.4 of facts/guest-protocol.md).
 *
 *	dhcp set	IPv4 by DHCP. IPv4 addresses and gateways beside it mean nothing: a host that
 *			reads, changes one thing and writes back sends those of the lease along.
 *	IPv4 addresses	IPv4 is static
 *	neither		IPv4 is off; refused unless IPv6 is there to reach the guest by
 *	IPv6 addresses	IPv6 is static; without any it stays automatic
 *
 * Name servers of IPv4 are left out while IPv4 is off. The entries tell the families, the field families only has to be a true one. Link-local IPv6
 * addresses are the kernel's own and are left out.
 */

#include "format/ipconfig.h"

#include <stdbool.h>
#include <stdint.h>

/* Lists end with NULL. */
struct hvg_ipplan_request {
	uint8_t families; /* HVG_IPINFO_IPV4, HVG_IPINFO_IPV6 */
	bool dhcp;
	const char *const *addresses;
	const char *const *subnets; /* parallel: a mask, "64" or "/64" */
	const char *const *gateways;
	const char *const *dns;

	/* Of the adapter's default routes; 0: the manager's own. Below HVG_FALLBACK_METRIC. */
	uint32_t metric;
};

#define HVG_REFUSAL_SIZE 192

struct hvg_refusal {
	const char *field;	       /* "addresses", "subnets", … */
	char text[HVG_REFUSAL_SIZE];   /* a sentence, with the host's words in it */
};

/* -EINVAL with a refusal. */
int hvg_ipplan_make(const struct hvg_ipplan_request *request, struct hvg_ipconfig *ret,
	struct hvg_refusal *ret_refusal);

#endif
