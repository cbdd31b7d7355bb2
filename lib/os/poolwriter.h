/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_POOLWRITER_H
#define HVG_OS_POOLWRITER_H

/*
 * The one who changes a pool file, step by step: journal first, then the file.
 *
 * A step is safe once its page is in the journal, so it costs one flush of the disk, of the
 * journal. The pool file is written right after, without waiting for its disk, and settled later.
 * Why this is enough to lose and tear nothing stands in poolrecover.c. All but init and done are
 * for within a session (poolsession.h), which holds the locks.
 */

#include "os/poolring.h"
#include "os/poolview.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct hvg_poolwriter {
	struct hvg_poolview *view;
	const char *journal_path; /* NULL: nothing may be changed */
	uint64_t lock_timeout_us;

	pthread_mutex_t lock; /* of all below: one change at a time */
	struct hvg_poolring ring;
	bool is_recovered; /* the file is whole: nothing of the journal is left to do */
	bool is_suspect;   /* what the kernel has of the file may never have reached its disk */
	uint64_t epoch;	   /* of the view since our last step: if it has another, others wrote */
	struct hvg_poolhandle *handle;	    /* with its locks held, during a session */
	unsigned int n_replayed, n_dropped; /* by the recoveries so far */
	bool has_unsettled;		    /* atomic: readable without the lock */
};

int hvg_poolwriter_init(struct hvg_poolwriter *writer, struct hvg_poolview *view);
void hvg_poolwriter_done(struct hvg_poolwriter *writer);

/* Whether the view is of the file that is locked, as it is now. */
bool hvg_poolwriter_is_current(const struct hvg_poolwriter *writer);

/*
 * Does one step. The caller plans slot, from, n_before, n_after, hash, epoch and record. On failure
 * nothing has changed, or the next session will complete it; -ESTALE if the plan is outdated.
 */
int hvg_poolwriter_step(struct hvg_poolwriter *writer, struct hvg_poolstep *step);

/* Removes one record, whatever its key. The order of others' duplicates stays. */
int hvg_poolwriter_remove(struct hvg_poolwriter *writer, uint32_t slot);

/* Some changes are safe in the journal only. */
bool hvg_poolwriter_has_window(const struct hvg_poolwriter *writer);

/* Makes the pool file durable as it is, and says so in the journal. Needs no locks of the file. */
int hvg_poolwriter_settle(struct hvg_poolwriter *writer, const struct hvg_poolhandle *handle);

#endif
