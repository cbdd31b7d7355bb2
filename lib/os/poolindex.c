// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The index of a pool file. Buckets are chains through the slots, highest slot first, so that the
 * first match is the record that counts. A position changes seldom: slots that lost theirs are
 * listed, each once, so that a rewind need not look at the others. (A record moves only downwards;
 * a position that left its own slot never returns there before the rewind.)
 */

#include "os/poolindex.h"

#include "base/bytes.h"
#include "base/units.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HOLE UINT32_C(0x80000000)

_Static_assert(HVG_POOL_MAX_RECORDS < HOLE, "a slot and the hole bit fit in a position");

#define MIN_HEADS UINT32_C(16)

/* A move and a cut list three slots at most: to, from, and the last. */
#define MOVES_PER_STEP 3

/* An eighth more than needed, so that a growing pool is not copied too often. */
static uint32_t roomy(uint32_t n)
{
	return n + n / 8 + 8;
}

uint32_t hvg_poolindex_hash(const char *key)
{
	uint64_t hash = hvg_hash64(0, key, strnlen(key, HVG_POOL_KEY_SIZE));

	return (uint32_t)(hash ^ hash >> 32);
}

void hvg_poolindex_done(struct hvg_poolindex *index)
{
	free(index->slots);
	free(index->positions);
	free(index->heads);
	free(index->moved);
	*index = (struct hvg_poolindex){ 0 };
}

static bool resize(uint32_t **array, uint32_t n)
{
	uint32_t *resized = reallocarray(*array, n, sizeof(**array));

	if (!resized)
		return false;
	*array = resized;
	return true;
}

static bool set_capacity(struct hvg_poolindex *index, uint32_t capacity)
{
	struct hvg_poolindex_slot *slots;

	slots = reallocarray(index->slots, capacity, sizeof(*slots));
	if (!slots)
		return false;
	index->slots = slots;
	index->capacity = HVG_MIN(index->capacity, capacity);
	if (!resize(&index->positions, capacity))
		return false;
	index->capacity = capacity;
	return true;
}

static uint32_t *head_of(const struct hvg_poolindex *index, uint32_t hash)
{
	return &index->heads[hash & (index->n_heads - 1)];
}

static void link_slot(struct hvg_poolindex *index, uint32_t slot)
{
	uint32_t *link = head_of(index, index->slots[slot].hash);

	while (*link != HVG_POOLINDEX_NONE && *link > slot)
		link = &index->slots[*link].next;
	index->slots[slot].next = *link;
	*link = slot;
}

static void unlink_slot(struct hvg_poolindex *index, uint32_t slot)
{
	uint32_t *link = head_of(index, index->slots[slot].hash);

	while (*link != slot)
		link = &index->slots[*link].next;
	*link = index->slots[slot].next;
}

static bool set_heads(struct hvg_poolindex *index, uint32_t n_heads)
{
	if (!resize(&index->heads, n_heads))
		return false;
	index->n_heads = n_heads;
	for (uint32_t i = 0; i < n_heads; i++)
		index->heads[i] = HVG_POOLINDEX_NONE;
	for (uint32_t i = 0; i < index->n; i++)
		link_slot(index, i);
	return true;
}

/* Room for what is wanted and some more; the room there is, if that is not much too large. */
static uint32_t fitting(uint32_t capacity, uint32_t wanted)
{
	return capacity < wanted || capacity > roomy(roomy(wanted)) ? roomy(wanted) : capacity;
}

static bool fit_slots(struct hvg_poolindex *index, uint32_t n)
{
	uint32_t wanted = HVG_MAX(n, index->n_positions);
	uint32_t capacity = fitting(index->capacity, wanted);

	return capacity == index->capacity || set_capacity(index, capacity) ||
	       index->capacity >= wanted;
}

static bool fit_heads(struct hvg_poolindex *index, uint32_t n)
{
	uint32_t n_heads = HVG_MAX(index->n_heads, MIN_HEADS);

	while (n_heads < n / 2)
		n_heads *= 2;
	while (n_heads > MIN_HEADS && n_heads > n + n / 2)
		n_heads /= 2;
	return n_heads == index->n_heads || set_heads(index, n_heads) || index->n_heads > 0;
}

static bool fit_moved(struct hvg_poolindex *index)
{
	uint32_t wanted = index->n_moved + MOVES_PER_STEP;
	uint32_t capacity = fitting(index->moved_capacity, wanted);

	if (capacity != index->moved_capacity && resize(&index->moved, capacity))
		index->moved_capacity = capacity;
	return index->moved_capacity >= wanted;
}

int hvg_poolindex_reserve(struct hvg_poolindex *index, uint32_t n_more)
{
	uint32_t n = index->n + n_more;

	if (n_more > HVG_POOL_MAX_RECORDS || n > HVG_POOL_MAX_RECORDS)
		return -EFBIG;
	if (!fit_slots(index, n) || !fit_heads(index, n) || !fit_moved(index))
		return -ENOMEM;
	return 0;
}

