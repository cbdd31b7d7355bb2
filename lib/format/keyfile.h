/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_KEYFILE_H
#define HVG_FORMAT_KEYFILE_H

/*
 * Connection profiles of NetworkManager in its keyfile format (nm-settings-keyfile(5)): a profile of
 * our own, which NetworkManager prefers over the site's when it starts.
 */

#include "format/ipconfig.h"

#define HVG_UUID_TEXT_SIZE 37

/* The same for the same adapter, so that a profile replaces its predecessor. */
void hvg_keyfile_uuid(const struct hvg_netmatch *match, char ret[static HVG_UUID_TEXT_SIZE]);

void hvg_keyfile_render(const struct hvg_netmatch *match, const struct hvg_ipconfig *config,
	struct hvg_printer *printer);

/* What render wrote; -EBADMSG for anything else. */
int hvg_keyfile_parse(const char *text, size_t size, struct hvg_ipconfig *ret);

#endif
