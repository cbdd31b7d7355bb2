// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Two ways to die, two recoveries.
 *
 * The process was killed. What it wrote is in the kernel's memory, in order; only the write it died
 * in may be torn, and that is the newest page. It was never acknowledged: a write that had begun is
 * completed, one that had not is forgotten.
 *
 * The power was lost. Any part of what the window's changes wrote may be missing from the disk, in
 * any order, down to sectors, and the file may have any size it had meanwhile. All of them are
 * written again, the last one to each slot. Each slot is first looked at: what the window's changes
 * do not explain was written by somebody else after them, and stays. (When others wrote before a
 * change of ours, the writer settled the file as it was then: what a page found there is on the disk,
 * and no window spans a foreign write that the writer saw.)
 *
 * Both may die in the middle and are begun anew: they only write what they accept.
 */

#include "os/poolrecover.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct recovery {
	const struct hvg_poolhandle *handle;
	const struct hvg_pooljournal_page *pages;
	size_t n_pages;
	uint32_t n; /* records in the file now */
	struct hvg_poolrecovery *result;
};

static int read_slot(const struct recovery *recovery, uint32_t slot, uint8_t *ret)
{
	int r = hvg_poolhandle_read(recovery->handle, slot, true, ret);

	return r < 0 ? r : 0;
}

static int write_slot(struct recovery *recovery, uint32_t slot, const uint8_t *record)
{
	int r;

	/* Never a torn end: others would append behind it. */
	if (slot >= recovery->n) {
		r = hvg_poolhandle_resize(recovery->handle, slot + 1);
		if (r < 0)
			return r;
		recovery->n = slot + 1;
	}
	return hvg_poolhandle_write(recovery->handle, slot, record);
}

/* A record that moved down is still at its old place. Others may have appended behind it. */
static int finish_cut(struct recovery *recovery, const struct hvg_pooljournal_page *page)
{
	uint8_t last[HVG_POOL_RECORD_SIZE];
	int r;

	if (recovery->n <= page->n_after)
		return 0;
	r = read_slot(recovery, page->n_after, last);
	if (r < 0)
		return r;
	if (memcmp(last, page->record, sizeof(last)) != 0)
		return 0;
	if (recovery->n > page->n_before) {
		recovery->result->leftover = page->n_after;
		return 0;
	}
	return hvg_poolhandle_resize(recovery->handle, page->n_after);
}

static int finish_write(struct recovery *recovery, const struct hvg_pooljournal_page *page)
{
	recovery->result->n_replayed++;
	return write_slot(recovery, page->slot, page->record);
}

static int finish(struct recovery *recovery, const struct hvg_pooljournal_page *page)
{
	uint8_t now[HVG_POOL_RECORD_SIZE];
	int r;

	/* A change that only cuts is done, or not, at once; one behind the end did not begin. */
	if (!hvg_pooljournal_page_writes(page) || page->slot >= recovery->n)
		return 0;
	r = read_slot(recovery, page->slot, now);
	if (r < 0)
		return r;

	switch (hvg_pooljournal_judge(page, now)) {
	case HVG_POOLJOURNAL_AS_FOUND:
		/* Unless the file was already made longer, for a record that did not follow. */
		if (page->slot < page->n_before)
			return 0;
		return finish_write(recovery, page);
	case HVG_POOLJOURNAL_TORN:
		r = finish_write(recovery, page);
		if (r < 0)
			return r;
		break;
	case HVG_POOLJOURNAL_AS_WRITTEN:
		break;
	case HVG_POOLJOURNAL_FOREIGN:
		recovery->result->n_dropped++;
		return 0;
	}
	return hvg_pooljournal_page_cuts(page) ? finish_cut(recovery, page) : 0;
}

/* What the last change to a slot wrote there, unless the slot lies behind the end by now. */
static bool is_final(const struct recovery *recovery, size_t i)
{
	uint32_t slot = recovery->pages[i].slot;

	if (!hvg_pooljournal_page_writes(&recovery->pages[i]) ||
		slot >= recovery->pages[recovery->n_pages - 1].n_after)
		return false;
	for (size_t k = i + 1; k < recovery->n_pages; k++)
		if (hvg_pooljournal_page_writes(&recovery->pages[k]) &&
			recovery->pages[k].slot == slot)
			return false;
	return true;
}

