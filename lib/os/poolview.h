/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_POOLVIEW_H
#define HVG_OS_POOLVIEW_H

/*
 * What readers and the writer of one store see of the pool file: its index in memory, kept true by
 * looking at the file's stamp, and the records themselves, read when asked for.
 *
 *	readers		refresh, pick a record; again on -ESTALE
 *	the writer	make_sure, plan, begin, write the file, end; it holds the file's locks meanwhile
 *
 * Between begin and end the file is not to be trusted: readers use the index as it was before, and
 * get what was in the two slots concerned from memory. So they never wait for the writer's disk.
 *
 * The view's lock is taken and released within each function here, for work in memory only.
 */

#include "os/poolhandle.h"
#include "os/poolindex.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * One step of the writer, from n_before records to n_after: record is written into slot, if that
 * lies below n_after, and the file is made longer before or shorter afterwards.
 */
struct hvg_poolstep {
	uint32_t slot;
	uint32_t from; /* the slot where the record comes from, or none */
	uint32_t n_before, n_after;
	uint32_t hash;	/* of an appended record's key */
	uint64_t epoch; /* of the view when this was planned */
	uint8_t found[HVG_POOL_RECORD_SIZE];
	uint8_t record[HVG_POOL_RECORD_SIZE];
};

struct hvg_poolview {
	const char *path;
	bool read_only;

	pthread_mutex_t lock;	       /* of all below */
	struct hvg_poolhandle *handle; /* NULL: there is no file */
	struct hvg_poolstamp stamp;    /* of what the index describes */
	bool is_indexed;
	struct hvg_poolindex index;
	uint64_t epoch; /* grows with everything that makes a reader pick again, so with every change */
	const struct hvg_poolstep *flight; /* between begin and end */
};

int hvg_poolview_init(struct hvg_poolview *view, const char *path, bool read_only);
void hvg_poolview_done(struct hvg_poolview *view);

/*
 * Looks whether the file is the one indexed, and indexes it anew if not. Unless it may wait,
 * -EAGAIN if that needs the disk. Errors of hvg_poolhandle_open (but no file is an empty pool),
 * -EFBIG for a file of more than HVG_POOL_MAX_RECORDS, -ESTALE if it changes all the time.
 */
int hvg_poolview_refresh(struct hvg_poolview *view, bool may_wait);

/* The same for the writer, who holds the file's locks: nothing is left to a second look. */
int hvg_poolview_make_sure(struct hvg_poolview *view);

/* What the index is of. */
struct hvg_poolstate {
	uint32_t n;
	uint64_t epoch;
	struct hvg_poolstamp stamp;
};

struct hvg_poolstate hvg_poolview_state(struct hvg_poolview *view);

/* The file, for the caller to unref; NULL if there is none. */
struct hvg_poolhandle *hvg_poolview_handle(struct hvg_poolview *view);

/* Begins an enumeration: positions are slots again. */
void hvg_poolview_rewind(struct hvg_poolview *view);

/* A record, chosen in the index and read. */
struct hvg_poolpick {
	uint32_t slot;
	uint32_t n;	/* of the index it was chosen in */
	uint64_t epoch; /* and its epoch */
	uint8_t record[HVG_POOL_RECORD_SIZE];
};

#define HVG_POOLPICK_INIT { .slot = HVG_POOLINDEX_NONE }

/*
 * All three: -ENOENT if there is none (n and epoch are set then), -ESTALE if the index turned out to
 * be outdated, and unless it may wait -EAGAIN.
 *
 * find: the last record of the key; with a pick of before, the last one below that.
 * at: the record at that position, or the next one where that is a gap; position is the one it has.
 * slot: the record in that slot.
 */
int hvg_poolview_find(struct hvg_poolview *view, const char *key, bool may_wait,
	struct hvg_poolpick *pick);
int hvg_poolview_at(struct hvg_poolview *view, uint32_t *position, bool may_wait,
	struct hvg_poolpick *pick);
int hvg_poolview_slot(struct hvg_poolview *view, uint32_t slot, bool may_wait,
	struct hvg_poolpick *pick);

/*
 * The writer's plan for the removal of step->slot: what fills the gap, the last record, or one of
 * its key that must stay before it. n_after is n_before if that leaves another gap, in from.
 */
void hvg_poolview_plan_removal(struct hvg_poolview *view, struct hvg_poolstep *step);

/* step lives until end. -ESTALE if the index has changed since its plan, -ENOMEM. */
int hvg_poolview_begin(struct hvg_poolview *view, const struct hvg_poolstep *step);

/* The step was not tried. */
void hvg_poolview_cancel(struct hvg_poolview *view);

/*
 * How the step went: stamp is that of the file after it, or NULL if it failed or the file must be
 * looked at again. Returns the epoch that this makes.
 */
uint64_t hvg_poolview_end(struct hvg_poolview *view, int result, const struct hvg_poolstamp *stamp);

#endif
