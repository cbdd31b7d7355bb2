/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_PTP_H
#define HVG_OS_PTP_H

/*
 * The PTP clock that hv_utils makes of the host's time: found by its name, watched for, and
 * read.
 *
 * Create the monitor first and look for the clock afterwards: then nothing slips through in
 * between.
 */

#include "format/timex.h"

#include <stdbool.h>
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

struct hvg_ptp_event {
	bool is_added; /* or else removed */
	char node[HVG_PTP_NODE_SIZE];
};

struct hvg_ptp_monitor;

/*
 * Tells of every PTP clock that is removed, and of added ones of that name, which must outlive
 * the monitor. Where udevd runs a clock is told once its rules were applied.
 */
int hvg_ptp_monitor_new(const char *clock_name, struct hvg_ptp_monitor **ret);
struct hvg_ptp_monitor *hvg_ptp_monitor_free(struct hvg_ptp_monitor *monitor);

/* To be polled for POLLIN; it stays the monitor's. */
int hvg_ptp_monitor_get_fd(const struct hvg_ptp_monitor *monitor);

/* 1 and an event; 0 if none waits. -ENOBUFS if some were lost: look for the clock again. */
int hvg_ptp_monitor_next(struct hvg_ptp_monitor *monitor, struct hvg_ptp_event *ret);

#endif
