// SPDX-License-Identifier: LGPL-2.1-or-later

/* The table of channel.h, walked row by row, and what a guest's messages bring about. */

#include "suites.h"
#include "vm-fixture.h"

#include "host/vm/bytes.h"

#include <errno.h>
#include <string.h>

#define GONE 99

static struct channel one, two;
static unsigned int n_opened, n_packets;
static int closed_by;

static void opened(struct channel *channel)
{
	n_opened++;
}

static void on_packet(struct channel *channel, const struct ring_packet *packet)
{
	n_packets++;
}

static void closed(struct channel *channel, int error)
{
	closed_by = error;
}

static const struct channel_ops ops = { opened, on_packet, closed };

static void set_up(void)
{
	vm_fixture_set_up();
	one = (struct channel){ .component = 1, .name = "one", .is_pipe = true, .ops = &ops };
	two = (struct channel){ .component = 2, .name = "two", .ops = &ops };
	(void)guid_parse("a9a0f4e7-5a45-4d96-b827-8a841e8c03e6", one.type);
	(void)guid_parse("242ff919-07db-4180-9c2e-b86cb68c8c55", one.instance);
	vmbus_add(&vm.vmbus, &one);
	vmbus_add(&vm.vmbus, &two);
	n_opened = n_packets = 0;
	closed_by = 0;
}

/* Connected, the first channel offered, and open if wanted. */
static void be(enum control_state state)
{
	vmbus_offer(&vm.vmbus, &one, 0);
	vm_guest_connects(VMBUS_LATEST_VERSION);
	ck_assert_ptr_nonnull(vm_guest_hears(1));
	ck_assert_ptr_nonnull(vm_guest_hears(4));
	if (state == CONTROL_OPEN || state == CONTROL_NEGOTIATED)
		vm_guest_opens(one.relid);
	if (state == CONTROL_NEGOTIATED)
		channel_set_state(&one, CONTROL_NEGOTIATED, NULL);
	if (state == CONTROL_RESCINDED) {
		vmbus_withdraw(&vm.vmbus, &one);
		ck_assert_ptr_nonnull(vm_guest_hears(2));
	}
	ck_assert_int_eq(one.state, state);
	vm_forget_news();
	closed_by = 0;
}

static bool says_relid(uint32_t type, uint32_t relid)
{
	const uint32_t words[2] = { relid };

	return vm_guest_says(type, words, 2);
}

START_TEST(offers_what_it_has_to_who_asks)
{
	static const uint8_t type[] = { 0xe7, 0xf4, 0xa0, 0xa9, 0x45, 0x5a, 0x96, 0x4d, 0xb8,
		0x27, 0x8a, 0x84, 0x1e, 0x8c, 0x03, 0xe6 };
	const uint8_t *offer;

	vmbus_offer(&vm.vmbus, &one, 5);
	vm_expect_reply(5, 0);
	vm_guest_connects(VMBUS_LATEST_VERSION);
	offer = vm_guest_hears(1);
	ck_assert_mem_eq(offer + 8, type, sizeof(type));
	ck_assert_uint_eq(get_le16(offer + 56), 0x10);
	ck_assert_uint_eq(get_le32(offer + 60), 4);
	ck_assert_uint_eq(get_le32(offer + 184), 1);
	ck_assert_uint_eq(offer[189], 0);
	ck_assert_uint_eq(get_le16(offer + 190), 1);
	ck_assert_uint_eq(get_le32(offer + 192), 0x2001);
	ck_assert_ptr_nonnull(vm_guest_hears(4));
	ck_assert_ptr_null(vm_guest_hears(0));
	vm_expect_state(1, CONTROL_OFFERED);
	vmbus_offer(&vm.vmbus, &two, 6); /* later, at once */
	offer = vm_guest_hears(1);
	ck_assert_uint_eq(get_le32(offer + 184), 2);
	ck_assert_uint_eq(get_le16(offer + 56), 1);
	ck_assert_uint_eq(get_le32(offer + 60), 0);
	vm_expect_reply(6, 0);
}
END_TEST

