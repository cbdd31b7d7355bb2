// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Backups as conversations: each test plays host, clock and guest. expect() asks for the next action
 * and checks its kind; the walk at the end plays all of it at random.
 */

#include "suites.h"

#include "base/units.h"
#include "hvguest/status.h"
#include "random.h"
#include "service/vss.h"

#include <errno.h>
#include <linux/hyperv.h>
#include <string.h>

#define SEC HVG_USEC_PER_SEC

static struct hvg_vss vss;
static uint64_t now_us;

static void setup(void)
{
	struct hvg_vss_config config = {
		.patience_us = 30 * SEC,
		.freeze_limit_us = 120 * SEC,
		.frozen_us = 60 * SEC,
	};

	now_us = 1000 * SEC;
	hvg_vss_init(&vss, &config);
}

static void ask(uint8_t op)
{
	struct hv_vss_msg message = { .vss_hdr.operation = op };

	hvg_vss_recv(&vss, &message, sizeof(message), now_us);
}

static struct hvg_vss_action expect(enum hvg_vss_action_kind kind)
{
	struct hvg_vss_action action = hvg_vss_next(&vss, now_us);

	ck_assert_int_eq(action.kind, kind);
	return action;
}

static int finish(struct hvg_vss_action action, int code)
{
	return hvg_vss_done(&vss, action.serial, code, now_us);
}

static void perform(enum hvg_vss_action_kind kind, int code)
{
	ck_assert_int_eq(finish(expect(kind), code), 0);
}

static void perform_thaw(enum hvg_vss_why why)
{
	struct hvg_vss_action action = expect(HVG_VSS_DO_THAW);

	ck_assert_int_eq(action.why, why);
	ck_assert_int_eq(finish(action, 0), 0);
}

static struct hvg_vss_action expect_answer(uint32_t status)
{
	struct hvg_vss_action action = expect(HVG_VSS_SEND);
	struct hv_vss_msg message;

	memcpy(&message, action.reply, sizeof(message));
	ck_assert_uint_eq((uint32_t)message.error, status);
	ck_assert_uint_eq(message.dm_info.flags, 0);
	return action;
}

static void answers(uint32_t status)
{
	ck_assert_int_eq(finish(expect_answer(status), 0), 0);
	expect(HVG_VSS_WAIT);
}

static void freeze(void)
{
	ask(VSS_OP_FREEZE);
	perform(HVG_VSS_DO_FREEZE, 0);
	answers(HVG_STATUS_OK);
	ck_assert_int_eq(vss.state, HVG_VSS_FROZEN);
	ck_assert(!hvg_vss_is_quiet(&vss));
}

static void expect_rest(void)
{
	expect(HVG_VSS_WAIT);
	ck_assert_int_eq(vss.state, HVG_VSS_THAWED);
	ck_assert(hvg_vss_is_quiet(&vss));
	ck_assert_uint_eq(vss.deadline_us, HVG_NEVER);
}

START_TEST(takes_part_in_a_backup)
{
	expect_rest();
	ask(VSS_OP_HOT_BACKUP);
	perform(HVG_VSS_CHECK, 0);
	answers(HVG_STATUS_OK);
	expect_rest();
	freeze();
	ck_assert_uint_eq(vss.deadline_us, now_us + 60 * SEC);
	now_us += 59 * SEC;
	expect(HVG_VSS_WAIT);
	ask(VSS_OP_THAW);
	perform_thaw(HVG_VSS_ASKED);
	answers(HVG_STATUS_OK);
	expect_rest();
	ck_assert_uint_eq(vss.n_requests, 3);
}
END_TEST

/* What a disk says is none of what is said about requests. */
static const int disks_codes[] = { -EIO, -EOPNOTSUPP, -EBADMSG, -ESTALE };

