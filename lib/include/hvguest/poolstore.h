/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_POOLSTORE_H
#define HVGUEST_POOLSTORE_H

/*
 * One pool file, to read and to change while other programs do so too.
 *
 * What set and unset have answered with 0 survives a crash of the program or of the machine: never
 * lost, never torn. Changes are made under both locks that writers of pool files use (flock, then an
 * open-file-description lock), in place, and nothing that others wrote under one of them is lost.
 * The pool file itself is never created, renamed or removed; where it is missing, reading finds an
 * empty pool. Replacing it is noticed.
 *
 * Threads: any number may read while one changes; a second change waits for the first. Readers wait
 * neither for a change's disk nor for file locks. may_wait is false for a thread that must not wait
 * for the disk either: -EAGAIN then means, ask again from one that may.
 *
 * All return a negative errno on failure; hvg_poolstore_explain() puts it into words. Common ones:
 * -ELOOP, -EISDIR, -EBADFD (the pool file is a link, a directory, no file at all), -EACCES, -EFBIG
 * (more records than HVG_POOL_MAX_RECORDS), -ESTALE (others change it all the time).
 */

#include "hvguest/pool.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A host's request must be answered within 30 s (HV_UTIL_TIMEOUT), and waits for the locks once. */
#define HVG_POOLSTORE_LOCK_TIMEOUT_US 2000000

struct hvg_poolstore;

struct hvg_poolstore_config {
	const char *path;	  /* the pool file */
	const char *journal_path; /* made if missing; not needed if read_only */
	uint32_t max_records;	  /* no new key beyond that many; 0: HVG_POOL_MAX_RECORDS */
	uint64_t lock_timeout_us; /* 0: HVG_POOLSTORE_LOCK_TIMEOUT_US */
	bool read_only;		  /* changes are refused with -EROFS */
};

/*
 * Touches no file yet. The strings are copied; free with hvg_poolstore_free. -EINVAL for a missing
 * path or too many records.
 */
int hvg_poolstore_new(const struct hvg_poolstore_config *config, struct hvg_poolstore **ret);

/* Accepts NULL. Does not settle: what the journal holds is safe there. */
void hvg_poolstore_free(struct hvg_poolstore *store);

/* Static text, for what a function here returned on failure. */
const char *hvg_poolstore_explain(int error);

/* What the journal had to tell. */
struct hvg_poolstore_recovery {
	unsigned int n_replayed; /* changes that had not, or not wholly, reached the pool file */
	unsigned int n_dropped;	 /* changes that somebody else has overwritten since */
	unsigned int n_corrupt;	 /* unreadable pages of the journal; whatever they said is lost */
};

/*
 * Makes the pool file whole after a crash; call it before the first read. The first change does
 * the same. Returns n_replayed; ret may be NULL. -EBUSY if another process uses the journal,
 * -ETIMEDOUT if the file is locked, -ENOENT if there is something to replay and no file.
 */
int hvg_poolstore_recover(struct hvg_poolstore *store, struct hvg_poolstore_recovery *ret);

/*
 * The key has this value afterwards, in one record: the last one, if it stood in several. -EINVAL
 * and -EMSGSIZE as hvg_pool_record_encode; -ENOSPC beyond max_records or on a full disk, -EDQUOT,
 * -EIO: nothing has changed, and later it may work. -ETIMEDOUT: others hold a lock for too long.
 * -ENOENT: there is no pool file.
 */
int hvg_poolstore_set(struct hvg_poolstore *store, const char *key, const char *value);

/* Removes every record of the key; -ENOENT if there is none. Else as set. */
int hvg_poolstore_unset(struct hvg_poolstore *store, const char *key);

/* The last record of the key; -ENOENT if there is none. */
int hvg_poolstore_find(struct hvg_poolstore *store, const char *key, bool may_wait,
	struct hvg_pool_record *ret);

/*
 * An enumeration: rewind, then positions 0, 1, ... until -ENOENT. Records come in the order of the
 * file, duplicates included, records without a key left out. What is appended after the rewind is
 * seen by the next enumeration; what is removed meanwhile leaves a gap, where the next record comes
 * (so one may be seen twice, but none is missed).
 */
int hvg_poolstore_rewind(struct hvg_poolstore *store, bool may_wait);
int hvg_poolstore_at(struct hvg_poolstore *store, uint32_t position, bool may_wait,
	struct hvg_pool_record *ret);

/* Plain listing, in the order of the file as it is now. -ENOENT behind the last slot. */
int hvg_poolstore_count(struct hvg_poolstore *store, bool may_wait, uint32_t *ret);
int hvg_poolstore_slot(struct hvg_poolstore *store, uint32_t slot, bool may_wait,
	struct hvg_pool_record *ret);

/* Grows whenever the content may have changed, by us or by others. */
int hvg_poolstore_generation(struct hvg_poolstore *store, bool may_wait, uint64_t *ret);

/*
 * Moves what only the journal has safe to the pool file's disk. Call it when idle, some time after
 * a change (set and unset do it themselves when the journal is full). A failure is tried again by
 * the next call or change.
 */
int hvg_poolstore_settle(struct hvg_poolstore *store);
bool hvg_poolstore_needs_settle(const struct hvg_poolstore *store);

/*
 * Empties the pool if the file was last written before this boot (CLOCK_REALTIME): content of
 * another life of this disk image. Returns 1 if it did, 0 if the content is fresh or there is none.
 */
int hvg_poolstore_discard_stale(struct hvg_poolstore *store, uint64_t boot_time_realtime_us);

#ifdef __cplusplus
}
#endif

#endif
