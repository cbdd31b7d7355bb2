/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_POOLSESSION_H
#define HVG_OS_POOLSESSION_H

/*
 * A session is the time during which the writer may write: it has its own lock and the file's
 * locks, the file has been made whole, and the view is true.
 */

#include "os/poolwriter.h"

/* What is done in a session; -ESTALE if the file or the index was replaced, to do it again. */
typedef int hvg_pooldeed_fn(struct hvg_poolwriter *writer, const void *argument);

/*
 * Returns what the deed did. -EROFS without a journal, -ENOENT without a pool file, -ETIMEDOUT if
 * somebody else keeps a lock, -EBUSY if another process uses the journal.
 */
int hvg_poolsession_run(struct hvg_poolwriter *writer, hvg_pooldeed_fn *deed, const void *argument);

/* Makes the file whole, if that is not known already. */
int hvg_poolsession_recover(struct hvg_poolwriter *writer);

/* Settles what is in the window, without waiting for the file's locks. */
int hvg_poolsession_settle(struct hvg_poolwriter *writer);

#endif
