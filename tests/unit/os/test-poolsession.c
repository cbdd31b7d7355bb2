// SPDX-License-Identifier: LGPL-2.1-or-later

/* Locks, and who waits for whom. */

#include "suites.h"

#include "base/units.h"
#include "os/clock.h"
#include "os/sandbox.h"
#include "pool-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>

#define SHORT_US UINT64_C(100000)
#define LONG_US	 UINT64_C(20000000)

START_TEST(gives_up_on_a_file_that_stays_locked)
{
	struct pool_holder holder = pool_hold((enum pool_lock)_i);
	uint64_t begin;

	pool_append("a", "1");
	pool_open(0, SHORT_US);
	begin = hvg_clock_now_us();
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "2"), -ETIMEDOUT);
	ck_assert_uint_ge(hvg_clock_now_us() - begin, SHORT_US);
	ck_assert_uint_lt(hvg_clock_now_us() - begin, LONG_US);
	check_value("a", "1");
	ck_assert_str_eq(pool_shown(), "a=1");
	ck_assert_int_eq(hvg_poolstore_unset(store, "a"), -ETIMEDOUT);
	pool_let_go(&holder);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "2"), 0);
	ck_assert_str_eq(pool_text(), "a=2");
}
END_TEST

START_TEST(leaves_no_lock_behind)
{
	struct pool_holder holder;

	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
	ck_assert_int_eq(hvg_poolstore_unset(store, "b"), -ENOENT);
	holder = pool_hold((enum pool_lock)_i);
	pool_let_go(&holder);
}
END_TEST

static void *set_in_thread(void *argument)
{
	static int result;

	result = hvg_poolstore_set(argument, "b", "2");
	return &result;
}

START_TEST(does_not_let_a_second_change_wait_for_ever)
{
	struct pool_holder holder = pool_hold(POOL_FLOCK);
	pthread_t thread;
	void *result;

	pool_open(0, SHORT_US);
	ck_assert_int_eq(pthread_create(&thread, NULL, set_in_thread, store), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), -ETIMEDOUT);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_int_eq(*(int *)result, -ETIMEDOUT);
	pool_let_go(&holder);
}
END_TEST

START_TEST(keeps_its_journal_to_itself)
{
	struct hvg_poolstore_config config = { .path = pool_path, .journal_path = pool_journal };
	struct hvg_poolstore *other;

	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
	ck_assert_int_eq(hvg_poolstore_new(&config, &other), 0);
	ck_assert_int_eq(hvg_poolstore_recover(other, NULL), -EBUSY);
	ck_assert_int_eq(hvg_poolstore_set(other, "a", "2"), -EBUSY);
	pool_close();
	ck_assert_int_eq(hvg_poolstore_set(other, "a", "2"), 0);
	hvg_poolstore_free(other);
}
END_TEST

START_TEST(settles_when_asked_to)
{
	pool_open(0, 0);
	ck_assert(!hvg_poolstore_needs_settle(store));
	ck_assert_int_eq(hvg_poolstore_settle(store), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
	ck_assert(hvg_poolstore_needs_settle(store));
	ck_assert_int_eq(hvg_poolstore_settle(store), 0);
	ck_assert(!hvg_poolstore_needs_settle(store));
}
END_TEST

static void set_b(void *data)
{
	(void)hvg_poolstore_set(store, "b", "3");
}

/* What a change of b writes (w) and flushes (f). */
static const char *deeds_of_a_change(void)
{
	static char deeds[16];
	long calls[256];
	size_t n = hvg_sandbox_trace(set_b, NULL, calls, HVG_ELEMENTS(calls)), n_deeds = 0;

	ck_assert_uint_le(n, HVG_ELEMENTS(calls));
	for (size_t i = 0; i < n && n_deeds + 1 < sizeof(deeds); i++)
		if (calls[i] == SYS_pwrite64 || calls[i] == SYS_fdatasync)
			deeds[n_deeds++] = calls[i] == SYS_pwrite64 ? 'w' : 'f';
	deeds[n_deeds] = '\0';
	return deeds;
}

/* They may have flushed nothing; after a power loss the journal would not know what it finds. */
START_TEST(settles_what_others_wrote_before_it_builds_on_that)
{
	pool_append("b", "1");
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_recover(store, NULL), 0);
	ck_assert_str_eq(deeds_of_a_change(), "fwfw");
	ck_assert_int_eq(hvg_poolstore_set(store, "b", "2"), 0);
	ck_assert_str_eq(deeds_of_a_change(), "wfw");
	ck_assert_int_eq(hvg_poolstore_set(store, "b", "4"), 0);
	ck_assert_int_eq(hvg_poolstore_settle(store), 0);
	ck_assert_str_eq(deeds_of_a_change(), "wfw");
	pool_append("c", "1");
	ck_assert_str_eq(deeds_of_a_change(), "fwfw");
	check_value("c", "1");
	ck_assert_str_eq(deeds_of_a_change(), "fwfw");
}
END_TEST

START_TEST(goes_round_its_journal)
{
	char key[16], value[16];

	pool_open(0, 0);
	for (int i = 0; i < 200; i++) {
		snprintf(key, sizeof(key), "key%d", i % 5);
		snprintf(value, sizeof(value), "%d", i);
		ck_assert_int_eq(hvg_poolstore_set(store, key, value), 0);
	}
	pool_close();
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_recover(store, NULL), 0);
	ck_assert_str_eq(pool_text(), "key0=195 key1=196 key2=197 key3=198 key4=199");
}
END_TEST

START_TEST(counts_what_it_could_not_read_of_its_journal)
{
	struct hvg_poolstore_recovery recovery;

	pool_write(pool_journal, "no journal at all", 17, O_TRUNC);
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_recover(store, &recovery), 0);
	ck_assert_uint_eq(recovery.n_corrupt, 0); /* it was shorter than a page */
	pool_close();

	pool_write(pool_journal, "no journal at all", 17, 0);
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_recover(store, &recovery), 0);
	ck_assert_uint_eq(recovery.n_corrupt, 1);
	ck_assert_uint_eq(recovery.n_replayed, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
}
END_TEST

Suite *hvg_suite_os_poolsession(void)
{
	Suite *suite = suite_create("os/poolsession");
	TCase *tcase = hvg_suite_case(suite, "poolsession");

	tcase_add_checked_fixture(tcase, pool_setup, pool_teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, gives_up_on_a_file_that_stays_locked, POOL_FLOCK,
		POOL_N_LOCKS);
	tcase_add_loop_test(tcase, leaves_no_lock_behind, POOL_FLOCK, POOL_N_LOCKS);
	tcase_add_test(tcase, does_not_let_a_second_change_wait_for_ever);
	tcase_add_test(tcase, keeps_its_journal_to_itself);
	tcase_add_test(tcase, settles_when_asked_to);
	tcase_add_test(tcase, settles_what_others_wrote_before_it_builds_on_that);
	tcase_add_test(tcase, goes_round_its_journal);
	tcase_add_test(tcase, counts_what_it_could_not_read_of_its_journal);
	return suite;
}
