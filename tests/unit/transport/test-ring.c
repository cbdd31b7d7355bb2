// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A small ring, so that every offset can be tried: its data lies against the end of what is
 * allocated, where the address sanitizer sees one byte too many. Bytes first (as the kernel lays
 * them out), then every wrap, then a host that lies.
 */

#include "suites.h"

#include "base/units.h"
#include "hvguest/packet.h"
#include "hvguest/ring.h"
#include "random.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#define PAGE  128
#define DATA  256
#define BYTES (PAGE + DATA)

static uint8_t *memory;
static struct hvg_ring reader, writer;
static uint8_t packet[DATA], buffer[DATA];
static bool wakes;

static uint32_t *word(size_t at)
{
	return (uint32_t *)(void *)(memory + at);
}

#define WRITE_INDEX (*word(0))
#define READ_INDEX  (*word(4))
#define MASK	    (*word(8))
#define PENDING	    (*word(12))
#define FEATURES    (*word(64))

/* An idle ring whose next packet begins at this offset. */
static void start_at(uint32_t offset)
{
	memset(memory, 0, BYTES);
	WRITE_INDEX = READ_INDEX = offset;
	ck_assert_int_eq(hvg_ring_init_reader(&reader, memory, BYTES, PAGE), 0);
	ck_assert_int_eq(hvg_ring_init_writer(&writer, memory, BYTES, PAGE), 0);
}

static void setup(void)
{
	memory = aligned_alloc(8, BYTES);
	start_at(0);
}

static void teardown(void)
{
	free(memory);
}

/* A packet of this size, of which each byte can be told from its neighbours. */
static void make_packet(uint32_t size, unsigned int seed)
{
	for (uint32_t i = 0; i < size; i++)
		packet[i] = (uint8_t)(i * 7 + seed);
	memset(packet, 0, HVG_PACKET_DESCRIPTOR_SIZE);
	packet[0] = HVG_PACKET_IN_BAND;
	packet[2] = HVG_PACKET_DESCRIPTOR_SIZE / 8;
	packet[4] = (uint8_t)(size / 8);
}

static int write_packet(uint32_t size)
{
	return hvg_ring_write(&writer, packet, size, &wakes);
}

static int read_packet(void)
{
	memset(buffer, 0xee, sizeof(buffer));
	return hvg_ring_read(&reader, buffer, sizeof(buffer), &wakes);
}

START_TEST(lays_packets_out_as_the_kernel_does)
{
	static const uint8_t trailer[] = { 0, 0, 0, 0, 16, 0, 0, 0 };

	start_at(16);
	make_packet(24, 3);
	ck_assert_int_eq(write_packet(24), 0);
	ck_assert_uint_eq(WRITE_INDEX, 48);
	ck_assert_uint_eq(READ_INDEX, 16);
	ck_assert_mem_eq(memory + PAGE + 16, packet, 24);
	ck_assert_mem_eq(memory + PAGE + 40, trailer, 8);
	ck_assert_int_eq(read_packet(), 24);
	ck_assert_mem_eq(buffer, packet, 24);
	ck_assert_uint_eq(READ_INDEX, 48);
	ck_assert_int_eq(read_packet(), 0);
}
END_TEST

/* _i: the offset. At each, packets of every size that fits. */
START_TEST(wraps_anywhere)
{
	for (uint32_t size = HVG_PACKET_DESCRIPTOR_SIZE; size + 8 < DATA; size += 8) {
		start_at((uint32_t)_i * 8);
		make_packet(size, size);
		ck_assert_int_eq(write_packet(size), 0);
		ck_assert_uint_eq(WRITE_INDEX, ((uint32_t)_i * 8 + size + 8) % DATA);
		ck_assert_int_eq(read_packet(), (int)size);
		ck_assert_mem_eq(buffer, packet, size);
		ck_assert_uint_eq(buffer[size], 0xee);
		ck_assert_uint_eq(READ_INDEX, WRITE_INDEX);
	}
}
END_TEST

START_TEST(takes_no_packet_that_never_fits)
{
	make_packet(DATA - 16, 0);
	ck_assert_int_eq(write_packet(DATA - 8), -EMSGSIZE);
	ck_assert_int_eq(write_packet(DATA), -EMSGSIZE);
	ck_assert_int_eq(write_packet(20), -EMSGSIZE);
	ck_assert_int_eq(hvg_ring_write(&writer, packet, SIZE_MAX - 7, &wakes), -EMSGSIZE);
	ck_assert_int_eq(write_packet(DATA - 16), 0);
}
END_TEST

