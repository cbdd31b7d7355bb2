// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The state table of driver-vss.h, walked row by row, and then at random. Each test is a conversation
 * of the two ends; time is a number that the test moves.
 */

#include "random.h"
#include "suites.h"

#include "host/fuse/driver-vss.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define TIMEOUT	       1000
#define FREEZE_TIMEOUT 30000
#define SIZE	       ((int)sizeof(struct hv_vss_msg))

static const struct driver_ops *const ops = &driver_vss_ops;

static struct driver_vss vss;
static uint64_t now;

static void offer(void)
{
	driver_vss_init(&vss, TIMEOUT, FREEZE_TIMEOUT);
	now = 1;
}

static int guest_write(uint8_t operation, size_t size)
{
	uint8_t bytes[32] = { operation };

	return ops->write(&vss, bytes, size, now);
}

static int guest_answer(uint32_t status)
{
	struct hv_vss_msg message = { .error = (int32_t)status };

	return ops->write(&vss, &message, sizeof(message), now);
}

/* The operation that was read, or the error. */
static int guest_reads(void)
{
	uint8_t bytes[32];
	int n = ops->read(&vss, bytes, sizeof(bytes), now);

	return n == SIZE ? bytes[0] : n;
}

static void guest_registers(void)
{
	ck_assert_int_eq(ops->open(&vss), 0);
	ck_assert_int_eq(guest_write(VSS_OP_REGISTER1, SIZE), 0);
	ck_assert_uint_eq(ops->poll(&vss), POLLIN | POLLRDNORM);
	ck_assert_int_eq(guest_reads(), 4);
}

static void host_asks(uint64_t id, uint8_t operation)
{
	struct driver_vss_packet packet = { .id = id, .operation = operation };

	ck_assert_int_eq(driver_vss_send(&vss, &packet, now), 0);
}

static void host_hears(uint64_t id, uint32_t status)
{
	struct driver_vss_packet packet;

	ck_assert(driver_vss_receive(&vss, &packet));
	ck_assert_uint_eq(packet.id, id);
	ck_assert_uint_eq(packet.status, status);
}

static void host_hears_nothing(void)
{
	struct driver_vss_packet packet;

	ck_assert(!driver_vss_receive(&vss, &packet));
}

START_TEST(registers_a_daemon)
{
	uint8_t bytes[4];

	ck_assert_int_eq(ops->open(&vss), 0);
	ck_assert_int_eq(ops->open(&vss), -EBUSY);
	ck_assert_int_eq(guest_reads(), -EAGAIN);
	ck_assert_int_eq(guest_write(VSS_OP_REGISTER1, SIZE), 0);
	ck_assert_int_eq(guest_write(VSS_OP_REGISTER1, SIZE), -EFAULT); /* the slot is full */
	ck_assert_int_eq(ops->read(&vss, bytes, 3, now), -EINVAL);
	ck_assert_int_eq(ops->read(&vss, bytes, 4, now), 4);
	ck_assert_int_eq(bytes[0], VSS_OP_REGISTER1);
	ck_assert_int_eq(vss.state, DRIVER_VSS_READY);
	ck_assert_int_eq(guest_write(VSS_OP_REGISTER1, SIZE), 0); /* once more is allowed */
	ck_assert_int_eq(guest_reads(), 4);
}
END_TEST

START_TEST(gives_the_older_form_no_answer)
{
	ck_assert_int_eq(ops->open(&vss), 0);
	ck_assert_int_eq(guest_write(VSS_OP_REGISTER, SIZE), 0);
	ck_assert_int_eq(guest_reads(), -EAGAIN);
	ck_assert_int_eq(vss.state, DRIVER_VSS_INIT);
}
END_TEST

START_TEST(refuses_messages_of_another_size)
{
	guest_registers();
	ck_assert_int_eq(guest_write(VSS_OP_REGISTER1, 11), -EINVAL);
	ck_assert_int_eq(guest_write(VSS_OP_REGISTER1, 13), -EINVAL);
	ck_assert_int_eq(guest_write(0, 0), -EINVAL);
	host_asks(1, VSS_OP_FREEZE);
	ck_assert_int_eq(guest_write(0, 4), -EINVAL);
	ck_assert_int_eq(guest_reads(), VSS_OP_FREEZE);
}
END_TEST

START_TEST(refuses_answers_that_nobody_waits_for)
{
	ck_assert_int_eq(ops->open(&vss), 0);
	ck_assert_int_eq(guest_answer(0), -EINVAL);
	offer();
	guest_registers();
	ck_assert_int_eq(guest_answer(0), -EINVAL);
}
END_TEST

