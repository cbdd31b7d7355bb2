// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * One deadline for all locks. Whatever turns out to be outdated under them is begun anew, a few
 * times.
 */

#include "os/poolsession.h"

#include "base/units.h"
#include "os/clock.h"
#include "os/poollock.h"
#include "os/poolrecover.h"

#include <errno.h>
#include <time.h>

#define TRIES 4

static int lock_writer(struct hvg_poolwriter *writer, uint64_t deadline_us)
{
	struct timespec deadline = {
		.tv_sec = (time_t)(deadline_us / HVG_USEC_PER_SEC),
		.tv_nsec = (long)(deadline_us % HVG_USEC_PER_SEC * HVG_NSEC_PER_USEC),
	};

	return -pthread_mutex_clocklock(&writer->lock, CLOCK_MONOTONIC, &deadline);
}

/* Tells the other threads, and lets the next change in. */
static void unlock_writer(struct hvg_poolwriter *writer)
{
	__atomic_store_n(&writer->has_unsettled, hvg_poolwriter_has_window(writer), __ATOMIC_RELAXED);
	(void)pthread_mutex_unlock(&writer->lock);
}

static int open_ring(struct hvg_poolwriter *writer)
{
	if (!writer->journal_path)
		return -EROFS;
	return hvg_poolring_is_open(&writer->ring) ?
		       0 :
		       hvg_poolring_open(&writer->ring, writer->journal_path);
}

static int recover(struct hvg_poolwriter *writer, uint32_t *ret_leftover)
{
	struct hvg_poolrecovery recovery;
	int r;

	r = hvg_poolrecover(&writer->ring, writer->handle, writer->is_suspect, &recovery);
	if (r > 0)
		r = hvg_poolwriter_settle(writer, writer->handle);
	if (r < 0)
		return r;
	writer->is_recovered = true;
	writer->is_suspect = false;
	writer->n_replayed += recovery.n_replayed;
	writer->n_dropped += recovery.n_dropped;
	*ret_leftover = recovery.leftover;
	return 0;
}

static int lock_file(struct hvg_poolwriter *writer, uint64_t deadline_us)
{
	struct hvg_poolhandle *handle;
	int r;

	r = hvg_poolview_refresh(writer->view, true);
	if (r < 0)
		return r;
	handle = hvg_poolview_handle(writer->view);
	if (!handle)
		return -ENOENT;
	r = handle->why_read_only;
	if (r == 0)
		r = hvg_poollock_take(handle->fd, deadline_us);
	if (r < 0) {
		hvg_poolhandle_unref(handle);
		return r;
	}
	writer->handle = handle;
	return 0;
}

static void unlock_file(struct hvg_poolwriter *writer)
{
	hvg_poollock_release(writer->handle->fd);
	hvg_poolhandle_unref(writer->handle);
	writer->handle = NULL;
}

static bool is_recovery_due(const struct hvg_poolwriter *writer)
{
	return !writer->is_recovered || writer->is_suspect;
}

/*
 * With the locks. Recovery relies on it that what a page says it found is on the disk, or was left by
 * the page before: where others wrote in between, and perhaps flushed nothing, that is settled first.
 */
static int prepare(struct hvg_poolwriter *writer)
{
	uint32_t leftover = HVG_POOLINDEX_NONE;
	uint64_t epoch;
	int r = 0;

	if (is_recovery_due(writer))
		r = recover(writer, &leftover);
	if (r == 0)
		r = hvg_poolview_make_sure(writer->view);
	if (r < 0)
		return r;
	if (!hvg_poolwriter_is_current(writer))
		return -ESTALE;

	epoch = hvg_poolview_state(writer->view).epoch;
	if (epoch != writer->epoch)
		r = hvg_poolwriter_settle(writer, writer->handle);
	if (r < 0)
		return r;
	writer->epoch = epoch;
	return leftover == HVG_POOLINDEX_NONE ? 0 : hvg_poolwriter_remove(writer, leftover);
}

/* Whoever replaces the file under our locks has an older copy of it, and we have changed a ghost. */
static bool was_replaced(const struct hvg_poolwriter *writer)
{
	struct hvg_poolstamp now;

	return hvg_poolstamp_of_path(writer->view->path, &now) == 0 &&
	       !hvg_poolstamp_is_same_file(&now, &writer->handle->stamp);
}

static int run_once(struct hvg_poolwriter *writer, uint64_t deadline_us, hvg_pooldeed_fn *deed,
	const void *argument)
{
	int r;

	r = lock_file(writer, deadline_us);
	if (r < 0)
		return r;
	r = prepare(writer);
	if (r == 0)
		r = deed(writer, argument);
	if (r >= 0 && was_replaced(writer))
		r = -ESTALE;
	unlock_file(writer);
	return r;
}

int hvg_poolsession_run(struct hvg_poolwriter *writer, hvg_pooldeed_fn *deed, const void *argument)
{
	uint64_t deadline_us = hvg_clock_now_us() + writer->lock_timeout_us;
	int r;

	r = lock_writer(writer, deadline_us);
	if (r < 0)
		return r;
	r = open_ring(writer);
	if (r == 0)
		r = -ESTALE;
	for (int i = 0; i < TRIES && r == -ESTALE; i++)
		r = run_once(writer, deadline_us, deed, argument);
	unlock_writer(writer);
	return r;
}

static int do_nothing(struct hvg_poolwriter *writer, const void *argument)
{
	return 0;
}

int hvg_poolsession_recover(struct hvg_poolwriter *writer)
{
	bool is_due;
	int r;

	r = lock_writer(writer, hvg_clock_now_us() + writer->lock_timeout_us);
	if (r < 0)
		return r;
	r = open_ring(writer);
	if (r == 0 && !hvg_poolwriter_has_window(writer))
		writer->is_recovered = true;
	is_due = is_recovery_due(writer);
	unlock_writer(writer);
	return r < 0 || !is_due ? r : hvg_poolsession_run(writer, do_nothing, NULL);
}

static int settle(struct hvg_poolwriter *writer)
{
	struct hvg_poolhandle *handle = hvg_poolview_handle(writer->view);
	int r;

	/* Where there is no file any more, nothing is left to lose. */
	r = handle ? hvg_poolwriter_settle(writer, handle) : hvg_poolring_note(&writer->ring);
	hvg_poolhandle_unref(handle);
	return r;
}

int hvg_poolsession_settle(struct hvg_poolwriter *writer)
{
	bool has_window, is_due;
	int r;

	r = lock_writer(writer, hvg_clock_now_us() + writer->lock_timeout_us);
	if (r < 0)
		return r;
	has_window = hvg_poolwriter_has_window(writer);
	is_due = is_recovery_due(writer);
	if (has_window && !is_due)
		r = settle(writer);
	unlock_writer(writer);
	return has_window && is_due ? hvg_poolsession_run(writer, do_nothing, NULL) : r;
}
