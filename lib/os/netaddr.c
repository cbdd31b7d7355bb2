// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A snapshot is three dumps over a socket of their own, opened and closed for it: a dump that was
 * given up half way leaves nothing behind that the next one could take for its own. The notices
 * are emptied out before the dumps, so what changes during them is seen by the next look.
 */

#include "os/netaddr.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "format/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

/* The kernel fills as much of a buffer as this (netlink_dump in net/netlink/af_netlink.c). */
#define DUMP_BUFFER_SIZE 32768

/* Small, as one notice says as much as a thousand; the kernel keeps at least one whatever its size. */
#define NOTICES_BUFFER_BYTES 8192

/* More than that buffer can hold. What is left after them is there for the next look. */
#define NOTICES_MAX 256

/* Snapshots in a row that changes spoilt. Each takes a millisecond or so. */
#define TRIES_MAX 8

struct list {
	void *items;
	size_t n, room;
};

struct snapshot {
	struct list netifs;	/* struct hvg_netif */
	struct list addresses;	/* struct hvg_ifaddr */
	struct list routes;	/* struct hvg_default_route */
	int error;		/* from inside the callbacks of libmnl */
};

struct hvg_netaddr {
	struct mnl_socket *notices; /* NULL until it is needed */
	bool is_stale;		    /* the snapshot is known to be old */
	uint64_t generation;
	struct snapshot snapshot;
	struct hvg_netfacts facts; /* the snapshot, as it is shown */
};

static void snapshot_done(struct snapshot *snapshot)
{
	free(snapshot->netifs.items);
	free(snapshot->addresses.items);
	free(snapshot->routes.items);
	*snapshot = (struct snapshot){ 0 };
}

static void close_socket(struct mnl_socket **socket)
{
	if (*socket)
		(void)mnl_socket_close(*socket);
	*socket = NULL;
}

#define _cleanup_socket_   _cleanup_(close_socket)
#define _cleanup_snapshot_ _cleanup_(snapshot_done)

int hvg_netaddr_new(struct hvg_netaddr **ret)
{
	struct hvg_netaddr *netaddr = calloc(1, sizeof(*netaddr));

	if (!netaddr)
		return -ENOMEM;
	netaddr->is_stale = true;
	*ret = netaddr;
	return 0;
}

struct hvg_netaddr *hvg_netaddr_free(struct hvg_netaddr *netaddr)
{
	if (!netaddr)
		return NULL;
	close_socket(&netaddr->notices);
	snapshot_done(&netaddr->snapshot);
	free(netaddr);
	return NULL;
}

static int append(struct list *list, const void *item, size_t size)
{
	if (list->n == list->room) {
		size_t room = HVG_MAX(2 * list->room, (size_t)8);
		void *items = reallocarray(list->items, room, size);

		if (!items)
			return -ENOMEM;
		list->items = items;
		list->room = room;
	}
	memcpy((char *)list->items + list->n * size, item, size);
	list->n++;
	return 0;
}

static int take_hops(struct snapshot *snapshot, const struct hvg_rtnl_message *message)
{
	for (size_t i = 0; i < message->route.n_hops; i++) {
		int r = append(&snapshot->routes, &message->route.hops[i],
			sizeof(message->route.hops[i]));

		if (r < 0)
			return r;
	}
	return 0;
}

static int take(struct snapshot *snapshot, const struct hvg_rtnl_message *message)
{
	switch (message->kind) {
	case HVG_RTNL_LINK:
		return append(&snapshot->netifs, &message->link, sizeof(message->link));
	case HVG_RTNL_ADDRESS:
		return append(&snapshot->addresses, &message->address, sizeof(message->address));
	case HVG_RTNL_DEFAULT_ROUTE:
		return take_hops(snapshot, message);
	case HVG_RTNL_OTHER:
		return 0;
	}
	return 0;
}

static int on_message(const struct nlmsghdr *header, void *userdata)
{
	struct snapshot *snapshot = userdata;
	struct hvg_rtnl_message message;

	snapshot->error = hvg_rtnl_parse(header, header->nlmsg_len, &message);
	if (snapshot->error == 0)
		snapshot->error = take(snapshot, &message);
	return snapshot->error < 0 ? MNL_CB_ERROR : MNL_CB_OK;
}

