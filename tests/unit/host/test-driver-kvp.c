// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The state table of driver-kvp.h, walked row by row, and then at random. Each test is a
 * conversation of the two ends; time is a number that the test moves.
 */

#include "random.h"
#include "suites.h"

#include "host/fuse/driver-kvp.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT 1000
#define SIZE    ((int)sizeof(struct hv_kvp_msg))

static const struct driver_ops *const ops = &driver_kvp_ops;

static struct driver_kvp kvp;
static uint64_t now;

static void offer(void)
{
	driver_kvp_init(&kvp, TIMEOUT);
	now = 1;
}

/* The guest's end. */

static int guest_write(uint8_t operation, size_t size)
{
	static uint8_t bytes[sizeof(struct hv_kvp_msg) + 100];

	memset(bytes, 0, sizeof(bytes));
	bytes[0] = operation;
	return ops->write(&kvp, bytes, size, now);
}

static int guest_read(struct hv_kvp_msg *ret)
{
	return ops->read(&kvp, ret, sizeof(*ret), now);
}

static int guest_answer(uint32_t status)
{
	struct hv_kvp_msg message = { .error = (int)status };

	return ops->write(&kvp, &message, sizeof(message), now);
}

static void guest_registers(void)
{
	struct hv_kvp_msg message;

	ck_assert_int_eq(ops->open(&kvp), 0);
	ck_assert_int_eq(guest_write(KVP_OP_REGISTER1, sizeof(message)), 0);
	ck_assert_int_eq(guest_read(&message), SIZE);
}

/* The host's end. */

static void host_asks(uint64_t id)
{
	struct driver_kvp_packet packet = { .id = id };

	packet.message.kvp_hdr.operation = KVP_OP_SET;
	ck_assert_int_eq(driver_kvp_send(&kvp, &packet, now), 0);
}

static void host_negotiates(uint64_t id)
{
	struct driver_kvp_packet packet = { .id = id, .is_negotiation = true };

	ck_assert_int_eq(driver_kvp_send(&kvp, &packet, now), 0);
}

static void host_hears(uint64_t id, uint32_t status)
{
	struct driver_kvp_packet packet;

	ck_assert(driver_kvp_receive(&kvp, &packet));
	ck_assert_uint_eq(packet.id, id);
	ck_assert_uint_eq(packet.status, status);
}

static void host_hears_nothing(void)
{
	struct driver_kvp_packet packet;

	ck_assert(!driver_kvp_receive(&kvp, &packet));
}

START_TEST(has_one_opener)
{
	ck_assert_int_eq(ops->open(&kvp), 0);
	ck_assert_int_eq(ops->open(&kvp), -EBUSY);
	ops->release(&kvp, now);
	ck_assert_int_eq(ops->open(&kvp), 0);
}
END_TEST

START_TEST(answers_a_registration_with_its_version)
{
	struct hv_kvp_msg message;

	ck_assert_int_eq(ops->open(&kvp), 0);
	ck_assert_uint_eq(ops->poll(&kvp), 0);
	ck_assert_int_eq(guest_write(KVP_OP_REGISTER1, sizeof(message)), 0);
	ck_assert_uint_eq(ops->poll(&kvp), POLLIN | POLLRDNORM);
	ck_assert_int_eq(guest_read(&message), SIZE);
	ck_assert_uint_eq(message.kvp_hdr.operation, KVP_OP_REGISTER1);
	ck_assert_str_eq((char *)message.body.kvp_register.version, "3.1");
	ck_assert_uint_eq(ops->poll(&kvp), 0);
}
END_TEST

START_TEST(is_ready_only_when_the_version_was_read)
{
	struct hv_kvp_msg message;

	host_negotiates(7);
	ck_assert_int_eq(ops->open(&kvp), 0);
	ck_assert_int_eq(guest_write(KVP_OP_REGISTER1, sizeof(message)), 0);
	host_hears_nothing();
	ck_assert_int_eq(guest_read(&message), SIZE);
	host_hears(7, HV_S_OK);
}
END_TEST

/* Writes before there is a transaction: what comes back. */
static const struct {
	const char *when;
	uint8_t operation;
	size_t size;
	int result;
} early_writes[] = {
	{ "open", KVP_OP_REGISTER1, sizeof(struct hv_kvp_msg), 0 },
	{ "open", KVP_OP_REGISTER1, sizeof(struct hv_kvp_msg) + 100, 0 },
	{ "open", KVP_OP_REGISTER1, sizeof(struct hv_kvp_msg) - 1, -EINVAL },
	{ "open", KVP_OP_REGISTER, sizeof(struct hv_kvp_msg), 0 },
	{ "open", KVP_OP_SET, sizeof(struct hv_kvp_msg), -EINVAL },
	{ "open", 0, 0, -EINVAL },
	{ "registering", KVP_OP_REGISTER1, sizeof(struct hv_kvp_msg), -EFAULT },
	{ "registering", KVP_OP_GET, sizeof(struct hv_kvp_msg), -EINVAL },
	{ "ready", KVP_OP_REGISTER1, sizeof(struct hv_kvp_msg), -EINVAL },
	{ "ready", KVP_OP_GET, sizeof(struct hv_kvp_msg), -EINVAL },
	{ "withdrawn", KVP_OP_REGISTER1, sizeof(struct hv_kvp_msg), -EBADF },
	{ "withdrawn", KVP_OP_REGISTER1, 1, -EBADF },
};

