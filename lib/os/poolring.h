/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_POOLRING_H
#define HVG_OS_POOLRING_H

/*
 * The journal of one pool: a file of 32 pages, written in turn. A page is *settled* once what it
 * says is on the disk in the pool file; then its place may be used again. The pages that are not
 * are the window. The caller serializes.
 */

#include "format/pooljournal.h"

#include <stdbool.h>
#include <stdint.h>

#define HVG_POOLRING_N_PAGES 32

struct hvg_poolring {
	int fd;
	uint64_t sequence; /* of the newest page; 0: none yet */
	uint64_t settled;
	unsigned int n_corrupt; /* pages that could not be read when the ring was opened */
	uint8_t boot_id[HVG_POOLJOURNAL_BOOT_SIZE];
};

#define HVG_POOLRING_INIT { .fd = -EBADF }

/*
 * Opens the journal, made if it is not there, with its space allocated: writing a page cannot meet
 * a full disk (except on file systems that never write in place). -EBUSY if another process uses it.
 */
int hvg_poolring_open(struct hvg_poolring *ring, const char *path);
void hvg_poolring_close(struct hvg_poolring *ring);

bool hvg_poolring_is_open(const struct hvg_poolring *ring);

/* No place is left: the window must be settled first. */
bool hvg_poolring_is_full(const struct hvg_poolring *ring);

/*
 * Writes a change as the newest page, durable when this returns. Sequence, settled and boot_id are
 * filled in. On failure the page is void.
 */
int hvg_poolring_write(struct hvg_poolring *ring, struct hvg_pooljournal_page *change);

/* Everything up to the newest page is settled now. Durable when this returns. */
int hvg_poolring_note(struct hvg_poolring *ring);

/* The newest page was not done after all. */
int hvg_poolring_void(struct hvg_poolring *ring);

/*
 * The changes of the window, oldest first. Returns their number; the caller frees *ret_pages.
 * Those that cannot be read are left out.
 */
int hvg_poolring_window(const struct hvg_poolring *ring, struct hvg_pooljournal_page **ret_pages);

#endif
