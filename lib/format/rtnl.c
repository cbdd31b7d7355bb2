// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * rtnetlink messages by cursors. A list of attributes is read by next_attribute() until it is used
 * up or turns out bad; each kind of message has one function that looks at one attribute.
 *
 * Netlink is in host byte order; the readers are little-endian, as all machines with a Hyper-V are.
 */

#include "format/rtnl.h"

#include "base/bytes.h"
#include "base/text.h"
#include "base/units.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "netlink is read as little-endian");

struct attribute {
	uint16_t type;
	struct hvg_reader payload;
};

/* struct rtattr, and struct nlattr of <linux/netlink.h>: a length with the header, a type, padding. */
static bool next_attribute(struct hvg_reader *rest, struct attribute *ret)
{
	size_t size, padding;

	if (rest->bad || rest->left < RTA_LENGTH(0))
		return false;
	size = hvg_read_le16(rest);
	ret->type = hvg_read_le16(rest) & NLA_TYPE_MASK;
	if (size < RTA_LENGTH(0) || size - RTA_LENGTH(0) > rest->left) {
		rest->bad = true;
		return false;
	}
	size -= RTA_LENGTH(0);
	hvg_reader_init(&ret->payload, hvg_read_bytes(rest, size), size);
	padding = RTA_ALIGN(size) - size;
	hvg_read_skip(rest, HVG_MIN(padding, rest->left));
	return true;
}

/* Text that does not fit is left out: half a name would be another name. */
static void take_text(struct attribute *attribute, char *ret, size_t ret_size)
{
	const char *text = hvg_read_text(&attribute->payload, attribute->payload.left);

	if (text)
		(void)hvg_span_copy(hvg_span_of(text), ret, ret_size);
}

static void take_mac(struct attribute *attribute, struct hvg_mac *ret)
{
	if (attribute->payload.left != sizeof(ret->bytes))
		return;
	memcpy(ret->bytes, hvg_read_bytes(&attribute->payload, sizeof(ret->bytes)),
		sizeof(ret->bytes));
	ret->is_known = true;
}

static bool is_ip(uint16_t family)
{
	return family == AF_INET || family == AF_INET6;
}

static size_t address_size(uint16_t family)
{
	return family == AF_INET ? 4 : 16;
}

/* Its size must be that of the family: anything else makes the payload bad. */
static void take_ip(struct hvg_reader *payload, uint16_t family, struct hvg_ip *ret)
{
	size_t size = address_size(family);

	if (!is_ip(family) || payload->left != size) {
		payload->bad = true;
		return;
	}
	*ret = (struct hvg_ip){ .family = (uint8_t)family };
	memcpy(ret->bytes, hvg_read_bytes(payload, size), size);
}

static void take_kind(struct attribute *info, struct hvg_netif *link)
{
	struct attribute attribute;

	while (next_attribute(&info->payload, &attribute)) {
		if (attribute.type == IFLA_INFO_KIND)
			take_text(&attribute, link->kind, sizeof(link->kind));
		info->payload.bad |= attribute.payload.bad;
	}
}

static void take_link_attribute(struct attribute *attribute, struct hvg_netif *link)
{
	switch (attribute->type) {
	case IFLA_IFNAME:
		take_text(attribute, link->name, sizeof(link->name));
		break;
	case IFLA_ADDRESS:
		take_mac(attribute, &link->mac);
		break;
	case IFLA_PERM_ADDRESS:
		take_mac(attribute, &link->permanent_mac);
		break;
	case IFLA_MASTER:
		link->master = hvg_read_le32(&attribute->payload);
		break;
	case IFLA_LINKINFO:
		take_kind(attribute, link);
		break;
	case IFLA_PARENT_DEV_BUS_NAME:
		take_text(attribute, link->bus, sizeof(link->bus));
		break;
	case IFLA_PARENT_DEV_NAME:
		take_text(attribute, link->parent, sizeof(link->parent));
		break;
	}
}

