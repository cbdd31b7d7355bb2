// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Components at the host's end: the guest is the test, which negotiates and answers as Linux
 * does, in the bytes of the request, or does not.
 */

#include "suites.h"
#include "vm-fixture.h"

#include "host/vm/bytes.h"
#include "host/vm/ic.h"
#include "host/vm/timesync.h"

#include <errno.h>
#include <string.h>

static struct ic ic;
static struct clock host_clock = { .tsc_khz = 1000000, .stands = true, .stood_at = 5000000000 };
static uint8_t request[RING_MAX_PACKET]; /* the last that the guest received */
static size_t request_size;
static uint64_t transaction;

static void become(const struct ic_kind *kind)
{
	vm_fixture_set_up();
	ic_init(&ic, kind);
	vmbus_add(&vm.vmbus, &ic.channel);
	vmbus_offer(&vm.vmbus, &ic.channel, 0);
	vm_guest_connects(VMBUS_LATEST_VERSION);
	ck_assert_ptr_nonnull(vm_guest_hears(1));
	ck_assert_ptr_nonnull(vm_guest_hears(4));
}

static void become_kvp(void)
{
	become(&ic_kvp);
}

static void tear_down(void)
{
	ic_done(&ic);
	vm_fixture_tear_down();
}

static bool receive(void)
{
	struct ring_packet packet;

	if (!vm_guest_receives(&packet))
		return false;
	ck_assert_uint_eq(packet.type, RING_IN_BAND);
	memcpy(request, packet.payload, packet.size);
	request_size = packet.size;
	transaction = packet.transaction;
	return true;
}

/* What was received last comes back, with a status. */
static void answer(uint32_t status)
{
	const struct ring_packet packet = { .type = RING_IN_BAND,
		.transaction = transaction,
		.payload = request,
		.size = request_size };

	put_le32(request + 20, status);
	request[25] = 5;
	vm_guest_sends(&packet, &ic.channel);
}

static void choose(uint16_t major)
{
	memset(request + 28, 0, 16);
	put_le16(request + 28, major ? 1 : 0);
	put_le16(request + 30, major ? 1 : 0);
	put_le16(request + 36, 3);
	put_le16(request + 40, major);
	answer(0);
}

static void be_negotiated(uint16_t major)
{
	vm_guest_opens(ic.channel.relid);
	ck_assert(receive());
	choose(major);
	ck_assert_int_eq(ic.channel.state, CONTROL_NEGOTIATED);
	vm_forget_news();
}

static void ask(uint64_t id, const char *text)
{
	ic_ask(&ic, id, (const uint8_t *)text, strlen(text));
}

START_TEST(negotiates_when_the_channel_is_opened)
{
	static const uint8_t wanted[] = { 2, 0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 3, 0,
		0, 0, 4, 0, 0, 0, 5, 0, 0, 0 };
	struct control_frame news;

	vm_guest_opens(ic.channel.relid);
	vm_expect_state(CONTROL_KVP, CONTROL_OFFERED);
	vm_expect_state(CONTROL_KVP, CONTROL_OPEN);
	ck_assert(receive());
	ck_assert_uint_eq(get_le16(request + 12), ICMSG_NEGOTIATE);
	ck_assert_mem_eq(request + ICMSG_HEADERS, wanted, sizeof(wanted));
	choose(4);
	ck_assert(vm_next_news(CONTROL_COMPONENT, &news));
	ck_assert_uint_eq(get_le32(news.payload + 4), CONTROL_NEGOTIATED);
	ck_assert_uint_eq(news.size, 16);
	ck_assert_uint_eq(get_le16(news.payload + 8), 3);
	ck_assert_uint_eq(get_le16(news.payload + 12), 4);
	ck_assert(!receive());
}
END_TEST

START_TEST(is_only_open_when_there_is_no_version_in_common)
{
	vm_guest_opens(ic.channel.relid);
	ck_assert(receive());
	choose(0);
	ck_assert_int_eq(ic.channel.state, CONTROL_OPEN);
	vm_expect_no_fault();
}
END_TEST

START_TEST(negotiates_anew_behind_what_was_asked_before)
{
	ck_assert_int_eq(ic_negotiate(&ic), -ENOTCONN);
	be_negotiated(4);
	ask(1, "before");
	ck_assert_int_eq(ic_negotiate(&ic), 0);
	vm_expect_state(CONTROL_KVP, CONTROL_OPEN);
	ck_assert(receive());
	answer(0);
	ck_assert_int_eq(ic.channel.state, CONTROL_OPEN);
	ck_assert(receive());
	ck_assert_uint_eq(get_le16(request + 12), ICMSG_NEGOTIATE);
	choose(3);
	ck_assert_int_eq(ic.channel.state, CONTROL_NEGOTIATED);
	ck_assert_uint_eq(ic.message.major, 3);
	vm_expect_no_fault();
}
END_TEST

