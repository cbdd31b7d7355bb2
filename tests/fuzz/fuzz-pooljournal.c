// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A journal of arbitrary bytes next to a pool file of a few records. A page without the right
 * checksum is never applied; and sound pages, whatever they say, take nothing away but what
 * they name, and leave nothing but whole records, of the file or of theirs.
 *
 * The first byte: its lowest bit says whether the rest are bytes of the journal as they are (0)
 * or, eight bytes each, pages to be made, with checksums (1); the next one, whether those are
 * of this boot. The bits above are the number of the file's records.
 */

#include "fuzz.h"

#include "base/bytes.h"
#include "base/units.h"
#include "format/pooljournal.h"
#include "os/bootid.h"
#include "os/poolring.h"
#include "torture/place.h"

#include <stdbool.h>
#include <string.h>

#define PAGE_SIZE     HVG_POOLJOURNAL_PAGE_SIZE
#define RECORD_SIZE   HVG_POOL_RECORD_SIZE
#define CHECKSUM_SIZE 8
#define MAX_RECORDS   12
#define MADE_SIZE     8
#define N_PAGES       HVG_POOLRING_N_PAGES

static struct place place;

static void remove_place(void)
{
	place_remove(&place);
}

static void make_place(void)
{
	if (place.inode != 0)
		return;
	place_make(&place);
	hvg_always(atexit(remove_place) == 0);
}

static void fill(uint8_t letter, uint8_t *ret)
{
	memset(ret, 0, RECORD_SIZE);
	ret[0] = letter;
	memset(ret + HVG_POOL_KEY_SIZE, letter, HVG_POOL_VALUE_SIZE - 1);
}

static bool has_right_checksum(const uint8_t *page)
{
	struct hvg_reader reader;

	hvg_reader_init(&reader, page + PAGE_SIZE - CHECKSUM_SIZE, CHECKSUM_SIZE);
	return hvg_read_le64(&reader) == hvg_hash64(0, page, PAGE_SIZE - CHECKSUM_SIZE);
}

/* The decoder: what it takes has a checksum, and says the same when it is encoded again. */
static void check_decoder(
	const uint8_t *bytes, struct hvg_pooljournal_page *pages, size_t *n_pages)
{
	uint8_t encoded[PAGE_SIZE], record[RECORD_SIZE];
	struct hvg_pooljournal_page page, again;

	if (hvg_pooljournal_decode(bytes, &page) < 0)
		return;
	hvg_always(has_right_checksum(bytes));
	hvg_pooljournal_encode(&page, encoded);
	hvg_always(hvg_pooljournal_decode(encoded, &again) == 0);
	hvg_always(again.sequence == page.sequence && again.slot == page.slot);
	fill('z', record);
	(void)hvg_pooljournal_judge(&page, record);
	(void)hvg_pooljournal_explains(&page, 1, page.slot, record);
	pages[(*n_pages)++] = page;
}

static struct image file_of(size_t n)
{
	struct image file = { 0 };

	image_resize(&file, n * RECORD_SIZE);
	for (size_t i = 0; i < n; i++)
		fill((uint8_t)('a' + i), file.bytes + i * RECORD_SIZE);
	return file;
}

/* One page of eight bytes. Small numbers, so that several pages are about the same slots. */
static void make_page(
	const uint8_t *bytes, bool is_this_boot, const struct image *file, uint8_t *ret)
{
	struct hvg_pooljournal_page page = {
		.kind = bytes[0] % 4 == 0 ? HVG_POOLJOURNAL_NOTE : HVG_POOLJOURNAL_CHANGE,
		.sequence = 1 + bytes[1] % N_PAGES,
		.slot = bytes[3] % MAX_RECORDS,
		.n_before = bytes[4] % MAX_RECORDS,
	};
	uint8_t found[RECORD_SIZE];

	page.settled = bytes[2] % (page.sequence + 1);
	page.n_after = page.n_before + bytes[5] % 3 - (page.n_before > 0);
	if (is_this_boot)
		(void)hvg_bootid_read(page.boot_id);
	fill('a' + bytes[6] % 26, found);
	if (bytes[6] >= 128 && page.slot < file->size / RECORD_SIZE)
		memcpy(found, file->bytes + page.slot * RECORD_SIZE, RECORD_SIZE);
	page.found = hvg_pooljournal_hash(found);
	fill('A' + bytes[7] % 26, page.record);
	hvg_pooljournal_encode(&page, ret + page.sequence % N_PAGES * PAGE_SIZE);
}

