/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_TIMESPAN_H
#define HVG_DAEMONS_TIMESPAN_H

/*
 * Spans of time as people write them in configuration files, after systemd.time(7): "30", "1.5",
 * "2min 30s", "500ms". A number alone is in seconds.
 */

#include <stdint.h>

#define HVG_TIMESPAN_SIZE 32

/*
 * "infinity" is HVG_NEVER. -EINVAL if it is no span, -ERANGE if it is too long for one. What is
 * finer than a microsecond is cut off.
 */
int hvg_timespan_parse(const char *text, uint64_t *ret_us);

/* In the largest unit that gives a whole number: "90s", "2min". */
void hvg_timespan_render(uint64_t span_us, char ret[static HVG_TIMESPAN_SIZE]);

#endif
