// SPDX-License-Identifier: LGPL-2.1-or-later

#include "common/program.h"

#include "common/journal.h"

#include <stdlib.h>
#include <string.h>

bool hvg_program_begin(const struct hvg_program *program, const struct hvg_config *config, int argc, char *argv[],
	struct hvg_options *options, int *ret_status)
{
	int r = hvg_options_parse(program, argc, argv, options);

	if (r != 0) {
		*ret_status = r < 0 ? HVG_EXIT_USAGE : EXIT_SUCCESS;
		return false;
	}
	if (hvg_config_was_all(config, options, ret_status))
		return false;
	hvg_log_open(program->name, options->is_debug);
	if (options->has_old_option)
		hvg_log(LOG_DEBUG, NULL, "-n and --no-daemon mean nothing here: %s never leaves the foreground.", program->name);
	return true;
}

int hvg_program_end(const struct hvg_program *program, int r)
{
	if (r >= 0)
		return r;
	hvg_log(LOG_ERR, NULL, "%s cannot go on: %s.", program->name, strerror(-r));
	return EXIT_FAILURE;
}
