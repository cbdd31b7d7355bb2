// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/bytes.h"
#include "base/units.h"
#include "format/pooljournal.h"

#include <errno.h>
#include <string.h>

#define PAGE HVG_POOLJOURNAL_PAGE_SIZE

static uint8_t found[HVG_POOL_RECORD_SIZE], wrote[HVG_POOL_RECORD_SIZE], now[HVG_POOL_RECORD_SIZE];
static const uint8_t blank[HVG_POOL_RECORD_SIZE];

/* Records that differ in every sector. */
static void setup(void)
{
	memset(found, 'f', sizeof(found));
	memset(wrote, 'w', sizeof(wrote));
	memcpy(now, found, sizeof(now));
}

static struct hvg_pooljournal_page change(uint32_t slot, uint32_t n_before, uint32_t n_after)
{
	struct hvg_pooljournal_page page = {
		.kind = HVG_POOLJOURNAL_CHANGE,
		.sequence = 77,
		.settled = 70,
		.boot_id = { 1, 2, 3 },
		.slot = slot,
		.n_before = n_before,
		.n_after = n_after,
		.found = hvg_pooljournal_hash(found),
	};

	memcpy(page.record, wrote, sizeof(wrote));
	return page;
}

/* A page as somebody may have made it: with a checksum that fits. */
static void patch(uint8_t *bytes, size_t at, uint8_t value)
{
	struct hvg_writer writer;
	uint64_t sum;

	bytes[at] = value;
	sum = hvg_hash64(0, bytes, PAGE - 8);
	hvg_writer_init(&writer, bytes + PAGE - 8, 8);
	hvg_write_le64(&writer, sum);
}

static const struct {
	uint32_t slot, n_before, n_after;
	bool writes, cuts;
} changes[] = {
	{ 3, 10, 10, true, false },  /* in place */
	{ 10, 10, 11, true, false }, /* append */
	{ 0, 0, 1, true, false },
	{ 3, 10, 9, true, true },  /* the last record moves */
	{ 9, 10, 9, false, true }, /* the last record is cut */
	{ 0, 1, 0, false, true },
};

START_TEST(reads_what_was_written)
{
	struct hvg_pooljournal_page page, read;
	uint8_t bytes[PAGE];

	page = change(changes[_i].slot, changes[_i].n_before, changes[_i].n_after);
	memset(bytes, 0xee, sizeof(bytes));
	hvg_pooljournal_encode(&page, bytes);
	ck_assert_int_eq(hvg_pooljournal_decode(bytes, &read), 0);
	ck_assert_int_eq(read.kind, HVG_POOLJOURNAL_CHANGE);
	ck_assert_uint_eq(read.sequence, 77);
	ck_assert_uint_eq(read.settled, 70);
	ck_assert_mem_eq(read.boot_id, page.boot_id, sizeof(page.boot_id));
	ck_assert_uint_eq(read.slot, page.slot);
	ck_assert_uint_eq(read.n_before, page.n_before);
	ck_assert_uint_eq(read.n_after, page.n_after);
	ck_assert_mem_eq(&read.found, &page.found, sizeof(page.found));
	ck_assert_mem_eq(read.record, wrote, sizeof(wrote));
	ck_assert(hvg_pooljournal_page_writes(&read) == changes[_i].writes);
	ck_assert(hvg_pooljournal_page_cuts(&read) == changes[_i].cuts);
}
END_TEST

/* Written by an older version of this program: it must be understood for ever. */
START_TEST(keeps_its_layout)
{
	struct hvg_pooljournal_page page = change(0x0102, 0x0304, 0x0304);
	uint8_t bytes[PAGE];

	hvg_pooljournal_encode(&page, bytes);
	ck_assert_mem_eq(bytes, "HGPOOLJ1\1\0\0\0\2\0\0\0\x4d\0\0\0\0\0\0\0\x46\0\0\0\0\0\0\0\1\2\3", 35);
	ck_assert_mem_eq(bytes + 48, "\2\1\0\0\4\3\0\0\4\3\0\0\0\0\0\0", 16);
	ck_assert_mem_eq(bytes + 512, wrote, sizeof(wrote));
	ck_assert_mem_eq(bytes + 3072, blank, 1016);
}
END_TEST

