// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Jobs leave their number in ran[] and told[]. A job with a gate waits there, so that a test decides
 * how far the thread has come; "began" counts the jobs that have begun.
 */

#include "suites.h"

#include "base/units.h"
#include "common/worker.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_US (20 * HVG_USEC_PER_SEC)

struct test_job {
	struct hvg_job job;
	int number;
	bool has_gate;
	void (*in_done)(struct test_job *);
};

static sd_event *event;
static struct hvg_worker *worker;
static sem_t gate, began;
static char ran[64], told[256];
static unsigned int n_told;

static int run_job(struct hvg_job *job)
{
	struct test_job *test = (struct test_job *)job;

	sem_post(&began);
	if (test->has_gate)
		sem_wait(&gate);
	sprintf(ran + strlen(ran), "%d ", test->number);
	return 100 + test->number;
}

static void tell_job(struct hvg_job *job, int result)
{
	struct test_job *test = (struct test_job *)job;

	sprintf(told + strlen(told), "%d:%d ", test->number, result);
	n_told++;
	if (test->in_done)
		test->in_done(test);
}

#define JOB(n) { .job = { .run = run_job, .done = tell_job }, .number = (n) }

static struct test_job jobs[4] = { JOB(0), JOB(1), JOB(2), JOB(3) };
static struct test_job idle = JOB(9);

static void start(uint64_t idle_after_us)
{
	const struct hvg_worker_config config = {
		.name = "hv-test-work",
		.idle = idle_after_us ? &idle.job : NULL,
		.idle_after_us = idle_after_us,
	};

	ck_assert_int_eq(hvg_worker_new(event, &config, &worker), 0);
}

static void setup(void)
{
	ck_assert_int_ge(sd_event_new(&event), 0);
	sem_init(&gate, 0, 0);
	sem_init(&began, 0, 0);
}

static void teardown(void)
{
	ck_assert_int_eq(hvg_worker_free(worker, PATIENCE_US), 0);
	sd_event_unref(event);
}

static void submit(unsigned int n)
{
	ck_assert_int_eq(hvg_worker_submit(worker, &jobs[n].job), 0);
}

static void await_began(unsigned int n)
{
	while (n-- > 0)
		while (sem_wait(&began) < 0)
			;
}

static void await_told(unsigned int n)
{
	while (n_told < n)
		ck_assert_int_gt(sd_event_run(event, PATIENCE_US), 0);
}

