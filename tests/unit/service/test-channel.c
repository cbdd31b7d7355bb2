// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The channel as conversations: each test plays kernel, loop and service. expect() asks for the next
 * action and checks its kind; the walk at the end plays all of them at random.
 */

#include "suites.h"

#include "base/units.h"
#include "random.h"
#include "service/channel.h"

#include <errno.h>

#define SEC HVG_USEC_PER_SEC

static struct hvg_channel channel;
static uint64_t now_us;

static void start(uint64_t look_us)
{
	struct hvg_channel_config config = { .patience_us = 30 * SEC, .look_us = look_us };

	now_us = 1000 * SEC;
	hvg_channel_init(&channel, &config, now_us);
}

static void setup(void)
{
	start(0);
}

static uint64_t expect(enum hvg_channel_action_kind kind)
{
	struct hvg_channel_action action = hvg_channel_next(&channel, now_us);

	ck_assert_int_eq(action.kind, kind);
	return action.serial;
}

static void perform(enum hvg_channel_action_kind kind, int result)
{
	hvg_channel_done(&channel, expect(kind), result, now_us);
}

static void receive(void)
{
	hvg_channel_recv(&channel, "message", 7, now_us);
}

static void register_opened(void)
{
	perform(HVG_CHANNEL_REGISTER, 0);
	expect(HVG_CHANNEL_WAIT);
	receive();
	perform(HVG_CHANNEL_ACCEPT, 0);
	expect(HVG_CHANNEL_WAIT);
	ck_assert_int_eq(channel.state, HVG_CHANNEL_READY);
}

static void register_it(void)
{
	perform(HVG_CHANNEL_OPEN, 0);
	register_opened();
}

/* It has just appeared: the kernel may not be ready for a registration yet. */
static void register_new_one(void)
{
	perform(HVG_CHANNEL_OPEN, 0);
	expect(HVG_CHANNEL_WAIT);
	ck_assert_uint_ge(channel.deadline_us, now_us + SEC / 20);
	ck_assert_uint_le(channel.deadline_us, now_us + SEC / 2);
	now_us = channel.deadline_us - 1;
	expect(HVG_CHANNEL_WAIT);
	now_us++;
	register_opened();
}

static void serve(void)
{
	receive();
	perform(HVG_CHANNEL_SERVE, 0);
	expect(HVG_CHANNEL_WAIT);
}

static int answer(void)
{
	return hvg_channel_send(&channel, "answer", 6, now_us);
}

START_TEST(registers_and_serves)
{
	struct hvg_channel_action action;

	ck_assert(!hvg_channel_is_registered(&channel));
	register_it();
	ck_assert(hvg_channel_is_registered(&channel));
	receive();
	action = hvg_channel_next(&channel, now_us);
	ck_assert_int_eq(action.kind, HVG_CHANNEL_SERVE);
	ck_assert_uint_eq(action.size, 7);
	ck_assert_str_eq(action.bytes, "message");
	ck_assert_int_eq(answer(), 0);
	action = hvg_channel_next(&channel, now_us);
	ck_assert_int_eq(action.kind, HVG_CHANNEL_SEND);
	ck_assert_str_eq(action.bytes, "answer");
	hvg_channel_done(&channel, action.serial, 0, now_us);
	ck_assert_int_eq(channel.state, HVG_CHANNEL_READY);
	ck_assert_int_eq(channel.error, 0);
}
END_TEST

START_TEST(is_ready_at_once_where_nothing_is_registered)
{
	perform(HVG_CHANNEL_OPEN, 1);
	expect(HVG_CHANNEL_WAIT);
	ck_assert(hvg_channel_is_registered(&channel));
	ck_assert_int_eq(channel.error, 0);
	serve();
	ck_assert_int_eq(answer(), 0);
	perform(HVG_CHANNEL_SEND, 0);
}
END_TEST

/* Somebody else has served this request and others. */
START_TEST(takes_a_device_back_that_was_on_loan)
{
	register_it();
	hvg_channel_answered(&channel); /* none was: nothing happens */
	ck_assert_int_eq(channel.state, HVG_CHANNEL_READY);
	serve();
	now_us += 100 * SEC;
	hvg_channel_answered(&channel);
	expect(HVG_CHANNEL_WAIT);
	ck_assert_int_eq(channel.state, HVG_CHANNEL_READY);
	ck_assert_int_eq(answer(), -EPROTO);
	serve();
	now_us += 100 * SEC;
	hvg_channel_resume(&channel, now_us - 5 * SEC);
	ck_assert_int_eq(answer(), 0);
	perform(HVG_CHANNEL_SEND, 0);
}
END_TEST

