/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_SETTINGS_H
#define HVG_VSSD_SETTINGS_H

#include "common/config.h"

#include <stdbool.h>
#include <stdint.h>

enum vssd_if_busy {
	VSSD_BUSY_FAILS,
	VSSD_BUSY_IS_SKIPPED,
};

enum vssd_on_hook_failure {
	VSSD_HOOK_ABORTS,
	VSSD_HOOK_GOES_ON,
};

/* hvguest-vss.conf(5) */
struct vssd_settings {
	char **include, **exclude, **skip_types;
	bool require_all, freezes_network;
	unsigned int if_busy; /* enum vssd_if_busy */
	uint64_t freeze_timeout_us, sync_timeout_us;
	uint64_t hook_timeout_us, hook_budget_us;
	unsigned int on_hook_failure; /* enum vssd_on_hook_failure */
	char **compat_hooks;
	bool publishes;
};

extern const struct hvg_config vssd_config;

#endif
