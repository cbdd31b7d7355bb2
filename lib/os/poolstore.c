// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The pool store as others see it: readers go to the view, changes to the writer.
 */

#include "hvguest/poolstore.h"

#include "base/units.h"
#include "os/poolchange.h"
#include "os/poolsession.h"
#include "os/poolview.h"
#include "os/poolwriter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 16

struct hvg_poolstore {
	char *path;
	char *journal_path;
	uint32_t max_records;
	struct hvg_poolview view;
	struct hvg_poolwriter writer;
};

static void free_strings(struct hvg_poolstore *store)
{
	free(store->path);
	free(store->journal_path);
	free(store);
}

static int copy_config(const struct hvg_poolstore_config *config, struct hvg_poolstore *store)
{
	store->max_records = config->max_records > 0 ? config->max_records : HVG_POOL_MAX_RECORDS;
	store->path = strdup(config->path);
	if (!store->path)
		return -ENOMEM;
	if (config->read_only)
		return 0;
	store->journal_path = strdup(config->journal_path);
	return store->journal_path ? 0 : -ENOMEM;
}

static int init_parts(const struct hvg_poolstore_config *config, struct hvg_poolstore *store)
{
	int r;

	r = hvg_poolview_init(&store->view, store->path, config->read_only);
	if (r < 0)
		return r;
	r = hvg_poolwriter_init(&store->writer, &store->view);
	if (r < 0) {
		hvg_poolview_done(&store->view);
		return r;
	}
	store->writer.journal_path = store->journal_path;
	store->writer.lock_timeout_us = config->lock_timeout_us > 0 ? config->lock_timeout_us :
								      HVG_POOLSTORE_LOCK_TIMEOUT_US;
	return 0;
}

int hvg_poolstore_new(const struct hvg_poolstore_config *config, struct hvg_poolstore **ret)
{
	struct hvg_poolstore *store;
	int r;

	if (!config->path || (!config->journal_path && !config->read_only) ||
		config->max_records > HVG_POOL_MAX_RECORDS)
		return -EINVAL;
	store = calloc(1, sizeof(*store));
	if (!store)
		return -ENOMEM;
	r = copy_config(config, store);
	if (r == 0)
		r = init_parts(config, store);
	if (r < 0) {
		free_strings(store);
		return r;
	}
	*ret = store;
	return 0;
}

void hvg_poolstore_free(struct hvg_poolstore *store)
{
	if (!store)
		return;
	hvg_poolwriter_done(&store->writer);
	hvg_poolview_done(&store->view);
	free_strings(store);
}

const char *hvg_poolstore_explain(int error)
{
	static const struct {
		int error;
		const char *text;
	} texts[] = {
		{ -ELOOP, "the pool file is a symbolic link" },
		{ -EISDIR, "the pool file is a directory" },
		{ -EBADFD, "the pool file is no regular file" },
		{ -EACCES, "the pool file may not be opened" },
		{ -EFBIG, "the pool file is too large" },
		{ -ESTALE, "the pool file changes faster than it can be read" },
		{ -EROFS, "the pool may only be read" },
		{ -ENOENT, "no such key, or no pool file" },
		{ -ENOSPC, "the pool has as many records as are allowed, or its disk is full" },
		{ -EDQUOT, "the disk quota is used up" },
		{ -EIO, "the disk failed" },
		{ -ETIMEDOUT, "another program keeps the pool file locked" },
		{ -EBUSY, "another process uses the journal" },
		{ -EINVAL, "the key is empty" },
		{ -EMSGSIZE, "the key or the value is too long" },
		{ -EAGAIN, "the disk must be waited for" },
		{ -ENOMEM, "out of memory" },
	};

	for (size_t i = 0; i < HVG_ELEMENTS(texts); i++)
		if (texts[i].error == error)
			return texts[i].text;
	return "the pool file or its journal could not be used";
}

/* Reading */

static int find_once(struct hvg_poolstore *store, const char *key, bool may_wait,
	struct hvg_poolpick *pick)
{
	int r = hvg_poolview_refresh(&store->view, may_wait);

	*pick = (struct hvg_poolpick)HVG_POOLPICK_INIT;
	return r < 0 ? r : hvg_poolview_find(&store->view, key, may_wait, pick);
}

