// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What recovery makes of a file and a journal. A record is a letter that fills its key and value, "."
 * a blank one; "(xy)" is a torn one: its first three sectors are of x, the others of y.
 */

#include "suites.h"

#include "base/units.h"
#include "os/poolrecover.h"
#include "pool-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_STEPS 4
#define TORN_AT	  ((size_t)3 * HVG_POOLJOURNAL_SECTOR_SIZE)

struct step {
	uint32_t slot, n_before, n_after;
	char found, record;
};

struct recovered {
	const char *file; /* when it is recovered */
	struct step steps[MAX_STEPS];
	const char *after;
	unsigned int n_replayed, n_dropped;
	uint32_t leftover; /* 0: none */
};

static struct hvg_poolring ring;
static struct hvg_poolhandle *handle;

static void setup(void)
{
	pool_setup();
	ring = (struct hvg_poolring)HVG_POOLRING_INIT;
	ck_assert_int_eq(hvg_poolring_open(&ring, pool_journal), 0);
	ck_assert_int_eq(hvg_poolhandle_open(pool_path, false, &handle), 0);
}

static void teardown(void)
{
	hvg_poolring_close(&ring);
	hvg_poolhandle_unref(handle);
	pool_teardown();
}

static void fill(char letter, uint8_t *ret)
{
	memset(ret, 0, HVG_POOL_RECORD_SIZE);
	if (letter != '.' && letter != '\0') {
		memset(ret, letter, HVG_POOL_KEY_SIZE - 1);
		memset(ret + HVG_POOL_KEY_SIZE, letter, HVG_POOL_VALUE_SIZE - 1);
	}
}

static void write_file(const char *text)
{
	uint8_t record[HVG_POOL_RECORD_SIZE], other[HVG_POOL_RECORD_SIZE];

	for (uint32_t slot = 0; *text != '\0'; slot++, text++) {
		if (*text != '(') {
			fill(*text, record);
		} else {
			fill(text[1], record);
			fill(text[2], other);
			memcpy(record + TORN_AT, other + TORN_AT, sizeof(record) - TORN_AT);
			text += 3;
		}
		ck_assert_int_eq(hvg_poolhandle_write(handle, slot, record), 0);
	}
}

static char letter_of(const uint8_t *record)
{
	uint8_t whole[HVG_POOL_RECORD_SIZE];
	char letter = record[0] == 0 ? '.' : (char)record[0];

	fill(letter, whole);
	return memcmp(record, whole, sizeof(whole)) == 0 ? letter : '?';
}

static const char *read_file(void)
{
	static char text[64];
	uint8_t record[HVG_POOL_RECORD_SIZE];
	struct stat st;
	uint32_t n = 0;

	for (; hvg_poolhandle_read(handle, n, true, record) == 1; n++)
		text[n] = letter_of(record);
	text[n] = '\0';
	ck_assert_int_eq(fstat(handle->fd, &st), 0);
	ck_assert_int_eq(st.st_size, (off_t)n * HVG_POOL_RECORD_SIZE);
	return text;
}

static void write_page(const struct step *step)
{
	struct hvg_pooljournal_page page = {
		.kind = HVG_POOLJOURNAL_CHANGE,
		.slot = step->slot,
		.n_before = step->n_before,
		.n_after = step->n_after,
	};
	uint8_t found[HVG_POOL_RECORD_SIZE];

	fill(step->found, found);
	page.found = hvg_pooljournal_hash(found);
	fill(step->record, page.record);
	ck_assert_int_eq(hvg_poolring_write(&ring, &page), 0);
}

static void prepare(const struct recovered *row)
{
	write_file(row->file);
	for (size_t i = 0; i < MAX_STEPS && row->steps[i].n_before + row->steps[i].n_after > 0; i++)
		write_page(&row->steps[i]);
}

static void check_recovery(const struct recovered *row, bool is_suspect)
{
	struct hvg_poolrecovery recovery;

	ck_assert_int_eq(hvg_poolrecover(&ring, handle, is_suspect, &recovery), 1);
	ck_assert_str_eq(read_file(), row->after);
	ck_assert_uint_eq(recovery.n_replayed, row->n_replayed);
	ck_assert_uint_eq(recovery.n_dropped, row->n_dropped);
	ck_assert_uint_eq(recovery.leftover, row->leftover > 0 ? row->leftover : HVG_POOLINDEX_NONE);

	/* It may die before it is settled, and begin anew. */
	ck_assert_int_eq(hvg_poolrecover(&ring, handle, is_suspect, &recovery), 1);
	ck_assert_str_eq(read_file(), row->after);
}