/* Eight packets of 32 bytes would fill it to the brim, and make it look empty. */
START_TEST(is_never_filled_to_the_brim)
{
	start_at((uint32_t)_i * 8);
	make_packet(24, 1);
	for (int i = 0; i < 7; i++)
		ck_assert_int_eq(write_packet(24), 0);
	ck_assert_int_eq(write_packet(24), -EAGAIN);
	ck_assert_uint_eq(PENDING, 32);
	make_packet(16, 1);
	ck_assert_int_eq(write_packet(16), 0); /* a smaller one fits */
	ck_assert_uint_eq(PENDING, 0);
	ck_assert_int_eq(write_packet(16), -EAGAIN);
	for (int i = 0; i < 7; i++)
		ck_assert_int_eq(read_packet(), 24);
	ck_assert_int_eq(read_packet(), 16);
	ck_assert_int_eq(read_packet(), 0);
	make_packet(24, 1);
	ck_assert_int_eq(write_packet(24), 0);
}
END_TEST

START_TEST(wakes_a_reader_that_sleeps)
{
	make_packet(16, 0);
	ck_assert_int_eq(write_packet(16), 0);
	ck_assert(wakes);
	ck_assert_int_eq(write_packet(16), 0);
	ck_assert(!wakes); /* it was not empty */
	read_packet();
	read_packet();
	hvg_ring_mask(&reader);
	ck_assert_uint_eq(MASK, 1);
	ck_assert_int_eq(write_packet(16), 0);
	ck_assert(!wakes); /* it does not want to be */
	ck_assert(hvg_ring_unmask(&reader));
	ck_assert_uint_eq(MASK, 0);
	read_packet();
	ck_assert(!hvg_ring_unmask(&reader));
	ck_assert_int_eq(write_packet(16), 0);
	ck_assert(wakes);
}
END_TEST

/* Room for 100 is waited for: the read that makes it tells so, and no other. */
START_TEST(wakes_a_writer_that_waits_for_room)
{
	make_packet(40, 0);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(write_packet(40), 0); /* 16 left */
	PENDING = 100;
	FEATURES = 1;
	ck_assert_int_eq(read_packet(), 40);
	ck_assert(!wakes); /* 64 */
	ck_assert_int_eq(read_packet(), 40);
	ck_assert(wakes); /* 112 */
	ck_assert_int_eq(read_packet(), 40);
	ck_assert(!wakes);
	PENDING = 0;
	ck_assert_int_eq(read_packet(), 40);
	ck_assert(!wakes);
}
END_TEST

START_TEST(wakes_no_writer_that_cannot_wait)
{
	make_packet(40, 0);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(write_packet(40), 0);
	PENDING = 20;
	ck_assert_int_eq(read_packet(), 40);
	ck_assert(!wakes);
}
END_TEST

/* A host that lies. */

static const uint32_t lies[] = { DATA, DATA + 8, 4, 12, DATA - 4, 0x7fffffff, 0x80000000, UINT32_MAX, 8, 16 };

START_TEST(believes_no_write_index)
{
	WRITE_INDEX = lies[_i];
	ck_assert_int_eq(read_packet(), -EBADMSG);
	WRITE_INDEX = 0;
	ck_assert_int_eq(read_packet(), -EBADMSG); /* bad for good */
	ck_assert_int_eq(hvg_ring_write(&reader, packet, 16, &wakes), -EBADMSG);
}
END_TEST

START_TEST(believes_no_read_index)
{
	make_packet(16, 0);
	READ_INDEX = lies[_i];
	ck_assert_int_eq(write_packet(16), -EBADMSG);
	READ_INDEX = 0;
	ck_assert_int_eq(write_packet(16), -EBADMSG);
}
END_TEST

START_TEST(does_not_read_its_own_index_back)
{
	make_packet(16, 0);
	ck_assert_int_eq(write_packet(16), 0);
	READ_INDEX = 64;
	ck_assert_int_eq(read_packet(), 16);
	ck_assert_uint_eq(READ_INDEX, 24);
}
END_TEST

static const struct {
	uint8_t offset, length; /* of the descriptor, in units */
	uint32_t published;
	int result;
} descriptors[] = {
	{ 2, 3, 32, 24 },
	{ 2, 3, 40, 24 },
	{ 2, 3, 24, -EBADMSG }, /* the trailer is missing */
	{ 0, 3, 32, -EBADMSG },
	{ 1, 3, 32, -EBADMSG },
	{ 4, 3, 32, -EBADMSG },
	{ 2, 1, 32, -EBADMSG },
	{ 2, 0, 32, -EBADMSG },
	{ 2, 4, 32, -EBADMSG },
	{ 2, 255, 248, -EBADMSG },
};

START_TEST(believes_no_descriptor)
{
	memory[PAGE + 2] = descriptors[_i].offset;
	memory[PAGE + 4] = descriptors[_i].length;
	WRITE_INDEX = descriptors[_i].published;
	ck_assert_int_eq(read_packet(), descriptors[_i].result);
}
END_TEST

