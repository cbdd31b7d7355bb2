// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A channel without a kernel: the rings lie in a memfd, interrupts travel over a packet socket, 4
 * bytes each way as the UIO device has them. The host's end is two rings of its own.
 */

#include "suites.h"

#include "hvguest/packet.h"
#include "hvguest/ring.h"
#include "hvguest/uio.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static struct hvg_uio *uio;
static struct hvg_ring to_guest, from_guest;
static int host = -EBADF, map_fd = -EBADF;
static size_t bytes;
static uint8_t *memory, buffer[HVG_PACKET_SIZE_MAX], packet[6240];

static int attach(size_t size)
{
	int pair[2];

	bytes = size;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	host = pair[0];
	map_fd = memfd_create("rings", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(map_fd, (off_t)size), 0);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	return hvg_uio_attach(pair[1], fcntl(map_fd, F_DUPFD_CLOEXEC, 3), size, &uio);
}

/* The sizes of 6.10 (4 pages each way), of newer kernels (5), and of one with larger pages. */
static size_t half_of(int i)
{
	static const size_t pages[] = { 4, 5, 9 };

	return pages[i] * (size_t)sysconf(_SC_PAGESIZE);
}

static void start(size_t half)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	ck_assert_int_eq(attach(2 * half), 0);
	ck_assert_int_eq(hvg_ring_init_reader(&from_guest, memory, half, page), 0);
	ck_assert_int_eq(hvg_ring_init_writer(&to_guest, memory + half, half, page), 0);
}

static void setup(void)
{
	uio = NULL;
}

static void teardown(void)
{
	uio = hvg_uio_close(uio);
	if (host >= 0)
		close(host);
	close(map_fd);
	munmap(memory, bytes);
}

static void make_packet(size_t size, uint8_t fill)
{
	memset(packet, fill, size);
	memset(packet, 0, HVG_PACKET_DESCRIPTOR_SIZE);
	packet[0] = HVG_PACKET_IN_BAND;
	packet[2] = 2;
	packet[4] = (uint8_t)(size / 8);
	packet[5] = (uint8_t)(size / 8 >> 8);
}

static void interrupt(void)
{
	static int32_t count;

	count++;
	ck_assert_int_eq(write(host, &count, sizeof(count)), sizeof(count));
}

static void send_packet(size_t size, uint8_t fill)
{
	bool wakes;

	make_packet(size, fill);
	ck_assert_int_eq(hvg_ring_write(&to_guest, packet, size, &wakes), 0);
	if (wakes)
		interrupt();
}

static bool is_signalled(void)
{
	int32_t value = 0;

	return recv(host, &value, sizeof(value), MSG_DONTWAIT) == sizeof(value) && value != 0;
}

START_TEST(moves_packets_both_ways)
{
	bool wakes;

	start(half_of(_i));
	ck_assert_int_eq(hvg_uio_recv(uio, buffer, sizeof(buffer)), 0);
	send_packet(6240, 'd');
	ck_assert_int_eq(hvg_uio_recv(uio, buffer, sizeof(buffer)), 6240);
	ck_assert_mem_eq(buffer, packet, 6240);
	ck_assert_int_eq(hvg_uio_recv(uio, buffer, sizeof(buffer)), 0);
	make_packet(48, 'a');
	ck_assert_int_eq(hvg_uio_send(uio, packet, 48), 0);
	ck_assert(is_signalled());
	ck_assert_int_eq(hvg_ring_read(&from_guest, buffer, sizeof(buffer), &wakes), 48);
	ck_assert_mem_eq(buffer, packet, 48);
}
END_TEST

START_TEST(signals_a_host_that_sleeps_and_no_other)
{
	bool wakes;

	start(half_of(1));
	make_packet(48, 'a');
	hvg_uio_send(uio, packet, 48);
	ck_assert(is_signalled());
	hvg_uio_send(uio, packet, 48);
	ck_assert(!is_signalled());
	while (hvg_ring_read(&from_guest, buffer, sizeof(buffer), &wakes) > 0)
		;
	hvg_ring_mask(&from_guest);
	hvg_uio_send(uio, packet, 48);
	ck_assert(!is_signalled());
}
END_TEST

/* Two packets and one interrupt: the second must not wait for another. */
START_TEST(drains_all_that_one_interrupt_told_of)
{
	start(half_of(1));
	send_packet(48, '1');
	send_packet(48, '2');
	ck_assert_int_eq(hvg_uio_recv(uio, buffer, sizeof(buffer)), 48);
	ck_assert(hvg_uio_has_more(uio));
	ck_assert_int_eq(hvg_uio_recv(uio, buffer, sizeof(buffer)), 48);
	ck_assert_uint_eq(buffer[20], '2');
	ck_assert(!hvg_uio_has_more(uio));
}
END_TEST

/* Older drivers mask in their handler: an interrupt that is kept back is seen all the same. */
START_TEST(unmasks_before_it_sleeps)
{
	start(half_of(1));
	memory[bytes / 2 + 8] = 1;
	ck_assert_int_eq(hvg_uio_recv(uio, buffer, sizeof(buffer)), 0);
	ck_assert_uint_eq(memory[bytes / 2 + 8], 0);
}
END_TEST

static void *send_later(void *userdata)
{
	usleep(20000);
	send_packet(48, 'l');
	return NULL;
}

