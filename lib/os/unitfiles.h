/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_UNITFILES_H
#define HVG_OS_UNITFILES_H

/*
 * systemd's units on the disk: true also before there is a bus over which systemd could be asked.
 */

#include <stdbool.h>

/* Whether a unit will be started at boot: something wants it, and it is not masked. */
bool hvg_unit_is_enabled(const char *unit);

/* Whether any file is there that a shell pattern fits. */
bool hvg_any_file(const char *pattern);

#endif
