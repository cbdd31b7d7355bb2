// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The policy as a table, then conversations, then a walk. The kernel's structures make the requests
 * and take the answers apart.
 */

#include "suites.h"

#include "base/units.h"
#include "hvguest/pool.h"
#include "hvguest/status.h"
#include "random.h"
#include "service/kvp.h"

#include <errno.h>
#include <linux/hyperv.h>
#include <string.h>

#define SEC HVG_USEC_PER_SEC

static struct hvg_kvp kvp;
static struct hv_kvp_msg message;
static uint64_t now_us;

static void start(bool allow)
{
	struct hvg_kvp_config config = {
		.allow_host_writes_to_guest_pool = allow,
		.patience_us = 30 * SEC,
	};

	now_us = 1000 * SEC;
	hvg_kvp_init(&kvp, &config);
}

static void setup(void)
{
	start(false);
}

static void ask(uint8_t op, uint8_t pool)
{
	memset(&message, 0, sizeof(message));
	message.kvp_hdr.operation = op;
	message.kvp_hdr.pool = pool;
	if (op == KVP_OP_DELETE)
		strcpy((char *)message.body.kvp_delete.key, "key");
	else if (op == KVP_OP_GET || op == KVP_OP_SET)
		strcpy((char *)message.body.kvp_set.data.key, "key");
	hvg_kvp_recv(&kvp, &message, sizeof(message), now_us);
}

static struct hvg_kvp_action expect(enum hvg_kvp_action_kind kind)
{
	struct hvg_kvp_action action = hvg_kvp_next(&kvp, now_us);

	ck_assert_int_eq(action.kind, kind);
	return action;
}

static int finish(struct hvg_kvp_action action, int code)
{
	return hvg_kvp_done(&kvp, action.serial, &(struct hvg_kvp_result){ .code = code });
}

/* The answer goes out, and its status is this. */
static const struct hv_kvp_msg *expect_answer(uint32_t status)
{
	static struct hv_kvp_msg reply;
	struct hvg_kvp_action action = expect(HVG_KVP_SEND);

	memcpy(&reply, action.reply, sizeof(reply));
	ck_assert_uint_eq((uint32_t)reply.error, status);
	ck_assert_int_eq(finish(action, 0), 0);
	ck_assert_int_eq(kvp.state, HVG_KVP_IDLE);
	expect(HVG_KVP_WAIT);
	return &reply;
}