START_TEST(takes_a_write_only_when_it_is_time)
{
	const char *when = early_writes[_i].when;

	if (strcmp(when, "ready") == 0)
		guest_registers();
	else
		ck_assert_int_eq(ops->open(&kvp), 0);
	if (strcmp(when, "registering") == 0)
		ck_assert_int_eq(guest_write(KVP_OP_REGISTER1, (size_t)SIZE), 0);
	if (strcmp(when, "withdrawn") == 0)
		driver_kvp_rescind(&kvp);
	ck_assert_int_eq(guest_write(early_writes[_i].operation, early_writes[_i].size),
		early_writes[_i].result);
}
END_TEST

START_TEST(keeps_a_message_that_the_buffer_is_too_small_for)
{
	struct hv_kvp_msg message;

	guest_registers();
	host_asks(1);
	ck_assert_int_eq(ops->read(&kvp, &message, sizeof(message) - 1, now), -EINVAL);
	ck_assert_uint_eq(ops->poll(&kvp), POLLIN | POLLRDNORM);
	ck_assert_int_eq(guest_read(&message), SIZE);
	ck_assert_int_eq(guest_read(&message), -EAGAIN);
}
END_TEST

START_TEST(carries_one_transaction_at_a_time)
{
	struct hv_kvp_msg message;

	guest_registers();
	host_asks(1);
	host_asks(2);
	ck_assert_int_eq(guest_read(&message), SIZE);
	ck_assert_uint_eq(ops->poll(&kvp), 0);
	ck_assert_int_eq(guest_answer(HV_S_CONT), 0);
	host_hears(1, HV_S_CONT);
	host_hears_nothing();
	ck_assert_int_eq(guest_read(&message), SIZE);
	ck_assert_int_eq(guest_answer(HV_S_OK), 0);
	host_hears(2, HV_S_OK);
	ck_assert_int_eq(guest_answer(HV_S_OK), -EINVAL);
}
END_TEST

START_TEST(takes_an_answer_to_what_was_not_read)
{
	guest_registers();
	host_asks(1);
	ck_assert_int_eq(guest_answer(HV_S_OK), 0);
	host_hears(1, HV_S_OK);
}
END_TEST

START_TEST(lets_the_host_wait_until_somebody_registers)
{
	struct hv_kvp_msg message;

	host_negotiates(1);
	host_asks(2);
	now += 100 * TIMEOUT;
	ops->tick(&kvp, now);
	host_hears_nothing();
	guest_registers();
	host_hears(1, HV_S_OK);
	ck_assert_int_eq(guest_read(&message), SIZE);
}
END_TEST

START_TEST(gives_up_after_the_timeout)
{
	struct hv_kvp_msg message;

	guest_registers();
	ck_assert_uint_eq(ops->deadline(&kvp), DRIVER_NEVER);
	host_asks(1);
	ck_assert_uint_eq(ops->deadline(&kvp), now + TIMEOUT);
	ck_assert_int_eq(guest_read(&message), SIZE);
	now += TIMEOUT - 1;
	ops->tick(&kvp, now);
	host_hears_nothing();
	now++;
	ops->tick(&kvp, now);
	host_hears(1, HV_E_FAIL);
	ck_assert_uint_eq(ops->deadline(&kvp), DRIVER_NEVER);
	ck_assert_int_eq(guest_answer(HV_S_OK), -EINVAL);
}
END_TEST

START_TEST(leaves_a_request_that_timed_out_in_the_slot)
{
	struct hv_kvp_msg message;

	guest_registers();
	host_asks(1);
	now += TIMEOUT;
	host_asks(2);
	host_hears(1, HV_E_FAIL);
	host_hears(2, HV_E_FAIL);
	ck_assert_int_eq(guest_read(&message), SIZE);
	ck_assert_int_eq(guest_answer(HV_S_OK), -EINVAL);
	host_asks(3);
	ck_assert_int_eq(guest_read(&message), SIZE);
	ck_assert_int_eq(guest_answer(HV_S_OK), 0);
	host_hears(3, HV_S_OK);
}
END_TEST

