/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_POOLJOURNAL_H
#define HVG_FORMAT_POOLJOURNAL_H

/*
 * The pages of a pool's journal: each says, before it is done, what one change does to one record
 * of the pool file, and what was there before.
 *
 * A record is five sectors of 512 bytes, and starts at one: no disk writes less, so after a power
 * loss each sector holds what was found or what was written, whatever the size of pages and blocks.
 */

#include "hvguest/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HVG_POOLJOURNAL_PAGE_SIZE   4096
#define HVG_POOLJOURNAL_SECTOR_SIZE 512
#define HVG_POOLJOURNAL_N_SECTORS   (HVG_POOL_RECORD_SIZE / HVG_POOLJOURNAL_SECTOR_SIZE)
#define HVG_POOLJOURNAL_BOOT_SIZE   16

enum hvg_pooljournal_kind {
	HVG_POOLJOURNAL_NOTE = 1,   /* only tells what is settled */
	HVG_POOLJOURNAL_CHANGE = 2,
};

/* One hash for each sector of a record. */
struct hvg_pooljournal_hashes {
	uint64_t of[HVG_POOLJOURNAL_N_SECTORS];
};

/*
 * A change of the file from n_before records to n_after, which differ by one at most. If slot lies
 * below n_after, record is written there; otherwise the change only cuts slot off the end.
 */
struct hvg_pooljournal_page {
	enum hvg_pooljournal_kind kind;
	uint64_t sequence; /* from 1; page SEQUENCE lies at place SEQUENCE % pages of the ring */
	uint64_t settled;  /* all pages up to this one are on the disk in the pool file: void */
	uint8_t boot_id[HVG_POOLJOURNAL_BOOT_SIZE];
	uint32_t slot;
	uint32_t n_before, n_after;
	struct hvg_pooljournal_hashes found; /* slot before; beyond the end, zeroes were found */
	uint8_t record[HVG_POOL_RECORD_SIZE];
};

void hvg_pooljournal_encode(const struct hvg_pooljournal_page *page,
	uint8_t ret[static HVG_POOLJOURNAL_PAGE_SIZE]);

/* -ENODATA for a page never written (all zero), -EBADMSG for one that is none of ours, or torn. */
int hvg_pooljournal_decode(const uint8_t bytes[static HVG_POOLJOURNAL_PAGE_SIZE],
	struct hvg_pooljournal_page *ret);

bool hvg_pooljournal_page_writes(const struct hvg_pooljournal_page *page);
bool hvg_pooljournal_page_cuts(const struct hvg_pooljournal_page *page);

struct hvg_pooljournal_hashes hvg_pooljournal_hash(const uint8_t record[static HVG_POOL_RECORD_SIZE]);

/* What a slot holds, seen from a change that writes there. */
enum hvg_pooljournal_verdict {
	HVG_POOLJOURNAL_AS_FOUND,   /* the write did not begin */
	HVG_POOLJOURNAL_TORN,	    /* part of it is there */
	HVG_POOLJOURNAL_AS_WRITTEN, /* all of it is there */
	HVG_POOLJOURNAL_FOREIGN,    /* somebody else wrote here since */
};

enum hvg_pooljournal_verdict hvg_pooljournal_judge(const struct hvg_pooljournal_page *page,
	const uint8_t now[static HVG_POOL_RECORD_SIZE]);

/*
 * After a power loss a slot may hold, sector by sector, anything that the changes since the last
 * settling found or left there. True if now is made of nothing else, so that writing there loses
 * nobody's data. The pages are changes, in any order.
 */
bool hvg_pooljournal_explains(const struct hvg_pooljournal_page *pages, size_t n_pages,
	uint32_t slot, const uint8_t now[static HVG_POOL_RECORD_SIZE]);

#endif