START_TEST(tells_that_a_backup_cannot_be_taken)
{
	for (size_t i = 0; i < HVG_ELEMENTS(disks_codes); i++) {
		ask(VSS_OP_HOT_BACKUP);
		perform(HVG_VSS_CHECK, disks_codes[i]);
		answers(HVG_STATUS_FAIL);
		ck_assert_ptr_null(vss.outcome.reason);
		expect_rest();
	}
}
END_TEST

START_TEST(tells_that_a_disk_cannot_be_frozen)
{
	for (size_t i = 0; i < HVG_ELEMENTS(disks_codes); i++) {
		ask(VSS_OP_FREEZE);
		perform(HVG_VSS_DO_FREEZE, disks_codes[i]);
		perform_thaw(HVG_VSS_FAILED);
		answers(HVG_STATUS_FAIL);
		ck_assert_ptr_null(vss.outcome.reason);
		expect_rest();
	}
}
END_TEST

START_TEST(answers_a_failed_freeze_when_all_is_thawed)
{
	ask(VSS_OP_FREEZE);
	perform(HVG_VSS_DO_FREEZE, -EIO);
	perform_thaw(HVG_VSS_FAILED);
	answers(HVG_STATUS_FAIL);
	ck_assert_int_eq(vss.outcome.code, -EIO);
	expect_rest();
}
END_TEST

START_TEST(thaws_when_the_freeze_reply_is_lost)
{
	static const int codes[] = { -EINVAL, -EPROTO, -ETIMEDOUT, -ESTALE, -ENODEV };

	ask(VSS_OP_FREEZE);
	perform(HVG_VSS_DO_FREEZE, 0);
	ck_assert_int_eq(finish(expect_answer(HVG_STATUS_OK), codes[_i]), 0);
	perform_thaw(HVG_VSS_NOT_SENT);
	expect_rest();
	ask(VSS_OP_THAW); /* the host was never told: there is nothing to complain about */
	answers(HVG_STATUS_OK);
}
END_TEST

START_TEST(thaws_by_itself_and_tells_the_host_at_its_thaw)
{
	freeze();
	now_us += 60 * SEC;
	perform_thaw(HVG_VSS_EXPIRED);
	expect_rest();
	ask(VSS_OP_THAW);
	answers(HVG_STATUS_FAIL);
	ck_assert_ptr_nonnull(vss.outcome.reason);
	ask(VSS_OP_THAW); /* once is enough */
	answers(HVG_STATUS_OK);
	freeze();
	ask(VSS_OP_THAW);
	perform_thaw(HVG_VSS_ASKED);
	answers(HVG_STATUS_OK);
}
END_TEST

START_TEST(believes_a_guardian_that_has_thawed)
{
	hvg_vss_expired(&vss); /* nothing is frozen: nothing happens */
	expect_rest();
	freeze();
	hvg_vss_expired(&vss);
	perform_thaw(HVG_VSS_EXPIRED);
	ask(VSS_OP_THAW);
	answers(HVG_STATUS_FAIL);
	expect_rest();
}
END_TEST

START_TEST(forgets_a_broken_backup_when_a_new_one_begins)
{
	freeze();
	hvg_vss_expired(&vss);
	perform_thaw(HVG_VSS_EXPIRED);
	freeze();
	ask(VSS_OP_THAW);
	perform_thaw(HVG_VSS_ASKED);
	answers(HVG_STATUS_OK);
}
END_TEST

START_TEST(tells_a_thaw_that_comes_during_the_self_thaw)
{
	struct hvg_vss_action action;

	freeze();
	now_us += 60 * SEC;
	action = expect(HVG_VSS_DO_THAW);
	ask(VSS_OP_THAW);
	expect(HVG_VSS_WAIT);
	finish(action, 0);
	answers(HVG_STATUS_FAIL);
	expect_rest();
}
END_TEST

START_TEST(answers_a_thaw_that_nobody_expects)
{
	ask(VSS_OP_THAW);
	answers(HVG_STATUS_OK);
	expect_rest();
}
END_TEST

