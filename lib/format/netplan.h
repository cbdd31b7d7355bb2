/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_NETPLAN_H
#define HVG_FORMAT_NETPLAN_H

/*
 * A netplan(5) file of our own. Netplan joins lists of the same definition from all files, so that
 * adding addresses to the site's definition would keep its old ones. This one has an id of its own,
 * which sorts before any other: the file that netplan makes of it wins over that of the site's
 * definition, and no file of the site's has to be touched. Under NetworkManager it wins by priority.
 *
 * It is read back by netplan's own tools, never by us.
 */

#include "format/ipconfig.h"

#define HVG_NETPLAN_ID_SIZE 32

/* "00-hvguest-eth0" */
void hvg_netplan_id(const struct hvg_netmatch *match, char ret[static HVG_NETPLAN_ID_SIZE]);

/* renderer is "networkd" or "NetworkManager". */
void hvg_netplan_render(const struct hvg_netmatch *match, const char *renderer,
	const struct hvg_ipconfig *config, struct hvg_printer *printer);

#endif
