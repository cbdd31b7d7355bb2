// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A machine that is paused, as for a checkpoint: neither time nor requests are lost.
 */

#include "host/vm/deeds.h"
#include "scenario.h"

static double uptime(struct machine *m)
{
	char *text = guest_ask(m, "cat /proc/uptime");
	double seconds = strtod(text, NULL);

	free(text);
	return seconds;
}

/* What passed between two looks at the guest's time, less the pause, is the most that it may show. */
static void keeps_its_time_while_it_is_paused(struct machine *m)
{
	uint64_t begin_us = kernel_now_us(m), paused_us;
	double before = uptime(m), after;

	host_pause(m);
	paused_us = kernel_now_us(m);
	kernel_seconds_pass(m, 4);
	paused_us = kernel_now_us(m) - paused_us;
	host_resume(m);
	after = uptime(m);
	expect(after >= before);
	expect(after - before < (double)(kernel_now_us(m) - begin_us - paused_us) / 1000000 + 1);
}

static void answers_after_a_pause(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, "open", "write:100", "read", "read", "write:0",
		NULL);
	uint64_t id;

	host_wait_for_contact(m);
	host_pause(m);
	id = host_begin_set(m, 0, "key", "value");
	expect_status(host_end_within(m, id, 2), HOST_NO_ANSWER);
	host_resume(m);
	expect_status(host_end(m, id), HV_S_OK);
	expect_number(guest_wait(m, tool), 0);
}

/* The kernel's half minute is one of its own time. */
static void gives_a_program_its_whole_time(struct machine *m)
{
	uint64_t id;

	(void)guest_spawn_tool(m, "device", GUEST_DEVICE, "open", "write:100", "read", "read", "sleep:60000",
		NULL);
	host_wait_for_contact(m);
	id = host_begin_set(m, 0, "key", "value");
	expect_status(host_end_within(m, id, 5), HOST_NO_ANSWER);
	host_pause(m);
	kernel_seconds_pass(m, 30);
	host_resume(m);
	expect_status(host_end_within(m, id, 10), HOST_NO_ANSWER);
	expect_status(host_end_within(m, id, 40), HV_E_FAIL);
}

static void serves_after_a_pause(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "before", "1");
	host_pause(m);
	kernel_seconds_pass(m, 2);
	host_resume(m);
	expect_set(0, "after", "2");
	expect_listed(0, "before=1\nafter=2\n");
}

#define KERNEL_ROW(function, ...) ROW(function, .daemon = SCENARIO_DRIVER, .needs_kernel = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	KERNEL_ROW(keeps_its_time_while_it_is_paused),
	KERNEL_ROW(answers_after_a_pause),
	KERNEL_ROW(gives_a_program_its_whole_time, .only_in_full = true),
	ROW(serves_after_a_pause, .needs_kernel = true),
};

SCENARIO_SET(scenarios_vm_pause, rows);
