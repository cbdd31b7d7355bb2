// SPDX-License-Identifier: LGPL-2.1-or-later

/* Counts silence, piece by piece, so that pauses do not count. */

#include "host/vm/watchdog.h"

void watchdog_feed(struct watchdog *watchdog)
{
	watchdog->silent_us = 0;
}

void watchdog_rest(struct watchdog *watchdog)
{
	watchdog->last_us = 0;
}

bool watchdog_tick(struct watchdog *watchdog, uint64_t now_us)
{
	if (watchdog->last_us > 0)
		watchdog->silent_us += now_us - watchdog->last_us;
	watchdog->last_us = now_us;
	if (watchdog->has_barked || watchdog->limit_us == 0 ||
		watchdog->silent_us < watchdog->limit_us)
		return false;
	watchdog->has_barked = true;
	return true;
}

uint64_t watchdog_due(const struct watchdog *watchdog)
{
	if (watchdog->has_barked || watchdog->limit_us == 0 || watchdog->last_us == 0)
		return UINT64_MAX;
	return watchdog->last_us + watchdog->limit_us - watchdog->silent_us;
}
