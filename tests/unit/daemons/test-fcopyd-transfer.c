// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * How old an answer may be. The deed takes as long as a test wants it to, because the policy is asked in it;
 * the transport counts what is sent and how. The loop does not run meanwhile: it would answer itself.
 */

#include "folder.h"
#include "suites.h"

#include "base/units.h"
#include "hv-fcopyd/transfer.h"

#include <errno.h>

#define PATIENCE_US (20 * HVG_USEC_PER_SEC)

/* struct hv_start_fcopy */
#define START_SIZE   1088
#define START_PATH   556
#define START_NAME   36
#define NAME	     "file"

static struct fcopyd_transfer transfer;
static sd_event *event;
static struct folder folder;
static unsigned int deed_us;
static atomic_uint n_sent, n_replied, n_waits, n_loop_sent;
static int taken_back;

static bool allow_late(void *userdata, const char *path)
{
	if (strstr(path, NAME))
		(void)usleep(deed_us);
	return true;
}

/* The host sends nothing more; a kick of the loop's ends the wait. */
static int wait_for_nothing(void *at, const void **ret_bytes)
{
	atomic_fetch_add(&n_waits, 1);
	(void)sleep(1);
	return -EINTR;
}

static int send_it(void *at, const void *bytes, size_t size)
{
	atomic_fetch_add(&n_sent, 1);
	return 0;
}

static int reply_it(void *at, const void *bytes, size_t size)
{
	atomic_fetch_add(&n_replied, 1);
	return 0;
}

static const struct hvg_transport_ops ops = { .wait = wait_for_nothing, .send = send_it, .reply = reply_it };

static int send_by_loop(void *userdata, const void *bytes, size_t size)
{
	atomic_fetch_add(&n_loop_sent, 1);
	return 0;
}

static void ignore(void *userdata)
{
}

static void take_back(void *userdata, int result, uint64_t received_us)
{
	taken_back = result;
}

static void ignore_news(void *userdata, const struct fcopyd_news *news)
{
}

static void set_up(void)
{
	folder_create(&folder);
	ck_assert_int_ge(sd_event_new(&event), 0);
	atomic_store(&n_sent, 0);
	atomic_store(&n_replied, 0);
	atomic_store(&n_waits, 0);
	atomic_store(&n_loop_sent, 0);
	taken_back = 1;
}

static void tear_down(void)
{
	ck_assert_int_eq(fcopyd_transfer_done(&transfer, PATIENCE_US), 0);
	sd_event_unref(event);
	folder_remove(&folder);
}

static void begin(uint64_t patience_us)
{
	static const struct hvg_filesink_config sink = {
		.uid = (uid_t)-1, .gid = (gid_t)-1, .file_mode = 0644, .folder_mode = 0755, .allows = allow_late,
	};
	struct fcopyd_transfer_config config = {
		.transport = { &ops, NULL },
		.patience_us = patience_us,
		.send = send_by_loop,
		.lend = ignore,
		.take_back = take_back,
		.told = ignore_news,
		.progressed = ignore,
		.became_idle = ignore,
	};

	ck_assert_int_eq(fcopyd_transfer_init(&transfer, event, &config), 0);
	fcopyd_transfer_configure(&transfer, &sink, UINT64_MAX, false);
}

/* Text is of bytes on the device, and of units of two on a channel. */
static void put_text(uint8_t *field, const char *text, size_t unit)
{
	for (size_t i = 0; text[i]; i++)
		field[i * unit] = (uint8_t)text[i];
}

static void receive_start(enum hvg_fcopy_form form)
{
	static uint8_t start[START_SIZE];
	size_t unit = form == HVG_FCOPY_VMBUS ? 2 : 1;

	memset(start, 0, sizeof(start));
	put_text(start + START_NAME, NAME, unit);
	put_text(start + START_PATH, folder.path, unit);
	fcopyd_transfer_serve(&transfer, form, start, sizeof(start));
}

/* The thread waits for the next message, or has given the device back. */
static bool is_answered(void)
{
	bool has_ended;

	(void)pthread_mutex_lock(&transfer.lock);
	has_ended = transfer.loan_ended;
	(void)pthread_mutex_unlock(&transfer.lock);
	return has_ended || atomic_load(&n_waits) > 0;
}

static void expect_answer_after(enum hvg_fcopy_form form, uint64_t patience_us, unsigned int us)
{
	begin(patience_us);
	deed_us = us;
	receive_start(form);
	for (uint64_t waited_us = 0; !is_answered() && waited_us < PATIENCE_US; waited_us += 1000)
		(void)usleep(1000);
	ck_assert(is_answered());
	ck_assert_uint_eq(atomic_load(&n_loop_sent), 0);
}

START_TEST(answers_at_once_what_is_fresh)
{
	expect_answer_after(HVG_FCOPY_CHARDEV, 600 * HVG_USEC_PER_SEC, 0);
	ck_assert_uint_eq(atomic_load(&n_sent), 1);
	ck_assert_uint_eq(atomic_load(&n_replied), 0);
}
END_TEST

START_TEST(looks_for_a_newer_request_before_it_answers_what_is_older)
{
	expect_answer_after(HVG_FCOPY_CHARDEV, 6 * HVG_USEC_PER_SEC, 300 * HVG_USEC_PER_MSEC);
	ck_assert_uint_eq(atomic_load(&n_sent), 0);
	ck_assert_uint_eq(atomic_load(&n_replied), 1);
}
END_TEST

static void expect_no_answer(enum hvg_fcopy_form form, int result)
{
	expect_answer_after(form, 600 * HVG_USEC_PER_MSEC, 800 * HVG_USEC_PER_MSEC);
	ck_assert_uint_eq(atomic_load(&n_sent) + atomic_load(&n_replied), 0);
	ck_assert_int_ge(sd_event_run(event, PATIENCE_US), 0);
	ck_assert_int_eq(taken_back, result);
	ck_assert_int_ne(access(folder_path(&folder, NAME), F_OK), 0);
}

/* The kernel may give it up just now, and an answer would be taken for the next request's. */
START_TEST(answers_nothing_that_is_about_to_be_given_up)
{
	expect_no_answer(HVG_FCOPY_CHARDEV, 0);
}
END_TEST

/* Nobody else answers there: the host sees that the channel is closed. */
START_TEST(closes_a_channel_on_which_it_is_too_late)
{
	expect_no_answer(HVG_FCOPY_VMBUS, -ESTALE);
}
END_TEST

Suite *hvg_suite_daemons_fcopyd_transfer(void)
{
	Suite *suite = suite_create("daemons/fcopyd-transfer");
	TCase *tcase = hvg_suite_case(suite, "answers");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, answers_at_once_what_is_fresh);
	tcase_add_test(tcase, looks_for_a_newer_request_before_it_answers_what_is_older);
	tcase_add_test(tcase, answers_nothing_that_is_about_to_be_given_up);
	tcase_add_test(tcase, closes_a_channel_on_which_it_is_too_late);
	return suite;
}