static const struct {
	uint32_t version, limit;
	bool is_accepted;
	uint32_t connection;
} versions[] = {
	{ 0x50003, VMBUS_LATEST_VERSION, true, 4 },
	{ 0x50000, VMBUS_LATEST_VERSION, true, 4 },
	{ 0x40001, VMBUS_LATEST_VERSION, true, 0 },
	{ 0x20004, VMBUS_LATEST_VERSION, true, 0 },
	{ 0x50004, UINT32_MAX, false, 0 },
	{ 0x60000, UINT32_MAX, false, 0 },
	{ 0x00001, UINT32_MAX, false, 0 },
	{ 0x50003, 0x40000, false, 0 },
	{ 0x40001, 0x40000, false, 0 },
	{ 0x40000, 0x40000, true, 0 },
};

START_TEST(agrees_upon_a_version)
{
	const uint32_t words[8] = { versions[_i].version };
	const uint8_t *response;

	vm.vmbus.limit = versions[_i].limit;
	ck_assert(vm_guest_says(14, words, 8));
	response = vm_guest_hears(15);
	ck_assert_uint_eq(response[8], versions[_i].is_accepted);
	ck_assert_uint_eq(get_le32(response + 12), versions[_i].connection);
	ck_assert_uint_eq(
		vm.vmbus.version, versions[_i].is_accepted ? versions[_i].version : 0);
	vm_expect_no_fault();
}
END_TEST

START_TEST(talks_to_processors_that_are_there)
{
	const uint32_t words[8] = { VMBUS_LATEST_VERSION, 1 };

	ck_assert(vm_guest_says(14, words, 8));
	ck_assert_ptr_null(vm_guest_hears(0));
	vm_expect_fault("0e 00 00 00");
	vm.n_cpus = 2;
	ck_assert(vm_guest_says(14, words, 8));
	ck_assert_ptr_nonnull(vm_guest_hears(15));
}
END_TEST

START_TEST(opens_a_channel_with_the_rings_that_it_gets)
{
	be(CONTROL_OPEN);
	ck_assert_uint_eq(n_opened, 1);
	ck_assert_uint_eq(one.from_guest.size, 3 * VM_PAGE);
	ck_assert_uint_eq(one.to_guest.size, 3 * VM_PAGE);
	ck_assert_ptr_eq(one.to_guest.pages[0], vm.from_host.pages[0]);
}
END_TEST

/* OPENCHANNEL with one thing wrong: channel, list, where the second ring begins. */
static const struct {
	uint32_t relid, gpadl, downstream;
} bad_openings[] = {
	{ 9, 0xe1e10, 4 },
	{ 1, 0xe1e11, 4 },
	{ 1, 0xe1e10, 0 },
	{ 1, 0xe1e10, 1 },
	{ 1, 0xe1e10, 7 },
	{ 1, 0xe1e10, 9 },
};

START_TEST(opens_nothing_without_rings)
{
	uint32_t words[35] = { bad_openings[_i].relid, 7, bad_openings[_i].gpadl, 0,
		bad_openings[_i].downstream };
	const uint8_t *result;

	be(CONTROL_OFFERED);
	ck_assert_uint_eq(vm_guest_lends(1, 0, 8), 0xe1e10);
	ck_assert(vm_guest_says(5, words, 35));
	result = vm_guest_hears(6);
	ck_assert_uint_eq(get_le32(result + 12), 7);
	ck_assert_uint_ne(get_le32(result + 16), 0);
	ck_assert_uint_eq(n_opened, 0);
	ck_assert_int_eq(one.state, CONTROL_OFFERED);
	vm_expect_fault("05 00 00 00");
}
END_TEST

START_TEST(carries_packets_both_ways)
{
	const struct ring_packet packet = {
		.type = RING_IN_BAND, .payload = (uint8_t[8]){ 0 }, .size = 8
	};
	struct ring_packet got;

	be(CONTROL_OPEN);
	vm_guest_sends(&packet, &one);
	ck_assert_uint_eq(n_packets, 1);
	ck_assert_int_eq(channel_send(&one, &packet), 0);
	ck_assert_uint_eq(vm.n_signals, 1);
	ck_assert_uint_eq(vm.signalled_relid, 1);
	ck_assert(vm_guest_receives(&got));
	put_le32(vm.ring_pages[4] + 8, 1); /* the guest's mask */
	ck_assert_int_eq(channel_send(&one, &packet), 0);
	ck_assert_uint_eq(vm.n_signals, 1);
}
END_TEST