START_TEST(answers_a_repeated_freeze_and_a_check_without_thawing)
{
	uint64_t deadline_us;

	freeze();
	deadline_us = vss.deadline_us;
	now_us += 10 * SEC;
	ask(VSS_OP_FREEZE);
	answers(HVG_STATUS_OK);
	ask(VSS_OP_HOT_BACKUP);
	answers(HVG_STATUS_OK);
	ck_assert_int_eq(vss.state, HVG_VSS_FROZEN);
	ck_assert_uint_eq(vss.deadline_us, deadline_us); /* nobody keeps us frozen for ever */
	now_us = deadline_us;
	perform_thaw(HVG_VSS_EXPIRED);
}
END_TEST

START_TEST(refuses_what_it_does_not_know)
{
	static const uint8_t ops[] = { 0, 1, 3, 4, 7, 8, 128, 129, 255 };
	uint8_t shorter[4] = { VSS_OP_FREEZE };

	for (size_t i = 0; i < sizeof(ops); i++) {
		ask(ops[i]);
		answers(HVG_STATUS_NOT_SUPPORTED);
	}
	hvg_vss_recv(&vss, shorter, sizeof(shorter), now_us);
	answers(HVG_STATUS_INVALID);
	expect_rest();
}
END_TEST

START_TEST(undoes_a_freeze_that_takes_too_long)
{
	struct hvg_vss_action freezing;

	ask(VSS_OP_FREEZE);
	freezing = expect(HVG_VSS_DO_FREEZE);
	expect(HVG_VSS_WAIT);
	ck_assert_uint_eq(vss.deadline_us, now_us + 120 * SEC);
	now_us += 120 * SEC;
	perform_thaw(HVG_VSS_TOO_SLOW);
	answers(HVG_STATUS_FAIL);
	ck_assert(!hvg_vss_is_quiet(&vss)); /* it may succeed yet */
	ck_assert_int_eq(finish(freezing, -ECANCELED), -ESTALE);
	expect_rest();
}
END_TEST

START_TEST(undoes_the_late_success_of_a_freeze)
{
	struct hvg_vss_action freezing;

	ask(VSS_OP_FREEZE);
	freezing = expect(HVG_VSS_DO_FREEZE);
	hvg_vss_cancel(&vss);
	perform_thaw(HVG_VSS_LOST);
	ck_assert_int_eq(finish(freezing, 0), -ESTALE);
	perform_thaw(HVG_VSS_GIVEN_UP);
	expect_rest();
	ck_assert_int_eq(finish(freezing, 0), -ESTALE); /* but once */
	expect_rest();
}
END_TEST

START_TEST(begins_no_freeze_while_another_may_succeed_yet)
{
	struct hvg_vss_action freezing;

	ask(VSS_OP_FREEZE);
	freezing = expect(HVG_VSS_DO_FREEZE);
	ask(VSS_OP_FREEZE);
	perform_thaw(HVG_VSS_GIVEN_UP);
	expect(HVG_VSS_WAIT);
	ck_assert_int_eq(hvg_vss_rehearse(&vss, now_us), -EBUSY);
	finish(freezing, -ECANCELED);
	perform(HVG_VSS_DO_FREEZE, 0);
	answers(HVG_STATUS_OK);
	ck_assert_int_eq(vss.state, HVG_VSS_FROZEN);
}
END_TEST

START_TEST(fails_a_freeze_that_waits_too_long_for_its_turn)
{
	ask(VSS_OP_FREEZE);
	expect(HVG_VSS_DO_FREEZE);
	ask(VSS_OP_FREEZE);
	perform_thaw(HVG_VSS_GIVEN_UP);
	now_us += 120 * SEC;
	answers(HVG_STATUS_FAIL);
	expect(HVG_VSS_WAIT);
}
END_TEST