/* Runs the loop for this long, whatever comes. */
static void pass(uint64_t span_us)
{
	struct timespec now;
	uint64_t end_us = 0;

	for (;;) {
		uint64_t now_us;

		clock_gettime(CLOCK_MONOTONIC, &now);
		now_us = (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
		if (end_us == 0)
			end_us = now_us + span_us;
		if (now_us >= end_us)
			return;
		sd_event_run(event, end_us - now_us);
	}
}

static unsigned int count_threads(void)
{
	DIR *directory = opendir("/proc/self/task");
	unsigned int n = 0;

	while (readdir(directory))
		n++;
	closedir(directory);
	return n - 2;
}

/* Up to a second for a thread that is on its way out. */
static unsigned int count_threads_in_the_end(void)
{
	for (unsigned int i = 0; i < 100 && count_threads() > 1; i++)
		usleep(10000);
	return count_threads();
}

START_TEST(runs_jobs_in_order_and_tells_the_loop)
{
	start(0);
	submit(0);
	submit(1);
	submit(2);
	await_told(3);
	ck_assert_str_eq(ran, "0 1 2 ");
	ck_assert_str_eq(told, "0:100 1:101 2:102 ");
}
END_TEST

START_TEST(begins_its_thread_with_the_first_job)
{
	start(0);
	ck_assert_uint_eq(count_threads(), 1);
	submit(0);
	submit(1);
	ck_assert_uint_eq(count_threads(), 2);
	await_told(2);
}
END_TEST

static char thread_name[16];
static bool has_open_signal;
static size_t stack_bytes;

static int look_around(struct hvg_job *job)
{
	pthread_attr_t attributes;
	sigset_t blocked;

	pthread_getname_np(pthread_self(), thread_name, sizeof(thread_name));
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	for (int i = 1; i < 32; i++)
		has_open_signal |= i != SIGKILL && i != SIGSTOP && !sigismember(&blocked, i);
	pthread_getattr_np(pthread_self(), &attributes);
	pthread_attr_getstacksize(&attributes, &stack_bytes);
	pthread_attr_destroy(&attributes);
	return 0;
}

START_TEST(works_in_a_small_named_thread_that_no_signal_reaches)
{
	struct hvg_job look = { .run = look_around, .done = tell_job };
	struct test_job wrapped = { .job = look };
	sigset_t mine;

	start(0);
	ck_assert_int_eq(hvg_worker_submit(worker, &wrapped.job), 0);
	await_told(1);
	ck_assert_str_eq(thread_name, "hv-test-work");
	ck_assert(!has_open_signal);
	ck_assert_uint_le(stack_bytes, 512 * 1024);
	pthread_sigmask(SIG_SETMASK, NULL, &mine);
	ck_assert(!sigismember(&mine, SIGUSR1));
}
END_TEST

START_TEST(drops_a_cancelled_job_that_has_not_begun)
{
	start(0);
	jobs[0].has_gate = true;
	submit(0);
	submit(1);
	submit(2);
	await_began(1);
	hvg_worker_cancel(worker, &jobs[2].job);
	hvg_worker_cancel(worker, &jobs[1].job);
	ck_assert_str_eq(told, "");
	await_told(2);
	ck_assert_str_eq(told, "2:-125 1:-125 ");
	submit(3);
	sem_post(&gate);
	await_told(4);
	ck_assert_str_eq(ran, "0 3 ");
}
END_TEST

START_TEST(lets_a_cancelled_job_finish_unheeded)
{
	start(0);
	jobs[0].has_gate = true;
	submit(0);
	await_began(1);
	hvg_worker_cancel(worker, &jobs[0].job);
	pass(50 * HVG_USEC_PER_MSEC);
	ck_assert_str_eq(told, "");
	sem_post(&gate);
	await_told(1);
	ck_assert_str_eq(ran, "0 ");
	ck_assert_str_eq(told, "0:-125 ");
}
END_TEST

START_TEST(cancels_a_job_that_has_finished_but_not_been_told)
{
	start(0);
	jobs[1].has_gate = true;
	submit(0);
	submit(1);
	await_began(2);
	hvg_worker_cancel(worker, &jobs[0].job);
	sem_post(&gate);
	await_told(2);
	ck_assert_str_eq(told, "0:-125 1:101 ");
}
END_TEST

START_TEST(takes_a_job_again_after_it_was_cancelled)
{
	start(0);
	jobs[0].has_gate = true;
	submit(0);
	await_began(1);
	hvg_worker_cancel(worker, &jobs[0].job);
	sem_post(&gate);
	await_told(1);
	sem_post(&gate);
	submit(0);
	await_told(2);
	ck_assert_str_eq(told, "0:-125 0:100 ");
}
END_TEST

static void submit_next(struct test_job *test)
{
	submit((unsigned int)test->number + 1);
}

static void cancel_next(struct test_job *test)
{
	hvg_worker_cancel(worker, &jobs[test->number + 1].job);
}

START_TEST(lets_a_done_submit_and_cancel)
{
	start(0);
	jobs[0].in_done = submit_next;
	submit(0);
	await_told(2);
	ck_assert_str_eq(told, "0:100 1:101 ");
	jobs[0].in_done = cancel_next;
	jobs[2].has_gate = true;
	submit(0);
	submit(1);
	submit(2);
	await_began(5);
	sem_post(&gate);
	await_told(5);
	ck_assert_str_eq(told, "0:100 1:101 0:100 1:-125 2:102 ");
}
END_TEST

/* A job that is submitted again and again by its own done must not keep the loop from others. */
static void submit_again(struct test_job *test)
{
	submit((unsigned int)test->number);
	await_began(1);
	usleep(2000);
}

START_TEST(tells_only_what_had_finished_when_the_loop_woke)
{
	start(0);
	jobs[0].in_done = submit_again;
	submit(0);
	await_began(1);
	ck_assert_int_gt(sd_event_run(event, PATIENCE_US), 0);
	ck_assert_uint_eq(n_told, 1);
	jobs[0].in_done = NULL;
}
END_TEST

START_TEST(runs_the_idle_job_once_after_each_burst)
{
	start(30 * HVG_USEC_PER_MSEC);
	submit(0);
	submit(1);
	await_told(3);
	ck_assert_str_eq(ran, "0 1 9 ");
	pass(150 * HVG_USEC_PER_MSEC);
	ck_assert_str_eq(told, "0:100 1:101 9:109 ");
	submit(2);
	await_told(5);
	ck_assert_str_eq(ran, "0 1 9 2 9 ");
}
END_TEST

START_TEST(waits_with_the_idle_job_for_its_time)
{
	start(PATIENCE_US);
	submit(0);
	await_told(1);
	pass(150 * HVG_USEC_PER_MSEC);
	ck_assert_str_eq(ran, "0 ");
}
END_TEST

START_TEST(runs_no_idle_job_before_any_work)
{
	start(HVG_USEC_PER_MSEC);
	pass(50 * HVG_USEC_PER_MSEC);
	ck_assert_uint_eq(count_threads(), 1);
	ck_assert_str_eq(ran, "");
}
END_TEST

START_TEST(runs_the_idle_job_again_when_its_last_run_was_told_late)
{
	start(10 * HVG_USEC_PER_MSEC);
	submit(0);
	await_began(2);
	submit(1);
	await_began(1);
	usleep(100000); /* the idle job would be due, but the loop has not been told of its first run */
	await_told(4);
	ck_assert_str_eq(ran, "0 9 1 9 ");
}
END_TEST

START_TEST(does_without_a_done_of_the_idle_job)
{
	idle.job.done = NULL;
	start(10 * HVG_USEC_PER_MSEC);
	submit(0);
	await_began(2);
	await_told(1);
	pass(50 * HVG_USEC_PER_MSEC);
	ck_assert_str_eq(told, "0:100 ");
}
END_TEST

START_TEST(tells_all_jobs_at_its_end)
{
	start(PATIENCE_US);
	jobs[0].has_gate = true;
	submit(0);
	submit(1);
	submit(2);
	await_began(1);
	hvg_worker_cancel(worker, &jobs[2].job);
	sem_post(&gate);
	ck_assert_int_eq(hvg_worker_free(worker, PATIENCE_US), 0);
	worker = NULL;
	/* Whether 1 was begun is a matter of luck; that each is told once is not. */
	ck_assert_uint_eq(n_told, 3);
	ck_assert_ptr_nonnull(strstr(told, "0:100 "));
	ck_assert_ptr_nonnull(strstr(told, "2:-125 "));
	ck_assert_ptr_null(strstr(ran, "9"));
	ck_assert_uint_eq(count_threads_in_the_end(), 1);
}
END_TEST

START_TEST(leaves_a_thread_that_hangs_to_itself)
{
	struct timespec before, after;

	start(HVG_USEC_PER_MSEC);
	jobs[0].has_gate = true;
	submit(0);
	submit(1);
	await_began(1);
	clock_gettime(CLOCK_MONOTONIC, &before);
	ck_assert_int_eq(hvg_worker_free(worker, 50 * HVG_USEC_PER_MSEC), -ETIMEDOUT);
	worker = NULL;
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert_int_le(after.tv_sec - before.tv_sec, 5);
	ck_assert_str_eq(told, "1:-125 ");
	ck_assert_uint_eq(count_threads(), 2);
	sem_post(&gate);
	ck_assert_uint_eq(count_threads_in_the_end(), 1);
	ck_assert_str_eq(told, "1:-125 ");
	ck_assert_str_eq(ran, "0 ");
}
END_TEST

START_TEST(ends_without_having_begun)
{
	start(HVG_USEC_PER_MSEC);
	ck_assert_int_eq(hvg_worker_free(worker, 0), 0);
	ck_assert_int_eq(hvg_worker_free(NULL, 0), 0);
	worker = NULL;
}
END_TEST

Suite *hvg_suite_daemons_worker(void)
{
	Suite *suite = suite_create("daemons-worker");
	TCase *tcase = hvg_suite_case(suite, "worker");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, runs_jobs_in_order_and_tells_the_loop);
	tcase_add_test(tcase, begins_its_thread_with_the_first_job);
	tcase_add_test(tcase, works_in_a_small_named_thread_that_no_signal_reaches);
	tcase_add_test(tcase, drops_a_cancelled_job_that_has_not_begun);
	tcase_add_test(tcase, lets_a_cancelled_job_finish_unheeded);
	tcase_add_test(tcase, cancels_a_job_that_has_finished_but_not_been_told);
	tcase_add_test(tcase, takes_a_job_again_after_it_was_cancelled);
	tcase_add_test(tcase, lets_a_done_submit_and_cancel);
	tcase_add_test(tcase, tells_only_what_had_finished_when_the_loop_woke);
	tcase_add_test(tcase, runs_the_idle_job_once_after_each_burst);
	tcase_add_test(tcase, waits_with_the_idle_job_for_its_time);
	tcase_add_test(tcase, runs_no_idle_job_before_any_work);
	tcase_add_test(tcase, runs_the_idle_job_again_when_its_last_run_was_told_late);
	tcase_add_test(tcase, does_without_a_done_of_the_idle_job);
	tcase_add_test(tcase, tells_all_jobs_at_its_end);
	tcase_add_test(tcase, leaves_a_thread_that_hangs_to_itself);
	tcase_add_test(tcase, ends_without_having_begun);
	return suite;
}
