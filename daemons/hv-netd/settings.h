/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_NETD_SETTINGS_H
#define HVG_NETD_SETTINGS_H

#include "common/config.h"

#include <stdbool.h>
#include <stdint.h>

enum netd_verify {
	NETD_VERIFY_NOTHING,
	NETD_VERIFY_ADDRESS,
	NETD_VERIFY_ROUTE,
};

/* hvguest-net.conf(5) */
struct netd_settings {
	bool enable;
	unsigned int backend; /* which word of Backend= */
	unsigned int verify;  /* enum netd_verify */
	uint64_t verify_us, rollback_us;
	char **allow_adapters;
	char *script;
};

extern const struct hvg_config netd_config;

/* The word of Backend=: "auto", or a back end's name. */
const char *netd_settings_backend(const struct netd_settings *settings);

/* Whether AllowAdapters= has that interface. */
bool netd_settings_allow(const struct netd_settings *settings, const char *interface);

#endif
