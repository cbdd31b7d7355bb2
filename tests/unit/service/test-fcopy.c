// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Conversations with a host, then what can come between, then a walk in which a model of the disk
 * checks that nothing is left behind and nothing half is shown.
 */

#include "suites.h"

#include "base/units.h"
#include "hvguest/status.h"
#include "random.h"
#include "service/fcopy.h"

#include <errno.h>
#include <linux/hyperv.h>
#include <string.h>

#define SEC HVG_USEC_PER_SEC

static struct hvg_fcopy fcopy;
static union {
	struct hv_fcopy_hdr header;
	struct hv_start_fcopy start;
	struct hv_do_fcopy write;
} message;
static uint64_t now_us;

static void setup(void)
{
	struct hvg_fcopy_config config = {
		.form = HVG_FCOPY_CHARDEV,
		.patience_us = 30 * SEC,
		.silence_us = 120 * SEC,
		.max_bytes = 1000,
	};

	now_us = 1000 * SEC;
	hvg_fcopy_init(&fcopy, &config);
}

static void send_start(uint64_t size)
{
	memset(&message, 0, sizeof(message));
	message.header.operation = START_FILE_COPY;
	strcpy((char *)message.start.file_name, "file");
	strcpy((char *)message.start.path_name, "/tmp/");
	message.start.copy_flags = OVER_WRITE;
	message.start.file_size = size;
	hvg_fcopy_recv(&fcopy, &message, sizeof(message.start), now_us);
}

static void send_write(uint64_t offset, uint32_t size)
{
	memset(&message, 0, sizeof(message));
	message.header.operation = WRITE_TO_FILE;
	message.write.offset = offset;
	message.write.size = size;
	hvg_fcopy_recv(&fcopy, &message, sizeof(message.write), now_us);
}

static void send_op(uint32_t op)
{
	memset(&message, 0, sizeof(message));
	message.header.operation = op;
	hvg_fcopy_recv(&fcopy, &message, sizeof(message.header), now_us);
}

static struct hvg_fcopy_action expect(enum hvg_fcopy_action_kind kind)
{
	struct hvg_fcopy_action action = hvg_fcopy_next(&fcopy, now_us);

	ck_assert_int_eq(action.kind, kind);
	return action;
}

static int finish(struct hvg_fcopy_action action, int code)
{
	return hvg_fcopy_done(&fcopy, action.serial, code, now_us);
}

static void perform(enum hvg_fcopy_action_kind kind, int code)
{
	ck_assert_int_eq(finish(expect(kind), code), 0);
}

static void expect_answer(uint32_t status)
{
	struct hvg_fcopy_action action = expect(HVG_FCOPY_SEND);
	uint32_t sent;

	memcpy(&sent, action.reply, sizeof(sent));
	ck_assert_uint_eq(sent, status);
	ck_assert_int_eq(finish(action, 0), 0);
	expect(HVG_FCOPY_WAIT);
}

static void expect_event(enum hvg_fcopy_event event)
{
	const char *reason;
	int code;

	ck_assert_int_eq(hvg_fcopy_take_event(&fcopy, &code, &reason), event);
}

static void begin(uint64_t size)
{
	const char *reason;
	int code;

	(void)hvg_fcopy_take_event(&fcopy, &code, &reason); /* of a former file */
	send_start(size);
	perform(HVG_FCOPY_MAKE, 0);
	expect_answer(HVG_STATUS_OK);
	expect_event(HVG_FCOPY_STARTED);
}

static void store(uint64_t offset, uint32_t size)
{
	send_write(offset, size);
	perform(HVG_FCOPY_STORE, 0);
	expect_answer(HVG_STATUS_OK);
}

static void expect_nothing_left(void)
{
	expect(HVG_FCOPY_WAIT);
	ck_assert(hvg_fcopy_is_idle(&fcopy));
	ck_assert_uint_eq(fcopy.deadline_us, HVG_NEVER);
}

