// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Whoever looks at the file does so without the lock, and installs what was found if the epoch is
 * still the one of before.
 */

#include "os/poolview.h"

#include "base/cleanup.h"
#include "os/poolscan.h"

#include <errno.h>
#include <string.h>

#define TRIES 16

int hvg_poolview_init(struct hvg_poolview *view, const char *path, bool read_only)
{
	*view = (struct hvg_poolview){ .path = path, .read_only = read_only };
	return -pthread_mutex_init(&view->lock, NULL);
}

void hvg_poolview_done(struct hvg_poolview *view)
{
	hvg_poolhandle_unref(view->handle);
	hvg_poolindex_done(&view->index);
	(void)pthread_mutex_destroy(&view->lock);
}

static void lock(struct hvg_poolview *view)
{
	(void)pthread_mutex_lock(&view->lock);
}

static void unlock(struct hvg_poolview *view)
{
	(void)pthread_mutex_unlock(&view->lock);
}

struct hvg_poolstate hvg_poolview_state(struct hvg_poolview *view)
{
	struct hvg_poolstate state;

	lock(view);
	state = (struct hvg_poolstate){
		.n = view->index.n,
		.epoch = view->epoch,
		.stamp = view->stamp,
	};
	unlock(view);
	return state;
}

struct hvg_poolhandle *hvg_poolview_handle(struct hvg_poolview *view)
{
	struct hvg_poolhandle *handle;

	lock(view);
	handle = hvg_poolhandle_ref(view->handle);
	unlock(view);
	return handle;
}

/* Keeping the index true */

/* With the lock held. What the view had is left in the scan. */
static int install(struct hvg_poolview *view, struct hvg_poolscan *scan)
{
	struct hvg_poolhandle *former = view->handle;
	int r;

	r = hvg_poolindex_take(&view->index, &scan->index);
	if (r < 0)
		return r;
	view->handle = scan->handle;
	scan->handle = former;
	view->stamp = scan->stamp;
	view->is_indexed = true;
	view->epoch++;
	return 0;
}

static int reindex(struct hvg_poolview *view, uint64_t epoch, bool may_wait)
{
	_cleanup_(hvg_poolscan_done) struct hvg_poolscan scan = {
		.path = view->path,
		.read_only = view->read_only,
		.may_wait = may_wait,
		.handle = hvg_poolview_handle(view),
	};
	int r;

	r = hvg_poolscan_run(&scan);
	if (r < 0)
		return r;
	lock(view);
	r = view->epoch == epoch ? install(view, &scan) : -ESTALE;
	unlock(view);
	return r;
}

/* Returns 1 if the index is of the file as it is now, 0 if not, -ESTALE if there is another since. */
static int is_true(struct hvg_poolview *view, uint64_t epoch)
{
	struct hvg_poolstamp now;
	int r;

	r = hvg_poolstamp_of_path(view->path, &now);
	if (r < 0)
		return r;
	lock(view);
	if (view->epoch != epoch)
		r = -ESTALE;
	else
		r = view->is_indexed && hvg_poolstamp_holds(&view->stamp, &now);
	unlock(view);
	return r;
}

static int refresh_once(struct hvg_poolview *view, bool may_wait)
{
	uint64_t epoch;
	bool is_flying;
	int r;

	lock(view);
	epoch = view->epoch;
	is_flying = view->flight;
	unlock(view);
	if (is_flying)
		return 0;
	r = is_true(view, epoch);
	if (r < 0)
		return r;
	return r > 0 ? 0 : reindex(view, epoch, may_wait);
}

int hvg_poolview_refresh(struct hvg_poolview *view, bool may_wait)
{
	int r = -ESTALE;

	for (int i = 0; i < TRIES && r == -ESTALE; i++)
		r = refresh_once(view, may_wait);
	return r;
}

int hvg_poolview_make_sure(struct hvg_poolview *view)
{
	lock(view);
	if (view->stamp.young_until_us > 0)
		view->is_indexed = false;
	unlock(view);
	return hvg_poolview_refresh(view, true);
}

/* Reading */

void hvg_poolview_rewind(struct hvg_poolview *view)
{
	lock(view);
	hvg_poolindex_rewind(&view->index);
	unlock(view);
}

/* With the lock held. A record that moves lies, for the index, where it was before. */
static const uint8_t *find_in_flight(const struct hvg_poolview *view, uint32_t slot)
{
	const struct hvg_poolstep *step = view->flight;

	if (!step)
		return NULL;
	if (slot == step->slot)
		return step->found;
	return slot == step->from ? step->record : NULL;
}

/* The handle to read from, or NULL if the record is in the pick already. */
static int prepare(struct hvg_poolview *view, struct hvg_poolpick *pick,
	struct hvg_poolhandle **ret)
{
	const uint8_t *kept;
	bool is_same;

	lock(view);
	is_same = view->epoch == pick->epoch;
	kept = find_in_flight(view, pick->slot);
	if (is_same && kept)
		memcpy(pick->record, kept, sizeof(pick->record));
	*ret = is_same && !kept ? hvg_poolhandle_ref(view->handle) : NULL;
	unlock(view);
	return is_same ? 0 : -ESTALE;
}