void hvg_poolindex_append(struct hvg_poolindex *index, uint32_t hash)
{
	uint32_t slot = index->n++;

	index->slots[slot].hash = hash;
	index->slots[slot].position = HVG_POOLINDEX_NONE;
	link_slot(index, slot);
}

/* The slot's record leaves it: to another slot, which knows, or for good. */
static uint32_t take_position(struct hvg_poolindex *index, uint32_t slot)
{
	uint32_t position = index->slots[slot].position;

	if (position == slot)
		index->moved[index->n_moved++] = slot;
	index->slots[slot].position = HVG_POOLINDEX_NONE;
	return position;
}

static void lose_record(struct hvg_poolindex *index, uint32_t slot)
{
	uint32_t position = take_position(index, slot);

	if (position != HVG_POOLINDEX_NONE)
		index->positions[position] = HOLE | (position + 1);
}

void hvg_poolindex_move(struct hvg_poolindex *index, uint32_t from, uint32_t to)
{
	uint32_t position;

	lose_record(index, to);
	position = take_position(index, from);
	index->slots[to].position = position;
	if (position != HVG_POOLINDEX_NONE)
		index->positions[position] = to;

	unlink_slot(index, to);
	index->slots[to].hash = index->slots[from].hash;
	link_slot(index, to);
}

void hvg_poolindex_cut(struct hvg_poolindex *index)
{
	uint32_t last = index->n - 1;

	lose_record(index, last);
	unlink_slot(index, last);
	index->n = last;
}

uint32_t hvg_poolindex_find(const struct hvg_poolindex *index, uint32_t hash, uint32_t below)
{
	uint32_t slot = index->n_heads > 0 ? *head_of(index, hash) : HVG_POOLINDEX_NONE;

	while (slot != HVG_POOLINDEX_NONE &&
		(slot >= below || index->slots[slot].hash != hash))
		slot = index->slots[slot].next;
	return slot;
}

uint32_t hvg_poolindex_find_above(const struct hvg_poolindex *index, uint32_t hash, uint32_t above)
{
	uint32_t slot = hvg_poolindex_find(index, hash, HVG_POOLINDEX_NONE);
	uint32_t lowest = HVG_POOLINDEX_NONE;

	for (; slot != HVG_POOLINDEX_NONE && slot > above; slot = index->slots[slot].next)
		if (index->slots[slot].hash == hash)
			lowest = slot;
	return lowest;
}

static void set_own_position(struct hvg_poolindex *index, uint32_t slot)
{
	index->slots[slot].position = slot;
	index->positions[slot] = slot;
}

void hvg_poolindex_rewind(struct hvg_poolindex *index)
{
	for (uint32_t i = 0; i < index->n_moved; i++)
		if (index->moved[i] < index->n)
			set_own_position(index, index->moved[i]);
	for (uint32_t slot = index->n_positions; slot < index->n; slot++)
		set_own_position(index, slot);
	index->n_positions = index->n;
	index->n_moved = 0;
}

int hvg_poolindex_at(struct hvg_poolindex *index, uint32_t *position, uint32_t *ret_slot)
{
	uint32_t at = *position, end;

	while (at < index->n_positions && index->positions[at] & HOLE)
		at = index->positions[at] & ~HOLE;

	/* Holes that were walked over point to the end of the walk, so that nobody walks it again. */
	end = at;
	for (at = *position; at < end && index->positions[at] & HOLE;) {
		uint32_t next = index->positions[at] & ~HOLE;

		index->positions[at] = HOLE | end;
		at = next;
	}
	if (end >= index->n_positions)
		return -ENOENT;
	*position = end;
	*ret_slot = index->positions[end];
	return 0;
}

static bool has_only_grown(const struct hvg_poolindex *index, const struct hvg_poolindex *other)
{
	if (index->n == 0 || other->n < index->n)
		return false;
	for (uint32_t i = 0; i < index->n; i++)
		if (index->slots[i].hash != other->slots[i].hash)
			return false;
	return true;
}

int hvg_poolindex_take(struct hvg_poolindex *index, struct hvg_poolindex *other)
{
	int r;

	if (!has_only_grown(index, other)) {
		hvg_poolindex_done(index);
		*index = *other;
		*other = (struct hvg_poolindex){ 0 };
		hvg_poolindex_rewind(index);
		return 0;
	}

	r = hvg_poolindex_reserve(index, other->n - index->n);
	if (r < 0)
		return r;
	for (uint32_t i = index->n; i < other->n; i++)
		hvg_poolindex_append(index, other->slots[i].hash);
	hvg_poolindex_done(other);
	return 0;
}

size_t hvg_poolindex_size_bytes(const struct hvg_poolindex *index)
{
	return index->capacity * (sizeof(*index->slots) + sizeof(*index->positions)) +
	       (index->n_heads + index->moved_capacity) * sizeof(uint32_t);
}