START_TEST(aborts_a_freeze_when_the_host_says_thaw)
{
	struct hvg_vss_action freezing;

	ask(VSS_OP_FREEZE);
	freezing = expect(HVG_VSS_DO_FREEZE);
	ask(VSS_OP_THAW); /* the one that the kernel makes for a suspend, for instance */
	perform_thaw(HVG_VSS_GIVEN_UP);
	answers(HVG_STATUS_OK);
	finish(freezing, -ECANCELED);
	expect_rest();
}
END_TEST

START_TEST(thaws_before_a_request_that_came_before_the_answer_was_sent)
{
	struct hvg_vss_action sending;

	ask(VSS_OP_FREEZE);
	perform(HVG_VSS_DO_FREEZE, 0);
	sending = expect_answer(HVG_STATUS_OK);
	ask(VSS_OP_HOT_BACKUP);
	ck_assert_int_eq(finish(sending, 0), -ESTALE);
	perform_thaw(HVG_VSS_GIVEN_UP);
	perform(HVG_VSS_CHECK, 0);
	answers(HVG_STATUS_OK);
	expect_rest();
}
END_TEST

START_TEST(thaws_when_the_device_is_lost)
{
	freeze();
	hvg_vss_cancel(&vss);
	perform_thaw(HVG_VSS_LOST);
	expect_rest();
	ask(VSS_OP_THAW); /* over the device that came back */
	answers(HVG_STATUS_FAIL);
	hvg_vss_cancel(&vss);
	expect_rest();
}
END_TEST

START_TEST(drops_a_check_whose_host_has_given_up)
{
	struct hvg_vss_action checking;

	ask(VSS_OP_HOT_BACKUP);
	checking = expect(HVG_VSS_CHECK);
	now_us += 25 * SEC;
	answers(HVG_STATUS_FAIL);
	ck_assert_int_eq(finish(checking, 0), -ESTALE);
	ask(VSS_OP_HOT_BACKUP);
	checking = expect(HVG_VSS_CHECK);
	ask(VSS_OP_THAW);
	answers(HVG_STATUS_OK);
	ck_assert_int_eq(finish(checking, 0), -ESTALE);
	ask(VSS_OP_HOT_BACKUP);
	checking = expect(HVG_VSS_CHECK);
	hvg_vss_cancel(&vss);
	ck_assert_int_eq(finish(checking, 0), -ESTALE);
	expect_rest();
}
END_TEST

START_TEST(tries_a_failed_thaw_again_and_tells_the_host)
{
	freeze();
	ask(VSS_OP_THAW);
	perform(HVG_VSS_DO_THAW, -EIO);
	answers(HVG_STATUS_FAIL);
	ck_assert_int_eq(vss.state, HVG_VSS_THAWING);
	now_us = vss.deadline_us;
	perform(HVG_VSS_DO_THAW, -EIO);
	expect(HVG_VSS_WAIT);
	now_us = vss.deadline_us;
	perform_thaw(HVG_VSS_ASKED);
	expect_rest();
}
END_TEST

START_TEST(asks_again_for_a_thaw_that_does_not_end)
{
	struct hvg_vss_action first, second;

	freeze();
	ask(VSS_OP_THAW);
	first = expect(HVG_VSS_DO_THAW);
	now_us += 10 * SEC;
	second = expect(HVG_VSS_DO_THAW);
	ck_assert_int_eq(finish(first, 0), -ESTALE);
	expect(HVG_VSS_WAIT);
	now_us += 8 * SEC;
	ck_assert_int_eq(finish(second, 0), 0);
	answers(HVG_STATUS_OK);
	expect_rest();
}
END_TEST

START_TEST(answers_a_thaw_in_time_even_if_it_does_not_end)
{
	freeze();
	ask(VSS_OP_THAW);
	for (int i = 0; i < 3; i++) {
		expect(HVG_VSS_DO_THAW);
		expect(HVG_VSS_WAIT);
		now_us = vss.deadline_us;
	}
	answers(HVG_STATUS_FAIL);
	ck_assert_int_eq(vss.state, HVG_VSS_THAWING);
}
END_TEST

