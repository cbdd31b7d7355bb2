// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The state table of driver-fcopy.h, walked row by row, and then at random.
 */

#include "random.h"
#include "suites.h"

#include "host/fuse/driver-fcopy.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT 1000

static const struct driver_ops *const ops = &driver_fcopy_ops;

static struct driver_fcopy fcopy;
static uint8_t message[8192];
static uint64_t now;

static void offer(void)
{
	driver_fcopy_init(&fcopy, TIMEOUT);
	now = 1;
}

static int guest_write(uint32_t value, size_t size)
{
	uint8_t bytes[16] = { 0 };

	memcpy(bytes, &value, sizeof(value));
	return ops->write(&fcopy, bytes, size, now);
}

static int guest_read(void)
{
	return ops->read(&fcopy, message, sizeof(message), now);
}

static void guest_registers(void)
{
	ck_assert_int_eq(ops->open(&fcopy), 0);
	ck_assert_int_eq(guest_write(1, 4), 0);
	ck_assert_int_eq(guest_read(), 4);
}

static int send_message(uint64_t id, const struct host_fcopy_message *request)
{
	struct driver_fcopy_packet packet = { .id = id };

	packet.size = host_fcopy_encode(request, packet.bytes);
	return driver_fcopy_send(&fcopy, &packet, now);
}

static void host_asks(uint64_t id)
{
	ck_assert_int_eq(send_message(id, &(struct host_fcopy_message){ .op = COMPLETE_FCOPY }), 0);
}

static void host_hears(uint64_t id, uint32_t status)
{
	struct driver_fcopy_answer answer;

	ck_assert(driver_fcopy_receive(&fcopy, &answer));
	ck_assert_uint_eq(answer.id, id);
	ck_assert_uint_eq(answer.status, status);
}

static void host_hears_nothing(void)
{
	struct driver_fcopy_answer answer;

	ck_assert(!driver_fcopy_receive(&fcopy, &answer));
}

START_TEST(has_one_opener)
{
	ck_assert_int_eq(ops->open(&fcopy), 0);
	ck_assert_int_eq(ops->open(&fcopy), -EBUSY);
	ops->release(&fcopy, now);
	ck_assert_int_eq(ops->open(&fcopy), 0);
}
END_TEST

static const struct {
	uint32_t value;
	size_t size;
	int result;
	unsigned int events;
} registrations[] = {
	{ 1, 4, 0, POLLIN | POLLRDNORM },
	{ 0, 4, 0, 0 },
	{ 2, 4, -EINVAL, 0 },
	{ 1, 3, -EINVAL, 0 },
	{ 1, 8, -EINVAL, 0 },
};

START_TEST(answers_a_registration)
{
	ck_assert_int_eq(ops->open(&fcopy), 0);
	ck_assert_int_eq(guest_write(registrations[_i].value, registrations[_i].size), registrations[_i].result);
	ck_assert_uint_eq(ops->poll(&fcopy), registrations[_i].events);
	if (registrations[_i].events) {
		ck_assert_int_eq(guest_write(1, 4), -EFAULT); /* the first answer is unread */
		ck_assert_int_eq(guest_read(), 4);
		ck_assert_mem_eq(message, "\1\0\0\0", 4);
		ck_assert_int_eq(guest_write(1, 4), -EINVAL);
	}
}
END_TEST

START_TEST(refuses_requests_while_nobody_is_registered)
{
	host_asks(7);
	host_hears(7, HV_E_FAIL);
	ck_assert_int_eq(ops->open(&fcopy), 0);
	ck_assert_int_eq(guest_write(1, 4), 0);
	host_asks(8); /* the version was not read yet */
	host_hears(8, HV_E_FAIL);
}
END_TEST

