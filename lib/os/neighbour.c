// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * An entry of the kernel's neighbour table that is "used" is asked for, without a packet of ours and
 * without a socket of the internet's families, which our sandbox has not.
 */

#include "os/neighbour.h"

#include "base/cleanup.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

/* All states in which its link-layer address is known; NUD_VALID of the kernel's net/neighbour.h. */
#define IS_KNOWN (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY)

#define SEQUENCE 1

struct request {
	_Alignas(struct nlmsghdr) char bytes[128];
};

static void close_socket(struct mnl_socket **socket)
{
	if (*socket)
		(void)mnl_socket_close(*socket);
}

static struct nlmsghdr *fill(struct request *request, uint16_t type, uint32_t index, const struct hvg_ip *ip)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(request->bytes);
	struct ndmsg *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST;
	header->nlmsg_seq = SEQUENCE;
	body->ndm_family = ip->family;
	body->ndm_ifindex = (int)index;
	mnl_attr_put(header, NDA_DST, ip->family == AF_INET ? 4 : 16, ip->bytes);
	return header;
}

static int talk(const struct nlmsghdr *header, mnl_cb_t one, void *userdata)
{
	_cleanup_(close_socket) struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	_Alignas(struct nlmsghdr) char answer[1024];
	ssize_t n;

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	if (mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(socket, answer, sizeof(answer));
	if (n < 0)
		return -errno;
	return mnl_cb_run(answer, (size_t)n, SEQUENCE, mnl_socket_get_portid(socket), one, userdata) < 0 ? -errno : 0;
}

int hvg_neighbour_ask(uint32_t index, const struct hvg_ip *ip)
{
	struct request request;
	struct nlmsghdr *header = fill(&request, RTM_NEWNEIGH, index, ip);
	struct ndmsg *body = mnl_nlmsg_get_payload(header);

	header->nlmsg_flags |= NLM_F_ACK | NLM_F_CREATE;
	body->ndm_flags = NTF_USE;
	return talk(header, NULL, NULL);
}

static int read_state(const struct nlmsghdr *header, void *userdata)
{
	const struct ndmsg *body = mnl_nlmsg_get_payload(header);

	*(uint16_t *)userdata = body->ndm_state;
	return MNL_CB_OK;
}

int hvg_neighbour_is_there(uint32_t index, const struct hvg_ip *ip)
{
	struct request request;
	uint16_t state = NUD_NONE;
	int r = talk(fill(&request, RTM_GETNEIGH, index, ip), read_state, &state);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return (state & IS_KNOWN) != 0;
}