START_TEST(credits_a_late_answer_to_the_newer_request)
{
	struct hv_kvp_msg message;

	guest_registers();
	host_asks(1);
	ck_assert_int_eq(guest_read(&message), SIZE);
	now += TIMEOUT;
	host_asks(2);
	host_hears(1, HV_E_FAIL);
	ck_assert_int_eq(guest_answer(HV_S_CONT), 0);
	host_hears(2, HV_S_CONT);
}
END_TEST

START_TEST(tells_the_host_when_the_daemon_goes)
{
	struct hv_kvp_msg message;

	guest_registers();
	host_asks(1);
	ops->release(&kvp, now);
	host_hears(1, HV_E_FAIL);
	host_asks(2);
	host_hears_nothing();
	ck_assert_int_eq(ops->open(&kvp), 0);
	ck_assert_int_eq(guest_read(&message), -EAGAIN);
	ck_assert_int_eq(guest_write(KVP_OP_REGISTER1, (size_t)SIZE), 0);
	ck_assert_int_eq(guest_read(&message), SIZE);
	ck_assert_uint_eq(message.kvp_hdr.operation, KVP_OP_REGISTER1);
	ck_assert_int_eq(guest_read(&message), SIZE);
	ck_assert_uint_eq(message.kvp_hdr.operation, KVP_OP_SET);
}
END_TEST

START_TEST(is_gone_once_it_was_withdrawn_and_closed)
{
	struct hv_kvp_msg message;
	struct driver_kvp_packet packet = { .id = 2 };

	guest_registers();
	host_asks(1);
	driver_kvp_rescind(&kvp);
	ck_assert_uint_eq(ops->poll(&kvp), POLLERR | POLLHUP);
	ck_assert_int_eq(guest_read(&message), -EBADF);
	ck_assert_int_eq(guest_answer(HV_S_OK), -EBADF);
	ck_assert_int_eq(ops->open(&kvp), -EBADF);
	ck_assert_int_eq(driver_kvp_send(&kvp, &packet, now), -ENODEV);
	ck_assert(!ops->is_gone(&kvp));
	ops->release(&kvp, now);
	ck_assert(ops->is_gone(&kvp));
	host_hears_nothing();
}
END_TEST

START_TEST(is_gone_at_once_if_nobody_had_it_open)
{
	driver_kvp_rescind(&kvp);
	ck_assert(ops->is_gone(&kvp));
}
END_TEST

START_TEST(hears_a_legacy_daemons_failure_in_an_empty_key)
{
	struct hv_kvp_msg message = { 0 };
	struct driver_kvp_packet packet = { .id = 1 };

	ck_assert_int_eq(ops->open(&kvp), 0);
	ck_assert_int_eq(guest_write(KVP_OP_REGISTER, sizeof(message)), 0);
	ck_assert_int_eq(guest_read(&message), SIZE);
	packet.message.kvp_hdr.operation = KVP_OP_ENUMERATE;
	ck_assert_int_eq(driver_kvp_send(&kvp, &packet, now), 0);
	ck_assert_int_eq(guest_read(&message), SIZE);
	ck_assert_int_eq(guest_answer(HV_E_FAIL), 0);
	host_hears(1, HV_S_CONT);
	ck_assert_int_eq(driver_kvp_send(&kvp, &packet, now), 0);
	ck_assert_int_eq(guest_read(&message), SIZE);
	message.error = (int)HV_E_FAIL;
	message.body.kvp_enum_data.data.key[0] = 'k';
	ck_assert_int_eq(ops->write(&kvp, &message, sizeof(message), now), 0);
	host_hears(1, HV_S_OK);
}
END_TEST

/*
 * Random walks. Whatever the two ends do: each request is answered at most once, in order, and
 * exactly once unless the device was withdrawn; nothing waits longer than the timeout once it
 * was handed up; poll says what read does.
 */

#define STEPS 3000

struct walk {
	struct hvg_random random;
	uint64_t asked, heard;
	bool is_open, is_withdrawn;
};

static unsigned int below(struct walk *walk, unsigned int limit)
{
	return hvg_random_below(&walk->random, limit);
}

static void ask(struct walk *walk)
{
	struct driver_kvp_packet packet = { .id = walk->asked + 1 };
	int r;

	packet.is_negotiation = below(walk, 8) == 0;
	packet.message.kvp_hdr.operation = (uint8_t)below(walk, 7);
	r = driver_kvp_send(&kvp, &packet, now);
	ck_assert_int_eq(r, walk->is_withdrawn ? -ENODEV : r == -ENOSPC ? -ENOSPC : 0);
	if (r == 0)
		walk->asked++;
}

static void hear(struct walk *walk)
{
	struct driver_kvp_packet packet;

	while (driver_kvp_receive(&kvp, &packet))
		ck_assert_uint_eq(packet.id, ++walk->heard);
}

