/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_KVPD_FACTS_H
#define HVG_KVPD_FACTS_H

/*
 * What this guest is, fresh whenever it is asked: addresses from rtnetlink, names and versions from
 * the system, the full name from a resolver that runs beside the loop.
 */

#include "common/worker.h"
#include "os/fqdn.h"
#include "os/netaddr.h"
#include "os/sysinfo.h"
#include "service/kvp-auto.h"

#include <stdbool.h>

struct kvpd_facts {
	struct hvg_netaddr *netaddr;
	struct hvg_sysinfo sysinfo;
	struct hvg_worker *resolver;
	bool is_resolving;
	char fqdn[HVG_FQDN_SIZE];
	char resolved_for[HVG_FQDN_SIZE]; /* the host name that fqdn belongs to */
	uint64_t resolved_generation;	  /* of the addresses at that time */
	uint64_t resolved_us;
	char integration_version[64];
	char *const *exclude;
};

int kvpd_facts_init(struct kvpd_facts *facts, sd_event *event);
void kvpd_facts_done(struct kvpd_facts *facts);

/* The beginning of an enumeration, or a single question. */
void kvpd_facts_refresh(struct kvpd_facts *facts);

/* Lives until the next refresh. */
struct hvg_kvp_facts kvpd_facts_get(const struct kvpd_facts *facts);

#endif
