// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Two threads on one ring, that sleep and wake each other as a guest and its host do: each packet
 * arrives once, whole and in order, and nobody sleeps for ever. A lost wake-up shows as a deadline
 * that passes.
 */

#include "suites.h"

#include "base/units.h"
#include "hvguest/packet.h"
#include "hvguest/ring.h"
#include "random.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define PAGE	   4096
#define PATIENCE_S 30

/* On each of four rings: a full run has 50 times as many, which is more than 10^8 of them. */
#define PACKETS 510000

static struct stress {
	uint8_t *memory;
	size_t data;
	unsigned int n_packets, seed;
	sem_t to_reader, to_writer; /* interrupts */
	atomic_bool failed;
	atomic_uint n_sleeps;
} stress;

static void start(size_t data, unsigned int seed)
{
	stress.data = data;
	stress.seed = seed;
	stress.n_packets = hvg_random_steps(PACKETS);
	stress.memory = aligned_alloc(8, PAGE + data);
	memset(stress.memory, 0, PAGE + data);
	stress.memory[64] = 1; /* the writer fills in what it waits for */
	atomic_store(&stress.failed, false);
	atomic_store(&stress.n_sleeps, 0);
	sem_init(&stress.to_reader, 0, 0);
	sem_init(&stress.to_writer, 0, 0);
}

static void end(void)
{
	free(stress.memory);
	sem_destroy(&stress.to_reader);
	sem_destroy(&stress.to_writer);
}

static bool sleep_until_woken(sem_t *interrupts)
{
	struct timespec deadline;

	atomic_fetch_add(&stress.n_sleeps, 1);
	(void)clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += PATIENCE_S;
	while (sem_timedwait(interrupts, &deadline) < 0)
		if (errno == ETIMEDOUT) {
			atomic_store(&stress.failed, true);
			return false;
		}
	return true;
}

/* The n-th packet: its size and bytes follow from its number. */
static uint32_t make_packet(unsigned int n, uint8_t ret[static 512])
{
	uint32_t size = HVG_PACKET_DESCRIPTOR_SIZE + (n * 2654435761u >> 26) * 8 % 400;

	memset(ret, (int)(n % 251), size);
	memset(ret, 0, HVG_PACKET_DESCRIPTOR_SIZE);
	ret[0] = HVG_PACKET_IN_BAND;
	ret[2] = 2;
	ret[4] = (uint8_t)(size / 8);
	memcpy(ret + 8, &n, sizeof(n));
	return size;
}

static void *write_all(void *userdata)
{
	struct hvg_random random = hvg_random_from(stress.seed);
	struct hvg_ring ring;
	uint8_t packet[512];
	bool wakes;

	if (hvg_ring_init_writer(&ring, stress.memory, PAGE + stress.data, PAGE) < 0)
		atomic_store(&stress.failed, true);
	for (unsigned int n = 0; n < stress.n_packets && !atomic_load(&stress.failed);) {
		int r = hvg_ring_write(&ring, packet, make_packet(n, packet), &wakes);

		if (r == 0)
			n++;
		else if (r != -EAGAIN)
			atomic_store(&stress.failed, true);
		if (wakes)
			sem_post(&stress.to_reader);
		if (r == -EAGAIN && !sleep_until_woken(&stress.to_writer))
			break;
		if (hvg_random_below(&random, 64) == 0)
			sched_yield();
	}
	sem_post(&stress.to_reader);
	return NULL;
}

static bool is_next(unsigned int n, const uint8_t *bytes, int size)
{
	uint8_t expected[512];

	return size == (int)make_packet(n, expected) && memcmp(bytes, expected, (size_t)size) == 0;
}