START_TEST(says_which_versions_it_is_told_to_know)
{
	ic.versions = (struct icmsg_versions){ .n_framework = 1, .framework = { { 9, 8 } } };
	vm_guest_opens(ic.channel.relid);
	ck_assert(receive());
	ck_assert_uint_eq(get_le16(request + 28), 1);
	ck_assert_uint_eq(get_le16(request + 30), 0);
	ck_assert_uint_eq(get_le16(request + 36), 9);
	ck_assert_uint_eq(get_le16(request + 38), 8);
}
END_TEST

START_TEST(asks_with_the_versions_agreed_upon)
{
	struct control_frame reply;

	be_negotiated(4);
	ask(7, "hello");
	ck_assert(receive());
	ck_assert_uint_eq(get_le16(request + 8), 3);
	ck_assert_uint_eq(get_le16(request + 12), ICMSG_KVP);
	ck_assert_uint_eq(get_le16(request + 14), 4);
	ck_assert_uint_eq(get_le16(request + 18), 5);
	ck_assert_uint_eq(get_le32(request + 20), 0);
	ck_assert_mem_eq(request + 28, "hello", 5);
	request[28] = 'j';
	answer(0x80070103);
	ck_assert(vm_next_news(CONTROL_REPLY, &reply));
	ck_assert_uint_eq(reply.id, 7);
	ck_assert_uint_eq(get_le32(reply.payload), 0);
	ck_assert_uint_eq(get_le32(reply.payload + 4), 0x80070103);
	ck_assert_uint_eq(reply.size, 8 + 5);
	ck_assert_mem_eq(reply.payload + 8, "jello", 5);
}
END_TEST

static void expect_record(const char *wanted)
{
	struct control_frame news;

	ck_assert(vm_next_news(CONTROL_RECORD, &news));
	ck_assert_uint_eq(news.size, strlen(wanted));
	ck_assert_mem_eq(news.payload, wanted, news.size);
}

START_TEST(records_what_is_said)
{
	uint8_t body[2580] = { 3, 2 };
	struct control_frame news;

	vm_forget_news();
	vm_guest_opens(ic.channel.relid);
	ck_assert(receive());
	choose(4);
	expect_record("kvp: framework 3.0, messages 4.0");
	ic_ask(&ic, 1, body, sizeof(body));
	ck_assert(receive());
	answer(0x80070103);
	expect_record("kvp: host: ENUMERATE pool 2 index 0");
	expect_record("kvp: guest: 80070103 ENUMERATE pool 2 index 0 type 0 key 0 \"\" value 0 "
		      "\"\"");
	ck_assert(!vm_next_news(CONTROL_RECORD, &news));
}
END_TEST

START_TEST(does_not_wait_for_contact_to_fill_the_ring)
{
	vm_guest_opens(ic.channel.relid);
	ask(1, "one");
	ck_assert(receive());
	ck_assert_uint_eq(get_le16(request + 12), ICMSG_NEGOTIATE);
	choose(4);
	ck_assert(receive());
	answer(0);
	vm_expect_reply(1, 0);
}
END_TEST

START_TEST(keeps_for_the_opening_what_is_asked_before)
{
	ask(1, "one");
	ask(2, "two");
	vm_guest_opens(ic.channel.relid);
	ck_assert(receive());
	ck_assert_uint_eq(get_le16(request + 12), ICMSG_NEGOTIATE);
	choose(4);
	ck_assert(receive());
	ck_assert_mem_eq(request + 28, "one", 3);
	answer(0);
	vm_expect_reply(1, 0);
	ck_assert(receive());
	ck_assert_mem_eq(request + 28, "two", 3);
	answer(0);
	vm_expect_reply(2, 0);
}
END_TEST

START_TEST(says_no_to_what_was_not_offered)
{
	vmbus_withdraw(&vm.vmbus, &ic.channel);
	ask(3, "x");
	vm_expect_reply(3, -ENODEV);
}
END_TEST

START_TEST(tells_who_waits_that_it_was_withdrawn)
{
	be_negotiated(4);
	ask(1, "one");
	ask(2, "two");
	vmbus_withdraw(&vm.vmbus, &ic.channel);
	vm_expect_reply(1, -ENODEV);
	vm_expect_reply(2, -ENODEV);
	ck_assert_uint_eq(ic.n_requests, 0);
}
END_TEST

