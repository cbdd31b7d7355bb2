/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_RULES_H
#define HVG_HVCTL_RULES_H

/* Rules of udev: the administrator's, and those of packages. */

#include "hvctl/facts/guest.h"

/* The first file with what is wanted; filter.c tells which of its lines are known. */
bool rules_find(const struct guest *guest, bool (*is_wanted)(const struct fact *rules),
	struct fact *ret);

#endif