static void read_something(const struct walk *walk)
{
	struct hv_kvp_msg message;
	unsigned int events;
	int r;

	ops->tick(&kvp, now);
	events = ops->poll(&kvp);
	r = guest_read(&message);
	ck_assert_int_eq(r, walk->is_withdrawn ? -EBADF : events ? SIZE : -EAGAIN);
}

static void step(struct walk *walk)
{
	switch (below(walk, 10)) {
	case 0:
		ck_assert_int_eq(ops->open(&kvp),
			walk->is_withdrawn      ? -EBADF
				: walk->is_open ? -EBUSY
						: 0);
		walk->is_open |= !walk->is_withdrawn;
		break;
	case 1:
		if (walk->is_open && below(walk, 4) == 0) {
			ops->release(&kvp, now);
			walk->is_open = false;
		}
		break;
	case 2:
		if (walk->is_open)
			(void)guest_write(KVP_OP_REGISTER1, (size_t)SIZE);
		break;
	case 3:
	case 4:
		if (walk->is_open)
			read_something(walk);
		break;
	case 5:
	case 6:
		if (walk->is_open)
			(void)guest_answer(below(walk, 2) ? HV_S_OK : HV_E_FAIL);
		break;
	case 7:
		now += below(walk, TIMEOUT);
		ops->tick(&kvp, now);
		break;
	default:
		ask(walk);
		break;
	}
	ck_assert(ops->deadline(&kvp) == DRIVER_NEVER || ops->deadline(&kvp) <= now + TIMEOUT);
	hear(walk);
}

/* Whatever came before: a fresh daemon that serves what waits leaves nothing unanswered. */
static void settle(struct walk *walk)
{
	struct hv_kvp_msg message;

	if (walk->is_open)
		ops->release(&kvp, now);
	guest_registers();
	while (guest_read(&message) == SIZE) {
		ck_assert_int_eq(guest_answer(HV_S_OK), 0);
		hear(walk);
	}
	hear(walk);
	ck_assert_uint_eq(walk->heard, walk->asked);
}

START_TEST(answers_each_request_once_whatever_happens)
{
	struct walk walk = { .random = hvg_random_from((unsigned int)_i) };

	unsigned int n_steps = hvg_random_steps(STEPS);

	for (unsigned int i = 0; i < n_steps; i++)
		step(&walk);
	ck_assert_uint_gt(walk.heard, n_steps / 20);
	settle(&walk);
}
END_TEST

START_TEST(answers_nothing_after_a_withdrawal)
{
	struct walk walk = { .random = hvg_random_from((unsigned int)_i) };

	for (unsigned int i = 0; i < 50; i++)
		step(&walk);
	driver_kvp_rescind(&kvp);
	walk.is_withdrawn = true;
	for (unsigned int i = 0; i < 50; i++) {
		step(&walk);
		host_hears_nothing();
		ck_assert_uint_eq(ops->poll(&kvp), POLLERR | POLLHUP);
		ck_assert_int_eq(ops->is_gone(&kvp), !walk.is_open);
	}
}
END_TEST

Suite *hvg_suite_host_driver_kvp(void)
{
	Suite *suite = suite_create("host/driver-kvp");
	TCase *tcase = hvg_suite_case(suite, "table");
	TCase *walks = hvg_suite_case(suite, "walks");

	tcase_add_checked_fixture(tcase, offer, NULL);
	tcase_add_test(tcase, has_one_opener);
	tcase_add_test(tcase, answers_a_registration_with_its_version);
	tcase_add_test(tcase, is_ready_only_when_the_version_was_read);
	tcase_add_loop_test(tcase, takes_a_write_only_when_it_is_time, 0,
		sizeof(early_writes) / sizeof(early_writes[0]));
	tcase_add_test(tcase, keeps_a_message_that_the_buffer_is_too_small_for);
	tcase_add_test(tcase, carries_one_transaction_at_a_time);
	tcase_add_test(tcase, takes_an_answer_to_what_was_not_read);
	tcase_add_test(tcase, lets_the_host_wait_until_somebody_registers);
	tcase_add_test(tcase, gives_up_after_the_timeout);
	tcase_add_test(tcase, leaves_a_request_that_timed_out_in_the_slot);
	tcase_add_test(tcase, credits_a_late_answer_to_the_newer_request);
	tcase_add_test(tcase, tells_the_host_when_the_daemon_goes);
	tcase_add_test(tcase, is_gone_once_it_was_withdrawn_and_closed);
	tcase_add_test(tcase, is_gone_at_once_if_nobody_had_it_open);
	tcase_add_test(tcase, hears_a_legacy_daemons_failure_in_an_empty_key);
	tcase_add_checked_fixture(walks, offer, NULL);
	tcase_add_loop_test(walks, answers_each_request_once_whatever_happens, 1, 6);
	tcase_add_loop_test(walks, answers_nothing_after_a_withdrawal, 1, 20);
	return suite;
}