START_TEST(tells_who_waits_for_a_guest_that_it_was_withdrawn)
{
	vmbus_reset(&vm.vmbus);
	vm_forget_news();
	ask(1, "one");
	vmbus_withdraw(&vm.vmbus, &ic.channel);
	vm_expect_reply(1, -ENODEV);
	ck_assert_uint_eq(ic.n_requests, 0);
}
END_TEST

START_TEST(tells_who_waits_that_the_driver_is_gone)
{
	const uint32_t words[1] = { ic.channel.relid };

	be_negotiated(4);
	ask(1, "one");
	ck_assert(vm_guest_says(7, words, 1));
	vm_expect_reply(1, -ECONNRESET);
	vm_guest_opens(ic.channel.relid);
	ck_assert(receive());
	ck_assert_uint_eq(get_le16(request + 12), ICMSG_NEGOTIATE);
	ck_assert_uint_eq(get_le16(request + 8), 0);
}
END_TEST

START_TEST(drops_the_answer_that_nobody_waits_for)
{
	be_negotiated(4);
	ask(1, "one");
	ask(2, "two");
	ck_assert(ic_cancel(&ic, 1));
	vm_expect_reply(1, -ECANCELED);
	ck_assert(!ic_cancel(&ic, 1));
	ck_assert(receive());
	answer(0);
	ck_assert(receive());
	answer(0);
	vm_expect_reply(2, 0);
	vm_expect_no_fault();
}
END_TEST

START_TEST(forgets_what_was_cancelled_before_it_was_sent)
{
	ask(1, "one");
	ask(2, "two");
	ck_assert(ic_cancel(&ic, 1));
	vm_guest_opens(ic.channel.relid);
	ck_assert(receive());
	choose(4);
	ck_assert(receive());
	ck_assert_mem_eq(request + 28, "two", 3);
	ck_assert(!receive());
}
END_TEST

START_TEST(has_limits)
{
	static const uint8_t body[ICMSG_MAX_BODY + 1];

	be_negotiated(4);
	ic_ask(&ic, 1, body, sizeof(body));
	vm_expect_reply(1, -EMSGSIZE);
	for (uint64_t id = 2; ic_ask(&ic, id, body, 2580), ic.n_requests == id - 1; id++)
		;
	vm_expect_reply(6, -ENOSPC); /* 12 KiB hold four exchanges */
	ck_assert_uint_eq(ic.n_requests, 4);
	for (uint64_t i = 0; i < 4; i++)
		ck_assert_uint_eq(ic.requests[i].id, 2 + i);
	for (uint64_t id = 10; ic.n_requests < IC_MAX_REQUESTS - IC_RESERVED; id++)
		ic_ask(&ic, id, body, 1);
	ask(99, "");
	vm_expect_reply(99, -ENOBUFS);
}
END_TEST

START_TEST(negotiates_however_much_waits)
{
	static const uint8_t body[2580];

	for (uint64_t id = 1; id < 99; id++)
		ic_ask(&ic, id, body, sizeof(body));
	vm_expect_reply(15, -ENOBUFS);
	vm_forget_news();
	vm_guest_opens(ic.channel.relid);
	vm_expect_reply(5, -ENOSPC); /* the ring holds the negotiation and four */
	vm_expect_reply(6, -ENOSPC);
	vm_forget_news();
	ck_assert(receive());
	ck_assert_uint_eq(get_le16(request + 12), ICMSG_NEGOTIATE);
	choose(4);
	for (uint64_t id = 1; id < 5; id++) {
		ck_assert(receive());
		answer(0);
		vm_expect_reply(id, 0);
	}
	ck_assert(!receive());
	ck_assert_uint_eq(ic.n_requests, 0);
}
END_TEST

START_TEST(says_that_the_guest_takes_no_negotiation)
{
	const uint32_t words[35] = { ic.channel.relid, 1,
		vm_guest_lends(ic.channel.relid, 0x100000, 8), 0, 4 };

	ask(1, "one");
	put_le32(vm.memory.bytes + 0x100000 + 4 * 4096, UINT32_MAX); /* the write index */
	ck_assert(vm_guest_says(5, words, 35));
	vm_expect_fault("the ring to the guest is broken");
	vm_expect_fault("kvp: the guest takes no negotiation");
	vmbus_withdraw(&vm.vmbus, &ic.channel);
	vm_expect_reply(1, -ENODEV);
}
END_TEST