START_TEST(rehearses)
{
	struct hvg_vss_action action;

	ck_assert_int_eq(hvg_vss_rehearse(&vss, now_us), 0);
	ck_assert_int_eq(hvg_vss_rehearse(&vss, now_us), -EBUSY);
	action = expect(HVG_VSS_DO_FREEZE);
	ck_assert(action.is_rehearsal);
	finish(action, 0);
	perform_thaw(HVG_VSS_REHEARSED);
	expect_rest();
	freeze();
	ck_assert_int_eq(hvg_vss_rehearse(&vss, now_us), -EBUSY);
}
END_TEST

START_TEST(ends_a_rehearsal_that_fails_or_hangs)
{
	struct hvg_vss_action action;

	ck_assert_int_eq(hvg_vss_rehearse(&vss, now_us), 0);
	perform(HVG_VSS_DO_FREEZE, -EIO);
	perform_thaw(HVG_VSS_FAILED);
	expect_rest();
	ck_assert_int_eq(hvg_vss_rehearse(&vss, now_us), 0);
	action = expect(HVG_VSS_DO_FREEZE);
	expect(HVG_VSS_WAIT);
	now_us = vss.deadline_us;
	perform_thaw(HVG_VSS_TOO_SLOW);
	finish(action, -ECANCELED);
	expect_rest();
}
END_TEST

START_TEST(prefers_the_host_to_a_rehearsal)
{
	struct hvg_vss_action action;

	ck_assert_int_eq(hvg_vss_rehearse(&vss, now_us), 0);
	action = expect(HVG_VSS_DO_FREEZE);
	ask(VSS_OP_FREEZE);
	perform_thaw(HVG_VSS_GIVEN_UP);
	finish(action, -ECANCELED);
	action = expect(HVG_VSS_DO_FREEZE);
	ck_assert(!action.is_rehearsal);
	finish(action, 0);
	answers(HVG_STATUS_OK);
	ck_assert_int_eq(vss.state, HVG_VSS_FROZEN);
}
END_TEST

START_TEST(keeps_a_rehearsal_when_the_device_is_lost)
{
	ck_assert_int_eq(hvg_vss_rehearse(&vss, now_us), 0);
	hvg_vss_cancel(&vss);
	perform(HVG_VSS_DO_FREEZE, 0);
	perform_thaw(HVG_VSS_REHEARSED);
	expect_rest();
}
END_TEST

START_TEST(thaws_when_the_administrator_says_so)
{
	struct hvg_vss_action freezing;

	hvg_vss_thaw(&vss);
	expect_rest();
	freeze();
	hvg_vss_thaw(&vss);
	perform_thaw(HVG_VSS_LOCALLY);
	ask(VSS_OP_THAW);
	answers(HVG_STATUS_FAIL);

	ask(VSS_OP_FREEZE);
	freezing = expect(HVG_VSS_DO_FREEZE);
	hvg_vss_thaw(&vss);
	perform_thaw(HVG_VSS_LOCALLY);
	answers(HVG_STATUS_FAIL);
	finish(freezing, -ECANCELED);
	expect_rest();
}
END_TEST

START_TEST(fails_a_freeze_that_is_thawed_before_its_answer_goes_out)
{
	ask(VSS_OP_FREEZE);
	perform(HVG_VSS_DO_FREEZE, 0);
	hvg_vss_expired(&vss);
	perform_thaw(HVG_VSS_EXPIRED);
	answers(HVG_STATUS_FAIL);
	expect_rest();
}
END_TEST

START_TEST(remembers_what_expired_while_the_host_was_told)
{
	struct hvg_vss_action sending;

	ask(VSS_OP_FREEZE);
	perform(HVG_VSS_DO_FREEZE, 0);
	sending = expect_answer(HVG_STATUS_OK);
	hvg_vss_expired(&vss);
	perform_thaw(HVG_VSS_EXPIRED);
	finish(sending, 0);
	ask(VSS_OP_THAW);
	answers(HVG_STATUS_FAIL);
	expect_rest();
}
END_TEST