START_TEST(signals_the_processor_that_the_guest_has_chosen)
{
	const struct ring_packet packet = { .type = RING_IN_BAND };
	const uint32_t words[2] = { 1, 3 };

	be(CONTROL_OPEN);
	ck_assert(vm_guest_says(22, words, 2));
	ck_assert_uint_eq(get_le32(vm_guest_hears(24) + 12), 0);
	ck_assert_int_eq(channel_send(&one, &packet), 0);
	ck_assert_uint_eq(vm.signalled_cpu, 3);
}
END_TEST

START_TEST(answers_a_new_processor_from_5_3_on_only)
{
	const uint32_t words[2] = { 1, 0 };

	vmbus_offer(&vm.vmbus, &one, 0);
	vm_guest_connects(0x50002);
	ck_assert_ptr_nonnull(vm_guest_hears(1));
	ck_assert_ptr_nonnull(vm_guest_hears(4));
	ck_assert(vm_guest_says(22, words, 2));
	ck_assert_ptr_null(vm_guest_hears(0));
	vm_expect_no_fault();
}
END_TEST

/* The table: in which state, what happens, what is then, and with which error it was closed. */
static const struct {
	enum control_state state;
	const char *event;
	enum control_state then;
	int error;
} rows[] = {
	{ CONTROL_OPEN, "close", CONTROL_OFFERED, -ECONNRESET },
	{ CONTROL_NEGOTIATED, "close", CONTROL_OFFERED, -ECONNRESET },
	{ CONTROL_OFFERED, "withdraw", CONTROL_RESCINDED, -ENODEV },
	{ CONTROL_OPEN, "withdraw", CONTROL_RESCINDED, -ENODEV },
	{ CONTROL_NEGOTIATED, "withdraw", CONTROL_RESCINDED, -ENODEV },
	{ CONTROL_RESCINDED, "withdraw", CONTROL_RESCINDED, 0 },
	{ CONTROL_RESCINDED, "close", CONTROL_RESCINDED, 0 },
	{ CONTROL_RESCINDED, "release", CONTROL_ABSENT, 0 },
	{ CONTROL_OFFERED, "release", CONTROL_ABSENT, -ECONNRESET },
	{ CONTROL_OFFERED, "unload", CONTROL_ABSENT, -ECONNRESET },
	{ CONTROL_OPEN, "unload", CONTROL_ABSENT, -ECONNRESET },
	{ CONTROL_RESCINDED, "unload", CONTROL_ABSENT, 0 },
	{ CONTROL_NEGOTIATED, "end", CONTROL_ABSENT, -ECONNRESET },
};

static void happen(const char *event)
{
	if (strcmp(event, "close") == 0)
		ck_assert(says_relid(7, one.relid));
	else if (strcmp(event, "withdraw") == 0)
		vmbus_withdraw(&vm.vmbus, &one);
	else if (strcmp(event, "release") == 0)
		ck_assert(says_relid(13, one.relid));
	else if (strcmp(event, "unload") == 0)
		ck_assert(vm_guest_says(16, NULL, 0));
	else
		vmbus_reset(&vm.vmbus);
}

START_TEST(walks_the_table)
{
	be(rows[_i].state);
	happen(rows[_i].event);
	ck_assert_int_eq(one.state, rows[_i].then);
	ck_assert_int_eq(closed_by, rows[_i].error);
	if (strcmp(rows[_i].event, "withdraw") == 0 && rows[_i].state != CONTROL_RESCINDED)
		ck_assert_uint_eq(get_le32(vm_guest_hears(2) + 8), one.relid);
	if (strcmp(rows[_i].event, "unload") == 0)
		ck_assert_ptr_nonnull(vm_guest_hears(17));
	ck_assert_ptr_null(vm_guest_hears(0));
	vm_expect_no_fault();
}
END_TEST

START_TEST(offers_again_when_the_guest_has_let_go)
{
	be(CONTROL_NEGOTIATED);
	vmbus_withdraw(&vm.vmbus, &one);
	ck_assert_ptr_nonnull(vm_guest_hears(2));
	vmbus_offer(&vm.vmbus, &one, 8);
	ck_assert_ptr_null(vm_guest_hears(0));
	ck_assert(says_relid(7, 1));
	ck_assert_ptr_null(vm_guest_hears(0));
	ck_assert(says_relid(13, 1));
	ck_assert_uint_eq(get_le32(vm_guest_hears(1) + 184), 2);
	vm_expect_reply(8, 0);
	ck_assert_int_eq(one.state, CONTROL_OFFERED);
	ck_assert_ptr_null(gpadls_find(&vm.vmbus.gpadls, 1, 0xe1e10));
}
END_TEST

