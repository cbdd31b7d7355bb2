/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_NETWORKD_H
#define HVG_OS_NETWORKD_H

/*
 * What systemd-networkd has on the disk about a link.
 */

#include "format/dhcpword.h"

/* By the .network file that it has applied to the link, and that file's drop-ins; UNSAID if it does not manage it. */
enum hvg_dhcp_word hvg_networkd_dhcp(uint32_t index);

#endif