START_TEST(copies_a_file)
{
	struct hvg_fcopy_action action;

	send_start(10);
	action = expect(HVG_FCOPY_MAKE);
	ck_assert_str_eq(action.target->path, "/tmp");
	ck_assert_str_eq(action.target->name, "file");
	ck_assert(action.target->is_folder);
	ck_assert(action.request.overwrites);
	ck_assert_uint_eq(action.request.file_bytes, 10);
	ck_assert_int_eq(finish(action, 0), 0);
	expect_answer(HVG_STATUS_OK);
	send_write(0, 6);
	action = expect(HVG_FCOPY_STORE);
	ck_assert_uint_eq(action.request.offset, 0);
	ck_assert_uint_eq(action.request.size, 6);
	ck_assert_ptr_eq(action.request.data, message.write.data);
	finish(action, 0);
	expect_answer(HVG_STATUS_OK);
	store(6, 4);
	send_op(COMPLETE_FCOPY);
	perform(HVG_FCOPY_PUBLISH, 0);
	expect_answer(HVG_STATUS_OK);
	expect_event(HVG_FCOPY_DONE);
	expect_nothing_left();
}
END_TEST

START_TEST(copies_an_empty_file)
{
	begin(0);
	send_op(COMPLETE_FCOPY);
	perform(HVG_FCOPY_PUBLISH, 0);
	expect_answer(HVG_STATUS_OK);
	expect_nothing_left();
}
END_TEST

START_TEST(takes_fragments_in_any_order)
{
	begin(10);
	store(5, 5);
	store(0, 3);
	store(2, 4); /* again what is there, and the gap */
	send_write(7, 0);
	expect_answer(HVG_STATUS_OK); /* nothing to store */
	send_op(COMPLETE_FCOPY);
	perform(HVG_FCOPY_PUBLISH, 0);
	expect_answer(HVG_STATUS_OK);
}
END_TEST

static const struct {
	int code;
	uint32_t status;
} failures[] = {
	{ -EEXIST, HVG_STATUS_ALREADY_EXISTS },
	{ -ENOSPC, HVG_STATUS_DISK_FULL },
	{ -EDQUOT, HVG_STATUS_DISK_FULL },
	{ -EFBIG, HVG_STATUS_DISK_FULL },
	{ -ENOENT, HVG_STATUS_FAIL },
	{ -ENODEV, HVG_STATUS_FAIL },
	{ -ENOTDIR, HVG_STATUS_FAIL },
	{ -EPERM, HVG_STATUS_FAIL },
	{ -EROFS, HVG_STATUS_FAIL },
	{ -ELOOP, HVG_STATUS_FAIL },
	{ -EINVAL, HVG_STATUS_INVALID },
};

START_TEST(tells_why_a_file_cannot_be_made)
{
	send_start(10);
	perform(HVG_FCOPY_MAKE, failures[_i].code);
	expect_answer(failures[_i].status);
	expect_event(HVG_FCOPY_REFUSED);
	expect_nothing_left();
}
END_TEST

START_TEST(discards_a_file_that_cannot_be_stored)
{
	begin(10);
	send_write(0, 5);
	perform(HVG_FCOPY_STORE, failures[_i].code);
	perform(HVG_FCOPY_DISCARD, 0);
	expect_answer(failures[_i].status);
	expect_event(HVG_FCOPY_FAILED);
	expect_nothing_left();
	send_write(5, 5);
	expect_answer(HVG_STATUS_FAIL);
	send_op(COMPLETE_FCOPY);
	expect_answer(HVG_STATUS_FAIL);
	expect_nothing_left();
}
END_TEST

START_TEST(discards_a_file_that_cannot_be_published)
{
	begin(0);
	send_op(COMPLETE_FCOPY);
	perform(HVG_FCOPY_PUBLISH, failures[_i].code);
	perform(HVG_FCOPY_DISCARD, 0);
	expect_answer(failures[_i].status);
	expect_event(HVG_FCOPY_FAILED);
	expect_nothing_left();
}
END_TEST

START_TEST(publishes_nothing_with_a_gap)
{
	begin(10);
	store(0, 4);
	store(5, 5);
	send_op(COMPLETE_FCOPY);
	perform(HVG_FCOPY_DISCARD, 0);
	expect_answer(HVG_STATUS_FAIL);
	expect_event(HVG_FCOPY_FAILED);
	expect_nothing_left();
}
END_TEST

static const struct {
	uint64_t offset;
	uint32_t size;
} beyond[] = {
	{ 0, 11 },
	{ 10, 1 },
	{ 11, 0 },
	{ UINT64_MAX, 1 },
	{ UINT64_MAX - 3, 5 },
	{ INT64_MAX, 5 },
};

