/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_RESOLVCONF_H
#define HVG_FORMAT_RESOLVCONF_H

/*
 * The name servers of resolv.conf(5), as glibc's resolver reads it.
 */

#include "format/netfacts.h"

#include <stdbool.h>
#include <stddef.h>

struct hvg_resolvconf_server {
	char address[HVG_IP_TEXT_SIZE]; /* without the scope that a link-local one may have */
	bool is_stub; /* systemd-resolved itself, 127.0.0.53 or .54: says nothing to others */
};

/*
 * How many servers stand in text; the first max_servers of them are stored. What is no address is
 * skipped.
 */
size_t hvg_resolvconf_parse(const char *text, size_t size, struct hvg_resolvconf_server *ret,
	size_t max_servers);

#endif