START_TEST(notices_every_damaged_byte)
{
	struct hvg_pooljournal_page page = change(3, 10, 10), read = { .sequence = 1234 };
	uint8_t bytes[PAGE];

	hvg_pooljournal_encode(&page, bytes);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 0x10;
		ck_assert_int_eq(hvg_pooljournal_decode(bytes, &read), -EBADMSG);
		bytes[i] ^= 0x10;
	}
	ck_assert_uint_eq(read.sequence, 1234);
	ck_assert_int_eq(hvg_pooljournal_decode(bytes, &read), 0);
}
END_TEST

START_TEST(knows_a_page_never_written)
{
	uint8_t bytes[PAGE] = { 0 };
	struct hvg_pooljournal_page read;

	ck_assert_int_eq(hvg_pooljournal_decode(bytes, &read), -ENODATA);
	bytes[PAGE - 1] = 1;
	ck_assert_int_eq(hvg_pooljournal_decode(bytes, &read), -EBADMSG);
}
END_TEST

/* Bytes of a sound page (slot 3 of 10 records) that make it none. */
static const struct {
	size_t at;
	uint8_t value;
} unsound[] = {
	{ 0, 'X' },	  /* magic */
	{ 8, 2 },	  /* version */
	{ 12, 0 },	  /* kind */
	{ 12, 3 },
	{ 16, 0 },	  /* sequence 0 */
	{ 24, 78 },	  /* settled beyond the sequence */
	{ 48, 10 },	  /* slot behind the end */
	{ 52, 8 },	  /* n_before two less than n_after */
	{ 52, 9 },	  /* an append that is not at the end */
	{ 52, 12 },	  /* n_before two more */
	{ 53, 1 },
};

START_TEST(refuses_pages_that_make_no_sense)
{
	struct hvg_pooljournal_page page = change(3, 10, 10), read;
	uint8_t bytes[PAGE];

	hvg_pooljournal_encode(&page, bytes);
	patch(bytes, unsound[_i].at, unsound[_i].value);
	ck_assert_int_eq(hvg_pooljournal_decode(bytes, &read), -EBADMSG);
}
END_TEST

START_TEST(accepts_notes)
{
	struct hvg_pooljournal_page page = { .kind = HVG_POOLJOURNAL_NOTE, .sequence = 5, .settled = 5 };
	struct hvg_pooljournal_page read;
	uint8_t bytes[PAGE];

	hvg_pooljournal_encode(&page, bytes);
	ck_assert_int_eq(hvg_pooljournal_decode(bytes, &read), 0);
	ck_assert(!hvg_pooljournal_page_writes(&read));
	ck_assert(!hvg_pooljournal_page_cuts(&read));
}
END_TEST

/* Which of the five sectors hold what: f found, w written, x anything else. */
static const struct {
	const char *sectors;
	enum hvg_pooljournal_verdict verdict;
	bool is_explained;
} judgements[] = {
	{ "fffff", HVG_POOLJOURNAL_AS_FOUND, true },
	{ "wwwww", HVG_POOLJOURNAL_AS_WRITTEN, true },
	{ "wffff", HVG_POOLJOURNAL_TORN, true },
	{ "ffffw", HVG_POOLJOURNAL_TORN, true },
	{ "fwfwf", HVG_POOLJOURNAL_TORN, true },
	{ "xffff", HVG_POOLJOURNAL_FOREIGN, false },
	{ "wwwwx", HVG_POOLJOURNAL_FOREIGN, false },
	{ "ffxww", HVG_POOLJOURNAL_FOREIGN, false },
	{ "ffff0", HVG_POOLJOURNAL_FOREIGN, false },
};

static void set_sectors(const char *sectors)
{
	for (size_t i = 0; i < HVG_POOLJOURNAL_N_SECTORS; i++)
		memset(now + i * 512, sectors[i] == '0' ? '\0' : sectors[i], 512);
}

START_TEST(judges_a_slot_by_its_sectors)
{
	struct hvg_pooljournal_page page = change(3, 10, 10);

	set_sectors(judgements[_i].sectors);
	ck_assert_int_eq(hvg_pooljournal_judge(&page, now), judgements[_i].verdict);
	ck_assert(hvg_pooljournal_explains(&page, 1, 3, now) == judgements[_i].is_explained);
}
END_TEST