START_TEST(takes_no_more_than_was_announced)
{
	begin(10);
	send_write(beyond[_i].offset, beyond[_i].size);
	perform(HVG_FCOPY_DISCARD, 0);
	expect_answer(HVG_STATUS_INVALID);
	expect_nothing_left();
}
END_TEST

START_TEST(refuses_files_that_are_too_large)
{
	static const uint64_t sizes[] = { 1001, UINT64_MAX, (uint64_t)INT64_MAX + 1 };

	send_start(sizes[_i]);
	expect_answer(HVG_STATUS_DISK_FULL);
	expect_event(HVG_FCOPY_REFUSED);
	fcopy.config.max_bytes = UINT64_MAX;
	send_start(sizes[_i]);
	if (sizes[_i] > INT64_MAX)
		expect_answer(HVG_STATUS_DISK_FULL);
	else
		expect(HVG_FCOPY_MAKE);
}
END_TEST

START_TEST(answers_what_belongs_to_no_file)
{
	send_write(0, 1);
	expect_answer(HVG_STATUS_FAIL);
	expect_event(HVG_FCOPY_STRAY);
	send_op(COMPLETE_FCOPY);
	expect_answer(HVG_STATUS_FAIL);
	send_op(CANCEL_FCOPY);
	expect_answer(HVG_STATUS_OK);
	send_op(77);
	expect_answer(HVG_STATUS_NOT_SUPPORTED);
	hvg_fcopy_recv(&fcopy, &message, 7, now_us);
	expect_answer(HVG_STATUS_INVALID);
	expect_nothing_left();
}
END_TEST

START_TEST(discards_a_file_after_a_message_that_is_none)
{
	begin(10);
	hvg_fcopy_recv(&fcopy, &message, 7, now_us);
	perform(HVG_FCOPY_DISCARD, 0);
	expect_answer(HVG_STATUS_INVALID);
	expect_nothing_left();
}
END_TEST

START_TEST(cancels)
{
	begin(10);
	store(0, 5);
	send_op(CANCEL_FCOPY);
	perform(HVG_FCOPY_DISCARD, 0);
	expect_answer(HVG_STATUS_OK);
	expect_event(HVG_FCOPY_CANCELLED);
	expect_nothing_left();
}
END_TEST

START_TEST(discards_a_file_when_another_begins)
{
	begin(10);
	store(0, 5);
	send_start(7);
	expect_event(HVG_FCOPY_FAILED);
	perform(HVG_FCOPY_DISCARD, 0);
	perform(HVG_FCOPY_MAKE, 0);
	expect_answer(HVG_STATUS_OK);
	expect_event(HVG_FCOPY_STARTED);
	store(0, 7);
	send_op(COMPLETE_FCOPY);
	perform(HVG_FCOPY_PUBLISH, 0);
	expect_answer(HVG_STATUS_OK);
}
END_TEST

START_TEST(discards_a_file_of_a_host_that_is_silent)
{
	begin(10);
	store(0, 5);
	ck_assert_uint_eq(fcopy.deadline_us, now_us + 120 * SEC);
	now_us += 120 * SEC - 1;
	expect(HVG_FCOPY_WAIT);
	now_us++;
	perform(HVG_FCOPY_DISCARD, 0);
	expect_event(HVG_FCOPY_FAILED);
	expect_nothing_left();
}
END_TEST

START_TEST(discards_a_file_of_which_the_host_was_not_told)
{
	send_start(10);
	perform(HVG_FCOPY_MAKE, 0);
	finish(expect(HVG_FCOPY_SEND), -EINVAL);
	perform(HVG_FCOPY_DISCARD, 0);
	expect_nothing_left();
}
END_TEST

START_TEST(discards_a_file_when_the_device_is_lost)
{
	begin(10);
	hvg_fcopy_cancel(&fcopy, "lost");
	perform(HVG_FCOPY_DISCARD, 0);
	expect_event(HVG_FCOPY_FAILED);
	expect_nothing_left();
}
END_TEST

/* Deeds that take too long. */

static struct hvg_fcopy_action begin_make(void)
{
	send_start(10);
	return expect(HVG_FCOPY_MAKE);
}

