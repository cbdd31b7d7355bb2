// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A packet socket keeps messages whole, as the driver does. What only the driver does (one opener,
 * EBADF, poll) is met on the host double.
 */

#include "suites.h"

#include "hvguest/chardev.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int device = -EBADF, kernel = -EBADF;

static void setup(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	device = pair[0];
	kernel = pair[1];
}

static void teardown(void)
{
	close(device);
	close(kernel);
}

START_TEST(receives_one_message_at_a_time)
{
	char buffer[HVG_CHARDEV_MESSAGE_MAX];

	ck_assert_int_eq(write(kernel, "first", 5), 5);
	ck_assert_int_eq(write(kernel, "second", 6), 6);
	ck_assert_int_eq(hvg_chardev_recv(device, buffer, sizeof(buffer)), 5);
	ck_assert_mem_eq(buffer, "first", 5);
	ck_assert_int_eq(hvg_chardev_recv(device, buffer, sizeof(buffer)), 6);
}
END_TEST

START_TEST(replies_when_nothing_newer_waits)
{
	char buffer[16];

	ck_assert_int_eq(hvg_chardev_reply(device, "answer", 6), 0);
	ck_assert_int_eq(read(kernel, buffer, sizeof(buffer)), 6);
}
END_TEST

START_TEST(keeps_a_reply_from_a_newer_request)
{
	char buffer[16];

	ck_assert_int_eq(write(kernel, "newer", 5), 5);
	ck_assert_int_eq(hvg_chardev_reply(device, "answer", 6), -ESTALE);
	ck_assert_int_eq(recv(kernel, buffer, sizeof(buffer), MSG_DONTWAIT), -1);
	ck_assert_int_eq(hvg_chardev_send(device, "answer", 6), 0);
}
END_TEST

START_TEST(tells_that_the_device_is_gone)
{
	char buffer[16];

	close(kernel);
	kernel = -EBADF;
	ck_assert_int_eq(hvg_chardev_reply(device, "answer", 6), -ENODEV);
	ck_assert_int_eq(hvg_chardev_recv(device, buffer, sizeof(buffer)), -ENODEV);
	ck_assert_int_eq(hvg_chardev_recv(-EBADF, buffer, sizeof(buffer)), -ENODEV);
	ck_assert_int_eq(hvg_chardev_send(-EBADF, "answer", 6), -ENODEV);
}
END_TEST

static void ignore_it(int signal)
{
}

/* The look before the answer is interrupted, too, now and then: poll(2) is never begun anew by the kernel. */
START_TEST(replies_in_spite_of_signals)
{
	const struct sigaction ignoring = { .sa_handler = ignore_it, .sa_flags = SA_RESTART };
	const struct itimerval often = { { .tv_usec = 20 }, { .tv_usec = 20 } }, never = { 0 };
	char buffer[16];

	ck_assert_int_eq(sigaction(SIGALRM, &ignoring, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
	for (int i = 0; i < 50000; i++) {
		ck_assert_int_eq(hvg_chardev_reply(device, "answer", 6), 0);
		ck_assert_int_eq(read(kernel, buffer, sizeof(buffer)), 6);
	}
	ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
}
END_TEST

START_TEST(opens_without_leaking_to_children)
{
	int fd = hvg_chardev_open("/dev/null");

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	ck_assert_int_eq(hvg_chardev_open("/nowhere/hv_kvp"), -ENOENT);
}
END_TEST

Suite *hvg_suite_transport_chardev(void)
{
	Suite *suite = suite_create("transport/chardev");
	TCase *tcase = hvg_suite_case(suite, "chardev");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, receives_one_message_at_a_time);
	tcase_add_test(tcase, replies_when_nothing_newer_waits);
	tcase_add_test(tcase, keeps_a_reply_from_a_newer_request);
	tcase_add_test(tcase, tells_that_the_device_is_gone);
	tcase_add_test(tcase, replies_in_spite_of_signals);
	tcase_add_test(tcase, opens_without_leaking_to_children);
	return suite;
}
