// SPDX-License-Identifier: LGPL-2.1-or-later

/* Frames survive whatever pieces a stream comes in; what is no frame is seen. */

#include "suites.h"

#include "host/vm/bytes.h"
#include "host/vm/control.h"
#include "host/vm/outbox.h"

#include <errno.h>
#include <string.h>

static struct control_stream stream;
static struct outbox outbox;

static void tear_down(void)
{
	control_stream_done(&stream);
	outbox_done(&outbox);
}

static void fill_outbox(void)
{
	outbox_put(&outbox, CONTROL_CONSOLE, "one", 3);
	outbox_reply(&outbox, 7, -ENODEV);
	outbox_put(&outbox, CONTROL_FROM_AGENT, NULL, 0);
	outbox_record(&outbox, "%s %d", "four", 4);
}

static void expect(uint32_t type, uint64_t id, const void *payload, size_t size)
{
	struct control_frame frame;

	ck_assert_int_eq(control_stream_next(&stream, &frame), 1);
	ck_assert_uint_eq(frame.type, type);
	ck_assert_uint_eq(frame.id, id);
	ck_assert_uint_eq(frame.size, size);
	if (size > 0)
		ck_assert_mem_eq(frame.payload, payload, size);
}

static void expect_what_was_put(void)
{
	static const uint8_t reply[8] = { 0xed, 0xff, 0xff, 0xff };
	struct control_frame frame;

	expect(CONTROL_CONSOLE, 0, "one", 3);
	expect(CONTROL_REPLY, 7, reply, sizeof(reply));
	expect(CONTROL_FROM_AGENT, 0, NULL, 0);
	expect(CONTROL_RECORD, 0, "four 4", 6);
	ck_assert_int_eq(control_stream_next(&stream, &frame), 0);
}

START_TEST(has_the_bytes_that_control_h_says)
{
	static const uint8_t wanted[] = { 3, 0, 0, 0, 0x04, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		'o', 'n', 'e' };

	outbox_put(&outbox, CONTROL_CONSOLE, "one", 3);
	ck_assert_uint_eq(outbox.n, sizeof(wanted));
	ck_assert_mem_eq(outbox.bytes, wanted, sizeof(wanted));
}
END_TEST

START_TEST(survives_any_pieces)
{
	fill_outbox();
	for (size_t at = 0, n; at < outbox.n; at += n) {
		n = outbox.n - at < (size_t)_i ? outbox.n - at : (size_t)_i;
		ck_assert_int_eq(control_stream_add(&stream, outbox.bytes + at, n), 0);
	}
	expect_what_was_put();
}
END_TEST

START_TEST(is_read_while_it_comes)
{
	struct control_frame frame;
	unsigned int n = 0;

	fill_outbox();
	for (size_t at = 0; at < outbox.n; at++) {
		ck_assert_int_eq(control_stream_add(&stream, outbox.bytes + at, 1), 0);
		while (control_stream_next(&stream, &frame) > 0)
			n++;
	}
	ck_assert_uint_eq(n, 4);
}
END_TEST

START_TEST(refuses_what_is_too_long_to_be_a_frame)
{
	uint8_t header[CONTROL_HEADER] = { 0 };
	struct control_frame frame;

	put_le32(header, CONTROL_MAX_PAYLOAD + 1);
	ck_assert_int_eq(control_stream_add(&stream, header, sizeof(header)), 0);
	ck_assert_int_eq(control_stream_next(&stream, &frame), -EBADMSG);
}
END_TEST

START_TEST(takes_a_frame_of_the_greatest_size)
{
	static uint8_t payload[CONTROL_MAX_PAYLOAD];
	struct control_frame frame;

	outbox_put(&outbox, CONTROL_FROM_AGENT, payload, sizeof(payload));
	ck_assert_int_eq(control_stream_add(&stream, outbox.bytes, outbox.n - 1), 0);
	ck_assert_int_eq(control_stream_next(&stream, &frame), 0);
	ck_assert_int_eq(control_stream_add(&stream, payload, 1), 0);
	expect(CONTROL_FROM_AGENT, 0, payload, sizeof(payload));
}
END_TEST

START_TEST(does_not_reply_to_whom_wants_no_reply)
{
	outbox_reply(&outbox, 0, 0);
	ck_assert_uint_eq(outbox.n, 0);
}
END_TEST

START_TEST(shows_bytes_that_are_not_understood)
{
	uint8_t bytes[600] = { 0xab, 0xcd };
	struct control_frame frame;

	outbox_fault_bytes(&outbox, "odd", bytes, 2);
	outbox_fault_bytes(&outbox, "long", bytes, sizeof(bytes));
	ck_assert_int_eq(control_stream_add(&stream, outbox.bytes, outbox.n), 0);
	expect(CONTROL_FAULT, 0, "odd, 2 bytes: ab cd", 19);
	ck_assert_int_eq(control_stream_next(&stream, &frame), 1);
	ck_assert(memmem(frame.payload, frame.size, "long, 600 bytes: ab cd 00", 25));
}
END_TEST

Suite *hvg_suite_host_vm_control(void)
{
	Suite *suite = suite_create("host/vm/control");
	TCase *tcase = hvg_suite_case(suite, "frames");

	tcase_add_checked_fixture(tcase, NULL, tear_down);
	tcase_add_test(tcase, has_the_bytes_that_control_h_says);
	tcase_add_loop_test(tcase, survives_any_pieces, 1, 40);
	tcase_add_test(tcase, is_read_while_it_comes);
	tcase_add_test(tcase, refuses_what_is_too_long_to_be_a_frame);
	tcase_add_test(tcase, takes_a_frame_of_the_greatest_size);
	tcase_add_test(tcase, does_not_reply_to_whom_wants_no_reply);
	tcase_add_test(tcase, shows_bytes_that_are_not_understood);
	return suite;
}
