// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The driver itself, seen by a program that opens its device: what every daemon must live with. On
 * the fuse body this checks the double, on a real kernel what we believe of it.
 */

#include "scenario.h"

#include <signal.h>

#define REGISTERED "open", "write:100", "read"
#define REGISTERED_OUTPUT "open -> 0\nwrite:100 -> 7432\nread -> 7432\n"

/* The tool's output, once it has ended. */
static void expect_output(struct machine *m, int tool, const char *expected)
{
	char *output;

	expect_number(guest_wait(m, tool), 0);
	output = guest_output(m, tool);
	expect_text(output, expected);
	free(output);
}

static void answers_a_registration(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, "open", "poll:0", "write:100", "poll:0",
		"read", "version", "poll:0", NULL);

	expect_output(m, tool,
		"open -> 0\npoll:0 -> 0\nwrite:100 -> 7432\npoll:0 -> 65\nread -> 7432\n"
		"version '3.1'\nversion -> 0\npoll:0 -> 0\n");
	host_wait_for_contact(m);
}

static void has_one_opener(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, "open", "open-again", "close", "open",
		NULL);

	expect_output(m, tool, "open -> 0\nopen-again -> EBUSY\nclose -> 0\nopen -> 0\n");
}

static void can_be_opened_again_at_once(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, REGISTERED, "close", REGISTERED, "close",
		REGISTERED, NULL);

	expect_output(m, tool,
		REGISTERED_OUTPUT "close -> 0\n" REGISTERED_OUTPUT "close -> 0\n" REGISTERED_OUTPUT);
}

static void refuses_writes_at_the_wrong_time(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, "open", "write:1", "write-size:7431",
		"write-size:1", "write:100", "write:100", "write:0", "read", "write:100", "write:0", NULL);

	expect_output(m, tool,
		"open -> 0\nwrite:1 -> EINVAL\nwrite-size:7431 -> EINVAL\nwrite-size:1 -> EINVAL\n"
		"write:100 -> 7432\nwrite:100 -> EFAULT\nwrite:0 -> EINVAL\nread -> 7432\n"
		"write:100 -> EINVAL\nwrite:0 -> EINVAL\n");
}

static void takes_a_longer_registration(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, "open", "write-size:9000", "read", NULL);

	expect_output(m, tool, "open -> 0\nwrite-size:9000 -> 9000\nread -> 7432\n");
}

static void keeps_a_message_that_the_buffer_is_too_small_for(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, "open", "write:100", "read:7431",
		"poll:0", "read:7432", NULL);

	expect_output(m, tool,
		"open -> 0\nwrite:100 -> 7432\nread:7431 -> EINVAL\npoll:0 -> 65\nread:7432 -> 7432\n");
}

static void ignores_file_offsets(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, "open", "write:100", "pread:0", "close",
		"open", "write:100", "pread:123456", "pwrite:777", NULL);

	expect_output(m, tool,
		"open -> 0\nwrite:100 -> 7432\npread:0 -> 7432\nclose -> 0\nopen -> 0\n"
		"write:100 -> 7432\npread:123456 -> 7432\npwrite:777 -> EINVAL\n");
}

/* O_NONBLOCK is ignored: the read sleeps until the signal, which ends it in spite of SA_RESTART. */
static void blocks_a_reader_until_a_signal(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, "open-nonblock", "alarm:50", "read",
		"poll:0", NULL);

	expect_output(m, tool, "open-nonblock -> 0\nalarm:50 -> 0\nread -> EINTR\npoll:0 -> 0\n");
}

static void wakes_a_reader(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, REGISTERED, "read", "show:0", "show:1",
		"write:0", NULL);
	uint64_t id;

	guest_wait_for_output(m, tool, "\nread -> 7432");
	host_wait_for_contact(m);
	id = host_begin_set(m, KVP_POOL_AUTO_EXTERNAL, "key", "value");
	expect_status(host_end(m, id), HV_S_OK);
	expect_output(m, tool,
		REGISTERED_OUTPUT "read -> 7432\nshow:0 -> 1\nshow:1 -> 3\nwrite:0 -> 7432\n");
}

static void wakes_a_poller(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, REGISTERED, "poll:-1", "read", "poll:0",
		"write:0", NULL);
	uint64_t id;

	host_wait_for_contact(m);
	id = host_begin_set(m, 0, "key", "value");
	expect_status(host_end(m, id), HV_S_OK);
	expect_output(m, tool,
		REGISTERED_OUTPUT "poll:-1 -> 65\nread -> 7432\npoll:0 -> 0\nwrite:0 -> 7432\n");
}