#define SET(slot, n, found, record)    { slot, n, n, found, record }
#define APPEND(n, record)	       { n, n, (n) + 1, '.', record }
#define REMOVE(slot, n, found, record) { slot, n, (n) - 1, found, record }

static const struct recovered killed[] = {
	{ "abc", { SET(1, 3, 'b', 'x') }, "abc" },
	{ "a(xb)c", { SET(1, 3, 'b', 'x') }, "axc", .n_replayed = 1 },
	{ "axc", { SET(1, 3, 'b', 'x') }, "axc" },
	{ "ayc", { SET(1, 3, 'b', 'x') }, "ayc", .n_dropped = 1 },
	{ "a", { SET(1, 3, 'b', 'x') }, "a" }, /* others have cut it since */
	{ "abc", { APPEND(3, 'x') }, "abc" },
	{ "abc.", { APPEND(3, 'x') }, "abcx", .n_replayed = 1 },
	{ "abc(x.)", { APPEND(3, 'x') }, "abcx", .n_replayed = 1 },
	{ "abc.y", { APPEND(3, 'x') }, "abcxy", .n_replayed = 1 },
	{ "abcx", { APPEND(3, 'x') }, "abcx" },
	{ "abcy", { APPEND(3, 'x') }, "abcy", .n_dropped = 1 },
	{ "abcd", { REMOVE(0, 4, 'a', 'd') }, "abcd" },
	{ "(da)bcd", { REMOVE(0, 4, 'a', 'd') }, "dbc", .n_replayed = 1 },
	{ "dbcd", { REMOVE(0, 4, 'a', 'd') }, "dbc" },
	{ "dbc", { REMOVE(0, 4, 'a', 'd') }, "dbc" },
	{ "dbcy", { REMOVE(0, 4, 'a', 'd') }, "dbcy" },
	{ "dbcde", { REMOVE(0, 4, 'a', 'd') }, "dbcde", .leftover = 3 },
	{ "ybcd", { REMOVE(0, 4, 'a', 'd') }, "ybcd", .n_dropped = 1 },
	{ "abcd", { REMOVE(3, 4, 'd', '.') }, "abcd" }, /* a cut is there, or not */
	{ "abc", { REMOVE(3, 4, 'd', '.') }, "abc" },
	/* Only the newest one can be unfinished. */
	{ "abc", { SET(1, 3, 'b', 'x'), SET(2, 3, 'c', 'y') }, "abc" },
};

START_TEST(completes_what_a_killed_process_had_begun)
{
	prepare(&killed[_i]);
	check_recovery(&killed[_i], false);
}
END_TEST

/* The steps took place in order, but any part of them may have reached the disk. */
static const struct recovered lost[] = {
	{ "abc", { SET(1, 3, 'b', 'x') }, "axc", .n_replayed = 1 },
	{ "a(xb)c", { SET(1, 3, 'b', 'x') }, "axc", .n_replayed = 1 },
	{ "a(bx)c", { SET(1, 3, 'b', 'x') }, "axc", .n_replayed = 1 },
	{ "axc", { SET(1, 3, 'b', 'x') }, "axc" },
	{ "abc", { SET(1, 3, 'b', 'x'), SET(1, 3, 'x', 'y') }, "ayc", .n_replayed = 1 },
	{ "a(bx)c", { SET(1, 3, 'b', 'x'), SET(1, 3, 'x', 'y') }, "ayc", .n_replayed = 1 },
	{ "a(yb)c", { SET(1, 3, 'b', 'x'), SET(2, 3, 'c', 'z') }, "a?z", 1, .n_dropped = 1 },
	{ "", { APPEND(0, 'x') }, "x", .n_replayed = 1 },
	{ "abc", { APPEND(3, 'x'), APPEND(4, 'y') }, "abcxy", .n_replayed = 2 },
	{ "abc..", { APPEND(3, 'x'), APPEND(4, 'y') }, "abcxy", .n_replayed = 2 },
	{ "abc.y", { APPEND(3, 'x'), APPEND(4, 'y') }, "abcxy", .n_replayed = 1 },
	{ "abcd", { REMOVE(0, 4, 'a', 'd') }, "dbc", .n_replayed = 1 },
	{ "dbcd", { REMOVE(0, 4, 'a', 'd') }, "dbc" },
	{ "abc", { REMOVE(0, 4, 'a', 'd') }, "dbc", .n_replayed = 1 }, /* d is in the journal only */
	{ "abcd", { REMOVE(3, 4, 'd', '.') }, "abc" },
	{ "abcd", { REMOVE(3, 4, 'd', '.'), REMOVE(2, 3, 'c', '.') }, "ab" },
	{ "abcd", { REMOVE(3, 4, 'd', '.'), APPEND(3, 'x') }, "abcx", .n_replayed = 1 },
	{ "abc", { APPEND(3, 'x'), REMOVE(0, 4, 'a', 'x') }, "xbc", .n_replayed = 1 },
	{ "abcx", { APPEND(3, 'x'), REMOVE(0, 4, 'a', 'x') }, "xbc", .n_replayed = 1 },
	/* Others wrote later. */
	{ "ayc", { SET(1, 3, 'b', 'x') }, "ayc", .n_dropped = 1 },
	{ "abcdy", { SET(1, 3, 'b', 'x'), APPEND(3, 'd') }, "axcdy", .n_replayed = 1 },
	{ "abc.y", { APPEND(3, 'x') }, "abcxy", .n_replayed = 1 },
	{ "dbcy", { REMOVE(0, 4, 'a', 'd') }, "dbcy" },
	{ "abcdy", { REMOVE(0, 4, 'a', 'd') }, "dbcdy", .n_replayed = 1 },
	{ "", { SET(1, 3, 'b', 'x'), APPEND(3, 'y') }, "" }, /* they emptied it */
	{ "ab", { SET(1, 4, 'b', 'x'), APPEND(4, 'y') }, "ax", .n_replayed = 1 },
	{ "y", { SET(1, 3, 'b', 'x') }, "y" },
};

