// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "host/vm/bytes.h"
#include "host/vm/session/restore.h"

#include <sys/socket.h>

#define MAX_ORDERS 32

static struct link session, monitor;
static struct vm_changes changes;
static struct vm_state state;

static struct {
	uint32_t type, component; /* or whatever comes first */
} orders[MAX_ORDERS];
static size_t n_orders;

static void begin(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	link_begin(&session, fds[0]);
	link_begin(&monitor, fds[1]);
	changes = (struct vm_changes){ 0 };
	state = (struct vm_state){ 0 };
	n_orders = 0;
}

static void end(void)
{
	link_end(&session);
	link_end(&monitor);
}

static void is_so(size_t i, uint32_t component, uint32_t state_of_it)
{
	state.components[i].component = component;
	state.components[i].size = 16;
	put_le32(state.components[i].news, component);
	put_le32(state.components[i].news + 4, state_of_it);
}

/* What a scenario has ordered. */
static void was_ordered(uint32_t type, struct message message)
{
	const struct control_frame order = { .type = type, .payload = message.bytes, .size = message.size };

	restore_note(&changes, &order);
	message_done(&message);
}

static struct message u32_message(uint32_t value)
{
	struct message message = { 0 };

	message_add_u32(&message, value);
	return message;
}

static struct message u64_message(uint64_t value)
{
	struct message message = { 0 };

	message_add_u64(&message, value);
	return message;
}

static void restored(void)
{
	struct control_frame frame;

	restore(&changes, &state, &session);
	ck_assert_int_eq(link_exchange(&monitor), 0);
	for (n_orders = 0; control_stream_next(&monitor.in, &frame) > 0; n_orders++) {
		ck_assert_uint_lt(n_orders, MAX_ORDERS);
		orders[n_orders].type = frame.type;
		orders[n_orders].component = frame.size >= 4 ? get_le32(frame.payload) : 0;
	}
}

/* The place of the first such order behind place "from", counted from 1; 0: there is none. */
static size_t find(uint32_t type, uint32_t component, size_t from)
{
	for (size_t i = from; i < n_orders; i++)
		if (orders[i].type == type && orders[i].component == component)
			return i + 1;
	return 0;
}

static bool has(uint32_t type, uint32_t component)
{
	return find(type, component, 0) > 0;
}

START_TEST(what_was_withdrawn_is_offered_and_what_was_added_goes)
{
	is_so(0, CONTROL_HEARTBEAT, CONTROL_ABSENT);
	is_so(1, CONTROL_SHUTDOWN, CONTROL_NEGOTIATED);
	is_so(2, CONTROL_VSS, CONTROL_RESCINDED);
	is_so(3, CONTROL_NIC, CONTROL_ABSENT);
	is_so(4, CONTROL_NIC + 1, CONTROL_OPEN);
	is_so(5, CONTROL_NIC + 2, CONTROL_ABSENT);
	restored();
	ck_assert(has(CONTROL_OFFER, CONTROL_HEARTBEAT));
	ck_assert(has(CONTROL_OFFER, CONTROL_VSS));
	ck_assert(has(CONTROL_OFFER, CONTROL_NIC));
	ck_assert(has(CONTROL_WITHDRAW, CONTROL_NIC + 1));
	ck_assert(!has(CONTROL_OFFER, CONTROL_SHUTDOWN));
	ck_assert(!has(CONTROL_WITHDRAW, CONTROL_SHUTDOWN));
	ck_assert(!has(CONTROL_WITHDRAW, CONTROL_NIC + 2));
}
END_TEST

START_TEST(data_exchange_is_left_as_it_is)
{
	is_so(0, CONTROL_KVP, CONTROL_ABSENT);
	restored();
	ck_assert(!has(CONTROL_OFFER, CONTROL_KVP));
}
END_TEST

START_TEST(a_paused_guest_goes_on_and_only_that)
{
	was_ordered(CONTROL_PAUSE, (struct message){ 0 });
	restored();
	ck_assert(has(CONTROL_RESUME, 0));
	restored();
	ck_assert(!has(CONTROL_RESUME, 0));
	was_ordered(CONTROL_PAUSE, (struct message){ 0 });
	was_ordered(CONTROL_RESUME, (struct message){ 0 });
	restored();
	ck_assert(!has(CONTROL_RESUME, 0));
}
END_TEST

START_TEST(the_clock_goes_back_by_the_sum_and_the_guest_is_told)
{
	size_t shifted;

	was_ordered(CONTROL_SHIFT_CLOCK, u64_message(1000));
	was_ordered(CONTROL_SHIFT_CLOCK, u64_message((uint64_t)-300));
	restored();
	shifted = find(CONTROL_SHIFT_CLOCK, (uint32_t)-700, 0);
	ck_assert_uint_gt(shifted, 0);
	ck_assert_uint_gt(find(CONTROL_TIME, 1, shifted), shifted);
	was_ordered(CONTROL_SHIFT_CLOCK, u64_message(1000));
	was_ordered(CONTROL_SHIFT_CLOCK, u64_message((uint64_t)-1000));
	restored();
	ck_assert(!has(CONTROL_TIME, 1));
}
END_TEST

START_TEST(versions_are_the_usual_ones_for_a_new_offer)
{
	size_t told, withdrawn;

	was_ordered(CONTROL_VERSIONS, u32_message(CONTROL_SHUTDOWN));
	restored();
	told = find(CONTROL_VERSIONS, CONTROL_SHUTDOWN, 0);
	ck_assert_uint_gt(told, 0);
	withdrawn = find(CONTROL_WITHDRAW, CONTROL_SHUTDOWN, told);
	ck_assert_uint_gt(withdrawn, told);
	ck_assert_uint_gt(find(CONTROL_OFFER, CONTROL_SHUTDOWN, withdrawn), withdrawn);
	restored();
	ck_assert(!has(CONTROL_VERSIONS, CONTROL_SHUTDOWN));
}
END_TEST

Suite *hvg_suite_host_vm_restore(void)
{
	Suite *suite = suite_create("host/vm-restore");
	TCase *tcase = hvg_suite_case(suite, "restore");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, what_was_withdrawn_is_offered_and_what_was_added_goes);
	tcase_add_test(tcase, data_exchange_is_left_as_it_is);
	tcase_add_test(tcase, a_paused_guest_goes_on_and_only_that);
	tcase_add_test(tcase, the_clock_goes_back_by_the_sum_and_the_guest_is_told);
	tcase_add_test(tcase, versions_are_the_usual_ones_for_a_new_offer);
	return suite;
}