static struct image journal_of(
	const uint8_t *bytes, size_t size, uint8_t flags, const struct image *file)
{
	struct image journal = { 0 };

	if (flags % 2 == 0)
		return image_of(bytes, size);
	image_resize(&journal, (size_t)N_PAGES * PAGE_SIZE);
	for (size_t i = 0; i + MADE_SIZE <= size; i += MADE_SIZE)
		make_page(bytes + i, flags & 2, file, journal.bytes);
	return journal;
}

struct journal {
	struct hvg_pooljournal_page pages[N_PAGES];
	size_t n;
};

static void decode_all(const struct image *image, struct journal *ret)
{
	ret->n = 0;
	for (size_t i = 0; i < N_PAGES && (i + 1) * PAGE_SIZE <= image->size; i++)
		check_decoder(image->bytes + i * PAGE_SIZE, ret->pages, &ret->n);
}

static bool is_named(const struct journal *journal, uint32_t slot)
{
	for (size_t i = 0; i < journal->n; i++) {
		const struct hvg_pooljournal_page *page = &journal->pages[i];

		if (page->kind == HVG_POOLJOURNAL_CHANGE &&
			(slot == page->slot || slot >= HVG_MIN(page->n_before, page->n_after)))
			return true;
	}
	return false;
}

static bool is_in(const struct image *file, const uint8_t *record)
{
	for (size_t at = 0; at + RECORD_SIZE <= file->size; at += RECORD_SIZE)
		if (memcmp(file->bytes + at, record, RECORD_SIZE) == 0)
			return true;
	return false;
}

static bool is_of_a_page(const struct journal *journal, const uint8_t *record)
{
	static const uint8_t blank[RECORD_SIZE];

	for (size_t i = 0; i < journal->n; i++)
		if (memcmp(journal->pages[i].record, record, RECORD_SIZE) == 0)
			return true;
	return journal->n > 0 && memcmp(record, blank, sizeof(blank)) == 0;
}

static void check_recovered(const struct journal *journal, const struct image *before)
{
	struct image after = image_read(place.paths[PLACE_POOL]);

	hvg_always(after.size % RECORD_SIZE == 0);
	hvg_always(journal->n > 0 || after.size == before->size);
	for (uint32_t slot = 0; slot < before->size / RECORD_SIZE; slot++)
		hvg_always(is_named(journal, slot) ||
			is_in(&after, before->bytes + (size_t)slot * RECORD_SIZE));
	for (size_t at = 0; at < after.size; at += RECORD_SIZE)
		hvg_always(is_in(before, after.bytes + at) ||
			is_of_a_page(journal, after.bytes + at));
	image_free(&after);
}

static void check_next(struct hvg_poolstore *store)
{
	struct hvg_pool_record record;

	hvg_always(hvg_poolstore_set(store, "next", "value") == 0);
	hvg_always(hvg_poolstore_find(store, "next", true, &record) == 0);
	hvg_always(strcmp(record.value, "value") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct journal journal;
	struct hvg_poolstore *store;
	struct images images;

	if (size < 1 || size - 1 > (size_t)N_PAGES * PAGE_SIZE)
		return 0;
	make_place();
	images.of[PLACE_POOL] = file_of(bytes[0] / 4 % MAX_RECORDS);
	images.of[PLACE_JOURNAL] =
		journal_of(bytes + 1, size - 1, bytes[0], &images.of[PLACE_POOL]);
	decode_all(&images.of[PLACE_JOURNAL], &journal);
	images_write(&place, &images);
	store = place_open(&place);
	hvg_always(hvg_poolstore_recover(store, NULL) >= 0);
	check_recovered(&journal, &images.of[PLACE_POOL]);
	check_next(store);
	hvg_poolstore_free(store);
	images_free(&images);
	return 0;
}