/*
 * NLMSG_ERROR, and NLMSG_DONE, in which libmnl 1.0.4 does not look for the error that cut a dump
 * short. Both begin with it: 0 or a negative errno.
 */
static int on_end(const struct nlmsghdr *header, void *userdata)
{
	struct snapshot *snapshot = userdata;
	int error = 0;

	if (mnl_nlmsg_get_payload_len(header) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(header), sizeof(error));
	snapshot->error = error;
	return error < 0 ? MNL_CB_ERROR : MNL_CB_STOP;
}

/* What one dump answers, into the snapshot. -EAGAIN if a change spoilt it (NLM_F_DUMP_INTR). */
static int receive(struct mnl_socket *socket, unsigned int sequence, struct snapshot *ret)
{
	mnl_cb_t controls[] = { [NLMSG_ERROR] = on_end, [NLMSG_DONE] = on_end };
	unsigned int port = mnl_socket_get_portid(socket);
	_cleanup_free_ void *buffer = malloc(DUMP_BUFFER_SIZE);
	int r;

	if (!buffer)
		return -ENOMEM;
	do {
		ssize_t n = mnl_socket_recvfrom(socket, buffer, DUMP_BUFFER_SIZE);

		if (n < 0)
			return -errno;
		r = mnl_cb_run2(buffer, (size_t)n, sequence, port, on_message, ret, controls,
			HVG_ELEMENTS(controls));
		if (r < 0 && ret->error == 0)
			return errno == EINTR ? -EAGAIN : -errno;
	} while (r > MNL_CB_STOP);
	return ret->error;
}

static int send_request(struct mnl_socket *socket, const struct nlmsghdr *request)
{
	return mnl_socket_sendto(socket, request, request->nlmsg_len) < 0 ? -errno : 0;
}

/* With room for the largest fixed part and one attribute. */
struct request {
	_Alignas(struct nlmsghdr) char bytes[64];
};

static struct nlmsghdr *begin(struct request *request, uint16_t type)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(request->bytes);

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = type; /* one dump of each type on a socket */
	return header;
}

static int dump(struct mnl_socket *socket, const struct nlmsghdr *request, struct snapshot *ret)
{
	int r = send_request(socket, request);

	return r < 0 ? r : receive(socket, request->nlmsg_seq, ret);
}