static void lets_the_host_wait_until_somebody_registers(struct machine *m)
{
	uint64_t id = host_begin_set(m, 0, "key", "value");
	int tool;

	expect_status(host_end_within(m, id, 40), HOST_NO_ANSWER);
	expect(!host_has_contact(m));
	tool = guest_spawn_tool(m, "device", GUEST_DEVICE, REGISTERED, "read", "write:0", NULL);
	expect_status(host_end(m, id), HV_S_OK);
	expect(host_has_contact(m));
	expect_number(guest_wait(m, tool), 0);
}

static void answers_for_a_program_that_does_not(struct machine *m)
{
	uint64_t begin_us, id;

	(void)guest_spawn_tool(m, "device", GUEST_DEVICE, REGISTERED, "read", "sleep:60000", NULL);
	host_wait_for_contact(m);
	begin_us = kernel_now_us(m);
	id = host_begin_set(m, 0, "key", "value");
	expect_status(host_end_within(m, id, 25), HOST_NO_ANSWER);
	expect_status(host_end(m, id), HV_E_FAIL);
	expect(kernel_now_us(m) - begin_us >= 30000000);
	expect(kernel_now_us(m) - begin_us < 45000000);
}

/* While an old request lies unread, the host's next one fails at once; then the old one is read. */
static void leaves_a_request_that_timed_out_to_be_read(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, REGISTERED, "signalled", "read",
		"show:1", "write:0", "read", "show:1", "write:0", NULL);
	uint64_t id;

	host_wait_for_contact(m);
	id = host_begin_set(m, 0, "old", "1");
	kernel_seconds_pass(m, 31);
	expect_status(host_end_within(m, id, 1), HV_E_FAIL);
	id = host_begin_set(m, 0, "newer", "1");
	expect_status(host_end_within(m, id, 1), HV_E_FAIL);
	guest_signal(m, tool, SIGUSR1);
	guest_wait_for_output(m, tool, "write:0 -> EINVAL");
	id = host_begin_set(m, 3, "newest", "1");
	expect_status(host_end(m, id), HV_S_OK);
	expect_output(m, tool,
		REGISTERED_OUTPUT "signalled -> 0\nread -> 7432\nshow:1 -> 0\nwrite:0 -> EINVAL\n"
				  "read -> 7432\nshow:1 -> 3\nwrite:0 -> 7432\n");
}

static void credits_a_late_answer_to_the_newer_request(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, REGISTERED, "read", "signalled",
		"write:0x80070103", NULL);
	uint64_t id;

	host_wait_for_contact(m);
	id = host_begin_set(m, 0, "old", "1");
	kernel_seconds_pass(m, 31);
	expect_status(host_end_within(m, id, 1), HV_E_FAIL);
	id = host_begin_set(m, 0, "newer", "1");
	guest_signal(m, tool, SIGUSR1);
	expect_status(host_end(m, id), HV_S_CONT);
	expect_number(guest_wait(m, tool), 0);
}

static void answers_for_a_program_that_dies(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, REGISTERED, "read", "sleep:60000", NULL);
	uint64_t id;

	host_wait_for_contact(m);
	id = host_begin_set(m, 0, "key", "value");
	expect_status(host_end_within(m, id, 1), HOST_NO_ANSWER);
	guest_signal(m, tool, SIGKILL);
	expect_status(host_end_within(m, id, 20), HV_E_FAIL);
}

static void drops_an_unread_request_when_it_is_closed(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, REGISTERED, "poll:-1", "close", "open",
		"poll:0", "write:100", "read", "poll:0", NULL);
	uint64_t id;

	host_wait_for_contact(m);
	id = host_begin_set(m, 0, "key", "value");
	expect_status(host_end_within(m, id, 20), HV_E_FAIL);
	expect_output(m, tool,
		REGISTERED_OUTPUT "poll:-1 -> 65\nclose -> 0\nopen -> 0\npoll:0 -> 0\n"
				  "write:100 -> 7432\nread -> 7432\npoll:0 -> 0\n");
}

/* POLLERR | POLLHUP is 24. The node stays until the last close. */
static void hangs_up_when_it_is_withdrawn(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, REGISTERED, "poll:-1", "read", "write:0",
		"open-again", "node:1", "close", "node:0", "open", NULL);

	guest_wait_for_output(m, tool, "\nread -> 7432");
	host_wait_for_contact(m);
	host_withdraw(m);
	expect_output(m, tool,
		REGISTERED_OUTPUT "poll:-1 -> 24\nread -> EBADF\nwrite:0 -> EBADF\nopen-again -> EBADF\n"
				  "node:1 -> 1\nclose -> 0\nnode:0 -> 0\nopen -> ENOENT\n");
}