START_TEST(yields_each_action_once)
{
	uint64_t serial = expect(HVG_CHANNEL_OPEN);

	expect(HVG_CHANNEL_WAIT);
	hvg_channel_done(&channel, serial + 1, 0, now_us);
	expect(HVG_CHANNEL_WAIT);
	hvg_channel_done(&channel, serial, 0, now_us);
	expect(HVG_CHANNEL_REGISTER);
	hvg_channel_done(&channel, serial, -EIO, now_us); /* an old result */
	expect(HVG_CHANNEL_WAIT);
	ck_assert_int_eq(channel.state, HVG_CHANNEL_REGISTERING);
}
END_TEST

START_TEST(retries_a_busy_device_ever_more_slowly)
{
	uint64_t waited_us = 0;

	for (int i = 0; i < 12; i++) {
		perform(HVG_CHANNEL_OPEN, -EBUSY);
		expect(HVG_CHANNEL_WAIT);
		ck_assert_int_eq(channel.error, -EBUSY);
		ck_assert_uint_ge(channel.deadline_us - now_us, HVG_MIN(waited_us, 10 * SEC));
		ck_assert_uint_le(channel.deadline_us - now_us, 10 * SEC);
		waited_us = channel.deadline_us - now_us;
		now_us = channel.deadline_us;
	}
	register_it();
	ck_assert_int_eq(channel.error, 0);
}
END_TEST

START_TEST(waits_for_an_absent_device_to_appear)
{
	perform(HVG_CHANNEL_OPEN, -ENOENT);
	expect(HVG_CHANNEL_WAIT);
	ck_assert_uint_eq(channel.deadline_us, HVG_NEVER);
	now_us += 100000 * SEC;
	expect(HVG_CHANNEL_WAIT);
	hvg_channel_appeared(&channel);
	register_new_one();
}
END_TEST

START_TEST(looks_for_an_absent_device_if_nobody_will_tell)
{
	start(SEC / 4);
	for (int i = 0; i < 10; i++) {
		perform(HVG_CHANNEL_OPEN, -ENOENT);
		expect(HVG_CHANNEL_WAIT);
		ck_assert_uint_eq(channel.deadline_us, now_us + SEC / 4);
		now_us = channel.deadline_us;
	}
	register_new_one();
}
END_TEST

START_TEST(gives_up_a_kernel_that_does_not_answer)
{
	perform(HVG_CHANNEL_OPEN, 0);
	perform(HVG_CHANNEL_REGISTER, 0);
	now_us = channel.deadline_us - 1;
	expect(HVG_CHANNEL_WAIT);
	now_us++;
	perform(HVG_CHANNEL_CLOSE, 0);
	expect(HVG_CHANNEL_WAIT);
	now_us = channel.deadline_us;
	register_it();
}
END_TEST

START_TEST(starts_over_when_registration_fails)
{
	perform(HVG_CHANNEL_OPEN, 0);
	perform(HVG_CHANNEL_REGISTER, -EINVAL);
	perform(HVG_CHANNEL_CLOSE, 0);
	ck_assert_int_eq(channel.error, -EINVAL);
	now_us = channel.deadline_us;
	perform(HVG_CHANNEL_OPEN, 0);
	perform(HVG_CHANNEL_REGISTER, 0);
	receive();
	perform(HVG_CHANNEL_ACCEPT, -EBADMSG);
	perform(HVG_CHANNEL_CLOSE, 0);
	now_us = channel.deadline_us;
	register_it();
}
END_TEST

START_TEST(closes_at_once_on_hangup_and_comes_back)
{
	register_it();
	hvg_channel_hangup(&channel, -ENODEV);
	perform(HVG_CHANNEL_CLOSE, 0);
	ck_assert(!hvg_channel_is_open(&channel));
	now_us = channel.deadline_us;
	perform(HVG_CHANNEL_OPEN, -ENOENT);
	expect(HVG_CHANNEL_WAIT);
	hvg_channel_appeared(&channel);
	register_new_one();
}
END_TEST

