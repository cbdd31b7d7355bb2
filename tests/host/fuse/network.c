// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * One veth, whose other end stands for the virtual switch: without IPv6, so without addresses.
 * Link-local addresses are given, not generated, so that nothing has to be waited for.
 */

#include "host/fuse/network.h"
#include "host/host.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static const char commands[] =
	"link set lo up\n"
	"link add " GUEST_ADAPTER " type veth peer name switch0\n"
	"link set " GUEST_ADAPTER " addrgenmode none\n"
	"link set switch0 addrgenmode none\n"
	"link set " GUEST_ADAPTER " address " GUEST_MAC "\n"
	"link set switch0 up\n"
	"link set " GUEST_ADAPTER " up\n"
	"address add " GUEST_IPV4 "/24 dev " GUEST_ADAPTER "\n"
	"address add " GUEST_IPV6 "/64 dev " GUEST_ADAPTER " nodad\n"
	"address add " GUEST_LINK_LOCAL "/64 dev " GUEST_ADAPTER " nodad\n"
	"route add default via " GUEST_GATEWAY " dev " GUEST_ADAPTER "\n";

int network_set_up(void)
{
	FILE *ip = popen("ip -batch -", "we");

	if (!ip)
		return -errno;
	(void)fputs(commands, ip);
	return pclose(ip) == 0 ? 0 : -ENONET;
}
