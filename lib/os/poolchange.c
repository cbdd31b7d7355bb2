// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What a key's last record says is its value. So set writes that one first, and unset removes it
 * last: whenever it ends, the key has its old value or its new one.
 */

#include "os/poolchange.h"

#include "base/units.h"
#include "os/poolsession.h"

#include <errno.h>
#include <string.h>

struct set {
	const char *key;
	uint32_t max_records;
	uint8_t record[HVG_POOL_RECORD_SIZE];
};

/*
 * All but the last record of the key, the later ones first: so the gap that one leaves is filled by
 * a record that is removed next, if at all.
 */
static int remove_former(struct hvg_poolwriter *writer, const char *key)
{
	int r;

	do {
		struct hvg_poolpick pick = HVG_POOLPICK_INIT;

		r = hvg_poolview_find(writer->view, key, true, &pick);
		if (r == 0)
			r = hvg_poolview_find(writer->view, key, true, &pick);
		if (r == 0)
			r = hvg_poolwriter_remove(writer, pick.slot);
	} while (r == 0);
	return r == -ENOENT ? 0 : r;
}

/* In its place, or at the end. */
static int write_record(struct hvg_poolwriter *writer, const struct set *set)
{
	struct hvg_poolpick pick = HVG_POOLPICK_INIT;
	struct hvg_poolstep step = { .from = HVG_POOLINDEX_NONE };
	int r;

	r = hvg_poolview_find(writer->view, set->key, true, &pick);
	if (r < 0 && r != -ENOENT)
		return r;
	step.epoch = pick.epoch;
	step.n_before = step.n_after = pick.n;
	step.slot = pick.slot;
	if (r == -ENOENT) {
		if (pick.n >= set->max_records)
			return -ENOSPC;
		step.slot = step.n_after++;
		step.hash = hvg_poolindex_hash(set->key);
	}
	memcpy(step.record, set->record, sizeof(step.record));
	return hvg_poolwriter_step(writer, &step);
}

static int do_set(struct hvg_poolwriter *writer, const void *argument)
{
	const struct set *set = argument;
	int r;

	r = write_record(writer, set);
	if (r < 0)
		return r;

	/* The key has its value: what remains of others' duplicates does not count any more. */
	r = remove_former(writer, set->key);
	return r == -ESTALE ? r : 0;
}

int hvg_poolchange_set(struct hvg_poolwriter *writer, const char *key, const char *value,
	uint32_t max_records)
{
	struct set set = { .key = key, .max_records = max_records };
	int r = hvg_pool_record_encode(key, value, set.record);

	return r < 0 ? r : hvg_poolsession_run(writer, do_set, &set);
}

static int do_unset(struct hvg_poolwriter *writer, const void *argument)
{
	struct hvg_poolpick pick = HVG_POOLPICK_INIT;
	const char *key = argument;
	int r;

	r = remove_former(writer, key);
	if (r == 0)
		r = hvg_poolview_find(writer->view, key, true, &pick);
	return r < 0 ? r : hvg_poolwriter_remove(writer, pick.slot);
}

int hvg_poolchange_unset(struct hvg_poolwriter *writer, const char *key)
{
	return key[0] == '\0' ? -EINVAL : hvg_poolsession_run(writer, do_unset, key);
}

static int do_discard(struct hvg_poolwriter *writer, const void *argument)
{
	const uint64_t *boot_time_us = argument;
	struct hvg_poolstamp stamp;
	uint64_t written_us;
	int r;

	r = hvg_poolstamp_of_fd(writer->handle->fd, &stamp);
	if (r < 0)
		return r;
	written_us = (uint64_t)stamp.written.tv_sec * HVG_USEC_PER_SEC +
		     (uint64_t)stamp.written.tv_nsec / HVG_NSEC_PER_USEC;
	if (stamp.size_bytes == 0 || written_us >= *boot_time_us)
		return 0;
	r = hvg_poolhandle_resize(writer->handle, 0);
	if (r == 0)
		r = hvg_poolwriter_settle(writer, writer->handle);
	return r < 0 ? r : 1;
}

int hvg_poolchange_discard_stale(struct hvg_poolwriter *writer, uint64_t boot_time_realtime_us)
{
	return hvg_poolsession_run(writer, do_discard, &boot_time_realtime_us);
}
