/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_POOLLOCK_H
#define HVG_OS_POOLLOCK_H

/*
 * Both locks that writers of pool files use. cloud-init and azure-init take flock(2), the kernel
 * tree's hv_kvp_daemon takes POSIX record locks; neither sees the other's. libazureinit-kvp takes
 * flock and then an open-file-description lock, which excludes POSIX locks: so do we, in that order.
 */

#include <stdint.h>

/* fd must be writable. -ETIMEDOUT if somebody else holds a lock until then (monotonic clock). */
int hvg_poollock_take(int fd, uint64_t deadline_us);
void hvg_poollock_release(int fd);

#endif