static void wakes_a_reader_when_it_is_withdrawn(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, REGISTERED, "read", NULL);

	host_wait_for_contact(m);
	kernel_seconds_pass(m, 1);
	host_withdraw(m);
	expect_output(m, tool, REGISTERED_OUTPUT "read -> EBADF\n");
}

static void goes_at_once_when_nobody_has_it_open(struct machine *m)
{
	guest_run(m, "[ -e %s ]", GUEST_DEVICE);
	host_withdraw(m);
	expect(machine_eventually(m, guest_try(m, "[ -e %s ]", GUEST_DEVICE) == 1));
	host_offer(m);
	expect(machine_eventually(m, guest_try(m, "[ -e %s ]", GUEST_DEVICE) == 0));
}

static void tells_a_withdrawn_request(struct machine *m)
{
	uint64_t id;

	(void)guest_spawn_tool(m, "device", GUEST_DEVICE, REGISTERED, "read", "sleep:60000", NULL);
	host_wait_for_contact(m);
	id = host_begin_set(m, 0, "key", "value");
	host_withdraw(m);
	expect_status(host_end_within(m, id, 1), HOST_GONE);
	expect_status(host_kvp_set(m, 0, "key", "value"), HOST_GONE);
}

/* A node that has just appeared is not to be registered with: its driver does not know of it yet. */
static void begins_anew_when_it_is_offered_again(struct machine *m)
{
	int tool = guest_spawn_tool(m, "device", GUEST_DEVICE, REGISTERED, "poll:-1", "close", "node:0",
		"node:1", "sleep:500", REGISTERED, "read", "write:0", NULL);

	host_wait_for_contact(m);
	host_withdraw(m);
	guest_wait_for_output(m, tool, "node:0 -> 0");
	host_offer(m);
	host_wait_for_contact(m);
	expect_status(host_kvp_set(m, 0, "key", "value"), HV_S_OK);
	expect_number(guest_wait(m, tool), 0);
}

static void belongs_to_root_alone(struct machine *m)
{
	char *owner = guest_ask(m, "stat -c '%%U %%a' %s", GUEST_DEVICE);

	expect_text(owner, "root 600\n");
	free(owner);
	expect_number(guest_try(m, "setpriv --reuid=989 --clear-groups cat %s", GUEST_DEVICE), 1);
	guest_run(m, "chown 989 %s", GUEST_DEVICE);
	guest_run(m, "setpriv --reuid=989 --clear-groups sh -c 'exec 3<>%s'", GUEST_DEVICE);
}

#define DRIVER_ROW(function, ...) ROW(function, .daemon = SCENARIO_DRIVER, ##__VA_ARGS__)

static const struct scenario rows[] = {
	DRIVER_ROW(answers_a_registration),
	DRIVER_ROW(has_one_opener),
	DRIVER_ROW(can_be_opened_again_at_once),
	DRIVER_ROW(refuses_writes_at_the_wrong_time),
	DRIVER_ROW(takes_a_longer_registration),
	DRIVER_ROW(keeps_a_message_that_the_buffer_is_too_small_for),
	DRIVER_ROW(ignores_file_offsets),
	DRIVER_ROW(blocks_a_reader_until_a_signal),
	DRIVER_ROW(wakes_a_reader),
	DRIVER_ROW(wakes_a_poller),
	DRIVER_ROW(lets_the_host_wait_until_somebody_registers, .only_in_full = true),
	DRIVER_ROW(answers_for_a_program_that_does_not, .only_in_full = true),
	DRIVER_ROW(leaves_a_request_that_timed_out_to_be_read, .only_in_full = true),
	DRIVER_ROW(credits_a_late_answer_to_the_newer_request, .only_in_full = true),
	DRIVER_ROW(answers_for_a_program_that_dies),
	DRIVER_ROW(drops_an_unread_request_when_it_is_closed),
	DRIVER_ROW(hangs_up_when_it_is_withdrawn),
	DRIVER_ROW(wakes_a_reader_when_it_is_withdrawn),
	DRIVER_ROW(goes_at_once_when_nobody_has_it_open),
	DRIVER_ROW(tells_a_withdrawn_request),
	DRIVER_ROW(begins_anew_when_it_is_offered_again),
	DRIVER_ROW(belongs_to_root_alone),
};

SCENARIO_SET(scenarios_driver, rows);
