/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_POOLSCAN_H
#define HVG_OS_POOLSCAN_H

/* One look at a pool file, from its path to its index. */

#include "os/poolhandle.h"
#include "os/poolindex.h"

#include <stdbool.h>

struct hvg_poolscan {
	const char *path;
	bool read_only, may_wait;
	struct hvg_poolhandle *handle; /* first the one in use or NULL; then that of the file or NULL */
	struct hvg_poolstamp stamp;    /* from before it was read: a later change is noticed */
	struct hvg_poolindex index;
};

/*
 * 0 also if there is no file. Unless it may wait, -EAGAIN if that needs the disk; -EFBIG for more
 * than HVG_POOL_MAX_RECORDS; -ESTALE if the file is being replaced; -ENOMEM, and the errors of
 * hvg_poolhandle_open. In any case done is due.
 */
int hvg_poolscan_run(struct hvg_poolscan *scan);
void hvg_poolscan_done(struct hvg_poolscan *scan);

#endif
