/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_KVPD_FRESH_H
#define HVG_KVPD_FRESH_H

/*
 * Whether this is the daemon's first start since the machine booted: stale pools are dropped once a
 * boot only, because the clock may be set after content of this boot was written.
 */

#include <stdbool.h>

bool kvpd_is_first_start(void);
void kvpd_remember_start(void);

#endif
