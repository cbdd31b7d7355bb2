// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Who is asked has a route, and an address to be asked from: before that, a question would be one of the
 * kernel's three, and go nowhere.
 */

#include "hv-netd/gateway.h"

#include "hv-netd/record.h"
#include "os/neighbour.h"
#include "service/ipverify.h"

#include <stdio.h>
#include <unistd.h>

#define LOOK_US (20 * HVG_USEC_PER_MSEC)

static void warn(struct netd_outcome *outcome, const struct hvg_ip *gateway)
{
	char text[HVG_IP_TEXT_SIZE];

	if (outcome->n_warnings == NETD_WARNINGS_MAX)
		return;
	hvg_ip_render(gateway, text);
	snprintf(outcome->warnings[outcome->n_warnings++], NETD_TEXT_SIZE,
		"nobody answers at the default gateway %s so far", text);
}

/* A kernel that cannot tell is no reason for a warning. */
static bool answers(uint32_t index, const struct hvg_ip *gateway)
{
	if (hvg_neighbour_is_there(index, gateway) != 0)
		return true;
	(void)hvg_neighbour_ask(index, gateway);
	return false;
}

/* Without a link nobody could. */
int netd_gateways_look(struct netd_context *context, struct netd_outcome *outcome)
{
	struct netd_target target;
	struct hvg_ipconfig config;
	size_t n_before = outcome->n_warnings;

	if (netd_target_find(context, outcome->guid, &target) < 0 || !target.has_carrier ||
		netd_record_read(context, outcome->guid, &config) < 0)
		return 1;
	for (size_t i = 0; i < config.n_gateways; i++) {
		const struct hvg_ip *gateway = &config.gateways[i].ip;

		if (hvg_ipverify_has_route(hvg_netaddr_facts(context->netaddr), target.index, gateway) &&
			!answers(target.index, gateway))
			warn(outcome, gateway);
	}
	return outcome->n_warnings == n_before;
}

void netd_gateways_wait(struct netd_context *context, struct netd_outcome *outcome)
{
	uint64_t until_us = netd_now_us() + netd_patience_us(context, NETD_GATEWAYS_US);
	size_t n_before = outcome->n_warnings;

	while (netd_gateways_look(context, outcome) == 0 && netd_now_us() < until_us) {
		outcome->n_warnings = n_before;
		(void)usleep(LOOK_US);
	}
}