START_TEST(writes_again_what_a_power_loss_may_have_taken)
{
	prepare(&lost[_i]);
	ring.boot_id[0] ^= 1;
	check_recovery(&lost[_i], false);
}
END_TEST

START_TEST(takes_no_boot_id_for_another_boot)
{
	memset(ring.boot_id, 0, sizeof(ring.boot_id));
	prepare(&lost[_i]);
	check_recovery(&lost[_i], false);
}
END_TEST

START_TEST(writes_again_what_the_disk_refused)
{
	prepare(&lost[_i]);
	check_recovery(&lost[_i], true);
}
END_TEST

START_TEST(leaves_old_content_as_old_as_it_was)
{
	struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	struct stat st;

	prepare(&lost[0]);
	ck_assert_int_eq(futimens(handle->fd, times), 0);
	ring.boot_id[0] ^= 1;
	check_recovery(&lost[0], false);
	ck_assert_int_eq(fstat(handle->fd, &st), 0);
	ck_assert_int_eq(st.st_mtim.tv_sec, 1000000000);
}
END_TEST

START_TEST(has_nothing_to_do_after_a_note)
{
	struct hvg_poolrecovery recovery;

	prepare(&lost[0]);
	ck_assert_int_eq(hvg_poolring_note(&ring), 0);
	ring.boot_id[0] ^= 1;
	ck_assert_int_eq(hvg_poolrecover(&ring, handle, true, &recovery), 0);
	ck_assert_str_eq(read_file(), "abc");
}
END_TEST

START_TEST(forgets_a_step_that_was_taken_back)
{
	struct hvg_poolrecovery recovery;

	prepare(&(struct recovered){ "a(yx)c", { SET(1, 3, 'b', 'x'), SET(1, 3, 'x', 'y') } });
	ck_assert_int_eq(hvg_poolring_void(&ring), 0);
	ck_assert_int_eq(hvg_poolrecover(&ring, handle, false, &recovery), 1);
	ck_assert_str_eq(read_file(), "a?c"); /* somebody else's: the newest step is none */
	write_file("abc");
	ck_assert_int_eq(hvg_poolrecover(&ring, handle, true, &recovery), 1);
	ck_assert_str_eq(read_file(), "axc");
}
END_TEST

Suite *hvg_suite_os_poolrecover(void)
{
	Suite *suite = suite_create("os/poolrecover");
	TCase *tcase = hvg_suite_case(suite, "poolrecover");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, completes_what_a_killed_process_had_begun, 0,
		(int)HVG_ELEMENTS(killed));
	tcase_add_loop_test(tcase, writes_again_what_a_power_loss_may_have_taken, 0,
		(int)HVG_ELEMENTS(lost));
	tcase_add_loop_test(tcase, takes_no_boot_id_for_another_boot, 0, (int)HVG_ELEMENTS(lost));
	tcase_add_loop_test(tcase, writes_again_what_the_disk_refused, 0, (int)HVG_ELEMENTS(lost));
	tcase_add_test(tcase, leaves_old_content_as_old_as_it_was);
	tcase_add_test(tcase, has_nothing_to_do_after_a_note);
	tcase_add_test(tcase, forgets_a_step_that_was_taken_back);
	return suite;
}
