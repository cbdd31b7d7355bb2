// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Nothing here knows any setting: the table is the daemon's.
 */

#include "common/config-use.h"

#include "common/journal.h"
#include "common/message-ids.h"

#include <stdio.h>
#include <stdlib.h>

static void log_warning(void *userdata, const struct hvg_config_warning *warning)
{
	hvg_log(LOG_WARNING, HVG_MSG_CONFIG_WARNING, "%s:%u: %s", warning->file, warning->line, warning->text);
}

int hvg_config_use(const struct hvg_config *config, const struct hvg_options *options, void *ret)
{
	struct hvg_config_source source = { .file = options->config, .warn = log_warning };

	return hvg_config_load(config, &source, ret);
}

bool hvg_config_was_all(const struct hvg_config *config, const struct hvg_options *options, int *ret_status)
{
	struct hvg_config_source source = { .file = options->config };

	if (options->dumps_config) {
		hvg_config_dump(config, stdout);
		*ret_status = EXIT_SUCCESS;
	} else if (options->checks_config) {
		*ret_status = hvg_config_check(config, &source, stdout);
	}
	return options->dumps_config || options->checks_config;
}
