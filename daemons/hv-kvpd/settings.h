/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_KVPD_SETTINGS_H
#define HVG_KVPD_SETTINGS_H

#include "common/config.h"

#include <stdbool.h>

/* hvguest-kvp.conf(5) */
struct kvpd_settings {
	bool allow_host_writes;
	unsigned int max_records;
	unsigned int pool_mode;
	bool drop_stale;
	char **exclude_interfaces;
};

extern const struct hvg_config kvpd_config;

#endif