static bool was_cut_by_others(const struct recovery *recovery)
{
	for (size_t i = 0; i < recovery->n_pages; i++)
		if (recovery->n >= recovery->pages[i].n_before ||
			recovery->n >= recovery->pages[i].n_after)
			return false;
	return true;
}

/* Writes even what can be read already: a suspect file may have it in memory only. */
static int redo(struct recovery *recovery, const struct hvg_pooljournal_page *page)
{
	uint8_t now[HVG_POOL_RECORD_SIZE] = { 0 };
	int r;

	if (page->slot < recovery->n) {
		r = read_slot(recovery, page->slot, now);
		if (r < 0)
			return r;
		if (!hvg_pooljournal_explains(recovery->pages, recovery->n_pages, page->slot, now)) {
			recovery->result->n_dropped++;
			return 0;
		}
	}
	if (memcmp(now, page->record, sizeof(now)) != 0)
		recovery->result->n_replayed++;
	return write_slot(recovery, page->slot, page->record);
}

/* Whatever is behind the last record of ours and is ours too should be gone. */
static int redo_cuts(struct recovery *recovery)
{
	uint32_t n_final = recovery->pages[recovery->n_pages - 1].n_after, n = recovery->n;
	uint8_t now[HVG_POOL_RECORD_SIZE];
	int r;

	for (; n > n_final; n--) {
		r = read_slot(recovery, n - 1, now);
		if (r < 0)
			return r;
		if (!hvg_pooljournal_explains(recovery->pages, recovery->n_pages, n - 1, now))
			break;
	}
	return n < recovery->n ? hvg_poolhandle_resize(recovery->handle, n) : 0;
}

static int redo_all(struct recovery *recovery)
{
	bool was_cut = was_cut_by_others(recovery);
	uint32_t n_found = recovery->n;
	struct stat st;
	int r;

	if (fstat(recovery->handle->fd, &st) < 0)
		return -errno;
	for (size_t i = 0; i < recovery->n_pages; i++) {
		if (!is_final(recovery, i) || (was_cut && recovery->pages[i].slot >= n_found))
			continue;
		r = redo(recovery, &recovery->pages[i]);
		if (r < 0)
			return r;
	}
	r = was_cut ? 0 : redo_cuts(recovery);
	if (r < 0)
		return r;

	/* The content is as old as it was: what is older than this boot may be stale. */
	(void)futimens(recovery->handle->fd,
		(struct timespec[]){ { .tv_nsec = UTIME_OMIT }, st.st_mtim });
	return 0;
}

/* Without a boot id, this is another boot. */
static bool is_this_boot(const struct hvg_poolring *ring, const struct hvg_pooljournal_page *page)
{
	static const uint8_t unknown[HVG_POOLJOURNAL_BOOT_SIZE];

	return memcmp(page->boot_id, ring->boot_id, sizeof(unknown)) == 0 &&
	       memcmp(page->boot_id, unknown, sizeof(unknown)) != 0;
}

int hvg_poolrecover(const struct hvg_poolring *ring, const struct hvg_poolhandle *handle,
	bool is_suspect, struct hvg_poolrecovery *ret)
{
	_cleanup_free_ struct hvg_pooljournal_page *pages = NULL;
	struct recovery recovery = { .handle = handle, .result = ret };
	const struct hvg_pooljournal_page *newest;
	struct hvg_poolstamp stamp;
	int n, r;

	*ret = (struct hvg_poolrecovery){ .leftover = HVG_POOLINDEX_NONE };
	n = hvg_poolring_window(ring, &pages);
	if (n <= 0)
		return n;
	r = hvg_poolstamp_of_fd(handle->fd, &stamp);
	if (r < 0)
		return r;

	recovery.pages = pages;
	recovery.n_pages = (size_t)n;
	recovery.n = (uint32_t)hvg_pool_records_in(stamp.size_bytes);
	newest = &pages[n - 1];
	if (is_suspect || !is_this_boot(ring, newest))
		r = redo_all(&recovery);
	else if (newest->sequence == ring->sequence)
		r = finish(&recovery, newest);
	return r < 0 ? r : 1;
}