START_TEST(needs_a_buffer_that_is_large_enough)
{
	make_packet(64, 0);
	ck_assert_int_eq(write_packet(64), 0);
	ck_assert_int_eq(hvg_ring_read(&reader, buffer, 63, &wakes), -EMSGSIZE);
	ck_assert_int_eq(read_packet(), -EBADMSG);
	start_at(0);
	ck_assert_int_eq(write_packet(64), 0);
	ck_assert_int_eq(hvg_ring_read(&reader, buffer, 15, &wakes), -EMSGSIZE);
	start_at(0);
	ck_assert_int_eq(write_packet(64), 0);
	ck_assert_int_eq(hvg_ring_read(&reader, buffer, 64, &wakes), 64);
}
END_TEST

static const struct {
	size_t bytes, page;
	int result;
} shapes[] = {
	{ BYTES, PAGE, 0 },
	{ PAGE + 8, PAGE, 0 },
	{ PAGE, PAGE, -EINVAL },
	{ PAGE - 8, PAGE, -EINVAL },
	{ PAGE + 12, PAGE, -EINVAL },
	{ BYTES, 64, -EINVAL },
	{ BYTES, PAGE + 4, -EINVAL },
	{ PAGE + (size_t)UINT32_MAX / 2 + 1, PAGE, -EINVAL },
	{ BYTES, 0, -EINVAL },
	{ 0, 0, -EINVAL },
};

START_TEST(checks_its_shape)
{
	ck_assert_int_eq(hvg_ring_init_reader(&reader, memory, shapes[_i].bytes, shapes[_i].page),
		shapes[_i].result);
	ck_assert_int_eq(hvg_ring_init_writer(&writer, memory, shapes[_i].bytes, shapes[_i].page),
		shapes[_i].result);
}
END_TEST

START_TEST(begins_at_no_index_that_cannot_be)
{
	READ_INDEX = DATA;
	ck_assert_int_eq(hvg_ring_init_reader(&reader, memory, BYTES, PAGE), -EINVAL);
	WRITE_INDEX = 3;
	ck_assert_int_eq(hvg_ring_init_writer(&writer, memory, BYTES, PAGE), -EINVAL);
	ck_assert_int_eq(hvg_ring_init_reader(&reader, memory + 4, BYTES - 4, PAGE), -EINVAL);
}
END_TEST

/* Whatever stands in memory, nothing is read or written outside, and sizes stay within bounds. */
START_TEST(survives_memory_of_noise)
{
	struct hvg_random random = hvg_random_from((unsigned int)_i);

	make_packet(32, 0);
	for (unsigned int i = hvg_random_steps(20000); i > 0; i--) {
		int r;

		for (size_t at = 0; at < BYTES; at++)
			memory[at] = (uint8_t)hvg_random_below(&random, 256);
		READ_INDEX = hvg_random_below(&random, DATA / 8) * 8;
		WRITE_INDEX = hvg_random_below(&random, DATA / 8) * 8;
		ck_assert_int_eq(hvg_ring_init_reader(&reader, memory, BYTES, PAGE), 0);
		ck_assert_int_eq(hvg_ring_init_writer(&writer, memory, BYTES, PAGE), 0);
		if (hvg_random_below(&random, 2))
			memory[PAGE + (READ_INDEX + 3) % DATA] = memory[PAGE + (READ_INDEX + 5) % DATA] = 0;
		r = read_packet();
		ck_assert(r == -EBADMSG || r == 0 || (r >= 16 && r <= DATA));
		r = write_packet(32);
		ck_assert(r == 0 || r == -EAGAIN);
	}
}
END_TEST

Suite *hvg_suite_transport_ring(void)
{
	Suite *suite = suite_create("transport/ring");
	TCase *tcase = hvg_suite_case(suite, "ring");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, lays_packets_out_as_the_kernel_does);
	tcase_add_loop_test(tcase, wraps_anywhere, 0, DATA / 8);
	tcase_add_test(tcase, takes_no_packet_that_never_fits);
	tcase_add_loop_test(tcase, is_never_filled_to_the_brim, 0, DATA / 8);
	tcase_add_test(tcase, wakes_a_reader_that_sleeps);
	tcase_add_test(tcase, wakes_a_writer_that_waits_for_room);
	tcase_add_test(tcase, wakes_no_writer_that_cannot_wait);
	tcase_add_loop_test(tcase, believes_no_write_index, 0, HVG_ELEMENTS(lies));
	tcase_add_loop_test(tcase, believes_no_read_index, 0, HVG_ELEMENTS(lies) - 2);
	tcase_add_test(tcase, does_not_read_its_own_index_back);
	tcase_add_loop_test(tcase, believes_no_descriptor, 0, HVG_ELEMENTS(descriptors));
	tcase_add_test(tcase, needs_a_buffer_that_is_large_enough);
	tcase_add_loop_test(tcase, checks_its_shape, 0, HVG_ELEMENTS(shapes));
	tcase_add_test(tcase, begins_at_no_index_that_cannot_be);
	tcase_add_loop_test(tcase, survives_memory_of_noise, 0, 4);
	return suite;
}
