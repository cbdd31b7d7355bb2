/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_CONFIG_USE_H
#define HVG_DAEMONS_CONFIG_USE_H

/* How every daemon uses its configuration: what is wrong with it goes to the journal. */

#include "common/config.h"
#include "common/options.h"

/* hvg_config_load of what --config names, or of the usual files. */
int hvg_config_use(const struct hvg_config *config, const struct hvg_options *options, void *ret);

/* --dump-config and --check-config: true, and the exit status, if one of them was all that was asked. */
bool hvg_config_was_all(const struct hvg_config *config, const struct hvg_options *options, int *ret_status);

#endif
