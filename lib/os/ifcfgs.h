/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_IFCFGS_H
#define HVG_OS_IFCFGS_H

/*
 * The ifcfg files of Red Hat's initscripts.
 */

#include "format/dhcpword.h"
#include "format/ipconfig.h"

#define HVG_IFCFG_FOLDER "/etc/sysconfig/network-scripts"

/* The file for an interface, by its device or MAC; or -ENOENT. */
int hvg_ifcfgs_find(const struct hvg_netmatch *match, char *ret_path, size_t ret_path_size);

enum hvg_dhcp_word hvg_ifcfgs_dhcp(const struct hvg_netmatch *match);

#endif