START_TEST(does_not_offer_what_was_withdrawn_again)
{
	be(CONTROL_RESCINDED);
	vmbus_offer(&vm.vmbus, &one, 8);
	vmbus_withdraw(&vm.vmbus, &one);
	vm_expect_reply(8, -ECANCELED);
	ck_assert(says_relid(13, 1));
	ck_assert_ptr_null(vm_guest_hears(0));
	vm_guest_connects(0x40000);
	ck_assert_ptr_nonnull(vm_guest_hears(4));
}
END_TEST

START_TEST(tells_outside_who_is_connected)
{
	struct control_frame news;

	vm_guest_connects(0x50001);
	ck_assert(vm_next_news(CONTROL_VMBUS, &news));
	ck_assert_uint_eq(get_le32(news.payload), 0x50001);
	ck_assert(vm_guest_says(16, NULL, 0));
	ck_assert(vm_next_news(CONTROL_VMBUS, &news));
	ck_assert_uint_eq(get_le32(news.payload), 0);
	vmbus_reset(&vm.vmbus);
	ck_assert(!vm_next_news(CONTROL_VMBUS, &news));
}
END_TEST

/* Linux 6.1 unloads hv_vmbus so. */
START_TEST(offers_to_a_guest_that_comes_back_without_a_farewell)
{
	be(CONTROL_OPEN);
	ck_assert(says_relid(7, 1));
	ck_assert(says_relid(13, 1));
	ck_assert_ptr_null(vm_guest_hears(0));
	vm_guest_connects(VMBUS_LATEST_VERSION);
	ck_assert_uint_eq(get_le32(vm_guest_hears(1) + 184), 2);
	vm_expect_no_fault();
}
END_TEST

START_TEST(tells_a_late_opener_that_the_channel_is_gone)
{
	uint32_t words[35] = { 1, 1 };

	be(CONTROL_RESCINDED);
	words[2] = vm_guest_lends(1, 0, 8);
	words[4] = 4;
	ck_assert(vm_guest_says(5, words, 35));
	ck_assert_uint_ne(get_le32(vm_guest_hears(6) + 16), 0);
	ck_assert_int_eq(one.state, CONTROL_RESCINDED);
	vm_expect_no_fault();
}
END_TEST

START_TEST(keeps_the_pages_of_an_open_ring)
{
	const uint32_t words[2] = { 1, 0xe1e10 };

	be(CONTROL_OPEN);
	ck_assert(vm_guest_says(11, words, 2));
	vm_expect_fault("0b 00 00 00");
	ck_assert(says_relid(7, 1));
	ck_assert(vm_guest_says(11, words, 2));
	ck_assert_uint_eq(get_le32(vm_guest_hears(12) + 8), 0xe1e10);
	vm_expect_no_fault();
}
END_TEST

START_TEST(keeps_the_rings_of_a_channel_that_is_not_closed)
{
	be(CONTROL_OPEN);
	ck_assert(says_relid(13, 1));
	vm_expect_fault("0d 00 00 00");
	ck_assert_int_eq(one.state, CONTROL_OPEN);
	ck_assert_ptr_nonnull(gpadls_find(&vm.vmbus.gpadls, 1, 0xe1e10));
}
END_TEST

START_TEST(uses_no_number_twice_at_a_time)
{
	vmbus_offer(&vm.vmbus, &one, 0);
	vmbus_offer(&vm.vmbus, &two, 0);
	vm.vmbus.last_relid = VMBUS_MAX_RELID - 1;
	vm_guest_connects(VMBUS_LATEST_VERSION);
	ck_assert_uint_eq(get_le32(vm_guest_hears(1) + 184), VMBUS_MAX_RELID);
	ck_assert_uint_eq(get_le32(vm_guest_hears(1) + 184), 1);
	ck_assert_ptr_nonnull(vm_guest_hears(4));
	vm.vmbus.last_relid = VMBUS_MAX_RELID - 1;
	vmbus_withdraw(&vm.vmbus, &two);
	ck_assert(says_relid(13, 1));
	vmbus_offer(&vm.vmbus, &two, 0);
	ck_assert_ptr_nonnull(vm_guest_hears(2));
	ck_assert_uint_eq(get_le32(vm_guest_hears(1) + 184), 1);
}
END_TEST