START_TEST(answers_alone_what_no_daemon_is_asked)
{
	static const uint8_t ops_of_kernel[] = { VSS_OP_CREATE, VSS_OP_DELETE, VSS_OP_GET_DM_INFO,
		VSS_OP_BU_COMPLETE, VSS_OP_AUTO_RECOVER, 8 };
	struct driver_vss_packet negotiation = { .id = 77, .is_negotiation = true };

	ck_assert_int_eq(driver_vss_send(&vss, &negotiation, now), 0);
	host_hears(77, HV_S_OK);
	for (size_t i = 0; i < sizeof(ops_of_kernel); i++) {
		host_asks(i, ops_of_kernel[i]);
		host_hears(i, HV_S_OK);
	}
}
END_TEST

START_TEST(fails_without_a_daemon)
{
	static const uint8_t ops_of_daemon[] = { VSS_OP_HOT_BACKUP, VSS_OP_FREEZE, VSS_OP_THAW };

	for (size_t i = 0; i < sizeof(ops_of_daemon); i++) {
		host_asks(i, ops_of_daemon[i]);
		host_hears(i, (uint32_t)HV_E_FAIL);
	}
	ck_assert_int_eq(ops->open(&vss), 0);
	ck_assert_int_eq(guest_write(VSS_OP_REGISTER1, SIZE), 0);
	host_asks(9, VSS_OP_FREEZE); /* not read yet */
	host_hears(9, (uint32_t)HV_E_FAIL);
}
END_TEST

START_TEST(carries_a_backup)
{
	static const uint8_t sequence[] = { VSS_OP_HOT_BACKUP, VSS_OP_FREEZE, VSS_OP_THAW };

	guest_registers();
	for (size_t i = 0; i < sizeof(sequence); i++) {
		host_asks(i, sequence[i]);
		host_hears_nothing();
		ck_assert_int_eq(guest_reads(), sequence[i]);
		ck_assert_int_eq(guest_answer(i == 1 ? (uint32_t)HV_E_FAIL : HV_S_OK), 0);
		host_hears(i, i == 1 ? (uint32_t)HV_E_FAIL : HV_S_OK);
	}
}
END_TEST

START_TEST(gives_freeze_more_time_than_others)
{
	guest_registers();
	host_asks(1, VSS_OP_THAW);
	ck_assert_uint_eq(ops->deadline(&vss), now + TIMEOUT);
	ck_assert_int_eq(guest_reads(), VSS_OP_THAW);
	now += TIMEOUT;
	ops->tick(&vss, now);
	host_hears(1, (uint32_t)HV_E_FAIL);
	host_asks(2, VSS_OP_FREEZE);
	ck_assert_uint_eq(ops->deadline(&vss), now + FREEZE_TIMEOUT);
	ck_assert_int_eq(guest_reads(), VSS_OP_FREEZE);
	now += FREEZE_TIMEOUT - 1;
	ops->tick(&vss, now);
	host_hears_nothing();
	now++;
	ops->tick(&vss, now);
	host_hears(2, (uint32_t)HV_E_FAIL);
	ck_assert_int_eq(guest_answer(0), -EINVAL);
}
END_TEST

START_TEST(leaves_a_request_that_timed_out_to_be_read)
{
	guest_registers();
	host_asks(1, VSS_OP_FREEZE);
	now += FREEZE_TIMEOUT;
	ops->tick(&vss, now);
	host_hears(1, (uint32_t)HV_E_FAIL);
	host_asks(2, VSS_OP_THAW);
	host_hears(2, (uint32_t)HV_E_FAIL);
	ck_assert_int_eq(guest_reads(), VSS_OP_FREEZE);
}
END_TEST

START_TEST(takes_a_status_that_looks_like_a_registration_for_one)
{
	guest_registers();
	host_asks(1, VSS_OP_FREEZE);
	ck_assert_int_eq(guest_reads(), VSS_OP_FREEZE);
	ck_assert_int_eq(guest_answer(0x80070081), -EINVAL);
	ck_assert_int_eq(guest_answer(0x80070080), -EINVAL);
	host_hears_nothing();
	ck_assert_int_eq(guest_answer(0x80041002), 0);
	host_hears(1, 0x80041002);
}
END_TEST

START_TEST(keeps_the_next_packet_until_the_answer)
{
	guest_registers();
	host_asks(1, VSS_OP_HOT_BACKUP);
	host_asks(2, VSS_OP_FREEZE);
	ck_assert_int_eq(guest_reads(), VSS_OP_HOT_BACKUP);
	ck_assert_int_eq(guest_reads(), -EAGAIN);
	ck_assert_int_eq(guest_answer(0), 0);
	host_hears(1, HV_S_OK);
	ck_assert_int_eq(guest_reads(), VSS_OP_FREEZE);
}
END_TEST

