// SPDX-License-Identifier: LGPL-2.1-or-later

/* An adapter's channel: the guest is the test, and goes the way of hv_netvsc's probe. */

#include "suites.h"
#include "vm-fixture.h"

#include "host/vm/bytes.h"
#include "host/vm/nic.h"

#include <string.h>

#define BUFFER_AT  0x200000u
#define REQUEST_AT 0x300ff0u /* crosses a page */

static struct nic nic;
static uint8_t message[40];

static void set_up(void)
{
	vm_fixture_set_up();
	memset(message, 0, sizeof(message));
	nic_init(&nic, 2);
	memcpy(nic.mac, "\x00\x15\x5d\x01\x02\x03", 6);
	vmbus_add(&vm.vmbus, &nic.channel);
	vmbus_offer(&vm.vmbus, &nic.channel, 0);
	vm_guest_connects(VMBUS_LATEST_VERSION);
	ck_assert_ptr_nonnull(vm_guest_hears(1));
	ck_assert_ptr_nonnull(vm_guest_hears(4));
	vm_guest_opens(nic.channel.relid);
}

static void says(uint32_t type, uint32_t word, uint16_t flags)
{
	const struct ring_packet packet = { .type = RING_IN_BAND,
		.flags = flags,
		.transaction = type,
		.payload = message,
		.size = sizeof(message) };

	put_le32(message, type);
	put_le32(message + 4, word);
	vm_guest_sends(&packet, &nic.channel);
}

/* A completion of what was said last, with that in its first words. */
static const uint8_t *is_completed(uint32_t said, uint32_t type)
{
	static struct ring_packet packet;

	ck_assert(vm_guest_receives(&packet));
	ck_assert_uint_eq(packet.type, RING_COMPLETION);
	ck_assert_uint_eq(packet.transaction, said);
	ck_assert_uint_ge(packet.size, 28); /* Linux 6.1 insists */
	ck_assert_uint_eq(get_le32(packet.payload), type);
	return packet.payload;
}

static void lend_receive_buffer(void)
{
	says(101, vm_guest_lends(nic.channel.relid, BUFFER_AT, 8), 1);
	ck_assert_uint_eq(get_le32(is_completed(101, 102) + 4), 1);
}

/* An RNDIS request in two ranges, as older kernels send it, or in one of two pages. */
static void asks(const uint8_t *request, uint32_t size, bool is_split)
{
	uint32_t first = 0x10;
	uint8_t header[40] = { 0 };
	struct ring_packet packet = { .type = RING_GPA_DIRECT,
		.flags = RING_WANTS_COMPLETION,
		.transaction = 107,
		.header = header,
		.payload = message,
		.size = sizeof(message) };

	memcpy(vm.memory.bytes + REQUEST_AT, request, size);
	put_le32(message, 107);
	put_le32(message + 4, 1);
	put_le32(header + 4, is_split ? 2 : 1);
	put_le32(header + 8, is_split ? first : size);
	put_le32(header + 12, REQUEST_AT % VM_PAGE);
	put_le64(header + 16, REQUEST_AT / VM_PAGE);
	put_le32(header + 24, size - first);
	put_le64(header + 32, REQUEST_AT / VM_PAGE + 1);
	if (!is_split)
		put_le64(header + 24, REQUEST_AT / VM_PAGE + 1);
	packet.header_size = is_split ? 40 : 32;
	vm_guest_sends(&packet, &nic.channel);
}

static const uint8_t *hears(size_t section, uint32_t size)
{
	static struct ring_packet packet;

	ck_assert(vm_guest_receives(&packet));
	ck_assert_uint_eq(packet.type, RING_TRANSFER_PAGES);
	ck_assert_uint_eq(packet.header_size, 16);
	ck_assert_uint_eq(get_le16(packet.header), 0xcafe);
	ck_assert_uint_eq(get_le32(packet.header + 4), 1);
	ck_assert_uint_eq(get_le32(packet.header + 8), size);
	ck_assert_uint_eq(get_le32(packet.header + 12), section * 1728);
	ck_assert_uint_eq(get_le32(packet.payload), 107);
	ck_assert_uint_eq(get_le32(packet.payload + 4), 1);
	return vm.memory.bytes + BUFFER_AT + section * 1728;
}

