/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TIMED_SETTINGS_H
#define HVG_TIMED_SETTINGS_H

#include "common/config.h"

#include <stdbool.h>
#include <stdint.h>

/* hvguest-time.conf(5) */
struct timed_settings {
	unsigned int mode; /* enum hvg_clock_mode */
	char **services;
	uint64_t step_at_start_us, step_after_jump_us, backwards_limit_us;
	unsigned int slew_limit_ppm;
};

extern const struct hvg_config timed_config;

#endif