static struct hvg_fcopy_action begin_store(void)
{
	begin(10);
	send_write(0, 5);
	return expect(HVG_FCOPY_STORE);
}

static struct hvg_fcopy_action begin_publish(void)
{
	begin(0);
	send_op(COMPLETE_FCOPY);
	return expect(HVG_FCOPY_PUBLISH);
}

static struct hvg_fcopy_action (*const begin_deed[])(void) = { begin_make, begin_store, begin_publish };

static void pass_deadline(void)
{
	ck_assert_uint_eq(fcopy.deadline_us, now_us + 25 * SEC);
	now_us = fcopy.deadline_us - 1;
	expect(HVG_FCOPY_WAIT);
	now_us++;
	expect_answer(HVG_STATUS_FAIL);
	ck_assert(!hvg_fcopy_is_idle(&fcopy));
}

START_TEST(answers_in_time_and_discards_what_fails_late)
{
	struct hvg_fcopy_action deed = begin_deed[_i]();

	pass_deadline();
	ck_assert_int_eq(finish(deed, -EIO), 0);
	if (_i > 0)
		perform(HVG_FCOPY_DISCARD, 0);
	expect_event(_i > 0 ? HVG_FCOPY_FAILED : HVG_FCOPY_REFUSED);
	expect_nothing_left();
}
END_TEST

START_TEST(answers_in_time_and_discards_what_succeeds_late)
{
	struct hvg_fcopy_action deed = begin_deed[_i]();

	pass_deadline();
	ck_assert_int_eq(finish(deed, 0), 0);
	if (_i < 2)
		perform(HVG_FCOPY_DISCARD, 0);
	expect_event(_i == 0 ? HVG_FCOPY_REFUSED : _i == 1 ? HVG_FCOPY_FAILED : HVG_FCOPY_CAME_LATE);
	expect_nothing_left();
}
END_TEST

/* We were stopped between the message and the deed. */
START_TEST(begins_no_deed_that_is_too_late)
{
	begin(0);
	send_op(COMPLETE_FCOPY);
	now_us += 25 * SEC;
	perform(HVG_FCOPY_DISCARD, 0);
	expect_answer(HVG_STATUS_FAIL);
	expect_event(HVG_FCOPY_FAILED);
	expect_nothing_left();
	send_start(5);
	now_us += 25 * SEC - 1;
	expect(HVG_FCOPY_MAKE);
}
END_TEST

START_TEST(begins_nothing_while_a_deed_is_late)
{
	struct hvg_fcopy_action deed = begin_deed[_i]();

	pass_deadline();
	send_start(5);
	expect_answer(HVG_STATUS_FAIL);
	send_write(0, 5);
	expect_answer(HVG_STATUS_FAIL);
	send_op(CANCEL_FCOPY);
	expect_answer(HVG_STATUS_OK);
	finish(deed, -EIO);
	if (_i > 0)
		perform(HVG_FCOPY_DISCARD, 0);
	begin(5);
}
END_TEST

START_TEST(forgets_a_request_that_the_host_gave_up)
{
	struct hvg_fcopy_action deed = begin_deed[_i]();

	send_start(5);
	expect_answer(HVG_STATUS_FAIL);
	finish(deed, 0);
	if (_i < 2)
		perform(HVG_FCOPY_DISCARD, 0);
	expect_nothing_left();
}
END_TEST

START_TEST(discards_after_a_deed_when_the_device_is_lost)
{
	struct hvg_fcopy_action deed = begin_deed[_i]();

	hvg_fcopy_cancel(&fcopy, "lost");
	expect(HVG_FCOPY_WAIT);
	ck_assert(!hvg_fcopy_is_idle(&fcopy));
	finish(deed, 0);
	if (_i < 2)
		perform(HVG_FCOPY_DISCARD, 0);
	expect_nothing_left();
}
END_TEST

START_TEST(leaves_a_deed_its_request_when_another_comes)
{
	struct hvg_fcopy_action action;

	begin(10);
	send_write(0, 6);
	action = expect(HVG_FCOPY_STORE);
	send_op(CANCEL_FCOPY);
	ck_assert_int_eq(action.request.op, HVG_FCOPY_WRITE);
	ck_assert_uint_eq(action.request.size, 6);
	ck_assert_ptr_eq(action.request.data, message.write.data);
}
END_TEST

