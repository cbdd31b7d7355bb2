// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "os/poolring.h"
#include "pool-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N HVG_POOLRING_N_PAGES

static struct hvg_poolring ring;

static void open_ring(void)
{
	ring = (struct hvg_poolring)HVG_POOLRING_INIT;
	ck_assert_int_eq(hvg_poolring_open(&ring, pool_journal), 0);
}

static void setup(void)
{
	pool_setup();
	open_ring();
}

static void teardown(void)
{
	hvg_poolring_close(&ring);
	pool_teardown();
}

static void reopen(void)
{
	hvg_poolring_close(&ring);
	open_ring();
}

/* A change that is known by its slot. */
static void write_changes(uint32_t from, uint32_t to)
{
	for (uint32_t slot = from; slot < to; slot++) {
		struct hvg_pooljournal_page page = {
			.kind = HVG_POOLJOURNAL_CHANGE,
			.slot = slot,
			.n_before = 1000,
			.n_after = 1000,
		};

		ck_assert_int_eq(hvg_poolring_write(&ring, &page), 0);
	}
}

static void check_window(uint32_t from, uint32_t to)
{
	struct hvg_pooljournal_page *pages;
	int n = hvg_poolring_window(&ring, &pages);

	ck_assert_int_eq(n, (int)(to - from));
	for (int i = 0; i < n; i++)
		ck_assert_uint_eq(pages[i].slot, from + (uint32_t)i);
	free(pages);
}

START_TEST(makes_a_journal_that_only_its_owner_can_read)
{
	struct stat st;

	ck_assert_int_eq(stat(pool_journal, &st), 0);
	ck_assert_int_eq(st.st_size, N * HVG_POOLJOURNAL_PAGE_SIZE);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_ge(st.st_blocks * 512, st.st_size); /* a full disk is met now, or never */
	ck_assert(!hvg_poolring_is_full(&ring));
	check_window(0, 0);
}
END_TEST

START_TEST(remembers_its_window)
{
	write_changes(0, 5);
	check_window(0, 5);
	reopen();
	ck_assert_uint_eq(ring.sequence, 5);
	check_window(0, 5);
}
END_TEST

START_TEST(begins_a_new_window_with_a_note)
{
	write_changes(0, 5);
	ck_assert_int_eq(hvg_poolring_note(&ring), 0);
	check_window(0, 0);
	reopen();
	check_window(0, 0);
	write_changes(7, 9);
	reopen();
	check_window(7, 9);
}
END_TEST

START_TEST(is_full_when_no_page_is_settled)
{
	write_changes(0, N - 1);
	ck_assert(!hvg_poolring_is_full(&ring));
	write_changes(N - 1, N);
	ck_assert(hvg_poolring_is_full(&ring));
	reopen();
	ck_assert(hvg_poolring_is_full(&ring));
	check_window(0, N);
}
END_TEST

START_TEST(goes_round)
{
	for (uint32_t i = 0; i < 10; i++) {
		write_changes(i * N, (i + 1) * N);
		check_window(i * N, (i + 1) * N);
		ring.settled = ring.sequence; /* the next page says so */
	}
	write_changes(10 * N, 10 * N + 3);
	reopen();
	ck_assert_uint_eq(ring.sequence, 10 * N + 3);
	check_window(10 * N, 10 * N + 3);
}
END_TEST

START_TEST(takes_a_page_back)
{
	write_changes(0, 3);
	ck_assert_int_eq(hvg_poolring_void(&ring), 0);
	check_window(0, 2);
	reopen();
	check_window(0, 2);
	ck_assert_uint_eq(ring.sequence, 3);
}
END_TEST

/* A page that a power loss tore lies where a settled one was, and was never acknowledged. */
START_TEST(forgets_a_torn_page)
{
	write_changes(0, 3);
	pool_write(pool_journal, "", 0, 0);
	ck_assert_int_eq(pwrite(ring.fd, "torn", 4, 3 * HVG_POOLJOURNAL_PAGE_SIZE + 1000), 4);
	reopen();
	ck_assert_uint_eq(ring.n_corrupt, 1);
	ck_assert_uint_eq(ring.sequence, 2);
	check_window(0, 2);
}
END_TEST