START_TEST(waits_for_a_packet)
{
	pthread_t thread;

	start(half_of(1));
	ck_assert_int_eq(pthread_create(&thread, NULL, send_later, NULL), 0);
	ck_assert_int_eq(hvg_uio_wait(uio, buffer, sizeof(buffer)), 48);
	pthread_join(thread, NULL);
}
END_TEST

static void on_alarm(int signal)
{
}

START_TEST(is_interrupted_by_a_signal)
{
	struct sigaction action = { .sa_handler = on_alarm };

	start(half_of(1));
	sigaction(SIGALRM, &action, NULL);
	ualarm(20000, 0);
	ck_assert_int_eq(hvg_uio_wait(uio, buffer, sizeof(buffer)), -EINTR);
}
END_TEST

/* What lies in the ring when the device goes is the kernel's: it is not looked at any more. */
START_TEST(touches_nothing_once_it_is_gone)
{
	start(half_of(1));
	make_packet(48, 'x');
	close(host);
	host = -EBADF;
	ck_assert_int_eq(hvg_uio_recv(uio, buffer, sizeof(buffer)), -ENODEV);
	ck_assert_int_eq(mprotect(memory, bytes, PROT_READ | PROT_WRITE), 0);
	memory[bytes / 2] = 72; /* a packet, if one looked */
	ck_assert(!hvg_uio_has_more(uio));
	ck_assert_int_eq(hvg_uio_recv(uio, buffer, sizeof(buffer)), -ENODEV);
	ck_assert_int_eq(hvg_uio_wait(uio, buffer, sizeof(buffer)), -ENODEV);
	ck_assert_int_eq(hvg_uio_send(uio, packet, 48), -ENODEV);
}
END_TEST

/* It went while a file was written, and an answer is the first that would touch its pages. */
START_TEST(answers_nothing_on_pages_that_are_the_kernels_again)
{
	static const uint8_t untouched[8192];

	start(half_of(1));
	make_packet(48, 'x');
	close(host);
	host = -EBADF;
	ck_assert_int_eq(hvg_uio_send(uio, packet, 48), -ENODEV);
	ck_assert_mem_eq(memory, untouched, sizeof(untouched));
}
END_TEST

START_TEST(unmasks_nothing_on_pages_that_are_the_kernels_again)
{
	start(half_of(1));
	memory[bytes / 2 + 8] = 1;
	close(host);
	host = -EBADF;
	ck_assert(!hvg_uio_has_more(uio));
	ck_assert_uint_eq(memory[bytes / 2 + 8], 1);
}
END_TEST

START_TEST(tells_that_it_is_gone_while_it_waits)
{
	start(half_of(1));
	close(host);
	host = -EBADF;
	ck_assert_int_eq(hvg_uio_wait(uio, buffer, sizeof(buffer)), -ENODEV);
}
END_TEST

static void *make_room_later(void *userdata)
{
	bool wakes;

	usleep(20000);
	while (hvg_ring_read(&from_guest, buffer, sizeof(buffer), &wakes) > 0)
		if (wakes)
			interrupt();
	return NULL;
}

START_TEST(waits_for_room)
{
	pthread_t thread;

	start(half_of(0));
	memory[64] = 1; /* the writer of this ring tells what it waits for */
	make_packet(6240, 'r');
	ck_assert_int_eq(hvg_uio_send(uio, packet, 6240), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, make_room_later, NULL), 0);
	ck_assert_int_eq(hvg_uio_send(uio, packet, 6240), 0);
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(reports_a_broken_ring)
{
	start(half_of(1));
	memory[bytes / 2] = 3;
	interrupt();
	ck_assert_int_eq(hvg_uio_recv(uio, buffer, sizeof(buffer)), -EBADMSG);
}
END_TEST

START_TEST(attaches_to_no_rings_that_cannot_be)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	ck_assert_int_eq(attach(2 * page), -EINVAL);
	ck_assert_ptr_null(uio);
}
END_TEST

START_TEST(opens_nothing_that_is_no_uio_device)
{
	ck_assert_int_eq(attach(half_of(0)), 0);
	uio = hvg_uio_close(uio);
	ck_assert_int_eq(hvg_uio_open("/dev/null", &uio), -ENOENT);
	ck_assert_int_eq(hvg_uio_open("/dev/uio4711", &uio), -ENOENT);
	ck_assert_ptr_null(hvg_uio_close(NULL));
}
END_TEST

Suite *hvg_suite_transport_uio(void)
{
	Suite *suite = suite_create("transport/uio");
	TCase *tcase = hvg_suite_case(suite, "uio");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, moves_packets_both_ways, 0, 3);
	tcase_add_test(tcase, signals_a_host_that_sleeps_and_no_other);
	tcase_add_test(tcase, drains_all_that_one_interrupt_told_of);
	tcase_add_test(tcase, unmasks_before_it_sleeps);
	tcase_add_test(tcase, waits_for_a_packet);
	tcase_add_test(tcase, is_interrupted_by_a_signal);
	tcase_add_test(tcase, touches_nothing_once_it_is_gone);
	tcase_add_test(tcase, answers_nothing_on_pages_that_are_the_kernels_again);
	tcase_add_test(tcase, unmasks_nothing_on_pages_that_are_the_kernels_again);
	tcase_add_test(tcase, tells_that_it_is_gone_while_it_waits);
	tcase_add_test(tcase, waits_for_room);
	tcase_add_test(tcase, reports_a_broken_ring);
	tcase_add_test(tcase, attaches_to_no_rings_that_cannot_be);
	tcase_add_test(tcase, opens_nothing_that_is_no_uio_device);
	return suite;
}