/* It was offered again before we looked: the node is another one. */
START_TEST(takes_what_it_finds_after_a_hangup_for_new)
{
	register_it();
	hvg_channel_hangup(&channel, -ENODEV);
	perform(HVG_CHANNEL_CLOSE, 0);
	now_us = channel.deadline_us;
	register_new_one();
	hvg_channel_sleep(&channel);
	perform(HVG_CHANNEL_CLOSE, 0);
	hvg_channel_awaken(&channel);
	register_it();
}
END_TEST

START_TEST(closes_a_new_device_that_goes_before_it_is_registered)
{
	perform(HVG_CHANNEL_OPEN, -ENOENT);
	hvg_channel_appeared(&channel);
	perform(HVG_CHANNEL_OPEN, 0);
	expect(HVG_CHANNEL_WAIT);
	hvg_channel_hangup(&channel, -ENODEV);
	perform(HVG_CHANNEL_CLOSE, 0);
	now_us = channel.deadline_us;
	register_new_one();
}
END_TEST

START_TEST(tells_the_service_when_its_request_died)
{
	register_it();
	serve();
	hvg_channel_hangup(&channel, -ENODEV);
	ck_assert_int_eq(answer(), -EPROTO);
	perform(HVG_CHANNEL_CLOSE, 0);
	ck_assert_int_eq(answer(), -EPROTO);
}
END_TEST

START_TEST(drops_an_answer_that_is_too_old)
{
	register_it();
	serve();
	now_us += 29 * SEC + 1;
	ck_assert_int_eq(answer(), -ETIMEDOUT);
	expect(HVG_CHANNEL_WAIT);
	ck_assert_int_eq(channel.state, HVG_CHANNEL_READY);
	serve();
	now_us += 28 * SEC;
	ck_assert_int_eq(answer(), 0);
	perform(HVG_CHANNEL_SEND, 0);
}
END_TEST

START_TEST(waits_longer_for_a_request_that_the_kernel_waits_longer_for)
{
	register_it();
	serve();
	hvg_channel_set_patience(&channel, 900 * SEC);
	now_us += 869 * SEC;
	ck_assert_int_eq(answer(), 0);
	perform(HVG_CHANNEL_SEND, 0);
	serve();
	hvg_channel_set_patience(&channel, 900 * SEC);
	now_us += 870 * SEC + 1;
	ck_assert_int_eq(answer(), -ETIMEDOUT);
	serve();
	now_us += 29 * SEC + 1; /* it was for those requests only */
	ck_assert_int_eq(answer(), -ETIMEDOUT);
}
END_TEST

START_TEST(goes_on_when_a_newer_request_waits)
{
	register_it();
	serve();
	ck_assert_int_eq(answer(), 0);
	perform(HVG_CHANNEL_SEND, -ESTALE);
	expect(HVG_CHANNEL_WAIT);
	serve();
	ck_assert_int_eq(answer(), 0);
	perform(HVG_CHANNEL_SEND, 0);
}
END_TEST

START_TEST(takes_a_newer_request_for_the_death_of_the_older)
{
	register_it();
	serve();
	now_us += SEC;
	serve();
	ck_assert_uint_eq(channel.received_us, now_us);
	ck_assert_int_eq(answer(), 0);
	perform(HVG_CHANNEL_SEND, 0);
	ck_assert_int_eq(answer(), -EPROTO);
}
END_TEST

START_TEST(reopens_when_the_kernel_refuses_an_answer)
{
	register_it();
	serve();
	ck_assert_int_eq(answer(), 0);
	perform(HVG_CHANNEL_SEND, -EINVAL);
	perform(HVG_CHANNEL_CLOSE, 0);
	now_us = channel.deadline_us;
	register_it();
}
END_TEST

START_TEST(reopens_after_a_stall_without_reading)
{
	register_it();
	now_us += hvg_channel_tick_us(&channel.config);
	ck_assert(!hvg_channel_wake(&channel, now_us));
	now_us += 29 * SEC + 1;
	ck_assert(hvg_channel_wake(&channel, now_us));
	ck_assert(!hvg_channel_wake(&channel, now_us));
	receive(); /* too late: not served */
	perform(HVG_CHANNEL_CLOSE, 0);
	now_us = channel.deadline_us;
	register_it();
}
END_TEST

START_TEST(ticks_before_the_kernel_can_have_given_up)
{
	ck_assert_uint_lt(hvg_channel_tick_us(&channel.config), 29 * SEC);
	ck_assert_uint_gt(hvg_channel_tick_us(&channel.config), 20 * SEC);
}
END_TEST