static void *read_all(void *userdata)
{
	struct hvg_random random = hvg_random_from(stress.seed + 1);
	struct hvg_ring ring;
	uint8_t bytes[512];
	bool wakes;

	if (hvg_ring_init_reader(&ring, stress.memory, PAGE + stress.data, PAGE) < 0)
		atomic_store(&stress.failed, true);
	for (unsigned int n = 0; n < stress.n_packets && !atomic_load(&stress.failed);) {
		int size = hvg_ring_read(&ring, bytes, sizeof(bytes), &wakes);

		if (wakes)
			sem_post(&stress.to_writer);
		if (size != 0 && !is_next(n++, bytes, size))
			atomic_store(&stress.failed, true);
		if (size != 0) {
			if (hvg_random_below(&random, 8) == 0)
				hvg_ring_mask(&ring);
			continue;
		}
		if (!hvg_ring_unmask(&ring) && !sleep_until_woken(&stress.to_reader))
			break;
	}
	return NULL;
}

static const size_t data_sizes[] = { 512, 1000, 4096, 16384 };

START_TEST(loses_nothing_between_two_threads)
{
	pthread_t writer, reader;

	start(data_sizes[_i], (unsigned int)_i);
	ck_assert_int_eq(pthread_create(&writer, NULL, write_all, NULL), 0);
	ck_assert_int_eq(pthread_create(&reader, NULL, read_all, NULL), 0);
	pthread_join(writer, NULL);
	pthread_join(reader, NULL);
	ck_assert(!atomic_load(&stress.failed));
	ck_assert_uint_gt(atomic_load(&stress.n_sleeps), 0);
	end();
}
END_TEST

/* While we read, somebody changes both indices and every byte, all the time. */

static atomic_bool ends;

static void *disturb(void *userdata)
{
	struct hvg_random random = hvg_random_from(stress.seed);
	_Atomic uint32_t *words = userdata;
	uint32_t n_words = (uint32_t)stress.data / 4;

	while (!atomic_load(&ends)) {
		atomic_store(&words[0], hvg_random_below(&random, 2 * n_words) * 4);
		atomic_store(&words[1], hvg_random_below(&random, 2 * n_words) * 4);
		atomic_store(&words[3], hvg_random_below(&random, 4096));
		atomic_store(&words[PAGE / 4 + hvg_random_below(&random, n_words)],
			hvg_random_below(&random, 8) << 16 | hvg_random_below(&random, 8));
	}
	return NULL;
}

START_TEST(survives_a_host_that_changes_everything)
{
	unsigned int n_bad = 0, n_good = 0;
	uint8_t bytes[512];
	struct hvg_ring ring;
	pthread_t host;
	bool wakes;

	start(1024, (unsigned int)_i);
	atomic_store(&ends, false);
	ck_assert_int_eq(pthread_create(&host, NULL, disturb, stress.memory), 0);
	/* Until enough of both was seen: the other thread may begin late. */
	for (unsigned int i = 0; i < hvg_random_steps(200000) || n_good < 100; i++) {
		int r;

		if (hvg_ring_init_reader(&ring, stress.memory, PAGE + 1024, PAGE) < 0)
			continue;
		r = hvg_ring_read(&ring, bytes, sizeof(bytes), &wakes);
		ck_assert(r <= (int)sizeof(bytes));
		if (r > 0) {
			ck_assert_int_eq(hvg_packet_size(bytes), r); /* what was checked is what we have */
			n_good++;
		}
		n_bad += r < 0;
		if (hvg_ring_init_writer(&ring, stress.memory, PAGE + 1024, PAGE) == 0)
			(void)hvg_ring_write(&ring, bytes, 16, &wakes);
	}
	atomic_store(&ends, true);
	pthread_join(host, NULL);
	ck_assert_uint_gt(n_bad, 0);
	end();
}
END_TEST

Suite *hvg_suite_transport_ring_threads(void)
{
	Suite *suite = suite_create("transport/ring-threads");
	TCase *tcase = hvg_suite_case(suite, "threads");

	tcase_set_timeout(tcase, 900);
	tcase_add_loop_test(tcase, loses_nothing_between_two_threads, 0, HVG_ELEMENTS(data_sizes));
	tcase_add_loop_test(tcase, survives_a_host_that_changes_everything, 0, 2);
	return suite;
}
