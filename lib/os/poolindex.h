/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_POOLINDEX_H
#define HVG_OS_POOLINDEX_H

/*
 * Where the records of a pool file are: a hash of each key, and the order the host is shown.
 *
 * Two numbers name a record. Its *slot* is its place in the file, where the last record moves into
 * the gap that a deletion leaves. Its *position* is its place in the host's enumeration: rewind()
 * makes positions equal to slots and fixes their number; from then on a record keeps its position
 * when it moves, a deleted one leaves a hole, and an appended one has none until the next rewind.
 * So an enumeration never misses a record that was there when it began, whatever we delete meanwhile.
 *
 * Memory: at most 32 bytes for each record, of now or of the last rewind, whichever are more. What
 * is not needed any more is given back by the next change.
 */

#include "hvguest/pool.h"

#include <stddef.h>
#include <stdint.h>

#define HVG_POOLINDEX_NONE UINT32_MAX

struct hvg_poolindex_slot {
	uint32_t hash;
	uint32_t next;	   /* next lower slot in the same bucket */
	uint32_t position; /* or none */
};

struct hvg_poolindex {
	struct hvg_poolindex_slot *slots;
	uint32_t *positions; /* a slot, or the hole bit and the next position to look at */
	uint32_t *heads;     /* of each bucket: its highest slot */
	uint32_t *moved;     /* slots whose position is not, or no longer, their own number */
	uint32_t n, n_positions, n_heads, n_moved;
	uint32_t capacity, moved_capacity;
};

/*
 * Of a key that ends at a NUL or after HVG_POOL_KEY_SIZE bytes. Not secret: who may write to a pool,
 * the host or root, needs no colliding keys to stop us.
 */
uint32_t hvg_poolindex_hash(const char *key);

/* All zeroes is an empty index; done makes it one again. */
void hvg_poolindex_done(struct hvg_poolindex *index);

/*
 * Memory for n_more appended slots and for one move and cut: those cannot fail then, even after a
 * rewind. -ENOMEM, or -EFBIG beyond the maximum.
 */
int hvg_poolindex_reserve(struct hvg_poolindex *index, uint32_t n_more);

/* The deeds done to the file, one by one. */
void hvg_poolindex_append(struct hvg_poolindex *index, uint32_t hash);

/* The record in slot to is gone; the one in slot from lies there now, and what from holds is a copy. */
void hvg_poolindex_move(struct hvg_poolindex *index, uint32_t from, uint32_t to);

/* The last slot is gone. */
void hvg_poolindex_cut(struct hvg_poolindex *index);

/* The highest slot below a limit (or the number of slots) with that hash; NONE if there is none. */
uint32_t hvg_poolindex_find(const struct hvg_poolindex *index, uint32_t hash, uint32_t below);

/* The lowest slot above one with that hash. */
uint32_t hvg_poolindex_find_above(const struct hvg_poolindex *index, uint32_t hash, uint32_t above);

void hvg_poolindex_rewind(struct hvg_poolindex *index);

/* The slot of the record at that position, or of the next if that is a hole; -ENOENT at the end. */
int hvg_poolindex_at(struct hvg_poolindex *index, uint32_t *position, uint32_t *ret_slot);

/*
 * Takes over what a new look at the file found, and leaves other empty. If the file only grew,
 * positions stay; otherwise this is a rewind too. -ENOMEM: nothing has changed.
 */
int hvg_poolindex_take(struct hvg_poolindex *index, struct hvg_poolindex *other);

size_t hvg_poolindex_size_bytes(const struct hvg_poolindex *index);

#endif
