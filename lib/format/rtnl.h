/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_RTNL_H
#define HVG_FORMAT_RTNL_H

/*
 * Messages of rtnetlink(7), as the kernel dumps them: a header, a fixed part, then attributes that
 * carry their own length and may hold further attributes.
 */

#include "format/netfacts.h"

#include <stddef.h>

/* Next hops that are taken from one multipath route; more are left out. */
#define HVG_RTNL_HOPS_MAX 16

enum hvg_rtnl_kind {
	HVG_RTNL_OTHER,		/* nothing we need: other messages, other routes */
	HVG_RTNL_LINK,		/* RTM_NEWLINK */
	HVG_RTNL_ADDRESS,	/* RTM_NEWADDR */
	HVG_RTNL_DEFAULT_ROUTE, /* RTM_NEWROUTE to everywhere, of the main table */
};

struct hvg_rtnl_message {
	enum hvg_rtnl_kind kind;
	union {
		struct hvg_netif link; /* without the default routes: those are other messages */
		struct hvg_ifaddr address;
		struct {
			struct hvg_default_route hops[HVG_RTNL_HOPS_MAX];
			size_t n_hops;
		} route;
	};
};

/* One message with its header, in host byte order. -EBADMSG if anything needed is cut or misshapen. */
int hvg_rtnl_parse(const void *bytes, size_t size, struct hvg_rtnl_message *ret);

#endif