START_TEST(carries_a_request_and_its_answer)
{
	guest_registers();
	host_asks(7);
	ck_assert_uint_eq(ops->poll(&fcopy), POLLIN | POLLRDNORM);
	ck_assert_int_eq(guest_read(), 36 + 28);
	ck_assert_int_eq(guest_write(0, 3), -EINVAL);
	host_hears_nothing();
	ck_assert_int_eq(guest_write(0x80070050, 4), 0);
	host_hears(7, 0x80070050);
	ck_assert_int_eq(guest_write(0, 4), -EINVAL);
}
END_TEST

START_TEST(converts_names)
{
	static struct host_fcopy_message request = { .op = START_FILE_COPY, .flags = 3, .file_size = 77 };
	const struct hv_start_fcopy *start = (const void *)message;

	memcpy(request.name, u"\u00fc.txt", 12);
	for (size_t i = 0; i < W_MAX_PATH; i++)
		request.path[i] = u'\u20ac';
	guest_registers();
	ck_assert_int_eq(send_message(7, &request), 0);
	ck_assert_int_eq(guest_read(), sizeof(*start));
	ck_assert_str_eq((const char *)start->file_name, "\xc3\xbc.txt");
	ck_assert_uint_eq(strlen((const char *)start->path_name), 258); /* cut: 86 of 260 */
	ck_assert_uint_eq(start->copy_flags, 3);
	ck_assert_uint_eq(start->file_size, 77);
}
END_TEST

START_TEST(hands_on_fragments_as_they_are)
{
	static struct host_fcopy_message request = { .op = WRITE_TO_FILE, .offset = 5, .size = 7, .data = "data" };
	const struct hv_do_fcopy *write = (const void *)message;

	guest_registers();
	ck_assert_int_eq(send_message(7, &request), 0);
	ck_assert_int_eq(guest_read(), 6196);
	ck_assert_uint_eq(write->offset, 5);
	ck_assert_uint_eq(write->size, 7);
	ck_assert_mem_eq(write->data, "data", 4);
}
END_TEST

START_TEST(answers_for_a_daemon_that_does_not)
{
	guest_registers();
	host_asks(7);
	ck_assert_uint_eq(ops->deadline(&fcopy), now + TIMEOUT);
	now += TIMEOUT;
	ops->tick(&fcopy, now);
	host_hears(7, HV_E_FAIL);
	host_asks(8); /* the slot is still full */
	host_hears(8, HV_E_FAIL);
	ck_assert_int_gt(guest_read(), 0); /* the old one */
	ck_assert_int_eq(guest_write(0, 4), -EINVAL);
}
END_TEST

START_TEST(credits_a_late_answer_to_the_newer_request)
{
	guest_registers();
	host_asks(7);
	guest_read();
	now += TIMEOUT;
	ops->tick(&fcopy, now);
	host_hears(7, HV_E_FAIL);
	host_asks(8);
	ck_assert_int_eq(guest_write(0, 4), 0);
	host_hears(8, HV_S_OK);
}
END_TEST

START_TEST(lets_a_second_request_wait_in_the_ring)
{
	guest_registers();
	host_asks(7);
	host_asks(8);
	ck_assert_int_eq(send_message(9, &(struct host_fcopy_message){ .op = CANCEL_FCOPY }), -ENOSPC);
	guest_read();
	guest_write(0, 4);
	host_hears(7, 0);
	host_hears_nothing();
	guest_read();
	guest_write(0, 4);
	host_hears(8, 0);
}
END_TEST

START_TEST(keeps_a_message_that_the_buffer_is_too_small_for)
{
	guest_registers();
	host_asks(7);
	ck_assert_int_eq(ops->read(&fcopy, message, 36, now), -EINVAL);
	ck_assert_int_eq(guest_read(), 64);
	ck_assert_int_eq(guest_read(), -EAGAIN);
}
END_TEST

START_TEST(answers_for_a_daemon_that_closes)
{
	guest_registers();
	host_asks(7);
	host_asks(8);
	ops->release(&fcopy, now);
	host_hears(7, HV_E_FAIL);
	host_hears(8, HV_E_FAIL);
	guest_registers(); /* the slot is empty again */
	ck_assert_int_eq(guest_read(), -EAGAIN);
}
END_TEST

