// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Journal pages. The format is ours alone; all integers are little-endian:
 *
 *	0	magic, version, kind			8 + 4 + 4
 *	16	sequence, settled			8 + 8
 *	32	boot id					16
 *	48	slot, n_before, n_after, zero		4 x 4
 *	64	hashes of the sectors found		5 x 8
 *	104	zeroes
 *	512	record					2560
 *	3072	zeroes
 *	4088	checksum of all before			8
 */

#include "format/pooljournal.h"

#include "base/bytes.h"
#include "base/units.h"

#include <errno.h>
#include <string.h>

#define MAGIC	UINT64_C(0x314a4c4f4f504748) /* "HGPOOLJ1" */
#define VERSION 1

/* Far beyond any journal's life, and far from where the next one would be 0. */
#define SEQUENCE_MAX (UINT64_MAX / 2)

#define RECORD_OFF   512
#define CHECKSUM_OFF (HVG_POOLJOURNAL_PAGE_SIZE - 8)

_Static_assert(HVG_POOL_RECORD_SIZE % HVG_POOLJOURNAL_SECTOR_SIZE == 0,
	"records begin and end at a sector");

bool hvg_pooljournal_page_writes(const struct hvg_pooljournal_page *page)
{
	return page->kind == HVG_POOLJOURNAL_CHANGE && page->slot < page->n_after;
}

bool hvg_pooljournal_page_cuts(const struct hvg_pooljournal_page *page)
{
	return page->kind == HVG_POOLJOURNAL_CHANGE && page->n_after < page->n_before;
}

void hvg_pooljournal_encode(const struct hvg_pooljournal_page *page,
	uint8_t ret[static HVG_POOLJOURNAL_PAGE_SIZE])
{
	struct hvg_writer writer;

	hvg_writer_init(&writer, ret, HVG_POOLJOURNAL_PAGE_SIZE);
	hvg_write_le64(&writer, MAGIC);
	hvg_write_le32(&writer, VERSION);
	hvg_write_le32(&writer, (uint32_t)page->kind);
	hvg_write_le64(&writer, page->sequence);
	hvg_write_le64(&writer, page->settled);
	hvg_write_bytes(&writer, page->boot_id, sizeof(page->boot_id));
	hvg_write_le32(&writer, page->slot);
	hvg_write_le32(&writer, page->n_before);
	hvg_write_le32(&writer, page->n_after);
	hvg_write_le32(&writer, 0);
	for (size_t i = 0; i < HVG_POOLJOURNAL_N_SECTORS; i++)
		hvg_write_le64(&writer, page->found.of[i]);
	hvg_write_skip(&writer, writer.left - (HVG_POOLJOURNAL_PAGE_SIZE - RECORD_OFF));
	hvg_write_bytes(&writer, page->record, sizeof(page->record));
	hvg_write_skip(&writer, writer.left - 8);
	hvg_write_le64(&writer, hvg_hash64(0, ret, CHECKSUM_OFF));
}

