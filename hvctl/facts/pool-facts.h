/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_POOL_FACTS_H
#define HVG_HVCTL_POOL_FACTS_H

/* When a KVP pool was written, and whether that was in this life of the machine. */

#include "hvctl/facts/guest.h"

struct pool_written {
	struct fact evidence;
	int64_t bytes;                      /* 0 of a missing file */
	bool is_since_boot, is_before_boot; /* neither: the times are not known */
};

/* "external", "guest", "host" */
struct pool_written pool_written(const struct guest *guest, const char *pool);

#endif