/* Answers that are none: what is changed in the packet of a true one. */
static const struct {
	size_t at;
	uint8_t value;
} odd_answers[] = {
	{ 12, ICMSG_VSS }, { 12, ICMSG_NEGOTIATE }, { 24, 77 }, /* another transaction */
	{ 25, 3 },                                              /* not an answer */
};

START_TEST(reports_an_answer_to_nothing)
{
	struct ring_packet packet = { .type = RING_IN_BAND, .payload = request };

	be_negotiated(4);
	ask(1, "one");
	ck_assert(receive());
	packet.size = request_size;
	request[25] = 5;
	request[odd_answers[_i].at] = odd_answers[_i].value;
	vm_guest_sends(&packet, &ic.channel);
	vm_expect_fault("kvp: an answer to nothing, type 6");
	ck_assert_uint_eq(ic.n_requests, 1);
}
END_TEST

START_TEST(reports_an_answer_too_many)
{
	be_negotiated(4);
	ask(1, "one");
	ck_assert(receive());
	answer(0);
	vm_expect_reply(1, 0);
	answer(0);
	vm_expect_fault("an answer to nothing");
}
END_TEST

/* A daemon on UIO answers with another transaction in the packet, which the IC header has
 * right. */
START_TEST(goes_by_the_transaction_of_the_header)
{
	be_negotiated(4);
	ask(1, "one");
	ck_assert(receive());
	transaction = 0;
	answer(0);
	vm_expect_reply(1, 0);
}
END_TEST

/* Heartbeat and time sync. */

START_TEST(beats_every_other_second)
{
	become(&ic_heartbeat);
	ck_assert_uint_eq(ic_tick(&ic, &host_clock, 0), UINT64_MAX);
	be_negotiated(3);
	ck_assert_uint_eq(ic_tick(&ic, &host_clock, 1000000), 3000000);
	ck_assert(receive());
	ck_assert_uint_eq(get_le16(request + 18), 40);
	ck_assert_uint_eq(get_le64(request + 28), 100);
	for (size_t at = 36; at < 68; at++)
		ck_assert_uint_eq(request[at], 0);
	ck_assert(ic_waits(&ic));
	ck_assert_uint_eq(ic_tick(&ic, &host_clock, 3000000), 5000000);
	ck_assert(!receive()); /* the last one is not answered */
	put_le64(request + 28, 101);
	answer(0);
	ck_assert(!ic_waits(&ic));
	ck_assert_uint_eq(ic.n_answered, 1);
	ck_assert_uint_eq(ic_tick(&ic, &host_clock, 4000000), 5000000);
	ck_assert(!receive());
	(void)ic_tick(&ic, &host_clock, 5000000);
	ck_assert(receive());
	ck_assert_uint_eq(get_le64(request + 28), 102);
	vm_expect_no_fault();
	put_le64(request + 28, 102);
	answer(0);
	vm_expect_fault("heartbeat: a wrong answer");
}
END_TEST

START_TEST(beats_as_often_as_it_is_told)
{
	become(&ic_heartbeat);
	be_negotiated(3);
	ic_set_period(&ic, 0);
	ck_assert_uint_eq(ic_tick(&ic, &host_clock, 1000000), UINT64_MAX);
	ck_assert(!receive());
	ic_set_period(&ic, 10);
	ck_assert_uint_eq(ic_tick(&ic, &host_clock, 1000000), 1010000);
	ck_assert(receive());
}
END_TEST

START_TEST(tells_the_time_once_hard_and_then_softly)
{
	become(&ic_timesync);
	be_negotiated(4);
	ck_assert_uint_eq(ic_tick(&ic, &host_clock, 0), 5000000);
	ck_assert(receive());
	ck_assert_uint_eq(get_le16(request + 18), 24);
	ck_assert_uint_eq(get_le64(request + 36), clock_reference(&host_clock));
	ck_assert_uint_eq(request[44], TIMESYNC_SYNC);
	ck_assert_uint_gt(get_le64(request + 28), UINT64_C(133000000000000000));
	answer(0);
	(void)ic_tick(&ic, &host_clock, 5000000);
	ck_assert(receive());
	ck_assert_uint_eq(request[44], TIMESYNC_SAMPLE);
}
END_TEST