START_TEST(is_not_stalled_while_there_is_no_device)
{
	perform(HVG_CHANNEL_OPEN, -ENOENT);
	now_us += 100 * SEC;
	ck_assert(!hvg_channel_wake(&channel, now_us));
	hvg_channel_appeared(&channel);
	register_new_one();
}
END_TEST

START_TEST(closes_before_sleep_and_opens_after)
{
	register_it();
	hvg_channel_sleep(&channel);
	perform(HVG_CHANNEL_CLOSE, 0);
	expect(HVG_CHANNEL_WAIT);
	ck_assert_uint_eq(channel.deadline_us, HVG_NEVER);
	hvg_channel_appeared(&channel); /* a new node before we are told: not yet */
	expect(HVG_CHANNEL_WAIT);
	hvg_channel_awaken(&channel);
	register_it();
}
END_TEST

START_TEST(opens_after_a_sleep_that_did_not_come)
{
	register_it();
	hvg_channel_sleep(&channel);
	hvg_channel_awaken(&channel);
	perform(HVG_CHANNEL_CLOSE, 0);
	now_us = channel.deadline_us;
	register_it();
}
END_TEST

START_TEST(closes_what_was_being_opened_when_it_stopped)
{
	uint64_t serial = expect(HVG_CHANNEL_OPEN);

	hvg_channel_stop(&channel);
	hvg_channel_done(&channel, serial, 0, now_us);
	perform(HVG_CHANNEL_CLOSE, 0);
	expect(HVG_CHANNEL_WAIT);
	ck_assert_int_eq(channel.state, HVG_CHANNEL_STOPPED);
}
END_TEST

START_TEST(stays_stopped)
{
	register_it();
	serve();
	hvg_channel_stop(&channel);
	hvg_channel_sleep(&channel);
	perform(HVG_CHANNEL_CLOSE, 0);
	hvg_channel_awaken(&channel);
	hvg_channel_appeared(&channel);
	expect(HVG_CHANNEL_WAIT);
	ck_assert_int_eq(channel.state, HVG_CHANNEL_STOPPED);
}
END_TEST

/*
 * Everybody acts at random. The walk keeps its own books: whether the device is open, and whether a
 * request is owed an answer; the channel must never contradict them.
 */
struct walk {
	struct hvg_random random;
	bool open, owed, sleeping;
	struct hvg_channel_action out;
};

static void perform_at_random(struct walk *walk)
{
	static const int open_results[] = { 0, 0, 0, -EBUSY, -ENOENT, -EACCES };
	static const int send_results[] = { 0, 0, 0, -ESTALE, -EINVAL, -ENODEV };
	unsigned int dice = hvg_random_below(&walk->random, 6);
	int result = 0;

	switch (walk->out.kind) {
	case HVG_CHANNEL_OPEN:
		ck_assert(!walk->open);
		result = open_results[dice];
		walk->open = result == 0;
		break;
	case HVG_CHANNEL_REGISTER:
		ck_assert(walk->open);
		result = dice == 0 ? -EINVAL : 0;
		break;
	case HVG_CHANNEL_ACCEPT:
		result = dice == 0 ? -EBADMSG : 0;
		break;
	case HVG_CHANNEL_SERVE:
		ck_assert(walk->open);
		walk->owed = true;
		break;
	case HVG_CHANNEL_SEND:
		ck_assert(walk->open);
		ck_assert(walk->owed);
		walk->owed = false;
		result = send_results[dice];
		break;
	case HVG_CHANNEL_CLOSE:
		walk->open = walk->owed = false;
		break;
	case HVG_CHANNEL_WAIT:
		return;
	}
	hvg_channel_done(&channel, walk->out.serial, result, now_us);
	walk->out.kind = HVG_CHANNEL_WAIT;
}

static void happen_at_random(struct walk *walk)
{
	switch (hvg_random_below(&walk->random, 12)) {
	case 0:
		hvg_channel_hangup(&channel, -ENODEV);
		break;
	case 1:
		hvg_channel_appeared(&channel);
		break;
	case 2:
		walk->sleeping = !walk->sleeping;
		if (walk->sleeping)
			hvg_channel_sleep(&channel);
		else
			hvg_channel_awaken(&channel);
		break;
	case 3:
		now_us += hvg_random_below(&walk->random, 40) * SEC;
		hvg_channel_wake(&channel, now_us);
		break;
	case 4:
		if (channel.deadline_us != HVG_NEVER)
			now_us = HVG_MAX(now_us, channel.deadline_us);
		break;
	case 5:
	case 6:
		if (walk->owed)
			(void)answer();
		break;
	case 7:
		hvg_channel_done(&channel, channel.serial - 1, 0, now_us);
		break;
	default:
		if (walk->open)
			receive();
		break;
	}
}

