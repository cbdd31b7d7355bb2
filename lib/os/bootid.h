/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_BOOTID_H
#define HVG_OS_BOOTID_H

/* Which boot of the kernel this is: what was only in memory before another one is gone. */

#include <stdint.h>

#define HVG_BOOTID_SIZE 16

/* From /proc/sys/kernel/random/boot_id. -EBADMSG if that is no GUID. */
int hvg_bootid_read(uint8_t ret[static HVG_BOOTID_SIZE]);

#endif
