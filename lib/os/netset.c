// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Adds before it removes: a session over an address that stays does not notice. One request and its
 * acknowledgement at a time, on a socket of their own.
 */

#include "os/netset.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct setter {
	struct mnl_socket *socket;
	uint32_t sequence;
	struct hvg_netaddr *netaddr;
	uint32_t index;
	const struct hvg_netfacts *facts;
	const struct hvg_netif *netif;
	const struct hvg_ipconfig *config;
};

/* Room for the largest fixed part and a few attributes. */
struct request {
	_Alignas(struct nlmsghdr) char bytes[256];
};

static struct nlmsghdr *begin(struct request *request, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(request->bytes);

	header->nlmsg_type = type;
	header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	return header;
}

static int talk(struct setter *setter, struct nlmsghdr *header)
{
	_Alignas(struct nlmsghdr) char buffer[8192];
	ssize_t n;

	header->nlmsg_seq = ++setter->sequence;
	if (mnl_socket_sendto(setter->socket, header, header->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(setter->socket, buffer, sizeof(buffer));
	if (n < 0)
		return -errno;
	if (mnl_cb_run(buffer, (size_t)n, setter->sequence, mnl_socket_get_portid(setter->socket), NULL, NULL) < 0)
		return -errno;
	return 0;
}

static size_t size_of(const struct hvg_ip *ip)
{
	return ip->family == AF_INET ? 4 : 16;
}

static int bring_up(struct setter *setter)
{
	struct request request;
	struct nlmsghdr *header = begin(&request, RTM_NEWLINK, 0);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(header, sizeof(*link));

	link->ifi_index = (int)setter->netif->index;
	link->ifi_flags = link->ifi_change = IFF_UP;
	return talk(setter, header);
}

static int change_address(struct setter *setter, uint16_t type, const struct hvg_ipaddress *address)
{
	struct request request;
	struct nlmsghdr *header = begin(&request, type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	struct ifaddrmsg *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

	body->ifa_family = address->ip.family;
	body->ifa_prefixlen = address->prefix_length;
	body->ifa_scope = RT_SCOPE_UNIVERSE;
	body->ifa_index = setter->netif->index;
	mnl_attr_put(header, IFA_LOCAL, size_of(&address->ip), address->ip.bytes);
	mnl_attr_put(header, IFA_ADDRESS, size_of(&address->ip), address->ip.bytes);
	return talk(setter, header);
}

/* Appended: the default route of another interface may have the same metric, and stays. */
static int change_route(struct setter *setter, uint16_t type, const struct hvg_gateway *gateway)
{
	struct request request;
	struct nlmsghdr *header = begin(&request, type, type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_APPEND : 0);
	struct rtmsg *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

	body->rtm_family = gateway->ip.family;
	body->rtm_table = RT_TABLE_MAIN;
	body->rtm_protocol = type == RTM_NEWROUTE ? RTPROT_STATIC : 0;
	body->rtm_scope = type == RTM_NEWROUTE ? RT_SCOPE_UNIVERSE : RT_SCOPE_NOWHERE;
	body->rtm_type = type == RTM_NEWROUTE ? RTN_UNICAST : 0;
	body->rtm_flags = gateway->is_on_link ? RTNH_F_ONLINK : 0;
	mnl_attr_put_u32(header, RTA_OIF, setter->netif->index);
	mnl_attr_put(header, RTA_GATEWAY, size_of(&gateway->ip), gateway->ip.bytes);
	if (gateway->metric > 0)
		mnl_attr_put_u32(header, RTA_PRIORITY, gateway->metric);
	return talk(setter, header);
}

/* What is there, and what is to be there. */

static bool is_ours_to_change(const struct setter *setter, const struct hvg_ifaddr *address)
{
	return address->index == setter->netif->index && address->flags & IFA_F_PERMANENT &&
		address->scope == RT_SCOPE_UNIVERSE && !hvg_ip_is_link_local(&address->ip);
}

static bool is_wanted(const struct setter *setter, const struct hvg_ifaddr *address)
{
	const struct hvg_ipconfig *config = setter->config;

	for (size_t i = 0; i < config->n_addresses; i++)
		if (config->addresses[i].prefix_length == address->prefix_length &&
			hvg_ip_is_equal(&config->addresses[i].ip, &address->ip))
			return true;
	return false;
}

static bool is_there(const struct setter *setter, const struct hvg_ipaddress *wanted)
{
	for (size_t i = 0; i < setter->facts->n_addresses; i++) {
		const struct hvg_ifaddr *address = &setter->facts->addresses[i];

		if (is_ours_to_change(setter, address) && address->prefix_length == wanted->prefix_length &&
			hvg_ip_is_equal(&address->ip, &wanted->ip))
			return true;
	}
	return false;
}

/* IPv6 has an address once, whatever its prefix: the old one makes way first. */
static int add_address(struct setter *setter, const struct hvg_ipaddress *wanted)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < setter->facts->n_addresses; i++) {
		const struct hvg_ifaddr *address = &setter->facts->addresses[i];
		struct hvg_ipaddress old = { address->ip, address->prefix_length };

		if (address->index == setter->netif->index && hvg_ip_is_equal(&address->ip, &wanted->ip))
			r = change_address(setter, RTM_DELADDR, &old);
	}
	return r < 0 ? r : change_address(setter, RTM_NEWADDR, wanted);
}

static int add_addresses(struct setter *setter)
{
	const struct hvg_ipconfig *config = setter->config;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < config->n_addresses; i++)
		if (!is_there(setter, &config->addresses[i]))
			r = add_address(setter, &config->addresses[i]);
	return r;
}