START_TEST(answers_when_the_daemon_closes)
{
	guest_registers();
	host_asks(1, VSS_OP_FREEZE);
	ops->release(&vss, now);
	host_hears(1, (uint32_t)HV_E_FAIL);
	ck_assert_int_eq(vss.state, DRIVER_VSS_INIT);
	guest_registers();
	ck_assert_int_eq(guest_reads(), -EAGAIN);
}
END_TEST

START_TEST(says_thaw_when_the_guest_is_suspended)
{
	guest_registers();
	host_asks(1, VSS_OP_FREEZE);
	ck_assert_int_eq(guest_reads(), VSS_OP_FREEZE);
	driver_vss_suspend(&vss);
	host_hears_nothing();
	ck_assert_int_eq(guest_reads(), VSS_OP_THAW);
	ck_assert_int_eq(guest_answer(0), -EINVAL);
	ck_assert_int_eq(vss.state, DRIVER_VSS_READY);
}
END_TEST

START_TEST(hangs_up_when_it_is_withdrawn)
{
	struct driver_vss_packet packet = { .operation = VSS_OP_THAW };

	guest_registers();
	host_asks(1, VSS_OP_FREEZE);
	driver_vss_rescind(&vss);
	host_hears_nothing();
	ck_assert_uint_eq(ops->poll(&vss), POLLERR | POLLHUP);
	ck_assert_int_eq(guest_reads(), -EBADF);
	ck_assert_int_eq(guest_answer(0), -EBADF);
	ck_assert_int_eq(ops->open(&vss), -EBADF);
	ck_assert_int_eq(driver_vss_send(&vss, &packet, now), -ENODEV);
	ck_assert(!ops->is_gone(&vss));
	ops->release(&vss, now);
	ck_assert(ops->is_gone(&vss));
}
END_TEST

/* Every request has one answer, unless the guest was suspended. */
START_TEST(walks_at_random)
{
	struct hvg_random random = hvg_random_from((unsigned int)_i);
	struct driver_vss_packet packet;
	uint64_t id = 0, heard = 0;

	for (unsigned int step = 0; step < hvg_random_steps(5000); step++) {
		packet = (struct driver_vss_packet){ .id = id, .operation = (uint8_t)hvg_random_below(&random, 8) };
		switch (hvg_random_below(&random, 8)) {
		case 0:
			id += driver_vss_send(&vss, &packet, now) == 0;
			break;
		case 1:
			if (!vss.is_held)
				ck_assert_int_eq(ops->open(&vss), 0);
			break;
		case 2:
			(void)guest_write(VSS_OP_REGISTER1, SIZE);
			break;
		case 3:
		case 4:
			(void)guest_reads();
			break;
		case 5:
			(void)guest_answer(hvg_random_below(&random, 2) ? HV_S_OK : (uint32_t)HV_E_FAIL);
			break;
		case 6:
			now += hvg_random_below(&random, TIMEOUT);
			ops->tick(&vss, now);
			break;
		default:
			if (vss.is_held && hvg_random_below(&random, 10) == 0)
				ops->release(&vss, now);
			break;
		}
		while (driver_vss_receive(&vss, &packet))
			ck_assert_uint_eq(packet.id, heard++);
		ck_assert((vss.state == DRIVER_VSS_USERSPACE_REQ) == (ops->deadline(&vss) != DRIVER_NEVER));
		ck_assert_uint_le(id - heard, DRIVER_VSS_RING + 1);
	}
}
END_TEST

Suite *hvg_suite_host_driver_vss(void)
{
	Suite *suite = suite_create("driver-vss");
	TCase *tcase = hvg_suite_case(suite, "driver-vss");

	tcase_add_checked_fixture(tcase, offer, NULL);
	tcase_add_test(tcase, registers_a_daemon);
	tcase_add_test(tcase, gives_the_older_form_no_answer);
	tcase_add_test(tcase, refuses_messages_of_another_size);
	tcase_add_test(tcase, refuses_answers_that_nobody_waits_for);
	tcase_add_test(tcase, answers_alone_what_no_daemon_is_asked);
	tcase_add_test(tcase, fails_without_a_daemon);
	tcase_add_test(tcase, carries_a_backup);
	tcase_add_test(tcase, gives_freeze_more_time_than_others);
	tcase_add_test(tcase, leaves_a_request_that_timed_out_to_be_read);
	tcase_add_test(tcase, takes_a_status_that_looks_like_a_registration_for_one);
	tcase_add_test(tcase, keeps_the_next_packet_until_the_answer);
	tcase_add_test(tcase, answers_when_the_daemon_closes);
	tcase_add_test(tcase, says_thaw_when_the_guest_is_suspended);
	tcase_add_test(tcase, hangs_up_when_it_is_withdrawn);
	tcase_add_loop_test(tcase, walks_at_random, 0, 10);
	return suite;
}
