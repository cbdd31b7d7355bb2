/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_CLOCKSET_H
#define HVG_OS_CLOCKSET_H

/* Notices when the system clock is set: a timer that never ends, and is cancelled then. */

/* A descriptor to be polled for POLLIN, or negative errno. */
int hvg_clockset_open(void);

/* 1: the clock was set since the last call. 0: it was not. */
int hvg_clockset_read(int fd);

/* The kernel's clock source, "hyperv_clocksource_tsc_page"; empty if it cannot be told. */
#define HVG_CLOCKSOURCE_SIZE 64
void hvg_clocksource_name(char ret[static HVG_CLOCKSOURCE_SIZE]);

#endif
