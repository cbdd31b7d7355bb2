/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_RATELIMIT_H
#define HVG_DAEMONS_RATELIMIT_H

/*
 * How often the same thing may be said: at most HVG_RATELIMIT_BURST times in HVG_RATELIMIT_US from
 * the first. So a host that floods us writes at most 20 lines a minute of each kind.
 */

#include <stdbool.h>
#include <stdint.h>

#define HVG_RATELIMIT_BURST 10
#define HVG_RATELIMIT_US    UINT64_C(30000000)
#define HVG_RATELIMIT_KINDS 64 /* more than we have; beyond it the oldest is forgotten */

struct hvg_ratelimit {
	struct hvg_ratelimit_kind {
		const char *key; /* NULL: unused */
		uint64_t since_us;
		unsigned int n_said, n_unsaid;
	} kinds[HVG_RATELIMIT_KINDS];
};

/*
 * Whether this may be said now; if so, *ret_unsaid is how many of its kind were kept back since the
 * last one. The key is compared as text and must live as long as the limit. Zeroes are a fresh limit.
 */
bool hvg_ratelimit_admit(struct hvg_ratelimit *limit, const char *key, uint64_t now_us,
	unsigned int *ret_unsaid);

#endif