START_TEST(answers_before_a_discard_that_hangs)
{
	struct hvg_fcopy_action discard;

	begin(10);
	send_op(CANCEL_FCOPY);
	discard = expect(HVG_FCOPY_DISCARD);
	expect(HVG_FCOPY_WAIT);
	ck_assert_uint_eq(fcopy.deadline_us, now_us + 5 * SEC);
	now_us += 5 * SEC;
	expect_answer(HVG_STATUS_OK);
	send_start(5);
	expect_answer(HVG_STATUS_FAIL);
	ck_assert_int_eq(finish(discard, 0), 0);
	expect_nothing_left();
	begin(5);
}
END_TEST

/* A host that gives up while the former file is being discarded. */
START_TEST(keeps_the_deadline_of_a_discard)
{
	struct hvg_fcopy_action discard;

	begin(10);
	send_op(CANCEL_FCOPY);
	discard = expect(HVG_FCOPY_DISCARD);
	now_us += SEC;
	send_start(5);
	expect(HVG_FCOPY_WAIT);
	ck_assert_uint_eq(fcopy.deadline_us, now_us + 4 * SEC);
	finish(discard, 0);
	perform(HVG_FCOPY_MAKE, 0);
	expect_answer(HVG_STATUS_OK);
}
END_TEST

START_TEST(drops_old_results)
{
	struct hvg_fcopy_action make = begin_make(), send;

	ck_assert_int_eq(finish(make, 0), 0);
	ck_assert_int_eq(finish(make, 0), -ESTALE);
	send = expect(HVG_FCOPY_SEND);
	send_write(0, 5);
	ck_assert_int_eq(finish(send, 0), -ESTALE);
	perform(HVG_FCOPY_STORE, 0);
}
END_TEST

/*
 * A walk. The disk is a model: a file may be half there, or published. Each request is answered once
 * unless another follows; DISCARD follows only a file; in the end nothing is left.
 */

static struct walk {
	bool has_half;
	unsigned int n_published, n_answers;
	bool is_owed;
	struct hvg_fcopy_action out; /* a deed */
} walk;

static void end_deed(struct hvg_random *random)
{
	int code = hvg_random_below(random, 6) == 0 ? -EIO : 0;
	enum hvg_fcopy_action_kind kind = walk.out.kind;

	if (kind == HVG_FCOPY_WAIT)
		return;
	if (kind == HVG_FCOPY_MAKE && code == 0) {
		ck_assert(!walk.has_half);
		walk.has_half = true;
	}
	if (kind == HVG_FCOPY_STORE || kind == HVG_FCOPY_PUBLISH)
		ck_assert(walk.has_half);
	if (kind == HVG_FCOPY_PUBLISH && code == 0)
		walk.n_published++;
	if (kind == HVG_FCOPY_DISCARD || (kind == HVG_FCOPY_PUBLISH && code == 0))
		walk.has_half = false;
	ck_assert_int_eq(finish(walk.out, code), 0);
	walk.out.kind = HVG_FCOPY_WAIT;
}

static void take_action(struct hvg_random *random)
{
	struct hvg_fcopy_action action = hvg_fcopy_next(&fcopy, now_us);

	if (action.kind == HVG_FCOPY_WAIT)
		return;
	if (action.kind != HVG_FCOPY_SEND) {
		ck_assert_int_eq(walk.out.kind, HVG_FCOPY_WAIT); /* one at a time */
		walk.out = action;
		return;
	}
	ck_assert(walk.is_owed);
	walk.is_owed = false;
	walk.n_answers++;
	ck_assert_int_eq(finish(action, hvg_random_below(random, 20) == 0 ? -EIO : 0), 0);
}

static void send_something(struct hvg_random *random)
{
	switch (hvg_random_below(random, 12)) {
	case 0:
	case 1:
		send_start(hvg_random_below(random, 3) * 5);
		break;
	case 2:
	case 3:
	case 4:
		send_write(hvg_random_below(random, 3) * 5, 5);
		break;
	case 5:
	case 6:
	case 7:
		send_op(COMPLETE_FCOPY);
		break;
	case 8:
		send_op(hvg_random_below(random, 6));
		break;
	default:
		send_write(0, 5);
		break;
	}
	walk.is_owed = true;
}

