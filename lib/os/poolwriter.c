// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A step that fails is undone, in the file and in the journal, so that neither says what was not
 * acknowledged.
 */

#include "os/poolwriter.h"

#include <errno.h>
#include <string.h>

int hvg_poolwriter_init(struct hvg_poolwriter *writer, struct hvg_poolview *view)
{
	*writer = (struct hvg_poolwriter){ .view = view, .ring = HVG_POOLRING_INIT };
	return -pthread_mutex_init(&writer->lock, NULL);
}

void hvg_poolwriter_done(struct hvg_poolwriter *writer)
{
	hvg_poolring_close(&writer->ring);
	(void)pthread_mutex_destroy(&writer->lock);
}

bool hvg_poolwriter_is_current(const struct hvg_poolwriter *writer)
{
	struct hvg_poolstate state = hvg_poolview_state(writer->view);
	struct hvg_poolstamp now;

	return hvg_poolstamp_of_fd(writer->handle->fd, &now) == 0 &&
	       hvg_poolstamp_is_equal(&state.stamp, &now);
}

bool hvg_poolwriter_has_window(const struct hvg_poolwriter *writer)
{
	return writer->ring.sequence != writer->ring.settled;
}

static int flush_file(struct hvg_poolwriter *writer, const struct hvg_poolhandle *handle)
{
	int r = hvg_poolhandle_flush(handle);

	/* A failed flush is reported once, and its pages count as clean afterwards. */
	if (r < 0)
		writer->is_suspect = true;
	return r;
}

int hvg_poolwriter_settle(struct hvg_poolwriter *writer, const struct hvg_poolhandle *handle)
{
	int r = flush_file(writer, handle);

	return r < 0 || !hvg_poolwriter_has_window(writer) ? r : hvg_poolring_note(&writer->ring);
}

/* Room for one more page. The note of it is in that page. */
static int make_room(struct hvg_poolwriter *writer)
{
	int r;

	if (!hvg_poolring_is_full(&writer->ring))
		return 0;
	r = flush_file(writer, writer->handle);
	if (r == 0)
		writer->ring.settled = writer->ring.sequence;
	return r;
}

/*
 * Waits for the disk, the only one to do so. Whoever appends without a lock does it then, if ever:
 * such a record is seen, and the step planned anew.
 */
static int write_page(struct hvg_poolwriter *writer, const struct hvg_poolstep *step)
{
	struct hvg_pooljournal_page page = {
		.kind = HVG_POOLJOURNAL_CHANGE,
		.slot = step->slot,
		.n_before = step->n_before,
		.n_after = step->n_after,
		.found = hvg_pooljournal_hash(step->found),
	};
	int r;

	r = make_room(writer);
	if (r < 0)
		return r;
	memcpy(page.record, step->record, sizeof(page.record));
	r = hvg_poolring_write(&writer->ring, &page);
	if (r < 0 || hvg_poolwriter_is_current(writer))
		return r;
	r = hvg_poolring_void(&writer->ring);
	return r < 0 ? r : -ESTALE;
}

/*
 * A file is made longer before its new record is written: a write can be torn by SIGKILL at each
 * page, and others would append to a torn end, misaligned for ever. A blank record is only blank.
 */
static int write_file(const struct hvg_poolhandle *handle, const struct hvg_poolstep *step)
{
	int r = 0;

	if (step->n_after > step->n_before) {
		r = hvg_poolhandle_resize(handle, step->n_before); /* what others left of a record */
		if (r == 0)
			r = hvg_poolhandle_resize(handle, step->n_after);
	}
	if (r == 0 && step->slot < step->n_after)
		r = hvg_poolhandle_write(handle, step->slot, step->record);
	if (r == 0 && step->n_after < step->n_before)
		r = hvg_poolhandle_resize(handle, step->n_after);
	return r;
}

static int undo_file(const struct hvg_poolhandle *handle, const struct hvg_poolstep *step)
{
	if (step->n_after > step->n_before)
		return hvg_poolhandle_resize(handle, step->n_before);
	if (step->slot < step->n_after)
		return hvg_poolhandle_write(handle, step->slot, step->found);
	return 0;
}

static int do_file(struct hvg_poolwriter *writer, const struct hvg_poolstep *step)
{
	int r = write_file(writer->handle, step);

	if (r == 0)
		return 0;
	if (undo_file(writer->handle, step) < 0)
		writer->is_recovered = false; /* torn: completing it is all that is left */
	else if (hvg_poolwriter_settle(writer, writer->handle) < 0) /* it may be on the disk already */
		(void)hvg_poolring_void(&writer->ring);
	return r;
}

/* Half a record of others at the end stays, unless the number of records changes. */
static uint64_t size_after(struct hvg_poolwriter *writer, const struct hvg_poolstep *step)
{
	if (step->n_after == step->n_before)
		return hvg_poolview_state(writer->view).stamp.size_bytes;
	return (uint64_t)step->n_after * HVG_POOL_RECORD_SIZE;
}

static void end_step(struct hvg_poolwriter *writer, const struct hvg_poolstep *step, int result)
{
	uint64_t size_bytes = size_after(writer, step);
	struct hvg_poolstamp stamp;
	bool is_known = result == 0 && hvg_poolstamp_set_own(writer->handle->fd, &stamp) == 0 &&
			stamp.size_bytes == size_bytes;

	writer->epoch = hvg_poolview_end(writer->view, result, is_known ? &stamp : NULL);
}

int hvg_poolwriter_step(struct hvg_poolwriter *writer, struct hvg_poolstep *step)
{
	int r;

	r = hvg_poolhandle_read(writer->handle, step->slot, true, step->found);
	if (r < 0)
		return r;
	r = hvg_poolview_begin(writer->view, step);
	if (r < 0)
		return r;
	r = write_page(writer, step);
	if (r < 0) {
		hvg_poolview_cancel(writer->view);
		return r;
	}
	r = do_file(writer, step);
	end_step(writer, step, r);
	return r;
}

static int remove_step(struct hvg_poolwriter *writer, struct hvg_poolstep *step)
{
	int r = 0;

	step->epoch = writer->epoch;
	hvg_poolview_plan_removal(writer->view, step);
	if (step->from != HVG_POOLINDEX_NONE)
		r = hvg_poolhandle_read(writer->handle, step->from, true, step->record);
	return r < 0 ? r : hvg_poolwriter_step(writer, step);
}

/*
 * The last record moves into the gap. But if its key stands in several records, and one of them
 * lies between, the last would come before that one and count no longer: so each moves up by one.
 */
int hvg_poolwriter_remove(struct hvg_poolwriter *writer, uint32_t slot)
{
	struct hvg_poolstep step = { .slot = slot };
	int r;

	while (r = remove_step(writer, &step), r == 0 && step.n_after == step.n_before)
		step.slot = step.from;
	return r;
}
