// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hvctl/facts/pool-facts.h"

#include <inttypes.h>
#include <stdio.h>

#define SLACK_S 60 /* the clock is set while a machine starts */

struct pool_written pool_written(const struct guest *guest, const char *pool)
{
	struct pool_written written = { .evidence = fact(guest->facts, "kvp/files/%s", pool) };
	struct fact boot = fact(guest->facts, "clock/boot");
	int64_t booted = fact_number(&boot, -1), at;

	if (sscanf(written.evidence.text, "%" SCNd64 " bytes, written at %" SCNd64,
		    &written.bytes, &at) != 2 ||
		booted < 0)
		return written;
	written.is_since_boot = at >= booted - SLACK_S;
	written.is_before_boot = !written.is_since_boot;
	return written;
}