START_TEST(keeps_its_promises_in_a_random_walk)
{
	struct hvg_random random = hvg_random_from((unsigned int)_i);

	memset(&walk, 0, sizeof(walk));
	for (unsigned int i = hvg_random_steps(40000); i > 0; i--) {
		now_us += hvg_random_below(&random, 50) == 0 ? 30 * SEC : 1000;
		switch (hvg_random_below(&random, 8)) {
		case 0:
			if (hvg_random_below(&random, 3) == 0 || !walk.is_owed)
				send_something(&random);
			break;
		case 1:
			if (hvg_random_below(&random, 20) == 0) {
				hvg_fcopy_cancel(&fcopy, "lost");
				walk.is_owed = false;
			}
			break;
		case 2:
		case 3:
			end_deed(&random);
			break;
		default:
			take_action(&random);
			break;
		}
		if (fcopy.state == HVG_FCOPY_DOING || (fcopy.has_file && fcopy.state == HVG_FCOPY_IDLE &&
							      walk.out.kind == HVG_FCOPY_WAIT))
			ck_assert(fcopy.deadline_us != HVG_NEVER || fcopy.must_discard);
	}
	hvg_fcopy_cancel(&fcopy, "the end");
	for (unsigned int i = 0; i < 4; i++) {
		end_deed(&random);
		take_action(&random);
	}
	ck_assert(!walk.has_half);
	ck_assert(hvg_fcopy_is_idle(&fcopy));
	ck_assert_uint_gt(walk.n_answers, 500);
	ck_assert_uint_gt(walk.n_published, 10);
}
END_TEST

Suite *hvg_suite_service_fcopy(void)
{
	Suite *suite = suite_create("service/fcopy");
	TCase *tcase = hvg_suite_case(suite, "fcopy");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, copies_a_file);
	tcase_add_test(tcase, copies_an_empty_file);
	tcase_add_test(tcase, takes_fragments_in_any_order);
	tcase_add_loop_test(tcase, tells_why_a_file_cannot_be_made, 0, HVG_ELEMENTS(failures));
	tcase_add_loop_test(tcase, discards_a_file_that_cannot_be_stored, 0, HVG_ELEMENTS(failures));
	tcase_add_loop_test(tcase, discards_a_file_that_cannot_be_published, 0, HVG_ELEMENTS(failures));
	tcase_add_test(tcase, publishes_nothing_with_a_gap);
	tcase_add_loop_test(tcase, takes_no_more_than_was_announced, 0, HVG_ELEMENTS(beyond));
	tcase_add_loop_test(tcase, refuses_files_that_are_too_large, 0, 3);
	tcase_add_test(tcase, answers_what_belongs_to_no_file);
	tcase_add_test(tcase, discards_a_file_after_a_message_that_is_none);
	tcase_add_test(tcase, cancels);
	tcase_add_test(tcase, discards_a_file_when_another_begins);
	tcase_add_test(tcase, discards_a_file_of_a_host_that_is_silent);
	tcase_add_test(tcase, discards_a_file_of_which_the_host_was_not_told);
	tcase_add_test(tcase, discards_a_file_when_the_device_is_lost);
	tcase_add_loop_test(tcase, answers_in_time_and_discards_what_fails_late, 0, 3);
	tcase_add_loop_test(tcase, answers_in_time_and_discards_what_succeeds_late, 0, 3);
	tcase_add_test(tcase, begins_no_deed_that_is_too_late);
	tcase_add_loop_test(tcase, begins_nothing_while_a_deed_is_late, 0, 3);
	tcase_add_loop_test(tcase, forgets_a_request_that_the_host_gave_up, 0, 3);
	tcase_add_loop_test(tcase, discards_after_a_deed_when_the_device_is_lost, 0, 3);
	tcase_add_test(tcase, leaves_a_deed_its_request_when_another_comes);
	tcase_add_test(tcase, answers_before_a_discard_that_hangs);
	tcase_add_test(tcase, keeps_the_deadline_of_a_discard);
	tcase_add_test(tcase, drops_old_results);
	tcase_add_loop_test(tcase, keeps_its_promises_in_a_random_walk, 0, 8);
	return suite;
}