static const struct {
	uint8_t op, pool;
	bool allow;
	enum hvg_kvp_action_kind deed; /* or WAIT: refused */
	uint32_t status;
} policy[] = {
	{ KVP_OP_GET, 0, false, HVG_KVP_STORE_FIND },
	{ KVP_OP_GET, 1, false, HVG_KVP_STORE_FIND },
	{ KVP_OP_GET, 2, false, HVG_KVP_AUTO_FIND },
	{ KVP_OP_GET, 3, false, HVG_KVP_STORE_FIND },
	{ KVP_OP_GET, 4, false, HVG_KVP_WAIT, HVG_STATUS_NO_MORE },
	{ KVP_OP_GET, 5, false, HVG_KVP_WAIT, HVG_STATUS_INVALID },
	{ KVP_OP_ENUMERATE, 0, false, HVG_KVP_STORE_AT },
	{ KVP_OP_ENUMERATE, 1, false, HVG_KVP_STORE_AT },
	{ KVP_OP_ENUMERATE, 2, false, HVG_KVP_AUTO_AT },
	{ KVP_OP_ENUMERATE, 3, false, HVG_KVP_STORE_AT },
	{ KVP_OP_ENUMERATE, 4, false, HVG_KVP_WAIT, HVG_STATUS_NO_MORE },
	{ KVP_OP_ENUMERATE, 5, false, HVG_KVP_WAIT, HVG_STATUS_INVALID },
	{ KVP_OP_ENUMERATE, 255, true, HVG_KVP_WAIT, HVG_STATUS_INVALID },
	{ KVP_OP_SET, 0, false, HVG_KVP_STORE_SET },
	{ KVP_OP_SET, 1, false, HVG_KVP_WAIT, HVG_STATUS_FAIL },
	{ KVP_OP_SET, 1, true, HVG_KVP_STORE_SET },
	{ KVP_OP_SET, 2, true, HVG_KVP_WAIT, HVG_STATUS_FAIL },
	{ KVP_OP_SET, 3, false, HVG_KVP_STORE_SET },
	{ KVP_OP_SET, 4, true, HVG_KVP_WAIT, HVG_STATUS_FAIL },
	{ KVP_OP_SET, 5, true, HVG_KVP_WAIT, HVG_STATUS_INVALID },
	{ KVP_OP_DELETE, 0, false, HVG_KVP_STORE_UNSET },
	{ KVP_OP_DELETE, 1, false, HVG_KVP_WAIT, HVG_STATUS_FAIL },
	{ KVP_OP_DELETE, 1, true, HVG_KVP_STORE_UNSET },
	{ KVP_OP_DELETE, 2, true, HVG_KVP_WAIT, HVG_STATUS_FAIL },
	{ KVP_OP_DELETE, 3, false, HVG_KVP_STORE_UNSET },
	{ KVP_OP_DELETE, 4, true, HVG_KVP_WAIT, HVG_STATUS_FAIL },
	{ KVP_OP_DELETE, 6, true, HVG_KVP_WAIT, HVG_STATUS_INVALID },
	{ KVP_OP_GET_IP_INFO, 0, false, HVG_KVP_READ_IP },
	{ KVP_OP_GET_IP_INFO, 77, false, HVG_KVP_READ_IP }, /* no pool is meant */
	{ KVP_OP_SET_IP_INFO, 0, false, HVG_KVP_APPLY_IP },
	{ KVP_OP_SET_IP_INFO, 77, false, HVG_KVP_APPLY_IP },
	{ 6, 0, true, HVG_KVP_WAIT, HVG_STATUS_NOT_SUPPORTED },
	{ KVP_OP_REGISTER1, 0, true, HVG_KVP_WAIT, HVG_STATUS_NOT_SUPPORTED },
	{ 255, 0, true, HVG_KVP_WAIT, HVG_STATUS_NOT_SUPPORTED },
};

START_TEST(follows_its_policy)
{
	start(policy[_i].allow);
	ask(policy[_i].op, policy[_i].pool);
	if (policy[_i].deed == HVG_KVP_WAIT) {
		expect_answer(policy[_i].status);
		return;
	}
	ck_assert_int_eq(finish(expect(policy[_i].deed), 0), 0);
	expect_answer(HVG_STATUS_OK);
}
END_TEST

START_TEST(answers_an_enumeration_with_its_pair)
{
	struct hvg_kvp_result result = { .key = "key", .value = "value" };
	const struct hv_kvp_msg *reply;
	struct hvg_kvp_action action;

	ask(KVP_OP_ENUMERATE, HVG_POOL_GUEST);
	action = expect(HVG_KVP_STORE_AT);
	ck_assert_uint_eq(action.request->pool, HVG_POOL_GUEST);
	ck_assert_int_eq(hvg_kvp_done(&kvp, action.serial, &result), 0);
	reply = expect_answer(HVG_STATUS_OK);
	ck_assert_str_eq((const char *)reply->body.kvp_enum_data.data.key, "key");
	ck_assert_str_eq((const char *)reply->body.kvp_enum_data.data.value, "value");
}
END_TEST

static bool begins(uint8_t pool, uint32_t index)
{
	struct hvg_kvp_action action;

	memset(&message, 0, sizeof(message));
	message.kvp_hdr.operation = KVP_OP_ENUMERATE;
	message.kvp_hdr.pool = pool;
	message.body.kvp_enum_data.index = index;
	hvg_kvp_recv(&kvp, &message, sizeof(message), now_us);
	action = hvg_kvp_next(&kvp, now_us);
	finish(action, 0);
	expect_answer(HVG_STATUS_OK);
	return action.begins;
}