static const struct {
	uint32_t version, status;
} versions[] = {
	{ 0x00002, 1 },
	{ 0x40000, 1 },
	{ 0x60001, 1 },
	{ 0x60002, 2 },
	{ 0, 2 },
};

START_TEST(agrees_upon_a_version)
{
	const uint8_t *completion;

	says(1, versions[_i].version, 1);
	completion = is_completed(1, 2);
	ck_assert_uint_eq(get_le32(completion + 12), versions[_i].status);
	vm_expect_no_fault();
}
END_TEST

START_TEST(takes_what_needs_no_answer)
{
	struct ring_packet packet;

	says(125, 1500, 0);
	says(100, 6, 0);
	says(103, 0, 0);
	says(106, 0, 0);
	ck_assert(!vm_guest_receives(&packet));
	vm_expect_no_fault();
}
END_TEST

START_TEST(divides_the_receive_buffer)
{
	const uint8_t *completion;

	says(101, vm_guest_lends(nic.channel.relid, BUFFER_AT, 8), 1);
	completion = is_completed(101, 102);
	ck_assert_uint_eq(get_le32(completion + 4), 1);
	ck_assert_uint_eq(get_le32(completion + 8), 1);
	ck_assert_uint_eq(get_le32(completion + 16), 1728);
	ck_assert_uint_eq(get_le32(completion + 20), 18);
	says(104, vm_guest_lends(nic.channel.relid, 0, 8), 1);
	completion = is_completed(104, 105);
	ck_assert_uint_eq(get_le32(completion + 4), 1);
	ck_assert_uint_eq(get_le32(completion + 8), 6144);
	for (size_t at = 12; at < 40; at++)
		ck_assert_uint_eq(completion[at], 0);
}
END_TEST

START_TEST(cannot_use_a_buffer_that_was_not_lent)
{
	says(101, 0x1234, 1);
	ck_assert_uint_eq(get_le32(is_completed(101, 102) + 4), 2);
	vm_expect_fault("nic2: a packet of type 6 that makes no sense");
}
END_TEST

START_TEST(answers_rndis_in_the_receive_buffer)
{
	uint8_t request[28] = { 4, 0, 0, 0, 28, 0, 0, 0, 9, 0, 0, 0, 1, 1, 1, 1, 6 };
	const uint8_t *reply;

	lend_receive_buffer();
	for (size_t i = 0; i < 20; i++) {
		asks(request, sizeof(request), i % 2);
		ck_assert_uint_eq(get_le32(is_completed(107, 108) + 4), 1);
		reply = hears(i % 18, 30);
		ck_assert_uint_eq(get_le32(reply), 0x80000004);
		ck_assert_uint_eq(get_le32(reply + 8), 9);
		ck_assert_mem_eq(reply + 24, nic.mac, 6);
	}
	vm_expect_no_fault();
}
END_TEST

START_TEST(is_negotiated_when_rndis_is)
{
	uint8_t request[24] = { 2, 0, 0, 0, 24, 0, 0, 0, 1 };

	says(1, 0x60001, 1);
	(void)is_completed(1, 2);
	lend_receive_buffer();
	vm_forget_news();
	asks(request, sizeof(request), true);
	vm_expect_state(CONTROL_NIC + 2, CONTROL_NEGOTIATED);
}
END_TEST

START_TEST(says_that_data_were_sent)
{
	struct ring_packet packet = { .type = RING_GPA_DIRECT,
		.flags = RING_WANTS_COMPLETION,
		.transaction = 5,
		.payload = message,
		.size = sizeof(message) },
			   got;

	put_le32(message, 107);
	vm_guest_sends(&packet, &nic.channel);
	ck_assert_uint_eq(get_le32(is_completed(5, 108) + 4), 1);
	ck_assert(!vm_guest_receives(&got));
	vm_expect_no_fault();
}
END_TEST

START_TEST(completes_what_is_sent_until_it_is_closed)
{
	const uint32_t relid = nic.channel.relid;
	struct ring_packet packet;

	lend_receive_buffer();
	vmbus_withdraw(&vm.vmbus, &nic.channel);
	says(107, 0, RING_WANTS_COMPLETION);
	ck_assert_uint_eq(get_le32(is_completed(107, 108) + 4), 1);
	ck_assert(vm_guest_says(7, &relid, 1));
	says(107, 0, RING_WANTS_COMPLETION);
	ck_assert(!vm_guest_receives(&packet));
	vm_expect_no_fault();
}
END_TEST

