// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A small table, searched from the front: the number of kinds is the number of messages we have.
 */

#include "common/ratelimit.h"

#include "base/units.h"

#include <string.h>

/* The kind of this key, or the place for it. */
static struct hvg_ratelimit_kind *find(struct hvg_ratelimit *limit, const char *key)
{
	struct hvg_ratelimit_kind *oldest = limit->kinds;

	for (size_t i = 0; i < HVG_RATELIMIT_KINDS; i++) {
		struct hvg_ratelimit_kind *kind = &limit->kinds[i];

		if (!kind->key || strcmp(kind->key, key) == 0)
			return kind;
		if (kind->since_us < oldest->since_us)
			oldest = kind;
	}
	oldest->key = NULL;
	return oldest;
}

bool hvg_ratelimit_admit(struct hvg_ratelimit *limit, const char *key, uint64_t now_us,
	unsigned int *ret_unsaid)
{
	struct hvg_ratelimit_kind *kind = find(limit, key);

	if (!kind->key)
		*kind = (struct hvg_ratelimit_kind){ .key = key, .since_us = now_us };
	if (now_us - kind->since_us >= HVG_RATELIMIT_US) {
		kind->since_us = now_us;
		kind->n_said = 0;
	}
	if (kind->n_said == HVG_RATELIMIT_BURST) {
		kind->n_unsaid++;
		return false;
	}
	kind->n_said++;
	*ret_unsaid = kind->n_unsaid;
	kind->n_unsaid = 0;
	return true;
}
