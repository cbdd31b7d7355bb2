// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Packets against bytes written by hand, then every descriptor that no packet can have.
 */

#include "suites.h"

#include "hvguest/packet.h"

#include <errno.h>
#include <string.h>

/* type 6, payload at 2 * 8, 3 * 8 long, completion wanted, transaction 0x0807060504030201 */
static const uint8_t example[24] = { 6, 0, 2, 0, 3, 0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 'p', 'a', 'y', 'l', 'o', 0,
	0, 0 };

START_TEST(decodes_a_packet)
{
	struct hvg_packet packet;

	ck_assert_int_eq(hvg_packet_size(example), 24);
	ck_assert_int_eq(hvg_packet_decode(example, sizeof(example), &packet), 0);
	ck_assert_uint_eq(packet.type, HVG_PACKET_IN_BAND);
	ck_assert_uint_eq(packet.flags, 1);
	ck_assert_uint_eq(packet.transaction, UINT64_C(0x0807060504030201));
	ck_assert_uint_eq(packet.payload_size, 8);
	ck_assert_mem_eq(packet.payload, "paylo\0\0\0", 8);
}
END_TEST

START_TEST(encodes_the_same)
{
	struct hvg_packet packet = { HVG_PACKET_IN_BAND, 1, UINT64_C(0x0807060504030201),
		(const uint8_t *)"paylo", 5 };
	uint8_t bytes[24];

	memset(bytes, 0xff, sizeof(bytes));
	ck_assert_int_eq(hvg_packet_encode(&packet, bytes, sizeof(bytes)), 24);
	ck_assert_mem_eq(bytes, example, sizeof(example));
	ck_assert_int_eq(hvg_packet_encode(&packet, bytes, 23), -ENOSPC);
}
END_TEST

START_TEST(skips_what_belongs_to_the_type)
{
	uint8_t bytes[40] = { 7, 0, 4, 0, 5, 0 };
	struct hvg_packet packet;

	memcpy(bytes + 32, "payload", 8);
	ck_assert_int_eq(hvg_packet_decode(bytes, sizeof(bytes), &packet), 0);
	ck_assert_uint_eq(packet.payload_size, 8);
	ck_assert_mem_eq(packet.payload, "payload", 8);
}
END_TEST

START_TEST(takes_a_packet_without_payload)
{
	uint8_t bytes[16] = { 11, 0, 2, 0, 2, 0 };
	struct hvg_packet packet;

	ck_assert_int_eq(hvg_packet_decode(bytes, sizeof(bytes), &packet), 0);
	ck_assert_uint_eq(packet.payload_size, 0);
}
END_TEST

static const struct {
	uint16_t offset, length;
	int size;
} descriptors[] = {
	{ 0, 0, -EBADMSG },
	{ 0, 3, -EBADMSG },
	{ 1, 3, -EBADMSG },
	{ 2, 0, -EBADMSG },
	{ 2, 1, -EBADMSG },
	{ 2, 2, 16 },
	{ 3, 2, -EBADMSG },
	{ 3, 3, 24 },
	{ 0xffff, 0xfffe, -EBADMSG },
	{ 0xffff, 0xffff, 0x7fff8 },
	{ 2, 0xffff, 0x7fff8 },
};

START_TEST(checks_descriptors)
{
	uint8_t bytes[16] = { 6 };

	bytes[2] = (uint8_t)descriptors[_i].offset;
	bytes[3] = (uint8_t)(descriptors[_i].offset >> 8);
	bytes[4] = (uint8_t)descriptors[_i].length;
	bytes[5] = (uint8_t)(descriptors[_i].length >> 8);
	ck_assert_int_eq(hvg_packet_size(bytes), descriptors[_i].size);
}
END_TEST

START_TEST(refuses_a_packet_of_another_size)
{
	struct hvg_packet packet = { .type = 77 };
	uint8_t bytes[32] = { 0 };

	memcpy(bytes, example, sizeof(example));
	for (size_t size = 0; size <= sizeof(bytes); size++)
		if (size != sizeof(example))
			ck_assert_int_eq(hvg_packet_decode(bytes, size, &packet), -EBADMSG);
	ck_assert_uint_eq(packet.type, 77);
}
END_TEST

START_TEST(sends_no_payload_that_a_host_refuses)
{
	static uint8_t payload[HVG_PACKET_PAYLOAD_MAX + 1], bytes[HVG_PACKET_SIZE_MAX + 8];
	struct hvg_packet packet = { HVG_PACKET_IN_BAND, 0, 0, payload, sizeof(payload) };

	ck_assert_int_eq(hvg_packet_encode(&packet, bytes, sizeof(bytes)), -EMSGSIZE);
	packet.payload_size--;
	ck_assert_int_eq(hvg_packet_encode(&packet, bytes, sizeof(bytes)), HVG_PACKET_SIZE_MAX);
}
END_TEST

Suite *hvg_suite_wire_packet(void)
{
	Suite *suite = suite_create("wire/packet");
	TCase *tcase = hvg_suite_case(suite, "packet");

	tcase_add_test(tcase, decodes_a_packet);
	tcase_add_test(tcase, encodes_the_same);
	tcase_add_test(tcase, skips_what_belongs_to_the_type);
	tcase_add_test(tcase, takes_a_packet_without_payload);
	tcase_add_loop_test(tcase, checks_descriptors, 0, 11);
	tcase_add_test(tcase, refuses_a_packet_of_another_size);
	tcase_add_test(tcase, sends_no_payload_that_a_host_refuses);
	return suite;
}
