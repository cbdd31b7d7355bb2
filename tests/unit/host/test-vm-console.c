// SPDX-License-Identifier: LGPL-2.1-or-later

/* The console: pieces of lines, the last lines, and what no healthy kernel says. */

#include "suites.h"
#include "vm-fixture.h"

#include "host/vm/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct console console;

static void set_up(void)
{
	vm_fixture_set_up();
	memset(&console, 0, sizeof(console));
	console.outbox = &vm.outbox;
}

static void says(const char *text)
{
	while (*text)
		console_put(&console, (uint8_t)*text++);
}

static void is_passed_on(const char *text)
{
	struct control_frame frame;

	ck_assert(vm_next_news(CONTROL_CONSOLE, &frame));
	ck_assert_uint_eq(frame.size, strlen(text));
	ck_assert_mem_eq(frame.payload, text, frame.size);
}

START_TEST(passes_on_lines)
{
	struct control_frame frame;

	says("one\r\ntwo\nthr");
	ck_assert(console_has_unsent(&console));
	is_passed_on("one\r\n");
	is_passed_on("two\n");
	ck_assert(!vm_next_news(CONTROL_CONSOLE, &frame));
	console_flush(&console);
	ck_assert(!console_has_unsent(&console));
	is_passed_on("thr");
	console_flush(&console);
	ck_assert(!vm_next_news(CONTROL_CONSOLE, &frame));
	says("ee\n");
	is_passed_on("ee\n");
}
END_TEST

START_TEST(passes_on_a_line_that_does_not_end)
{
	char text[CONSOLE_LINE];

	memset(text, 'x', sizeof(text));
	text[CONSOLE_LINE - 1] = '\0';
	says(text);
	is_passed_on(text);
	ck_assert(!console_has_unsent(&console));
}
END_TEST

START_TEST(leaves_out_nothings)
{
	console_put(&console, '\0');
	ck_assert(!console_has_unsent(&console));
}
END_TEST

START_TEST(is_alarmed_by_whole_lines)
{
	says("[    1.0] BUG: unable to");
	console_flush(&console);
	vm_expect_no_fault();
	says(" handle\r\nmore\n");
	vm_expect_fault("the guest's kernel: [    1.0] BUG: unable to handle");
	vm_expect_no_fault();
}
END_TEST

static const struct {
	const char *line;
	bool is_alarming;
} lines[] = {
	{ "[    3.1] Kernel panic - not syncing: x", true },
	{ "[    3.1] Oops: 0002 [#1] PREEMPT SMP", true },
	{ "watchdog: BUG: soft lockup - CPU#0 stuck for 26s!", true },
	{ "rcu: INFO: rcu_preempt self-detected stall on CPU", true },
	{ "INFO: task kworker/0:1:9 blocked for more than 120 seconds.", true },
	{ "unchecked MSR access error: WRMSR to 0x40000080", true },
	{ "traps: daemon[7] general protection fault ip:0", true },
	{ "WARNING: CPU: 0 PID: 0 at arch/x86/kernel/fpu/xstate.c:606", false },
	{ "PCI: Fatal: No config space access function found", false },
	{ "DEBUG: nothing", false },
	{ "", false },
};

START_TEST(knows_what_is_alarming)
{
	ck_assert_int_eq(console_is_alarming(lines[_i].line), lines[_i].is_alarming);
}
END_TEST

START_TEST(remembers_the_last_lines)
{
	char wanted[64 * CONSOLE_TAIL] = "", line[32], *tail = console_tail(&console);

	ck_assert_str_eq(tail, "");
	free(tail);
	for (unsigned int i = 0; i < CONSOLE_TAIL + 7; i++) {
		snprintf(line, sizeof(line), "line %u\n", i);
		says(line);
		if (i >= 7)
			strcat(wanted, line);
	}
	says("not yet one");
	tail = console_tail(&console);
	ck_assert_str_eq(tail, wanted);
	free(tail);
}
END_TEST

Suite *hvg_suite_host_vm_console(void)
{
	Suite *suite = suite_create("host/vm/console");
	TCase *tcase = hvg_suite_case(suite, "lines");

	tcase_add_checked_fixture(tcase, set_up, vm_fixture_tear_down);
	tcase_add_test(tcase, passes_on_lines);
	tcase_add_test(tcase, passes_on_a_line_that_does_not_end);
	tcase_add_test(tcase, leaves_out_nothings);
	tcase_add_test(tcase, is_alarmed_by_whole_lines);
	tcase_add_loop_test(tcase, knows_what_is_alarming, 0, sizeof(lines) / sizeof(lines[0]));
	tcase_add_test(tcase, remembers_the_last_lines);
	return suite;
}