START_TEST(tells_where_an_enumeration_begins)
{
	ck_assert(begins(0, 3));  /* whatever was before */
	ck_assert(!begins(0, 4));
	ck_assert(!begins(0, 4)); /* once more */
	ck_assert(!begins(0, 5));
	ck_assert(begins(1, 5));  /* each pool by itself */
	ck_assert(begins(0, 9));
	ck_assert(begins(0, 2));
	ck_assert(begins(0, 0));
	ck_assert(begins(0, 0));
	ck_assert(!begins(0, 1));
	ck_assert(begins(0, UINT32_MAX));
	ck_assert(begins(0, 0));
	ck_assert(begins(2, 1));
	ck_assert(!begins(2, 2));
}
END_TEST

START_TEST(ends_an_enumeration)
{
	ask(KVP_OP_ENUMERATE, HVG_POOL_EXTERNAL);
	finish(expect(HVG_KVP_STORE_AT), -ENOENT);
	expect_answer(HVG_STATUS_NO_MORE);
}
END_TEST

START_TEST(hands_over_what_is_to_be_stored)
{
	struct hvg_kvp_action action;

	memset(&message, 0, sizeof(message));
	message.kvp_hdr.operation = KVP_OP_SET;
	strcpy((char *)message.body.kvp_set.data.key, "key");
	strcpy((char *)message.body.kvp_set.data.value, "value");
	hvg_kvp_recv(&kvp, &message, sizeof(message), now_us);
	action = expect(HVG_KVP_STORE_SET);
	ck_assert_str_eq(action.request->key, "key");
	ck_assert_str_eq(action.request->value, "value");
}
END_TEST

START_TEST(refuses_an_empty_key)
{
	memset(&message, 0, sizeof(message));
	message.kvp_hdr.operation = KVP_OP_SET;
	hvg_kvp_recv(&kvp, &message, sizeof(message), now_us);
	expect_answer(HVG_STATUS_INVALID);
}
END_TEST

START_TEST(answers_even_what_is_no_request)
{
	static const size_t sizes[] = { 0, 4, sizeof(message) - 1 };

	hvg_kvp_recv(&kvp, &message, sizes[_i], now_us);
	expect_answer(HVG_STATUS_INVALID);
	ck_assert_ptr_nonnull(kvp.outcome.reason);
}
END_TEST

static const struct {
	uint8_t op;
	uint64_t seconds;
} deadlines[] = {
	{ KVP_OP_SET, 20 },
	{ KVP_OP_DELETE, 20 },
	{ KVP_OP_ENUMERATE, 20 },
	{ KVP_OP_GET_IP_INFO, 20 },
	{ KVP_OP_SET_IP_INFO, 25 },
};

START_TEST(fails_in_time_and_drops_the_late_result)
{
	struct hvg_kvp_action action;

	ask(deadlines[_i].op, 0);
	action = hvg_kvp_next(&kvp, now_us);
	ck_assert_uint_eq(kvp.deadline_us, now_us + deadlines[_i].seconds * SEC);
	now_us = kvp.deadline_us - 1;
	expect(HVG_KVP_WAIT);
	now_us++;
	expect_answer(HVG_STATUS_FAIL);
	ck_assert_int_eq(finish(action, 0), -ESTALE);
	expect(HVG_KVP_WAIT);
}
END_TEST

START_TEST(forgets_a_request_that_the_kernel_gave_up)
{
	struct hvg_kvp_action old, new;

	ask(KVP_OP_SET, 0);
	old = expect(HVG_KVP_STORE_SET);
	ask(KVP_OP_ENUMERATE, 0);
	new = expect(HVG_KVP_STORE_AT);
	ck_assert_int_eq(finish(old, 0), -ESTALE);
	expect(HVG_KVP_WAIT);
	ck_assert_int_eq(finish(new, -ENOENT), 0);
	expect_answer(HVG_STATUS_NO_MORE);
}
END_TEST

