// SPDX-License-Identifier: LGPL-2.1-or-later

/* One rtnetlink message: whatever it holds, names end and counts are in range. */

#include "fuzz.h"

#include "format/rtnl.h"

#include <string.h>
#include <sys/socket.h>

static void check_text(const char *text, size_t size)
{
	hvg_always(strnlen(text, size) < size);
}

static void check_ip(const struct hvg_ip *ip)
{
	char text[HVG_IP_TEXT_SIZE];

	hvg_ip_render(ip, text);
	hvg_always((ip->family == AF_UNSPEC) == (text[0] == '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct hvg_rtnl_message message;

	if (hvg_rtnl_parse(bytes, size, &message) < 0)
		return 0;
	switch (message.kind) {
	case HVG_RTNL_LINK:
		check_text(message.link.name, sizeof(message.link.name));
		check_text(message.link.kind, sizeof(message.link.kind));
		check_text(message.link.bus, sizeof(message.link.bus));
		check_text(message.link.parent, sizeof(message.link.parent));
		break;
	case HVG_RTNL_ADDRESS:
		check_ip(&message.address.ip);
		hvg_always(message.address.prefix_length <= 128);
		break;
	case HVG_RTNL_DEFAULT_ROUTE:
		hvg_always(message.route.n_hops <= HVG_RTNL_HOPS_MAX);
		for (size_t i = 0; i < message.route.n_hops; i++)
			check_ip(&message.route.hops[i].gateway);
		break;
	case HVG_RTNL_OTHER:
		break;
	}
	return 0;
}