static bool is_blank(const uint8_t *bytes)
{
	for (size_t i = 0; i < HVG_POOLJOURNAL_PAGE_SIZE; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* The checksum vouches for the writer; this, for what recovery takes for granted. */
static bool is_sound(const struct hvg_pooljournal_page *page)
{
	if (page->sequence == 0 || page->sequence > SEQUENCE_MAX || page->settled > page->sequence)
		return false;
	if (page->n_before > HVG_POOL_MAX_RECORDS || page->n_after > HVG_POOL_MAX_RECORDS)
		return false;
	switch (page->kind) {
	case HVG_POOLJOURNAL_NOTE:
		return true;
	case HVG_POOLJOURNAL_CHANGE:
		if (page->n_after == page->n_before)
			return page->slot < page->n_before;
		if (page->n_after > page->n_before)
			return page->n_after - page->n_before == 1 && page->slot == page->n_before;
		return page->n_before - page->n_after == 1 && page->slot < page->n_before;
	}
	return false;
}

int hvg_pooljournal_decode(const uint8_t bytes[static HVG_POOLJOURNAL_PAGE_SIZE],
	struct hvg_pooljournal_page *ret)
{
	struct hvg_pooljournal_page page = { 0 };
	struct hvg_reader reader;
	uint64_t magic;
	uint32_t version;

	hvg_reader_init(&reader, bytes, HVG_POOLJOURNAL_PAGE_SIZE);
	magic = hvg_read_le64(&reader);
	version = hvg_read_le32(&reader);
	page.kind = (enum hvg_pooljournal_kind)hvg_read_le32(&reader);
	page.sequence = hvg_read_le64(&reader);
	page.settled = hvg_read_le64(&reader);
	memcpy(page.boot_id, hvg_read_bytes(&reader, sizeof(page.boot_id)), sizeof(page.boot_id));
	page.slot = hvg_read_le32(&reader);
	page.n_before = hvg_read_le32(&reader);
	page.n_after = hvg_read_le32(&reader);
	hvg_read_skip(&reader, 4);
	for (size_t i = 0; i < HVG_POOLJOURNAL_N_SECTORS; i++)
		page.found.of[i] = hvg_read_le64(&reader);
	hvg_read_skip(&reader, reader.left - (HVG_POOLJOURNAL_PAGE_SIZE - RECORD_OFF));
	memcpy(page.record, hvg_read_bytes(&reader, sizeof(page.record)), sizeof(page.record));
	hvg_read_skip(&reader, reader.left - 8);

	if (hvg_read_le64(&reader) != hvg_hash64(0, bytes, CHECKSUM_OFF))
		return is_blank(bytes) ? -ENODATA : -EBADMSG;
	if (magic != MAGIC || version != VERSION || !is_sound(&page))
		return -EBADMSG;
	*ret = page;
	return 0;
}

static uint64_t hash_sector(const uint8_t *record, size_t i)
{
	return hvg_hash64(0, record + i * HVG_POOLJOURNAL_SECTOR_SIZE, HVG_POOLJOURNAL_SECTOR_SIZE);
}

struct hvg_pooljournal_hashes hvg_pooljournal_hash(const uint8_t record[static HVG_POOL_RECORD_SIZE])
{
	struct hvg_pooljournal_hashes hashes;

	for (size_t i = 0; i < HVG_POOLJOURNAL_N_SECTORS; i++)
		hashes.of[i] = hash_sector(record, i);
	return hashes;
}

static uint64_t hash_of_zeroes(void)
{
	static const uint8_t zeroes[HVG_POOLJOURNAL_SECTOR_SIZE];

	return hvg_hash64(0, zeroes, sizeof(zeroes));
}

enum hvg_pooljournal_verdict hvg_pooljournal_judge(const struct hvg_pooljournal_page *page,
	const uint8_t now[static HVG_POOL_RECORD_SIZE])
{
	struct hvg_pooljournal_hashes written = hvg_pooljournal_hash(page->record);
	struct hvg_pooljournal_hashes is = hvg_pooljournal_hash(now);
	bool appends = page->slot >= page->n_before;
	unsigned int n_old = 0, n_new = 0;

	for (size_t i = 0; i < HVG_POOLJOURNAL_N_SECTORS; i++) {
		uint64_t old = appends ? hash_of_zeroes() : page->found.of[i];

		if (is.of[i] != old && is.of[i] != written.of[i])
			return HVG_POOLJOURNAL_FOREIGN;
		if (old == written.of[i])
			continue;
		if (is.of[i] == old)
			n_old++;
		else
			n_new++;
	}
	if (n_old > 0)
		return n_new > 0 ? HVG_POOLJOURNAL_TORN : HVG_POOLJOURNAL_AS_FOUND;
	return HVG_POOLJOURNAL_AS_WRITTEN;
}

/* Whether this change found or left that sector in that slot. */
static bool explains_sector(const struct hvg_pooljournal_page *page, uint32_t slot, size_t i,
	uint64_t hash)
{
	if (slot >= HVG_MIN(page->n_before, page->n_after) && hash == hash_of_zeroes())
		return true;
	if (slot == page->slot && hash == page->found.of[i])
		return true;
	if (!hvg_pooljournal_page_writes(page))
		return false;
	/* The record that fills a gap came from the end, and may still be there. */
	if (slot != page->slot && !(hvg_pooljournal_page_cuts(page) && slot == page->n_after))
		return false;
	return hash == hash_sector(page->record, i);
}

bool hvg_pooljournal_explains(const struct hvg_pooljournal_page *pages, size_t n_pages,
	uint32_t slot, const uint8_t now[static HVG_POOL_RECORD_SIZE])
{
	for (size_t i = 0; i < HVG_POOLJOURNAL_N_SECTORS; i++) {
		uint64_t hash = hash_sector(now, i);
		bool is_known = false;

		for (size_t k = 0; k < n_pages && !is_known; k++)
			is_known = explains_sector(&pages[k], slot, i, hash);
		if (!is_known)
			return false;
	}
	return true;
}