START_TEST(tells_old_guests_the_time_in_the_old_way)
{
	become(&ic_timesync);
	be_negotiated(3);
	timesync_ask(&ic, 5, &host_clock, TIMESYNC_SYNC, 1234567);
	ck_assert(receive());
	ck_assert_uint_eq(get_le16(request + 18), 32);
	ck_assert_uint_eq(get_le64(request + 28), 1234567);
	ck_assert_uint_eq(get_le64(request + 36), 0);
	ck_assert_uint_eq(request[52], TIMESYNC_SYNC);
	answer(0);
	vm_expect_reply(5, 0);
}
END_TEST

/* GUIDs and versions are what makes a guest's driver come. */
static const struct {
	const struct ic_kind *kind;
	uint8_t type_begins[4];
	uint16_t message_type, newest_major, newest_minor;
} all[] = {
	{ &ic_heartbeat, { 0x39, 0x4f, 0x16, 0x57 }, 1, 3, 0 },
	{ &ic_kvp, { 0xe7, 0xf4, 0xa0, 0xa9 }, 2, 5, 0 },
	{ &ic_shutdown, { 0x31, 0x60, 0x0b, 0x0e }, 3, 3, 2 },
	{ &ic_timesync, { 0x30, 0xe6, 0x27, 0x95 }, 4, 4, 0 },
	{ &ic_vss, { 0x29, 0x2e, 0xfa, 0x35 }, 5, 7, 0 },
	{ &ic_fcopy, { 0xe3, 0x4b, 0xd1, 0x34 }, 7, 1, 1 },
};

START_TEST(is_what_the_guests_driver_looks_for)
{
	uint8_t type[GUID_SIZE];
	const struct icmsg_version *newest;

	ic_init(&ic, all[_i].kind);
	guid_swap(ic.channel.type, type);
	ck_assert_mem_eq(type, all[_i].type_begins, 4);
	ck_assert_uint_ne(ic.channel.instance[0], 0);
	ck_assert_uint_eq(ic.kind->message_type, all[_i].message_type);
	newest = &ic.versions.message[ic.versions.n_message - 1];
	ck_assert_uint_eq(newest->major, all[_i].newest_major);
	ck_assert_uint_eq(newest->minor, all[_i].newest_minor);
	ck_assert_uint_eq(ic.versions.framework[ic.versions.n_framework - 1].major, 3);
}
END_TEST

Suite *hvg_suite_host_vm_ic(void)
{
	Suite *suite = suite_create("host/vm/ic");
	TCase *asking = hvg_suite_case(suite, "asking");
	TCase *saying = hvg_suite_case(suite, "saying");

	tcase_add_checked_fixture(asking, become_kvp, tear_down);
	tcase_add_test(asking, negotiates_when_the_channel_is_opened);
	tcase_add_test(asking, is_only_open_when_there_is_no_version_in_common);
	tcase_add_test(asking, negotiates_anew_behind_what_was_asked_before);
	tcase_add_test(asking, says_which_versions_it_is_told_to_know);
	tcase_add_test(asking, asks_with_the_versions_agreed_upon);
	tcase_add_test(asking, records_what_is_said);
	tcase_add_test(asking, does_not_wait_for_contact_to_fill_the_ring);
	tcase_add_test(asking, keeps_for_the_opening_what_is_asked_before);
	tcase_add_test(asking, says_no_to_what_was_not_offered);
	tcase_add_test(asking, tells_who_waits_that_it_was_withdrawn);
	tcase_add_test(asking, tells_who_waits_for_a_guest_that_it_was_withdrawn);
	tcase_add_test(asking, tells_who_waits_that_the_driver_is_gone);
	tcase_add_test(asking, drops_the_answer_that_nobody_waits_for);
	tcase_add_test(asking, forgets_what_was_cancelled_before_it_was_sent);
	tcase_add_test(asking, has_limits);
	tcase_add_test(asking, negotiates_however_much_waits);
	tcase_add_test(asking, says_that_the_guest_takes_no_negotiation);
	tcase_add_loop_test(asking, reports_an_answer_to_nothing, 0,
		sizeof(odd_answers) / sizeof(odd_answers[0]));
	tcase_add_test(asking, reports_an_answer_too_many);
	tcase_add_test(asking, goes_by_the_transaction_of_the_header);
	tcase_add_checked_fixture(saying, NULL, tear_down);
	tcase_add_test(saying, beats_every_other_second);
	tcase_add_test(saying, beats_as_often_as_it_is_told);
	tcase_add_test(saying, tells_the_time_once_hard_and_then_softly);
	tcase_add_test(saying, tells_old_guests_the_time_in_the_old_way);
	tcase_add_loop_test(
		saying, is_what_the_guests_driver_looks_for, 0, sizeof(all) / sizeof(all[0]));
	return suite;
}
