/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_IFCFG_H
#define HVG_FORMAT_IFCFG_H

/*
 * ifcfg files of Red Hat's initscripts (sysconfig.txt of that package): shell assignments. What says
 * something of addresses is replaced, other lines stay as they are.
 *
 * initscripts know one default gateway of each family; further ones are left out.
 */

#include "base/text.h"
#include "format/ipconfig.h"

/* text is the old file, or empty. */
int hvg_ifcfg_edit(struct hvg_span text, const struct hvg_netmatch *match, const struct hvg_ipconfig *config,
	struct hvg_printer *printer);

/* The last value of a key, without the quotes around it; false if it is not assigned. */
bool hvg_ifcfg_find(struct hvg_span text, const char *key, struct hvg_span *ret_value);

/* Whether the file is for that interface: by DEVICE, else by HWADDR. */
bool hvg_ifcfg_is_for(const char *text, size_t size, const struct hvg_netmatch *match);

/* What edit wrote; -EBADMSG for anything else about addresses. */
int hvg_ifcfg_parse(const char *text, size_t size, struct hvg_ipconfig *ret);

/*
 * The file that the kernel tree's daemon hands to a site's script as its first argument, byte for
 * byte in that form (section 4.5 of facts/guest-protocol.md). The second is a keyfile.
 */
void hvg_ifcfg_render_legacy(const struct hvg_netmatch *match, const struct hvg_ipconfig *config,
	struct hvg_printer *printer);

#endif
