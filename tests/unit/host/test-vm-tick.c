// SPDX-License-Identifier: LGPL-2.1-or-later

/* What time asks for: a guest that shows no life when it must is told of, with what it said last. */

#include "suites.h"

#include "host/vm/vm-private.h"

#include <string.h>

#define LIMIT 100

static struct vm machine;
static struct control_stream news;

static void set_up(void)
{
	machine = (struct vm){ .is_running = true, .watchdog.limit_us = LIMIT };
	machine.console.outbox = &machine.outbox;
	machine.console_due_us = VM_NOT_DUE;
	for (unsigned int i = 0; i < VM_N_ICS; i++)
		ic_init(&machine.ics[i], &ic_kvp);
	ic_init(&machine.ics[0], &ic_heartbeat);
}

static void tear_down(void)
{
	control_stream_done(&news);
	outbox_done(&machine.outbox);
}

static void says(const char *text)
{
	while (*text)
		console_put(&machine.console, (uint8_t)*text++);
}

/* The fault that was told of since the last look; NULL: none. */
static const char *fault(void)
{
	static char text[256];
	struct control_frame frame;
	const char *found = NULL;

	ck_assert_int_eq(control_stream_add(&news, machine.outbox.bytes, machine.outbox.n), 0);
	machine.outbox.n = 0;
	while (control_stream_next(&news, &frame) > 0) {
		if (frame.type != CONTROL_FAULT)
			continue;
		ck_assert_uint_lt(frame.size, sizeof(text));
		memcpy(text, frame.payload, frame.size);
		text[frame.size] = '\0';
		found = text;
	}
	return found;
}

START_TEST(tells_of_a_guest_that_does_not_connect)
{
	says("one\nits last words\n");
	ck_assert_uint_eq(vm_tick(&machine, 1000), 1000 + LIMIT);
	(void)vm_tick(&machine, 1099);
	ck_assert_ptr_null(fault());
	(void)vm_tick(&machine, 1100);
	ck_assert_str_eq(fault(), "the guest hangs; it said last:\none\nits last words\n");
	(void)vm_tick(&machine, 5000);
	ck_assert_ptr_null(fault());
}
END_TEST

START_TEST(lets_a_guest_be_silent_that_owes_nothing)
{
	machine.vmbus.version = VMBUS_LATEST_VERSION;
	(void)vm_tick(&machine, 1000);
	(void)vm_tick(&machine, 9000);
	ck_assert_ptr_null(fault());
}
END_TEST

START_TEST(tells_of_a_heartbeat_that_is_not_answered)
{
	struct ic *heartbeat = vm_ic(&machine, CONTROL_HEARTBEAT);

	machine.vmbus.version = VMBUS_LATEST_VERSION;
	heartbeat->requests[0].purpose = IC_SAID;
	heartbeat->n_requests = 1;
	(void)vm_tick(&machine, 1000);
	(void)vm_tick(&machine, 1080);
	heartbeat->n_answered++;
	(void)vm_tick(&machine, 1090);
	(void)vm_tick(&machine, 1179);
	ck_assert_ptr_null(fault());
	(void)vm_tick(&machine, 1180);
	ck_assert_ptr_nonnull(fault());
}
END_TEST

START_TEST(does_not_count_a_pause)
{
	(void)vm_tick(&machine, 1000);
	machine.is_paused = true;
	ck_assert_uint_eq(vm_tick(&machine, 1010), VM_NOT_DUE);
	machine.is_paused = false;
	(void)vm_tick(&machine, 9000);
	(void)vm_tick(&machine, 9099);
	ck_assert_ptr_null(fault());
	(void)vm_tick(&machine, 9100);
	ck_assert_ptr_nonnull(fault());
}
END_TEST

/* A piece of a line waits for the rest, but not for ever. */
START_TEST(passes_on_a_line_that_does_not_end)
{
	says("login: ");
	machine.console_due_us = VM_SOON;
	(void)vm_tick(&machine, 1000);
	ck_assert(console_has_unsent(&machine.console));
	(void)vm_tick(&machine, 1000 + 20000);
	ck_assert(!console_has_unsent(&machine.console));
}
END_TEST

Suite *hvg_suite_host_vm_tick(void)
{
	Suite *suite = suite_create("host/vm/tick");
	TCase *tcase = hvg_suite_case(suite, "time");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, tells_of_a_guest_that_does_not_connect);
	tcase_add_test(tcase, lets_a_guest_be_silent_that_owes_nothing);
	tcase_add_test(tcase, tells_of_a_heartbeat_that_is_not_answered);
	tcase_add_test(tcase, does_not_count_a_pause);
	tcase_add_test(tcase, passes_on_a_line_that_does_not_end);
	return suite;
}
