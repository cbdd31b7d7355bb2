/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_BASE_DURATION_H
#define HVG_BASE_DURATION_H

/* A span of time as people read it, from nanoseconds to days. */

#define HVG_DURATION_SIZE 32

/* "850 ns", "12.3 us", "4.560 ms", "-1.500 s", "14.0 d" */
void hvg_duration_render(double ns, char ret[static HVG_DURATION_SIZE]);

#endif