/* What was read must have the key that was indexed, and nothing may have happened meanwhile. */
static int confirm(struct hvg_poolview *view, const struct hvg_poolpick *pick, bool is_whole)
{
	uint32_t hash = hvg_poolindex_hash((const char *)pick->record);
	bool is_same;

	lock(view);
	is_same = view->epoch == pick->epoch;
	if (is_same && (!is_whole || view->index.slots[pick->slot].hash != hash))
		is_same = view->is_indexed = false;
	unlock(view);
	return is_same ? 0 : -ESTALE;
}

static int read_pick(struct hvg_poolview *view, bool may_wait, struct hvg_poolpick *pick)
{
	struct hvg_poolhandle *handle;
	int r;

	r = prepare(view, pick, &handle);
	if (r < 0 || !handle)
		return r;
	r = hvg_poolhandle_read(handle, pick->slot, may_wait, pick->record);
	hvg_poolhandle_unref(handle);
	return r < 0 ? r : confirm(view, pick, r == 1);
}

/* With the lock held. */
static int choose(const struct hvg_poolview *view, uint32_t slot, struct hvg_poolpick *pick)
{
	pick->slot = slot;
	pick->n = view->index.n;
	pick->epoch = view->epoch;
	return slot < view->index.n ? 0 : -ENOENT;
}

static int choose_next(struct hvg_poolview *view, uint32_t hash, struct hvg_poolpick *pick)
{
	int r = -ESTALE;

	lock(view);
	if (pick->slot == HVG_POOLINDEX_NONE || pick->epoch == view->epoch)
		r = choose(view, hvg_poolindex_find(&view->index, hash, pick->slot), pick);
	unlock(view);
	return r;
}

static bool has_key(const uint8_t record[static HVG_POOL_RECORD_SIZE], const char *key)
{
	size_t n = strnlen((const char *)record, HVG_POOL_KEY_SIZE);

	return strlen(key) == n && memcmp(record, key, n) == 0;
}

int hvg_poolview_find(struct hvg_poolview *view, const char *key, bool may_wait,
	struct hvg_poolpick *pick)
{
	uint32_t hash = hvg_poolindex_hash(key);
	int r;

	/* Two keys can have the same hash: then the next candidate is looked at. */
	do {
		r = choose_next(view, hash, pick);
		if (r == 0)
			r = read_pick(view, may_wait, pick);
	} while (r == 0 && !has_key(pick->record, key));
	return r;
}

int hvg_poolview_at(struct hvg_poolview *view, uint32_t *position, bool may_wait,
	struct hvg_poolpick *pick)
{
	uint32_t slot;
	int r;

	lock(view);
	r = hvg_poolindex_at(&view->index, position, &slot);
	if (r == 0)
		r = choose(view, slot, pick);
	unlock(view);
	return r < 0 ? r : read_pick(view, may_wait, pick);
}

int hvg_poolview_slot(struct hvg_poolview *view, uint32_t slot, bool may_wait,
	struct hvg_poolpick *pick)
{
	int r;

	lock(view);
	r = choose(view, slot, pick);
	unlock(view);
	return r < 0 ? r : read_pick(view, may_wait, pick);
}

/* Changing */

void hvg_poolview_plan_removal(struct hvg_poolview *view, struct hvg_poolstep *step)
{
	uint32_t last;

	step->from = HVG_POOLINDEX_NONE;
	lock(view);
	if (view->epoch == step->epoch) {
		last = view->index.n - 1;
		step->n_before = step->n_after = view->index.n;
		if (step->slot < last)
			step->from = hvg_poolindex_find_above(&view->index,
				view->index.slots[last].hash, step->slot);
		if (step->slot == last || step->from == last)
			step->n_after = last;
	}
	unlock(view);
}

int hvg_poolview_begin(struct hvg_poolview *view, const struct hvg_poolstep *step)
{
	int r = -ESTALE;

	lock(view);
	if (view->epoch == step->epoch)
		r = hvg_poolindex_reserve(&view->index, 1);
	if (r == 0) {
		view->flight = step;
		view->epoch++;
	}
	unlock(view);
	return r;
}

void hvg_poolview_cancel(struct hvg_poolview *view)
{
	lock(view);
	view->flight = NULL;
	view->epoch++;
	unlock(view);
}

static void apply(struct hvg_poolindex *index, const struct hvg_poolstep *step)
{
	if (step->n_after > step->n_before)
		hvg_poolindex_append(index, step->hash);
	if (step->from != HVG_POOLINDEX_NONE)
		hvg_poolindex_move(index, step->from, step->slot);
	if (step->n_after < step->n_before)
		hvg_poolindex_cut(index);
}

uint64_t hvg_poolview_end(struct hvg_poolview *view, int result, const struct hvg_poolstamp *stamp)
{
	uint64_t epoch;

	lock(view);
	if (result == 0)
		apply(&view->index, view->flight);
	view->is_indexed = stamp;
	if (stamp)
		view->stamp = *stamp;
	view->flight = NULL;
	epoch = ++view->epoch;
	unlock(view);
	return epoch;
}
