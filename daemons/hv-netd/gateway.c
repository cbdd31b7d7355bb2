// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * They are asked while addresses are verified, which takes the kernel longer, so that the host waits for
 * those only that do not answer.
 */

#include "hv-netd/gateway.h"

#include "base/units.h"
#include "os/neighbour.h"
#include "service/ipverify.h"

#include <unistd.h>

/* The kernel asks a second time after a second: the first time the link may just have come up. */
#define PATIENCE_US (1500 * HVG_USEC_PER_MSEC)
#define LOOK_US	    (20 * HVG_USEC_PER_MSEC)

/* Before there is a route by it we have no address to ask from. */
static bool is_in_use(const struct netd_transaction *transaction, const struct hvg_ip *ip)
{
	return hvg_ipverify_has_route(hvg_netaddr_facts(transaction->context->netaddr), transaction->target.index, ip);
}

void netd_gateways_ask(struct netd_transaction *transaction)
{
	const struct hvg_ipconfig *config = &transaction->config;

	for (size_t i = 0; i < config->n_gateways; i++) {
		if (!is_in_use(transaction, &config->gateways[i].ip))
			continue;
		(void)hvg_neighbour_ask(transaction->target.index, &config->gateways[i].ip);
		if (!transaction->asked_us)
			transaction->asked_us = netd_now_us();
	}
}

/* A kernel that cannot tell is no reason for a warning. */
static bool answers(const struct netd_transaction *transaction, const struct hvg_ip *ip)
{
	uint64_t until_us = transaction->asked_us + PATIENCE_US;
	int r = hvg_neighbour_is_there(transaction->target.index, ip);

	while (r == 0 && netd_now_us() < until_us) {
		(void)usleep(LOOK_US);
		r = hvg_neighbour_is_there(transaction->target.index, ip);
	}
	return r != 0;
}

/* Without a link nobody could. */
void netd_gateways_check(struct netd_transaction *transaction)
{
	const struct hvg_ipconfig *config = &transaction->config;
	char text[HVG_IP_TEXT_SIZE];

	if (!transaction->asked_us || !netd_target_has_carrier(transaction->context, &transaction->target))
		return;
	for (size_t i = 0; i < config->n_gateways; i++) {
		const struct hvg_ip *ip = &config->gateways[i].ip;

		if (!is_in_use(transaction, ip) || answers(transaction, ip))
			continue;
		hvg_ip_render(ip, text);
		netd_warn(transaction, "nobody answers at the default gateway %s so far", text);
	}
}