/* An address may have gone with its primary one meanwhile. */
static int remove_addresses(struct setter *setter)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < setter->facts->n_addresses; i++) {
		const struct hvg_ifaddr *address = &setter->facts->addresses[i];
		struct hvg_ipaddress old = { address->ip, address->prefix_length };

		if (!is_ours_to_change(setter, address) || is_wanted(setter, address))
			continue;
		r = change_address(setter, RTM_DELADDR, &old);
		if (r == -EADDRNOTAVAIL)
			r = 0;
	}
	return r;
}

static bool is_wanted_route(const struct setter *setter, const struct hvg_default_route *route)
{
	const struct hvg_ipconfig *config = setter->config;

	for (size_t i = 0; i < config->n_gateways; i++)
		if (hvg_ip_is_equal(&config->gateways[i].ip, &route->gateway) &&
			(config->gateways[i].metric == 0 || config->gateways[i].metric == route->metric))
			return true;
	return false;
}

static bool is_route_there(const struct setter *setter, const struct hvg_gateway *gateway)
{
	for (size_t i = 0; i < setter->facts->n_routes; i++) {
		const struct hvg_default_route *route = &setter->facts->routes[i];

		if (route->index == setter->netif->index && hvg_ip_is_equal(&route->gateway, &gateway->ip) &&
			(gateway->metric == 0 || gateway->metric == route->metric))
			return true;
	}
	return false;
}

static int add_routes(struct setter *setter)
{
	const struct hvg_ipconfig *config = setter->config;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < config->n_gateways; i++)
		if (!is_route_there(setter, &config->gateways[i]))
			r = change_route(setter, RTM_NEWROUTE, &config->gateways[i]);
	return r;
}

/* Static ones; what a router announced goes when it ends. */
static int remove_routes(struct setter *setter)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < setter->facts->n_routes; i++) {
		const struct hvg_default_route *route = &setter->facts->routes[i];
		struct hvg_gateway old = { .ip = route->gateway, .metric = route->metric };

		if (route->index != setter->netif->index || route->protocol == RTPROT_RA ||
			route->gateway.family != route->family || is_wanted_route(setter, route))
			continue;
		r = change_route(setter, RTM_DELROUTE, &old);
		if (r == -ESRCH)
			r = 0;
	}
	return r;
}

/* Whether the kernel listens to routers; a kernel without IPv6 has no such file. */
static int set_router_advertisements(struct setter *setter)
{
	char path[128];
	const char *value = setter->config->ipv6 == HVG_IPV6_AUTO ? "1" : "0";
	_cleanup_close_ int fd = -EBADF;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/accept_ra", setter->netif->name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT && setter->config->ipv6 == HVG_IPV6_AUTO ? 0 : -errno;
	return write(fd, value, 1) < 0 ? -errno : 0;
}

/* What the last step did is seen by the next one. */
static int look(struct setter *setter)
{
	int r = hvg_netaddr_refresh(setter->netaddr);

	if (r < 0)
		return r;
	setter->facts = hvg_netaddr_facts(setter->netaddr);
	setter->netif = hvg_netfacts_find(setter->facts, setter->index);
	return setter->netif ? 0 : -ENODEV;
}

static int apply(struct setter *setter)
{
	static int (*const steps[])(struct setter *setter) = { set_router_advertisements, bring_up, add_addresses,
		remove_routes, remove_addresses,
		add_addresses, /* with a primary address its secondary ones go */
		add_routes };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < HVG_ELEMENTS(steps); i++) {
		r = look(setter);
		if (r >= 0)
			r = steps[i](setter);
	}
	return r;
}

int hvg_netset_apply(struct hvg_netaddr *netaddr, uint32_t index, const struct hvg_ipconfig *config)
{
	struct setter setter = { .netaddr = netaddr, .index = index, .config = config };
	int r;

	if (config->ipv4 == HVG_IPV4_DHCP)
		return -EOPNOTSUPP;
	setter.socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!setter.socket)
		return -errno;
	r = mnl_socket_bind(setter.socket, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : apply(&setter);
	(void)mnl_socket_close(setter.socket);
	return r;
}
