// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Rings: the bytes of one packet as the kernel's header has them, then both ends on the same
 * pages, at every offset and at random; and a guest that breaks the indices.
 */

#include "random.h"
#include "suites.h"

#include "host/vm/bytes.h"
#include "host/vm/ring.h"

#include <errno.h>
#include <string.h>

#define N_PAGES 3
#define DATA    (2 * 4096)
#define STEPS   2000

static uint8_t memory[N_PAGES][4096] __attribute__((aligned(4096)));
static uint8_t *pages[N_PAGES] = { memory[0], memory[1], memory[2] };
static uint8_t bytes[RING_MAX_PACKET];
static struct ring ring;

static void set_up(void)
{
	memset(memory, 0, sizeof(memory));
	ck_assert_int_eq(ring_init(&ring, pages, N_PAGES), 0);
}

static void set_indices(uint32_t write, uint32_t read)
{
	put_le32(memory[0], write);
	put_le32(memory[0] + 4, read);
}

static struct ring_packet packet_of(const void *payload, size_t size)
{
	return (struct ring_packet){
		.type = RING_IN_BAND,
		.transaction = 0x1122334455667788,
		.payload = payload,
		.size = size,
	};
}

START_TEST(writes_the_bytes_that_linux_reads)
{
	static const uint8_t wanted[] = {
		6, 0, 2, 0, 3, 0, 1, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22,
		0x11,                         /* descriptor */
		'a', 'b', 'c', 0, 0, 0, 0, 0, /* payload */
		0, 0, 0, 0, 0, 0, 0, 0,       /* where it began, in the upper half */
	};
	struct ring_packet packet = packet_of("abc", 3);

	packet.flags = RING_WANTS_COMPLETION;
	memset(memory[1], 0xff, 64);
	ck_assert_int_eq(ring_write(&ring, &packet), 0);
	ck_assert_mem_eq(memory[1], wanted, sizeof(wanted));
	ck_assert_uint_eq(get_le32(memory[0]), sizeof(wanted));
	ck_assert_int_eq(ring_write(&ring, &packet), 0);
	ck_assert_uint_eq(get_le32(memory[1] + 2 * sizeof(wanted) - 4), sizeof(wanted));
}
END_TEST

START_TEST(has_a_header_between_descriptor_and_payload)
{
	static const uint8_t header[16] = { 1, 2, 3 };
	struct ring_packet packet = packet_of("12345678", 8), got;

	packet.type = RING_TRANSFER_PAGES;
	packet.header = header;
	packet.header_size = sizeof(header);
	ck_assert_int_eq(ring_write(&ring, &packet), 0);
	ck_assert_uint_eq(get_le16(memory[1] + 2), 4);
	ck_assert_uint_eq(get_le16(memory[1] + 4), 5);
	ck_assert_int_eq(ring_read(&ring, bytes, &got), 1);
	ck_assert_uint_eq(got.type, RING_TRANSFER_PAGES);
	ck_assert_uint_eq(got.header_size, sizeof(header));
	ck_assert_mem_eq(got.header, header, sizeof(header));
	ck_assert_uint_eq(got.size, 8);
	ck_assert_mem_eq(got.payload, "12345678", 8);
}
END_TEST

START_TEST(wraps_around_at_every_place)
{
	static uint8_t payload[1000];
	struct ring_packet packet = packet_of(payload, sizeof(payload)), got;

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7);
	for (uint32_t at = DATA - 1104; at < DATA; at += 8) {
		set_indices(at, at);
		ck_assert_int_eq(ring_write(&ring, &packet), 0);
		ck_assert_int_eq(ring_read(&ring, bytes, &got), 1);
		ck_assert_uint_eq(got.transaction, packet.transaction);
		ck_assert_mem_eq(got.payload, payload, sizeof(payload));
		ck_assert_int_eq(ring_read(&ring, bytes, &got), 0);
	}
}
END_TEST