/* struct ifinfomsg */
static int parse_link(struct hvg_reader *body, struct hvg_rtnl_message *ret)
{
	struct hvg_netif link = { 0 };
	struct attribute attribute;

	hvg_read_skip(body, 4); /* family, padding, type */
	link.index = hvg_read_le32(body);
	link.flags = hvg_read_le32(body);
	hvg_read_skip(body, 4); /* change mask */
	while (next_attribute(body, &attribute)) {
		take_link_attribute(&attribute, &link);
		body->bad |= attribute.payload.bad;
	}
	if (body->bad)
		return -EBADMSG;
	ret->kind = HVG_RTNL_LINK;
	ret->link = link;
	return 0;
}

/*
 * struct ifaddrmsg. On a point-to-point link IFA_ADDRESS is the other end and IFA_LOCAL is ours;
 * IPv6 sends IFA_ADDRESS alone unless there is a peer.
 */
static int parse_address(struct hvg_reader *body, struct hvg_rtnl_message *ret)
{
	struct hvg_ifaddr address = { 0 };
	struct hvg_ip local = { 0 };
	struct attribute attribute;
	uint8_t family = hvg_read_u8(body);

	address.prefix_length = hvg_read_u8(body);
	address.flags = hvg_read_u8(body);
	address.scope = hvg_read_u8(body);
	address.index = hvg_read_le32(body);
	if (!is_ip(family))
		return body->bad ? -EBADMSG : 0;
	while (next_attribute(body, &attribute)) {
		if (attribute.type == IFA_ADDRESS)
			take_ip(&attribute.payload, family, &address.ip);
		else if (attribute.type == IFA_LOCAL)
			take_ip(&attribute.payload, family, &local);
		else if (attribute.type == IFA_FLAGS) /* all 32; the header has room for 8 */
			address.flags = hvg_read_le32(&attribute.payload);
		body->bad |= attribute.payload.bad;
	}
	if (local.family != AF_UNSPEC)
		address.ip = local;
	if (body->bad || address.ip.family == AF_UNSPEC ||
		address.prefix_length > 8 * address_size(family))
		return -EBADMSG;
	ret->kind = HVG_RTNL_ADDRESS;
	ret->address = address;
	return 0;
}

/* struct rtvia: the family, then an address of it. */
static void take_via(struct attribute *attribute, struct hvg_ip *ret)
{
	uint16_t family = hvg_read_le16(&attribute->payload);

	take_ip(&attribute->payload, family, ret);
}

static void take_hop_attribute(struct attribute *attribute, struct hvg_default_route *hop)
{
	if (attribute->type == RTA_GATEWAY)
		take_ip(&attribute->payload, hop->family, &hop->gateway);
	else if (attribute->type == RTA_VIA)
		take_via(attribute, &hop->gateway);
}

struct route {
	struct hvg_default_route common;
	uint32_t table;
	uint8_t type;
	uint8_t destination_length;
	uint32_t flags;
	struct hvg_reader hops; /* RTA_MULTIPATH; nothing in most routes */
};

static void take_route_attribute(struct attribute *attribute, struct route *route)
{
	switch (attribute->type) {
	case RTA_TABLE:
		route->table = hvg_read_le32(&attribute->payload);
		break;
	case RTA_OIF:
		route->common.index = hvg_read_le32(&attribute->payload);
		break;
	case RTA_PRIORITY:
		route->common.metric = hvg_read_le32(&attribute->payload);
		break;
	case RTA_MULTIPATH:
		route->hops = attribute->payload;
		break;
	default:
		take_hop_attribute(attribute, &route->common);
	}
}