static int dump_links(struct mnl_socket *socket, struct snapshot *ret)
{
	struct request request;
	struct nlmsghdr *header = begin(&request, RTM_GETLINK);

	(void)mnl_nlmsg_put_extra_header(header, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(header, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return dump(socket, header, ret);
}

static int dump_addresses(struct mnl_socket *socket, struct snapshot *ret)
{
	struct request request;
	struct nlmsghdr *header = begin(&request, RTM_GETADDR);

	(void)mnl_nlmsg_put_extra_header(header, sizeof(struct ifaddrmsg));
	return dump(socket, header, ret);
}

static int dump_routes(struct mnl_socket *socket, struct snapshot *ret)
{
	struct request request;
	struct nlmsghdr *header = begin(&request, RTM_GETROUTE);
	struct rtmsg *route = mnl_nlmsg_put_extra_header(header, sizeof(*route));

	route->rtm_table = RT_TABLE_MAIN;
	return dump(socket, header, ret);
}

static int open_socket(unsigned int groups, struct mnl_socket **ret)
{
	_cleanup_socket_ struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, groups, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	*ret = hvg_take_ptr(socket);
	return 0;
}

static int dump_all(struct snapshot *ret)
{
	_cleanup_socket_ struct mnl_socket *socket = NULL;
	int r, one = 1;

	r = open_socket(0, &socket);
	if (r < 0)
		return r;
	/* Lets the kernel leave out the other tables; without it we do, in hvg_rtnl_parse. */
	(void)mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	r = dump_links(socket, ret);
	if (r < 0)
		return r;
	r = dump_addresses(socket, ret);
	if (r < 0)
		return r;
	return dump_routes(socket, ret);
}

static int by_index(const void *a, const void *b)
{
	const struct hvg_netif *left = a, *right = b;

	return (left->index > right->index) - (left->index < right->index);
}

static void note_default(struct hvg_netif *netif, const struct hvg_default_route *route)
{
	struct hvg_netif_default *owned =
		route->family == AF_INET ? &netif->default_v4 : &netif->default_v6;

	if (!owned->is_owner || route->metric < owned->metric)
		*owned = (struct hvg_netif_default){ true, route->metric };
}

/* Every interface learns which default routes it has. */
static void join_routes(struct snapshot *snapshot)
{
	const struct hvg_default_route *routes = snapshot->routes.items;
	struct hvg_netif *netifs = snapshot->netifs.items;

	for (size_t i = 0; i < snapshot->routes.n; i++)
		for (size_t j = 0; j < snapshot->netifs.n; j++)
			if (netifs[j].index == routes[i].index)
				note_default(&netifs[j], &routes[i]);
}

static void show(struct hvg_netaddr *netaddr)
{
	const struct snapshot *snapshot = &netaddr->snapshot;

	netaddr->facts = (struct hvg_netfacts){
		.netifs = snapshot->netifs.items,
		.n_netifs = snapshot->netifs.n,
		.addresses = snapshot->addresses.items,
		.n_addresses = snapshot->addresses.n,
		.routes = snapshot->routes.items,
		.n_routes = snapshot->routes.n,
	};
}

static int take_snapshot(struct hvg_netaddr *netaddr)
{
	_cleanup_snapshot_ struct snapshot fresh = { 0 };
	struct snapshot old = netaddr->snapshot;
	int r = dump_all(&fresh);

	if (r < 0)
		return r;
	if (fresh.netifs.n > 0)
		qsort(fresh.netifs.items, fresh.netifs.n, sizeof(struct hvg_netif), by_index);
	join_routes(&fresh);
	netaddr->snapshot = fresh;
	fresh = old; /* to be freed */
	show(netaddr);
	return 0;
}

static int open_notices(struct hvg_netaddr *netaddr)
{
	static const unsigned int groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
		RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
	int r, size = NOTICES_BUFFER_BYTES;

	r = open_socket(groups, &netaddr->notices);
	if (r < 0)
		return r;
	(void)setsockopt(mnl_socket_get_fd(netaddr->notices), SOL_SOCKET, SO_RCVBUF, &size,
		sizeof(size));
	return 0;
}

/*
 * Throws the notices away; 1 if there were any. What does not fit the one byte is dropped by the
 * kernel. The notices that ENOBUFS speaks of are lost, and were of no other use.
 */
static int empty_notices(struct hvg_netaddr *netaddr)
{
	int fd = mnl_socket_get_fd(netaddr->notices);
	bool any = false;

	for (unsigned int i = 0; i < NOTICES_MAX; i++) {
		char byte;

		if (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) < 0) {
			if (errno == EAGAIN)
				break;
			if (errno != ENOBUFS && errno != EINTR)
				return -errno;
		}
		any = true;
	}
	return any;
}

/* A socket that fails is opened anew, and then everything may have changed. */
static int look(struct hvg_netaddr *netaddr)
{
	int r;

	if (netaddr->notices) {
		r = empty_notices(netaddr);
		if (r >= 0)
			return r;
		close_socket(&netaddr->notices);
	}
	r = open_notices(netaddr);
	return r < 0 ? r : 1;
}

int hvg_netaddr_refresh(struct hvg_netaddr *netaddr)
{
	int r = look(netaddr);

	netaddr->is_stale |= r != 0;
	if (r < 0 || !netaddr->is_stale)
		return r;
	for (unsigned int i = 0; i < TRIES_MAX; i++) {
		r = take_snapshot(netaddr);
		if (r == 0)
			break;
		if (r != -EAGAIN)
			return r;
	}
	if (r < 0)
		return r;
	netaddr->is_stale = false;
	netaddr->generation++;
	return 1;
}

const struct hvg_netfacts *hvg_netaddr_facts(const struct hvg_netaddr *netaddr)
{
	return &netaddr->facts;
}

uint64_t hvg_netaddr_generation(const struct hvg_netaddr *netaddr)
{
	return netaddr->generation;
}