START_TEST(forgets_everything_when_the_device_is_lost)
{
	struct hvg_kvp_action action;

	ask(KVP_OP_SET, 0);
	action = expect(HVG_KVP_STORE_SET);
	hvg_kvp_cancel(&kvp);
	ck_assert_int_eq(finish(action, 0), -ESTALE);
	expect(HVG_KVP_WAIT);
	ck_assert_uint_eq(kvp.deadline_us, HVG_NEVER);
}
END_TEST

START_TEST(remembers_how_it_went)
{
	ask(KVP_OP_SET, 1);
	expect_answer(HVG_STATUS_FAIL);
	ck_assert_int_eq(kvp.outcome.op, HVG_KVP_SET);
	ck_assert_uint_eq(kvp.outcome.pool, 1);
	ck_assert_int_eq(kvp.outcome.code, -EPERM);
	ck_assert_ptr_nonnull(strstr(kvp.outcome.reason, "pool"));
	ck_assert_uint_eq(kvp.n_requests, 1);
}
END_TEST

/* Each request that is not overtaken or cancelled gets exactly one answer; nothing waits for ever. */
START_TEST(keeps_its_promises_in_a_random_walk)
{
	struct hvg_random random = hvg_random_from((unsigned int)_i);
	struct hvg_kvp_action out = { .kind = HVG_KVP_WAIT };
	unsigned int n_answers = 0;
	bool owed = false;

	for (unsigned int i = hvg_random_steps(20000); i > 0; i--) {
		now_us += hvg_random_below(&random, 3) * SEC;
		switch (hvg_random_below(&random, 16)) {
		case 0:
			ask((uint8_t)hvg_random_below(&random, 8),
				(uint8_t)hvg_random_below(&random, 7));
			owed = true;
			break;
		case 1:
			hvg_kvp_cancel(&kvp);
			owed = false;
			break;
		case 2:
			if (out.kind != HVG_KVP_WAIT)
				(void)finish(out, hvg_random_below(&random, 2) ? 0 : -EIO);
			break;
		default: {
			struct hvg_kvp_action action = hvg_kvp_next(&kvp, now_us);

			if (action.kind == HVG_KVP_WAIT)
				break;
			out = action;
			if (action.kind != HVG_KVP_SEND)
				break;
			ck_assert(owed);
			owed = false;
			n_answers++;
			ck_assert_int_eq(finish(action, 0), 0);
		}
		}
		if (kvp.state == HVG_KVP_DOING)
			ck_assert_uint_ne(kvp.deadline_us, HVG_NEVER);
		if (kvp.state == HVG_KVP_IDLE)
			ck_assert(!owed);
	}
	ck_assert_uint_gt(n_answers, 500);
}
END_TEST

Suite *hvg_suite_service_kvp(void)
{
	Suite *suite = suite_create("service/kvp");
	TCase *tcase = hvg_suite_case(suite, "kvp");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, follows_its_policy, 0, HVG_ELEMENTS(policy));
	tcase_add_test(tcase, answers_an_enumeration_with_its_pair);
	tcase_add_test(tcase, tells_where_an_enumeration_begins);
	tcase_add_test(tcase, ends_an_enumeration);
	tcase_add_test(tcase, hands_over_what_is_to_be_stored);
	tcase_add_test(tcase, refuses_an_empty_key);
	tcase_add_loop_test(tcase, answers_even_what_is_no_request, 0, 3);
	tcase_add_loop_test(tcase, fails_in_time_and_drops_the_late_result, 0,
		HVG_ELEMENTS(deadlines));
	tcase_add_test(tcase, forgets_a_request_that_the_kernel_gave_up);
	tcase_add_test(tcase, forgets_everything_when_the_device_is_lost);
	tcase_add_test(tcase, remembers_how_it_went);
	tcase_add_loop_test(tcase, keeps_its_promises_in_a_random_walk, 0, 8);
	return suite;
}