START_TEST(leaves_nothing_frozen_when_it_stops)
{
	freeze();
	hvg_vss_stop(&vss);
	ck_assert(!hvg_vss_is_quiet(&vss));
	perform_thaw(HVG_VSS_STOPPING);
	ck_assert(hvg_vss_is_quiet(&vss));
	ask(VSS_OP_FREEZE);
	expect_rest();
	ck_assert_int_eq(hvg_vss_rehearse(&vss, now_us), -EBUSY);
}
END_TEST

START_TEST(names_states_and_reasons)
{
	ck_assert_str_eq(hvg_vss_state_name(HVG_VSS_FROZEN), "frozen");
	for (int why = HVG_VSS_ASKED; why <= HVG_VSS_REHEARSED; why++)
		ck_assert_uint_gt(strlen(hvg_vss_why_text((enum hvg_vss_why)why)), 0);
}
END_TEST

/*
 * Everybody acts at random. The walk keeps its own books: what is frozen, by which deed; which request
 * is owed an answer; what the host believes. The service must never contradict them.
 */
struct walk {
	struct hvg_random random;
	struct hvg_vss_action deed, send; /* what is out, or WAIT */
	struct hvg_vss_action late;	  /* a freeze that was given up and has not ended */
	bool frozen, owed;
	uint8_t op;	/* what is owed, or being sent */
	bool told;	/* the host was told that we are frozen, and has not heard of a thaw */
	bool kept_word; /* and we have been ever since */
};

/* A freeze that is being thawed is over, one way or the other, before the thaw is: or it hangs. */
static void replace_deed(struct walk *walk, struct hvg_vss_action action)
{
	if (walk->deed.kind == HVG_VSS_DO_FREEZE) {
		ck_assert_int_eq(action.kind, HVG_VSS_DO_THAW);
		ck_assert_int_eq(walk->late.kind, HVG_VSS_WAIT);
		walk->late = walk->deed;
	}
	if (action.kind == HVG_VSS_DO_FREEZE) {
		ck_assert(!walk->frozen);
		ck_assert_int_eq(walk->late.kind, HVG_VSS_WAIT);
		walk->told &= action.is_rehearsal;
	}
	walk->deed = action;
}

/* Success of a THAW means that the snapshot is good. */
static void check_answer(struct walk *walk, struct hvg_vss_action action)
{
	struct hv_vss_msg message;

	ck_assert(walk->owed);
	walk->owed = false;
	walk->send = action;
	memcpy(&message, action.reply, sizeof(message));
	if (walk->op != VSS_OP_THAW)
		return;
	if (message.error == 0)
		ck_assert(!walk->told || walk->kept_word);
	walk->told = false;
}

static void ask_for_actions(struct walk *walk)
{
	struct hvg_vss_action action;

	while (action = hvg_vss_next(&vss, now_us), action.kind != HVG_VSS_WAIT) {
		if (action.kind == HVG_VSS_SEND)
			check_answer(walk, action);
		else
			replace_deed(walk, action);
	}
	ck_assert(vss.deadline_us == HVG_NEVER || vss.deadline_us > now_us);
	/* Nothing lasts without a deadline, but being thawed. */
	if (walk->owed || vss.state != HVG_VSS_THAWED)
		ck_assert(vss.deadline_us != HVG_NEVER);
}

static void end_deed_at_random(struct walk *walk)
{
	int code = hvg_random_below(&walk->random, 4) == 0 ? -EIO : 0;
	struct hvg_vss_action deed = walk->deed;

	if (deed.kind == HVG_VSS_WAIT)
		return;
	walk->deed.kind = HVG_VSS_WAIT;
	if (deed.kind == HVG_VSS_DO_FREEZE)
		walk->frozen = code == 0;
	if (deed.kind == HVG_VSS_DO_THAW && code == 0)
		walk->frozen = false;
	if (deed.kind == HVG_VSS_DO_THAW && code == 0 && deed.why == HVG_VSS_ASKED)
		walk->told = false; /* it stayed frozen as long as it was asked to */
	else if (deed.kind == HVG_VSS_DO_THAW && code == 0)
		walk->kept_word = false;
	(void)hvg_vss_done(&vss, deed.serial, code, now_us);
}

