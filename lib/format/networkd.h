/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_NETWORKD_H
#define HVG_FORMAT_NETWORKD_H

/*
 * systemd.network(5) files of our own. A whole file whose name sorts first, never a drop-in for the
 * site's: in a drop-in the lists of addresses would grow, and routes could not be taken away.
 */

#include "format/ipconfig.h"

void hvg_networkd_render(const struct hvg_netmatch *match, const struct hvg_ipconfig *config,
	struct hvg_printer *printer);

/* What render wrote; -EBADMSG for anything else. */
int hvg_networkd_parse(const char *text, size_t size, struct hvg_ipconfig *ret);

#endif