/* A copy of a page, somewhere else in the ring, must not count. */
START_TEST(refuses_a_page_in_the_wrong_place)
{
	uint8_t bytes[HVG_POOLJOURNAL_PAGE_SIZE];

	write_changes(0, 3);
	ck_assert_int_eq(pread(ring.fd, bytes, sizeof(bytes), 2 * sizeof(bytes)), sizeof(bytes));
	ck_assert_int_eq(pwrite(ring.fd, bytes, sizeof(bytes), 9 * sizeof(bytes)), sizeof(bytes));
	reopen();
	ck_assert_uint_eq(ring.n_corrupt, 1);
	check_window(0, 3);
}
END_TEST

START_TEST(counts_what_it_cannot_read)
{
	pool_write(pool_journal, "no journal at all", 17, 0);
	reopen();
	ck_assert_uint_eq(ring.n_corrupt, 1);
	ck_assert_uint_eq(ring.sequence, 0);
	write_changes(0, 3);
	check_window(0, 3);
}
END_TEST

START_TEST(makes_a_short_journal_whole)
{
	write_changes(0, 5);
	hvg_poolring_close(&ring);
	ck_assert_int_eq(truncate(pool_journal, 4 * HVG_POOLJOURNAL_PAGE_SIZE + 100), 0);
	open_ring();
	ck_assert_uint_eq(ring.n_corrupt, 0);
	check_window(0, 3); /* page 0 of the file is that of sequence 32 */
	write_changes(0, N - 3);
	ck_assert(hvg_poolring_is_full(&ring));
}
END_TEST

START_TEST(belongs_to_one_process)
{
	struct hvg_poolring other = HVG_POOLRING_INIT;

	ck_assert_int_eq(hvg_poolring_open(&other, pool_journal), -EBUSY);
	hvg_poolring_close(&other);
	hvg_poolring_close(&ring);
	ck_assert_int_eq(hvg_poolring_open(&other, pool_journal), 0);
	hvg_poolring_close(&other);
}
END_TEST

START_TEST(is_a_file_and_no_link_to_one)
{
	struct hvg_poolring other = HVG_POOLRING_INIT;
	char path[128];

	snprintf(path, sizeof(path), "%s/link", pool_folder);
	ck_assert_int_eq(symlink(pool_journal, path), 0);
	ck_assert_int_eq(hvg_poolring_open(&other, path), -ELOOP);
	snprintf(path, sizeof(path), "%s/fifo", pool_folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(hvg_poolring_open(&other, path), -EBADFD);
	ck_assert_int_eq(hvg_poolring_open(&other, "/nowhere/journal"), -ENOENT);
	ck_assert(!hvg_poolring_is_open(&other));
}
END_TEST

Suite *hvg_suite_os_poolring(void)
{
	Suite *suite = suite_create("os/poolring");
	TCase *tcase = hvg_suite_case(suite, "poolring");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, makes_a_journal_that_only_its_owner_can_read);
	tcase_add_test(tcase, remembers_its_window);
	tcase_add_test(tcase, begins_a_new_window_with_a_note);
	tcase_add_test(tcase, is_full_when_no_page_is_settled);
	tcase_add_test(tcase, goes_round);
	tcase_add_test(tcase, takes_a_page_back);
	tcase_add_test(tcase, forgets_a_torn_page);
	tcase_add_test(tcase, refuses_a_page_in_the_wrong_place);
	tcase_add_test(tcase, counts_what_it_cannot_read);
	tcase_add_test(tcase, makes_a_short_journal_whole);
	tcase_add_test(tcase, belongs_to_one_process);
	tcase_add_test(tcase, is_a_file_and_no_link_to_one);
	return suite;
}