START_TEST(gets_its_sections_back)
{
	static const uint8_t returned[] = { 108, 0, 0, 0, 1, 0, 0, 0 };
	const struct ring_packet packet = {
		.type = RING_COMPLETION, .payload = returned, .size = sizeof(returned)
	};

	vm_guest_sends(&packet, &nic.channel);
	vm_expect_no_fault();
}
END_TEST

START_TEST(reports_what_makes_no_sense)
{
	uint8_t request[28] = { 77 };
	const struct ring_packet empty = { .type = RING_IN_BAND, .payload = message };
	const struct ring_packet odd = {
		.type = RING_COMPLETION, .payload = message, .size = 8
	};

	lend_receive_buffer();
	vm_forget_news();
	says(133, 0, 1);
	vm_expect_fault("nic2: a packet of type 6");
	vm_guest_sends(&empty, &nic.channel);
	vm_expect_fault("nic2: a packet of type 6");
	vm_guest_sends(&odd, &nic.channel);
	vm_expect_fault("nic2: a packet of type 11");
	asks(request, sizeof(request), false);
	vm_expect_fault("RNDIS");
	says(107, 1, 1); /* a request that is nowhere */
	vm_expect_fault("nic2: a packet of type 6");
}
END_TEST

/* The header of a request that is elsewhere: ranges, bytes, offset, page. */
static const struct {
	uint32_t n, size, offset;
	uint64_t page;
	size_t header_size;
} bad_ranges[] = {
	{ 1, 28, 0, VM_MEMORY / VM_PAGE, 24 },
	{ 1, 28, 4096, 1, 24 },
	{ 1, 4097, 0, 1, 32 },
	{ 1, 28, 4090, 1, 24 },
	{ 2, 28, 0, 1, 24 },
	{ 1, 28, 0, 1, 16 },
	{ 1, 28, 0, 1, 8 },
	{ 1, 28, 0, 1, 0 },
};

START_TEST(looks_only_where_the_guest_may_point)
{
	uint8_t header[32] = { 0 };
	const struct ring_packet packet = { .type = RING_GPA_DIRECT,
		.header = header,
		.header_size = bad_ranges[_i].header_size,
		.payload = message,
		.size = sizeof(message) };

	lend_receive_buffer();
	put_le32(message, 107);
	put_le32(message + 4, 1);
	put_le32(header + 4, bad_ranges[_i].n);
	put_le32(header + 8, bad_ranges[_i].size);
	put_le32(header + 12, bad_ranges[_i].offset);
	put_le64(header + 16, bad_ranges[_i].page);
	vm_forget_news();
	vm_guest_sends(&packet, &nic.channel);
	vm_expect_fault("nic2: a packet of type 9");
}
END_TEST

Suite *hvg_suite_host_vm_nic(void)
{
	Suite *suite = suite_create("host/vm/nic");
	TCase *tcase = hvg_suite_case(suite, "channel");

	tcase_add_checked_fixture(tcase, set_up, vm_fixture_tear_down);
	tcase_add_loop_test(
		tcase, agrees_upon_a_version, 0, sizeof(versions) / sizeof(versions[0]));
	tcase_add_test(tcase, takes_what_needs_no_answer);
	tcase_add_test(tcase, divides_the_receive_buffer);
	tcase_add_test(tcase, cannot_use_a_buffer_that_was_not_lent);
	tcase_add_test(tcase, answers_rndis_in_the_receive_buffer);
	tcase_add_test(tcase, is_negotiated_when_rndis_is);
	tcase_add_test(tcase, says_that_data_were_sent);
	tcase_add_test(tcase, completes_what_is_sent_until_it_is_closed);
	tcase_add_test(tcase, gets_its_sections_back);
	tcase_add_test(tcase, reports_what_makes_no_sense);
	tcase_add_loop_test(tcase, looks_only_where_the_guest_may_point, 0,
		sizeof(bad_ranges) / sizeof(bad_ranges[0]));
	return suite;
}