static void end_late_freeze(struct walk *walk)
{
	int code = hvg_random_below(&walk->random, 2) == 0 ? -ECANCELED : 0;
	struct hvg_vss_action late = walk->late;

	if (late.kind == HVG_VSS_WAIT)
		return;
	walk->late.kind = HVG_VSS_WAIT;
	walk->frozen |= code == 0;
	(void)hvg_vss_done(&vss, late.serial, code, now_us);
}

static void end_send_at_random(struct walk *walk)
{
	int code = hvg_random_below(&walk->random, 3) == 0 ? -EINVAL : 0;

	if (walk->send.kind == HVG_VSS_WAIT)
		return;
	walk->send.kind = HVG_VSS_WAIT;
	if (walk->op == VSS_OP_FREEZE && vss.outcome.status == HVG_STATUS_OK && code == 0) {
		walk->kept_word = walk->frozen && (!walk->told || walk->kept_word);
		walk->told = true;
	}
	(void)hvg_vss_done(&vss, walk->send.serial, code, now_us);
}

static void ask_at_random(struct walk *walk)
{
	static const uint8_t ops[] = { VSS_OP_HOT_BACKUP, VSS_OP_FREEZE, VSS_OP_FREEZE, VSS_OP_FREEZE,
		VSS_OP_THAW, VSS_OP_THAW, VSS_OP_THAW, 77 };

	walk->op = ops[hvg_random_below(&walk->random, sizeof(ops))];
	ask(walk->op);
	walk->owed = true;
	walk->send.kind = HVG_VSS_WAIT;
}

static void happen_at_random(struct walk *walk)
{
	switch (hvg_random_below(&walk->random, 16)) {
	case 0:
		hvg_vss_cancel(&vss);
		walk->owed = false;
		walk->send.kind = HVG_VSS_WAIT;
		break;
	case 1:
		now_us += hvg_random_below(&walk->random, 40) * SEC;
		break;
	case 2:
		if (vss.deadline_us != HVG_NEVER)
			now_us = HVG_MAX(now_us, vss.deadline_us);
		break;
	case 3:
		(void)hvg_vss_rehearse(&vss, now_us);
		break;
	case 4:
		hvg_vss_thaw(&vss);
		break;
	case 5:
		/* A guardian thaws when all is frozen, and tells. */
		if (walk->frozen && vss.state == HVG_VSS_FROZEN) {
			walk->frozen = walk->kept_word = false;
			hvg_vss_expired(&vss);
		}
		break;
	case 6:
		end_late_freeze(walk);
		break;
	case 7:
		(void)hvg_vss_done(&vss, vss.serial + 1, 0, now_us);
		break;
	case 8:
	case 9:
	case 10:
		ask_at_random(walk);
		break;
	case 11:
	case 12:
		end_send_at_random(walk);
		break;
	default:
		end_deed_at_random(walk);
		break;
	}
}

static void check_books(const struct walk *walk)
{
	if (vss.state == HVG_VSS_FROZEN)
		ck_assert(walk->frozen);
	if (walk->frozen)
		ck_assert(vss.state == HVG_VSS_FROZEN || vss.state == HVG_VSS_THAWING);
	if (hvg_vss_is_quiet(&vss))
		ck_assert(!walk->frozen && walk->late.kind == HVG_VSS_WAIT);
}

