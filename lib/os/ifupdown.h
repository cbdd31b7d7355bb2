/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_IFUPDOWN_H
#define HVG_OS_IFUPDOWN_H

/*
 * What ifupdown has on the disk about an interface: the file with its stanza, and whether it is
 * up.
 */

#include "format/dhcpword.h"
#include "format/ipconfig.h"

#include <stdbool.h>
#include <stddef.h>

#define HVG_INTERFACES_FILE "/etc/network/interfaces"

/* The file that has a stanza for the name, /etc/network/interfaces or one that it includes; or
 * -ENOENT. */
int hvg_ifupdown_find(const char *name, char *ret_path, size_t ret_path_size);

/* Whether ifup has brought the interface up. */
bool hvg_ifupdown_is_up(const char *name);

/* What the stanza says that it was brought up by; UNSAID if it was not. */
enum hvg_dhcp_word hvg_ifupdown_dhcp(const char *name);

/* The same stanza, as far as it can be said: -ENOENT, or -EBADMSG. */
int hvg_ifupdown_read(const char *name, struct hvg_ipconfig *ret);

#endif