START_TEST(is_withdrawn)
{
	guest_registers();
	host_asks(7);
	driver_fcopy_rescind(&fcopy);
	ck_assert_uint_eq(ops->poll(&fcopy), POLLERR | POLLHUP);
	ck_assert_int_eq(guest_read(), -EBADF);
	ck_assert_int_eq(guest_write(0, 4), -EBADF);
	ck_assert_int_eq(ops->open(&fcopy), -EBADF);
	ck_assert(!ops->is_gone(&fcopy));
	ops->release(&fcopy, now);
	ck_assert(ops->is_gone(&fcopy));
	host_hears_nothing();
	ck_assert_int_eq(send_message(8, &(struct host_fcopy_message){ .op = CANCEL_FCOPY }), -ENODEV);
}
END_TEST

START_TEST(cancels_by_itself_when_it_is_suspended)
{
	guest_registers();
	driver_fcopy_suspend(&fcopy);
	ck_assert_int_eq(guest_read(), 36);
	ck_assert_uint_eq(message[0], CANCEL_FCOPY);
	ck_assert_int_eq(guest_write(0, 4), -EINVAL);
}
END_TEST

/* Each packet is answered once, whatever both ends do. */
START_TEST(answers_every_packet_once_in_a_random_walk)
{
	struct hvg_random random = hvg_random_from((unsigned int)_i);
	struct driver_fcopy_answer answer;
	uint64_t sent = 0, heard = 0;
	bool is_open = false;

	for (unsigned int i = hvg_random_steps(20000); i > 0; i--) {
		now += hvg_random_below(&random, 4) == 0 ? TIMEOUT / 2 : 1;
		switch (hvg_random_below(&random, 6)) {
		case 0:
			if (sent - heard < 2 &&
				send_message(sent + 1, &(struct host_fcopy_message){ .op = CANCEL_FCOPY }) == 0)
				sent++;
			break;
		case 1:
			(void)guest_read();
			break;
		case 2:
			if (is_open)
				(void)guest_write(hvg_random_below(&random, 3), 4);
			break;
		case 3:
			is_open |= ops->open(&fcopy) == 0;
			break;
		case 4:
			if (is_open && hvg_random_below(&random, 10) == 0) {
				ops->release(&fcopy, now);
				is_open = false;
			}
			break;
		default:
			ops->tick(&fcopy, now);
			break;
		}
		while (driver_fcopy_receive(&fcopy, &answer))
			ck_assert_uint_eq(answer.id, ++heard); /* in order */
		ck_assert_uint_le(heard, sent);
	}
	ck_assert_uint_gt(heard, 100);
}
END_TEST

Suite *hvg_suite_host_driver_fcopy(void)
{
	Suite *suite = suite_create("host/driver-fcopy");
	TCase *tcase = hvg_suite_case(suite, "driver-fcopy");

	tcase_add_checked_fixture(tcase, offer, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, has_one_opener);
	tcase_add_loop_test(tcase, answers_a_registration, 0, 5);
	tcase_add_test(tcase, refuses_requests_while_nobody_is_registered);
	tcase_add_test(tcase, carries_a_request_and_its_answer);
	tcase_add_test(tcase, converts_names);
	tcase_add_test(tcase, hands_on_fragments_as_they_are);
	tcase_add_test(tcase, answers_for_a_daemon_that_does_not);
	tcase_add_test(tcase, credits_a_late_answer_to_the_newer_request);
	tcase_add_test(tcase, lets_a_second_request_wait_in_the_ring);
	tcase_add_test(tcase, keeps_a_message_that_the_buffer_is_too_small_for);
	tcase_add_test(tcase, answers_for_a_daemon_that_closes);
	tcase_add_test(tcase, is_withdrawn);
	tcase_add_test(tcase, cancels_by_itself_when_it_is_suspended);
	tcase_add_loop_test(tcase, answers_every_packet_once_in_a_random_walk, 0, 4);
	return suite;
}