/* Whatever it was doing: deeds end, and then nothing is frozen. */
static void stop_and_check(struct walk *walk)
{
	hvg_vss_stop(&vss);
	for (int i = 0; i < 100 && !hvg_vss_is_quiet(&vss); i++) {
		ask_for_actions(walk);
		end_deed_at_random(walk);
		end_late_freeze(walk);
		if (vss.deadline_us != HVG_NEVER)
			now_us = HVG_MAX(now_us, vss.deadline_us);
	}
	ck_assert(hvg_vss_is_quiet(&vss));
	ck_assert(!walk->frozen);
}

START_TEST(walks_at_random)
{
	struct walk walk = { .random = hvg_random_from((unsigned int)_i) };

	for (unsigned int step = 0; step < hvg_random_steps(3000); step++) {
		happen_at_random(&walk);
		if (walk.owed)
			ck_assert_int_ne(vss.request, HVG_VSS_NO_REQUEST);
		ask_for_actions(&walk);
		check_books(&walk);
	}
	walk.owed = false;
	stop_and_check(&walk);
}
END_TEST

Suite *hvg_suite_service_vss(void)
{
	Suite *suite = suite_create("vss");
	TCase *tcase = hvg_suite_case(suite, "vss");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, takes_part_in_a_backup);
	tcase_add_test(tcase, tells_that_a_backup_cannot_be_taken);
	tcase_add_test(tcase, tells_that_a_disk_cannot_be_frozen);
	tcase_add_test(tcase, answers_a_failed_freeze_when_all_is_thawed);
	tcase_add_loop_test(tcase, thaws_when_the_freeze_reply_is_lost, 0, 5);
	tcase_add_test(tcase, thaws_by_itself_and_tells_the_host_at_its_thaw);
	tcase_add_test(tcase, believes_a_guardian_that_has_thawed);
	tcase_add_test(tcase, forgets_a_broken_backup_when_a_new_one_begins);
	tcase_add_test(tcase, tells_a_thaw_that_comes_during_the_self_thaw);
	tcase_add_test(tcase, answers_a_thaw_that_nobody_expects);
	tcase_add_test(tcase, answers_a_repeated_freeze_and_a_check_without_thawing);
	tcase_add_test(tcase, refuses_what_it_does_not_know);
	tcase_add_test(tcase, undoes_a_freeze_that_takes_too_long);
	tcase_add_test(tcase, undoes_the_late_success_of_a_freeze);
	tcase_add_test(tcase, begins_no_freeze_while_another_may_succeed_yet);
	tcase_add_test(tcase, fails_a_freeze_that_waits_too_long_for_its_turn);
	tcase_add_test(tcase, aborts_a_freeze_when_the_host_says_thaw);
	tcase_add_test(tcase, thaws_before_a_request_that_came_before_the_answer_was_sent);
	tcase_add_test(tcase, thaws_when_the_device_is_lost);
	tcase_add_test(tcase, drops_a_check_whose_host_has_given_up);
	tcase_add_test(tcase, tries_a_failed_thaw_again_and_tells_the_host);
	tcase_add_test(tcase, asks_again_for_a_thaw_that_does_not_end);
	tcase_add_test(tcase, answers_a_thaw_in_time_even_if_it_does_not_end);
	tcase_add_test(tcase, rehearses);
	tcase_add_test(tcase, ends_a_rehearsal_that_fails_or_hangs);
	tcase_add_test(tcase, prefers_the_host_to_a_rehearsal);
	tcase_add_test(tcase, keeps_a_rehearsal_when_the_device_is_lost);
	tcase_add_test(tcase, thaws_when_the_administrator_says_so);
	tcase_add_test(tcase, fails_a_freeze_that_is_thawed_before_its_answer_goes_out);
	tcase_add_test(tcase, remembers_what_expired_while_the_host_was_told);
	tcase_add_test(tcase, leaves_nothing_frozen_when_it_stops);
	tcase_add_test(tcase, names_states_and_reasons);
	tcase_add_loop_test(tcase, walks_at_random, 0, 20);
	return suite;
}