START_TEST(looks_only_at_sectors_that_change)
{
	struct hvg_pooljournal_page page;

	memcpy(wrote, found, 512);
	page = change(3, 10, 10);
	ck_assert_int_eq(hvg_pooljournal_judge(&page, found), HVG_POOLJOURNAL_AS_FOUND);
	ck_assert_int_eq(hvg_pooljournal_judge(&page, wrote), HVG_POOLJOURNAL_AS_WRITTEN);
}
END_TEST

START_TEST(takes_the_same_record_again_for_written)
{
	struct hvg_pooljournal_page page;

	memcpy(wrote, found, sizeof(wrote));
	page = change(3, 10, 10);
	ck_assert_int_eq(hvg_pooljournal_judge(&page, found), HVG_POOLJOURNAL_AS_WRITTEN);
}
END_TEST

START_TEST(expects_zeroes_where_an_append_did_not_come_to_write)
{
	struct hvg_pooljournal_page page = change(10, 10, 11);

	ck_assert_int_eq(hvg_pooljournal_judge(&page, blank), HVG_POOLJOURNAL_AS_FOUND);
	memcpy(now, wrote, sizeof(now));
	memset(now + 1024, 0, 1536);
	ck_assert_int_eq(hvg_pooljournal_judge(&page, now), HVG_POOLJOURNAL_TORN);
	ck_assert(hvg_pooljournal_explains(&page, 1, 10, now));
	ck_assert(hvg_pooljournal_explains(&page, 1, 10, blank));
	ck_assert(!hvg_pooljournal_explains(&page, 1, 9, blank));
}
END_TEST

START_TEST(explains_what_any_change_of_the_window_left)
{
	struct hvg_pooljournal_page pages[] = { change(3, 10, 10), change(3, 10, 10) };

	memset(pages[1].record, 'v', sizeof(pages[1].record));
	pages[1].found = hvg_pooljournal_hash(wrote);
	set_sectors("fwvfv");
	ck_assert(hvg_pooljournal_explains(pages, 2, 3, now));
	ck_assert(!hvg_pooljournal_explains(pages, 1, 3, now));
	ck_assert(!hvg_pooljournal_explains(pages, 2, 4, now));
}
END_TEST

START_TEST(explains_a_record_that_is_still_where_it_moved_from)
{
	struct hvg_pooljournal_page move = change(3, 10, 9), cut = change(9, 10, 9);

	ck_assert(hvg_pooljournal_explains(&move, 1, 9, wrote));
	ck_assert(hvg_pooljournal_explains(&move, 1, 9, blank));
	ck_assert(!hvg_pooljournal_explains(&move, 1, 9, found));
	ck_assert(!hvg_pooljournal_explains(&move, 1, 8, wrote));
	ck_assert(hvg_pooljournal_explains(&cut, 1, 9, found));
	ck_assert(!hvg_pooljournal_explains(&cut, 1, 9, wrote));
}
END_TEST

Suite *hvg_suite_format_pooljournal(void)
{
	Suite *suite = suite_create("format/pooljournal");
	TCase *tcase = hvg_suite_case(suite, "pooljournal");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, reads_what_was_written, 0, (int)HVG_ELEMENTS(changes));
	tcase_add_test(tcase, keeps_its_layout);
	tcase_add_test(tcase, notices_every_damaged_byte);
	tcase_add_test(tcase, knows_a_page_never_written);
	tcase_add_loop_test(tcase, refuses_pages_that_make_no_sense, 0, (int)HVG_ELEMENTS(unsound));
	tcase_add_test(tcase, accepts_notes);
	tcase_add_loop_test(tcase, judges_a_slot_by_its_sectors, 0, (int)HVG_ELEMENTS(judgements));
	tcase_add_test(tcase, looks_only_at_sectors_that_change);
	tcase_add_test(tcase, takes_the_same_record_again_for_written);
	tcase_add_test(tcase, expects_zeroes_where_an_append_did_not_come_to_write);
	tcase_add_test(tcase, explains_what_any_change_of_the_window_left);
	tcase_add_test(tcase, explains_a_record_that_is_still_where_it_moved_from);
	return suite;
}
