// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A world of namespaces, with the file system that inside/layer.c makes.
 */

#include "host/fuse/world.h"
#include "host/inside/layer.h"
#include "host/supervise.h"

#include <errno.h>
#include <sched.h>

int world_enter(const struct world_setup *setup)
{
	const struct layer_setup layer = {
		.state_folder = setup->state_folder,
		.kept = setup->kept,
	};
	int r;

	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID) < 0)
		return -errno;
	r = supervise_rest(setup->time_limit_s, setup->log_fd);
	return r == 0 ? layer_enter(&layer) : r;
}