int hvg_poolstore_find(struct hvg_poolstore *store, const char *key, bool may_wait,
	struct hvg_pool_record *ret)
{
	struct hvg_poolpick pick;
	int r = -ESTALE;

	for (int i = 0; i < TRIES && r == -ESTALE; i++)
		r = find_once(store, key, may_wait, &pick);
	if (r == 0)
		hvg_pool_record_decode(pick.record, ret);
	return r;
}

int hvg_poolstore_rewind(struct hvg_poolstore *store, bool may_wait)
{
	int r = hvg_poolview_refresh(&store->view, may_wait);

	if (r == 0)
		hvg_poolview_rewind(&store->view);
	return r;
}

static int at_once(struct hvg_poolstore *store, uint32_t *position, bool may_wait,
	struct hvg_poolpick *pick)
{
	int r = hvg_poolview_refresh(&store->view, may_wait);

	for (; r == 0; (*position)++) {
		r = hvg_poolview_at(&store->view, position, may_wait, pick);
		if (r == 0 && pick->record[0] != '\0')
			break;
	}
	return r;
}

int hvg_poolstore_at(struct hvg_poolstore *store, uint32_t position, bool may_wait,
	struct hvg_pool_record *ret)
{
	struct hvg_poolpick pick;
	int r = -ESTALE;

	for (int i = 0; i < TRIES && r == -ESTALE; i++)
		r = at_once(store, &position, may_wait, &pick);
	if (r == 0)
		hvg_pool_record_decode(pick.record, ret);
	return r;
}

static int slot_once(struct hvg_poolstore *store, uint32_t slot, bool may_wait,
	struct hvg_poolpick *pick)
{
	int r = hvg_poolview_refresh(&store->view, may_wait);

	return r < 0 ? r : hvg_poolview_slot(&store->view, slot, may_wait, pick);
}

int hvg_poolstore_slot(struct hvg_poolstore *store, uint32_t slot, bool may_wait,
	struct hvg_pool_record *ret)
{
	struct hvg_poolpick pick;
	int r = -ESTALE;

	for (int i = 0; i < TRIES && r == -ESTALE; i++)
		r = slot_once(store, slot, may_wait, &pick);
	if (r == 0)
		hvg_pool_record_decode(pick.record, ret);
	return r;
}

int hvg_poolstore_count(struct hvg_poolstore *store, bool may_wait, uint32_t *ret)
{
	int r = hvg_poolview_refresh(&store->view, may_wait);

	if (r == 0)
		*ret = hvg_poolview_state(&store->view).n;
	return r;
}

int hvg_poolstore_generation(struct hvg_poolstore *store, bool may_wait, uint64_t *ret)
{
	int r = hvg_poolview_refresh(&store->view, may_wait);

	if (r == 0)
		*ret = hvg_poolview_state(&store->view).epoch;
	return r;
}

/* Changing */

int hvg_poolstore_set(struct hvg_poolstore *store, const char *key, const char *value)
{
	return hvg_poolchange_set(&store->writer, key, value, store->max_records);
}

int hvg_poolstore_unset(struct hvg_poolstore *store, const char *key)
{
	return hvg_poolchange_unset(&store->writer, key);
}

int hvg_poolstore_discard_stale(struct hvg_poolstore *store, uint64_t boot_time_realtime_us)
{
	return hvg_poolchange_discard_stale(&store->writer, boot_time_realtime_us);
}

int hvg_poolstore_recover(struct hvg_poolstore *store, struct hvg_poolstore_recovery *ret)
{
	const struct hvg_poolwriter *writer = &store->writer;
	int r;

	r = hvg_poolsession_recover(&store->writer);
	if (r < 0)
		return r;
	if (ret)
		*ret = (struct hvg_poolstore_recovery){
			.n_replayed = writer->n_replayed,
			.n_dropped = writer->n_dropped,
			.n_corrupt = writer->ring.n_corrupt,
		};
	return (int)writer->n_replayed;
}

int hvg_poolstore_settle(struct hvg_poolstore *store)
{
	return hvg_poolsession_settle(&store->writer);
}

bool hvg_poolstore_needs_settle(const struct hvg_poolstore *store)
{
	return __atomic_load_n(&store->writer.has_unsettled, __ATOMIC_RELAXED);
}
