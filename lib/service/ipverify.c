// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The worst finding counts; of equally bad ones the first is told.
 */

#include "service/ipverify.h"

#include "base/units.h"

#include <linux/if_addr.h>
#include <linux/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

static void find(struct hvg_ipverify *result, enum hvg_ipverify_verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void find(struct hvg_ipverify *result, enum hvg_ipverify_verdict verdict, const char *format, ...)
{
	va_list arguments;

	if (verdict <= result->verdict)
		return;
	result->verdict = verdict;
	va_start(arguments, format);
	(void)vsnprintf(result->reason, sizeof(result->reason), format, arguments);
	va_end(arguments);
}

static const struct hvg_ifaddr *find_address(const struct hvg_netfacts *facts, uint32_t index,
	const struct hvg_ipaddress *wanted)
{
	for (size_t i = 0; i < facts->n_addresses; i++) {
		const struct hvg_ifaddr *address = &facts->addresses[i];

		if (address->index == index && address->prefix_length == wanted->prefix_length &&
			hvg_ip_is_equal(&address->ip, &wanted->ip))
			return address;
	}
	return NULL;
}

/* Without a carrier nobody can be asked, so the address stays tentative. */
static bool is_tested(const struct hvg_netif *netif, const struct hvg_ifaddr *address)
{
	return hvg_ifaddr_is_usable(address) || !(netif->flags & IFF_LOWER_UP);
}

static void check_address(struct hvg_ipverify *result, const struct hvg_netif *netif,
	const struct hvg_ipaddress *wanted, const struct hvg_ifaddr *address)
{
	char text[HVG_IP_TEXT_SIZE];

	hvg_ip_render(&wanted->ip, text);
	if (!address)
		find(result, HVG_IPVERIFY_NOT_YET, "%s/%u is not on %s", text, wanted->prefix_length, netif->name);
	else if (address->flags & IFA_F_DADFAILED)
		find(result, HVG_IPVERIFY_BAD, "%s is in use by another machine", text);
	else if (!is_tested(netif, address))
		find(result, HVG_IPVERIFY_NOT_YET, "%s is still being tested for duplicates", text);
}

static bool has_address(const struct hvg_ipconfig *config, const struct hvg_ipaddress *address)
{
	for (size_t i = 0; i < config->n_addresses; i++)
		if (config->addresses[i].prefix_length == address->prefix_length &&
			hvg_ip_is_equal(&config->addresses[i].ip, &address->ip))
			return true;
	return false;
}

/* A lease may give the address that was static before. */
static bool may_stay(const struct hvg_ipconfig *config, const struct hvg_ipaddress *former)
{
	return has_address(config, former) || (former->ip.family == AF_INET && config->ipv4 == HVG_IPV4_DHCP);
}

static void check_former(struct hvg_ipverify *result, const struct hvg_netfacts *facts,
	const struct hvg_netif *netif, const struct hvg_ipverify_wish *wish)
{
	char text[HVG_IP_TEXT_SIZE];

	for (size_t i = 0; i < wish->former->n_addresses; i++) {
		const struct hvg_ipaddress *former = &wish->former->addresses[i];

		if (may_stay(wish->config, former) || !find_address(facts, netif->index, former))
			continue;
		hvg_ip_render(&former->ip, text);
		find(result, HVG_IPVERIFY_NOT_YET, "%s/%u is still on %s", text, former->prefix_length, netif->name);
	}
}

bool hvg_ipverify_has_route(const struct hvg_netfacts *facts, uint32_t index, const struct hvg_ip *gateway)
{
	for (size_t i = 0; i < facts->n_routes; i++)
		if (facts->routes[i].index == index && hvg_ip_is_equal(&facts->routes[i].gateway, gateway))
			return true;
	return false;
}

static void check_route(struct hvg_ipverify *result, const struct hvg_netfacts *facts,
	const struct hvg_netif *netif, const struct hvg_gateway *gateway)
{
	char text[HVG_IP_TEXT_SIZE];

	if (hvg_ipverify_has_route(facts, netif->index, &gateway->ip))
		return;
	hvg_ip_render(&gateway->ip, text);
	find(result, HVG_IPVERIFY_NOT_YET, "there is no default route by %s on %s", text, netif->name);
}

struct hvg_ipverify hvg_ipverify(const struct hvg_netfacts *facts, uint32_t index,
	const struct hvg_ipverify_wish *wish)
{
	const struct hvg_ipconfig *config = wish->config;
	const struct hvg_netif *netif = hvg_netfacts_find(facts, index);
	struct hvg_ipverify result = { HVG_IPVERIFY_GOOD };

	if (!netif) {
		find(&result, HVG_IPVERIFY_NOT_YET, "the adapter is gone");
		return result;
	}
	if (!hvg_netif_is_up(netif))
		find(&result, HVG_IPVERIFY_NOT_YET, "%s is down", netif->name);
	for (size_t i = 0; i < config->n_addresses; i++)
		check_address(&result, netif, &config->addresses[i], find_address(facts, index, &config->addresses[i]));
	if (wish->former)
		check_former(&result, facts, netif, wish);
	for (size_t i = 0; wish->checks_routes && i < config->n_gateways; i++)
		check_route(&result, facts, netif, &config->gateways[i]);
	return result;
}
