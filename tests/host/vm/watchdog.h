/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_WATCHDOG_H
#define HVG_TESTS_HOST_VM_WATCHDOG_H

/*
 * Sees that a guest hangs: it does not connect to the VMBus, or no longer answers heartbeats.
 * Says so once. Time stands still while the guest does.
 */

#include <stdbool.h>
#include <stdint.h>

struct watchdog {
	uint64_t limit_us; /* how long it may be silent; 0: for ever */
	uint64_t silent_us;
	uint64_t last_us; /* when that was counted; 0: not since the pause */
	bool has_barked;
};

/* It is alive. */
void watchdog_feed(struct watchdog *watchdog);

/* While it is expected to show a sign of life: true, once, when it was silent for too long. */
bool watchdog_tick(struct watchdog *watchdog, uint64_t now_us);

/* While it is not. */
void watchdog_rest(struct watchdog *watchdog);

/* When to look again; UINT64_MAX: not for its sake. */
uint64_t watchdog_due(const struct watchdog *watchdog);

#endif
