/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_IPVERIFY_H
#define HVG_SERVICE_IPVERIFY_H

/*
 * Whether a configuration is in force, by what the kernel shows: each address is there and passed
 * its test for duplicates, each family's default route goes where it was told to, and what was put there
 * before is gone. Addresses of others may stay.
 */

#include "format/ipconfig.h"
#include "format/netfacts.h"

enum hvg_ipverify_verdict {
	HVG_IPVERIFY_GOOD,
	HVG_IPVERIFY_NOT_YET, /* something is missing, and may still come */
	HVG_IPVERIFY_BAD,     /* waiting does not help: another machine has the address */
};

#define HVG_IPVERIFY_REASON_SIZE 96

struct hvg_ipverify {
	enum hvg_ipverify_verdict verdict;
	char reason[HVG_IPVERIFY_REASON_SIZE]; /* what is missing; "" if nothing is */
};

struct hvg_ipverify_wish {
	const struct hvg_ipconfig *config;
	const struct hvg_ipconfig *former; /* that was in force by our hand; or NULL */
	bool checks_routes;		   /* or only addresses count */
};

struct hvg_ipverify hvg_ipverify(const struct hvg_netfacts *facts, uint32_t index,
	const struct hvg_ipverify_wish *wish);

/* Whether a default route of that interface goes by the gateway. */
bool hvg_ipverify_has_route(const struct hvg_netfacts *facts, uint32_t index, const struct hvg_ip *gateway);

#endif