static void check_that_it_cannot_hang(const struct walk *walk)
{
	bool timed = channel.state == HVG_CHANNEL_WAITING || channel.state == HVG_CHANNEL_SETTLING ||
		     channel.state == HVG_CHANNEL_GREETING;

	if (timed)
		ck_assert_uint_ne(channel.deadline_us, HVG_NEVER);
	else if (channel.state != HVG_CHANNEL_ABSENT)
		ck_assert_uint_eq(channel.deadline_us, HVG_NEVER);
	if (channel.state == HVG_CHANNEL_ASLEEP)
		ck_assert(walk->sleeping);
}

START_TEST(keeps_its_promises_in_a_random_walk)
{
	struct walk walk = { .random = hvg_random_from((unsigned int)_i) };
	unsigned int n_served = 0;

	for (unsigned int i = hvg_random_steps(20000); i > 0; i--) {
		if (hvg_random_below(&walk.random, 2) == 0)
			happen_at_random(&walk);
		if (walk.out.kind != HVG_CHANNEL_WAIT && hvg_random_below(&walk.random, 4) > 0)
			perform_at_random(&walk);
		else if (walk.out.kind == HVG_CHANNEL_WAIT)
			walk.out = hvg_channel_next(&channel, now_us);
		n_served += walk.out.kind == HVG_CHANNEL_SERVE;
		check_that_it_cannot_hang(&walk);
	}
	ck_assert_uint_gt(n_served, 50);

	hvg_channel_stop(&channel);
	for (int i = 0; i < 4; i++) {
		perform_at_random(&walk);
		walk.out = hvg_channel_next(&channel, now_us);
	}
	ck_assert_int_eq(channel.state, HVG_CHANNEL_STOPPED);
	ck_assert(!walk.open);
}
END_TEST

Suite *hvg_suite_service_channel(void)
{
	Suite *suite = suite_create("service/channel");
	TCase *tcase = hvg_suite_case(suite, "channel");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, registers_and_serves);
	tcase_add_test(tcase, is_ready_at_once_where_nothing_is_registered);
	tcase_add_test(tcase, takes_a_device_back_that_was_on_loan);
	tcase_add_test(tcase, yields_each_action_once);
	tcase_add_test(tcase, retries_a_busy_device_ever_more_slowly);
	tcase_add_test(tcase, waits_for_an_absent_device_to_appear);
	tcase_add_test(tcase, looks_for_an_absent_device_if_nobody_will_tell);
	tcase_add_test(tcase, gives_up_a_kernel_that_does_not_answer);
	tcase_add_test(tcase, starts_over_when_registration_fails);
	tcase_add_test(tcase, closes_at_once_on_hangup_and_comes_back);
	tcase_add_test(tcase, takes_what_it_finds_after_a_hangup_for_new);
	tcase_add_test(tcase, closes_a_new_device_that_goes_before_it_is_registered);
	tcase_add_test(tcase, tells_the_service_when_its_request_died);
	tcase_add_test(tcase, drops_an_answer_that_is_too_old);
	tcase_add_test(tcase, waits_longer_for_a_request_that_the_kernel_waits_longer_for);
	tcase_add_test(tcase, goes_on_when_a_newer_request_waits);
	tcase_add_test(tcase, takes_a_newer_request_for_the_death_of_the_older);
	tcase_add_test(tcase, reopens_when_the_kernel_refuses_an_answer);
	tcase_add_test(tcase, reopens_after_a_stall_without_reading);
	tcase_add_test(tcase, ticks_before_the_kernel_can_have_given_up);
	tcase_add_test(tcase, is_not_stalled_while_there_is_no_device);
	tcase_add_test(tcase, closes_before_sleep_and_opens_after);
	tcase_add_test(tcase, opens_after_a_sleep_that_did_not_come);
	tcase_add_test(tcase, closes_what_was_being_opened_when_it_stopped);
	tcase_add_test(tcase, stays_stopped);
	tcase_add_loop_test(tcase, keeps_its_promises_in_a_random_walk, 0, 8);
	return suite;
}