static const struct {
	uint32_t type;
	size_t n; /* words behind the header */
} nonsense[] = {
	{ 0, 0 }, { 1, 47 }, { 18, 2 }, { 25, 2 }, { 99, 0 }, /* not the guest's to say */
	{ 5, 34 }, { 7, 0 }, { 8, 6 }, { 9, 3 }, { 11, 1 },   /* too short */
	{ 13, 0 }, { 14, 7 }, { 22, 1 }, { 7, 1 }, { 11, 2 }, { 13, 1 },
	{ 22, 2 }, /* of what is not there */
};

START_TEST(reports_what_makes_no_sense)
{
	const uint32_t words[48] = { GONE, GONE };

	ck_assert(vm_guest_says(nonsense[_i].type, words, nonsense[_i].n));
	ck_assert_ptr_null(vm_guest_hears(0));
	vm_expect_fault("a VMBus message that makes no sense");
}
END_TEST

START_TEST(knows_its_connections)
{
	static const uint8_t message[8] = { 16 };

	be(CONTROL_OPEN);
	ck_assert(!vmbus_message(&vm.vmbus, 2, message, sizeof(message)));
	ck_assert(!vmbus_signal(&vm.vmbus, 0x2002));
	ck_assert(!vmbus_signal(&vm.vmbus, 1));
	ck_assert(vmbus_signal(&vm.vmbus, 0x2001));
	ck_assert(vmbus_message(&vm.vmbus, 4, message, sizeof(message)));
}
END_TEST

START_TEST(reports_broken_rings)
{
	const struct ring_packet packet = { .type = RING_IN_BAND };

	be(CONTROL_OPEN);
	put_le32(vm.ring_pages[0], 3); /* the write index */
	ck_assert(vmbus_signal(&vm.vmbus, 0x2001));
	vm_expect_fault("one: the ring from the guest is broken");
	put_le32(vm.ring_pages[4] + 4, UINT32_MAX);
	ck_assert_int_eq(channel_send(&one, &packet), -EBADMSG);
	vm_expect_fault("one: the ring to the guest is broken");
}
END_TEST

Suite *hvg_suite_host_vm_vmbus(void)
{
	Suite *suite = suite_create("host/vm/vmbus");
	TCase *tcase = hvg_suite_case(suite, "bus");

	tcase_add_checked_fixture(tcase, set_up, vm_fixture_tear_down);
	tcase_add_test(tcase, offers_what_it_has_to_who_asks);
	tcase_add_loop_test(
		tcase, agrees_upon_a_version, 0, sizeof(versions) / sizeof(versions[0]));
	tcase_add_test(tcase, talks_to_processors_that_are_there);
	tcase_add_test(tcase, opens_a_channel_with_the_rings_that_it_gets);
	tcase_add_loop_test(tcase, opens_nothing_without_rings, 0,
		sizeof(bad_openings) / sizeof(bad_openings[0]));
	tcase_add_test(tcase, carries_packets_both_ways);
	tcase_add_test(tcase, signals_the_processor_that_the_guest_has_chosen);
	tcase_add_test(tcase, answers_a_new_processor_from_5_3_on_only);
	tcase_add_loop_test(tcase, walks_the_table, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tcase, offers_again_when_the_guest_has_let_go);
	tcase_add_test(tcase, does_not_offer_what_was_withdrawn_again);
	tcase_add_test(tcase, offers_to_a_guest_that_comes_back_without_a_farewell);
	tcase_add_test(tcase, tells_a_late_opener_that_the_channel_is_gone);
	tcase_add_test(tcase, keeps_the_pages_of_an_open_ring);
	tcase_add_test(tcase, keeps_the_rings_of_a_channel_that_is_not_closed);
	tcase_add_test(tcase, uses_no_number_twice_at_a_time);
	tcase_add_loop_test(
		tcase, reports_what_makes_no_sense, 0, sizeof(nonsense) / sizeof(nonsense[0]));
	tcase_add_test(tcase, knows_its_connections);
	tcase_add_test(tcase, reports_broken_rings);
	tcase_add_test(tcase, tells_outside_who_is_connected);
	return suite;
}