/* struct rtnexthop: length with its attributes, flags, weight, interface. False at the end. */
static bool next_hop(struct route *route, struct hvg_default_route *ret, uint8_t *ret_flags)
{
	struct attribute attribute;
	struct hvg_reader rest;
	size_t size;

	if (route->hops.bad || route->hops.left < sizeof(struct rtnexthop))
		return false;
	size = hvg_read_le16(&route->hops);
	*ret_flags = hvg_read_u8(&route->hops);
	hvg_read_skip(&route->hops, 1);
	*ret = route->common;
	ret->index = hvg_read_le32(&route->hops);
	if (size < sizeof(struct rtnexthop) || size - sizeof(struct rtnexthop) > route->hops.left) {
		route->hops.bad = true;
		return false;
	}
	size -= sizeof(struct rtnexthop);
	hvg_reader_init(&rest, hvg_read_bytes(&route->hops, size), size);
	while (next_attribute(&rest, &attribute)) {
		take_hop_attribute(&attribute, ret);
		rest.bad |= attribute.payload.bad;
	}
	hvg_read_skip(&route->hops, HVG_MIN(RTNH_ALIGN(size) - size, route->hops.left));
	route->hops.bad |= rest.bad;
	return !route->hops.bad;
}

static int take_hops(struct route *route, struct hvg_rtnl_message *ret)
{
	struct hvg_default_route hop;
	uint8_t flags;

	ret->route.n_hops = 0;
	if (route->hops.left == 0 && !(route->flags & RTNH_F_DEAD))
		ret->route.hops[ret->route.n_hops++] = route->common;
	while (next_hop(route, &hop, &flags))
		if (!(flags & RTNH_F_DEAD) && ret->route.n_hops < HVG_RTNL_HOPS_MAX)
			ret->route.hops[ret->route.n_hops++] = hop;
	if (route->hops.bad)
		return -EBADMSG;
	ret->kind = HVG_RTNL_DEFAULT_ROUTE;
	return 0;
}

static bool is_wanted(const struct route *route)
{
	return route->destination_length == 0 && route->table == RT_TABLE_MAIN &&
		route->type == RTN_UNICAST && !(route->flags & RTM_F_CLONED);
}

/* struct rtmsg. The table's number may need more room than the header has: RTA_TABLE. */
static int parse_route(struct hvg_reader *body, struct hvg_rtnl_message *ret)
{
	struct route route = { .common.family = hvg_read_u8(body) };
	struct attribute attribute;

	route.destination_length = hvg_read_u8(body);
	hvg_read_skip(body, 2); /* source length, type of service */
	route.table = hvg_read_u8(body);
	route.common.protocol = hvg_read_u8(body);
	hvg_read_skip(body, 1); /* scope */
	route.type = hvg_read_u8(body);
	route.flags = hvg_read_le32(body);
	if (!is_ip(route.common.family))
		return body->bad ? -EBADMSG : 0;
	while (next_attribute(body, &attribute)) {
		take_route_attribute(&attribute, &route);
		body->bad |= attribute.payload.bad;
	}
	if (body->bad)
		return -EBADMSG;
	return is_wanted(&route) ? take_hops(&route, ret) : 0;
}

int hvg_rtnl_parse(const void *bytes, size_t size, struct hvg_rtnl_message *ret)
{
	struct hvg_rtnl_message message = { .kind = HVG_RTNL_OTHER };
	struct hvg_reader header, body;
	uint32_t length;
	uint16_t type;
	int r = 0;

	hvg_reader_init(&header, bytes, size);
	length = hvg_read_le32(&header);
	type = hvg_read_le16(&header);
	hvg_read_skip(&header, NLMSG_HDRLEN - 6); /* flags, sequence, port: the transport's */
	if (header.bad || length < NLMSG_HDRLEN || length > size)
		return -EBADMSG;
	length -= NLMSG_HDRLEN;
	hvg_reader_init(&body, hvg_read_bytes(&header, length), length);
	if (type == RTM_NEWLINK)
		r = parse_link(&body, &message);
	else if (type == RTM_NEWADDR)
		r = parse_address(&body, &message);
	else if (type == RTM_NEWROUTE)
		r = parse_route(&body, &message);
	if (r < 0)
		return r;
	*ret = message;
	return 0;
}
