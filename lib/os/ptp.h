/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_PTP_H
#define HVG_OS_PTP_H

/*
 * The PTP clock that hv_utils makes of the host's time: found by its name, and read.
 */

#include "format/timex.h"

#include <stddef.h>

#define HVG_PTP_NODE_SIZE 64

/* The node of the clock of that name, "/dev/ptp0". -ENOENT if there is none. */
int hvg_ptp_find(const char *clock_name, char ret_node[static HVG_PTP_NODE_SIZE]);

/* A descriptor for reading, or negative errno. */
int hvg_ptp_open(const char *node);

/*
 * Reads the clock n times, HVG_CLOCK_READINGS_MAX at most, between looks at the system clock
 * (PTP_SYS_OFFSET: the driver knows nothing better). -ESTALE: the host has been silent for ten
 * minutes. -ENODEV: the clock has gone.
 */
int hvg_ptp_read(int fd, struct hvg_clock_reading *ret, size_t n);

#endif