/* A packet and its trailer must leave a byte, or full would look like empty. */
START_TEST(is_never_quite_full)
{
	static uint8_t payload[DATA];
	struct ring_packet packet = packet_of(payload, DATA - 16 - 8), got;

	ck_assert_int_eq(ring_write(&ring, &packet), -ENOSPC);
	ck_assert_uint_eq(get_le32(memory[0]), 0);
	packet.size -= 8;
	ck_assert_int_eq(ring_write(&ring, &packet), 0);
	packet.size = 0;
	ck_assert_int_eq(ring_write(&ring, &packet), -ENOSPC);
	ck_assert_int_eq(ring_read(&ring, bytes, &got), 1);
	ck_assert_int_eq(ring_write(&ring, &packet), 0);
}
END_TEST

static const struct {
	uint32_t write, read;
	uint16_t header, length; /* in eights, of the packet at the read index */
} broken[] = {
	{ DATA, 0, 2, 3 }, { 0, DATA, 2, 3 }, { 4, 0, 2, 3 }, { 32, 4, 2, 3 },
	{ 16, 0, 2, 1 },    /* too short for a descriptor and a trailer */
	{ 64, 0, 2, 1 },    /* shorter than its descriptor */
	{ 64, 0, 2, 8 },    /* no room for the trailer */
	{ 64, 0, 2, 4096 }, /* longer than a packet may be */
	{ 64, 0, 1, 4 },    /* the header ends inside the descriptor */
	{ 64, 0, 5, 4 },    /* and outside the packet */
};

START_TEST(sees_that_a_guest_has_broken_it)
{
	struct ring_packet packet = packet_of("x", 1), got = { .type = 77 };

	put_le16(memory[1] + 2, broken[_i].header);
	put_le16(memory[1] + 4, broken[_i].length);
	set_indices(broken[_i].write, broken[_i].read);
	ck_assert_int_eq(ring_read(&ring, bytes, &got), -EBADMSG);
	ck_assert_uint_eq(got.type, 77);
	if (broken[_i].write >= DATA || broken[_i].read >= DATA)
		ck_assert_int_eq(ring_write(&ring, &packet), -EBADMSG);
}
END_TEST

START_TEST(signals_unless_the_reader_does_not_want_it)
{
	ck_assert(ring_wants_signal(&ring));
	put_le32(memory[0] + 8, 1);
	ck_assert(!ring_wants_signal(&ring));
}
END_TEST

START_TEST(needs_two_pages)
{
	ck_assert_int_eq(ring_init(&ring, pages, 1), -EINVAL);
	ck_assert_int_eq(ring_init(&ring, pages, 0), -EINVAL);
	ck_assert_int_eq(ring_init(&ring, pages, 2), 0);
}
END_TEST

/* Writes and reads in any order: what comes out is what went in, in order. */
START_TEST(carries_everything_in_order)
{
	struct hvg_random random = hvg_random_from((unsigned int)_i);
	static uint8_t payload[3000];
	struct ring_packet packet, got;
	uint64_t n_in = 0, n_out = 0;
	unsigned int n_steps = hvg_random_steps(STEPS);

	for (unsigned int i = 0; i < n_steps; i++) {
		if (hvg_random_below(&random, 2)) {
			packet = packet_of(payload, hvg_random_below(&random, sizeof(payload)));
			memset(payload, (int)(n_in & 0xff), packet.size);
			packet.transaction = n_in;
			n_in += ring_write(&ring, &packet) == 0;
		} else if (ring_read(&ring, bytes, &got) > 0) {
			ck_assert_uint_eq(got.transaction, n_out);
			if (got.size >= 8)
				ck_assert_uint_eq(got.payload[got.size - 8], n_out & 0xff);
			n_out++;
		}
	}
	ck_assert_uint_gt(n_out, n_steps / 10);
	ck_assert_uint_ge(n_in, n_out);
}
END_TEST

Suite *hvg_suite_host_vm_ring(void)
{
	Suite *suite = suite_create("host/vm/ring");
	TCase *tcase = hvg_suite_case(suite, "ring");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, writes_the_bytes_that_linux_reads);
	tcase_add_test(tcase, has_a_header_between_descriptor_and_payload);
	tcase_add_test(tcase, wraps_around_at_every_place);
	tcase_add_test(tcase, is_never_quite_full);
	tcase_add_loop_test(
		tcase, sees_that_a_guest_has_broken_it, 0, sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(tcase, signals_unless_the_reader_does_not_want_it);
	tcase_add_test(tcase, needs_two_pages);
	tcase_add_loop_test(tcase, carries_everything_in_order, 1, 6);
	return suite;
}
