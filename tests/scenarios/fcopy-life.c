// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Daemons, devices and disks that come and go in the middle of a copy: the host has an answer, it is
 * true, and nothing half is left.
 */

#include "fcopy.h"

#include <signal.h>
#include <unistd.h>

/* A copy takes a millisecond on a double, and thirty on an emulated kernel. */
#define KILL_WITHIN_US 30000

static const struct host_file large = { .name = "large", .destination = "/dst/", .size = 1000000 };

static void begin_large(struct machine *m)
{
	begin_fcopy(m);
	expect_status(host_copy_start(m, &large), HV_S_OK);
	for (uint64_t at = 0; at < 10 * 6144; at += 6144)
		expect_status(host_copy_write(m, &large, at, 6144), HV_S_OK);
}

static void expect_nothing(struct machine *m)
{
	expect(machine_eventually(m, guest_try(m, "test -z \"$(ls -A /dst)\"") == 0));
}

static void expect_served_again(struct machine *m)
{
	host_fcopy_wait_until_served(m);
	expect_copy_text("/dst/", "again", "1");
	expect_file("/dst/again", "1");
}

/* SIGSTOP takes a moment, in which one of its threads may still answer. */
static void pause_daemon(struct machine *m)
{
	guest_pause_daemon(m);
	expect(machine_eventually(m,
		guest_try(m, "grep -h ^State /proc/%d/task/*/status | grep -qv 'T (stopped)'",
			guest_daemon_pid(m)) == 1));
}

static void leaves_nothing_when_it_is_told_to_end(struct machine *m)
{
	begin_large(m);
	guest_stop_daemon(m);
	expect_number(guest_try(m, "test -z \"$(ls -A /dst)\""), 0);
	expect_status(host_copy_write(m, &large, 0, 6144), HV_E_FAIL);
	guest_start_daemon(m);
	expect_status(host_copy_write(m, &large, 0, 6144), HV_E_FAIL);
	expect_served_again(m);
}

static void leaves_nothing_after_it_was_killed(struct machine *m)
{
	begin_large(m);
	guest_kill_daemon(m);
	guest_start_daemon(m);
	expect_nothing(m);
	expect_status(host_copy_complete(m), HV_E_FAIL);
	expect_served_again(m);
}

/* A second hand for the guest's administrator. */
static void kill_daemon_soon(struct machine *m, unsigned int round)
{
	guest_run(m, "{ sleep 0.%06u; kill -9 %d; } >/dev/null 2>&1 &", round * 7919 % KILL_WITHIN_US,
		guest_daemon_pid(m));
}

/* The host copies on and on, and the daemon dies at any moment: what was acknowledged once is there. */
static void copy_and_kill(struct machine *m, unsigned int round)
{
	struct host_file file = { .name = "file", .destination = "/dst/a/b/", .size = 30000, .creates_path = true };
	unsigned int n_copied = 0;
	bool is_there;

	kill_daemon_soon(m, round);
	while (host_copy_file(m, &file) == HV_S_OK) {
		file.force = true;
		n_copied++;
	}
	if (!machine_eventually(m, !guest_daemon_runs(m)))
		machine_fail(m, "the daemon does not die");
	guest_launch_daemon(m);
	host_fcopy_wait_until_served(m);
	is_there = guest_try(m, "[ -e /dst/a/b/file ]") == 0;
	if (n_copied > 0 && !is_there)
		machine_fail(m, "round %u: the file was acknowledged, and is not there", round);
	if (is_there)
		expect_bytes(m, "/dst/a/b/file", 30000);
	else
		expect_no_file("/dst/a");
	expect_nothing_half();
	guest_run(m, "rm -rf /dst/a");
}

static void leaves_all_or_nothing_whenever_it_is_killed(struct machine *m)
{
	unsigned int rounds = getenv("HVG_FULL") && !machine_has_kernel(m) ? 1000 : 25;

	begin_fcopy(m);
	for (unsigned int round = 0; round < rounds; round++)
		copy_and_kill(m, round);
}

static void leaves_nothing_when_the_device_is_withdrawn(struct machine *m)
{
	begin_large(m);
	host_fcopy_withdraw(m);
	expect_nothing(m);
	expect(machine_eventually(m, guest_try(m, "[ -e %s ]", GUEST_FCOPY_DEVICE) == 1));
	expect_status(host_copy_write(m, &large, 0, 6144), HOST_GONE);
	host_fcopy_offer(m);
	expect_served_again(m);
}

/* Withdrawn just when the thread that copies sleeps in read, or writes. */
static void survives_withdrawals_at_any_moment(struct machine *m)
{
	begin_fcopy(m);
	for (unsigned int i = 0; i < 20; i++) {
		uint64_t id;

		expect_status(host_copy_start(m, &large), HV_S_OK);
		id = host_fcopy_begin(m, &(struct host_fcopy_message){ .op = WRITE_TO_FILE, .size = 6144 });
		usleep(i * 97 % 500);
		host_fcopy_withdraw(m);
		(void)host_fcopy_end(m, id);
		expect_nothing(m);
		host_fcopy_offer(m);
		host_fcopy_wait_until_served(m);
	}
	expect_served_again(m);
}

static void waits_for_a_device_that_is_not_offered(struct machine *m)
{
	guest_launch_daemon(m);
	kernel_seconds_pass(m, 5);
	expect(guest_daemon_runs(m));
	host_fcopy_offer(m);
	expect_served_again(m);
}

static void waits_for_a_device_that_another_program_holds(struct machine *m)
{
	int other;

	host_fcopy_offer(m);
	other = guest_spawn_tool(m, "device", GUEST_FCOPY_DEVICE, "open", "sleep:500", NULL);
	guest_wait_for_output(m, other, "open -> 0");
	guest_launch_daemon(m);
	expect_number(guest_wait(m, other), 0);
	expect_served_again(m);
}

static void gives_a_silent_host_up(struct machine *m)
{
	begin_large(m);
	kernel_seconds_pass(m, 100);
	expect_number(guest_try(m, "test -z \"$(ls -A /dst)\""), 1);
	kernel_seconds_pass(m, 30);
	expect_nothing(m);
	expect_status(host_copy_write(m, &large, 0, 6144), HV_E_FAIL);
	expect_served_again(m);
}

/* What lay in the device while it did not run is dead: the host was told so long ago. */
static void acts_on_no_request_that_has_failed(struct machine *m)
{
	struct host_fcopy_message request = { .op = START_FILE_COPY, .file_size = 0 };
	uint64_t id;

	begin_fcopy(m);
	pause_daemon(m);
	host_put_text(request.name, W_MAX_PATH, "stale");
	host_put_text(request.path, W_MAX_PATH, "/dst/");
	id = host_fcopy_begin(m, &request);
	kernel_seconds_pass(m, 33);
	expect_status(host_fcopy_end_within(m, id, 1), HV_E_FAIL);
	guest_resume_daemon(m);
	kernel_seconds_pass(m, 3);
	guest_run(m, "test -z \"$(ls -A /dst)\"");
	expect_served_again(m);
}

static void continues_no_file_after_a_stall(struct machine *m)
{
	struct host_fcopy_message request = { .op = WRITE_TO_FILE, .offset = 61440, .size = 6144 };
	uint64_t id;

	begin_large(m);
	pause_daemon(m);
	id = host_fcopy_begin(m, &request);
	kernel_seconds_pass(m, 33);
	expect_status(host_fcopy_end_within(m, id, 1), HV_E_FAIL);
	guest_resume_daemon(m);
	expect_nothing(m);
	expect_served_again(m);
}

/* A file whose last message was given up appears no more, whoever notices the stall first. */
static void publishes_nothing_after_a_stall(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .size = 6144 };
	uint64_t id;

	begin_fcopy(m);
	for (int i = 0; i < 4; i++) {
		expect_status(host_copy_start(m, &file), HV_S_OK);
		expect_status(host_copy_write(m, &file, 0, 6144), HV_S_OK);
		pause_daemon(m);
		id = host_fcopy_begin(m, &(struct host_fcopy_message){ .op = COMPLETE_FCOPY });
		kernel_seconds_pass(m, 33);
		expect_status(host_fcopy_end_within(m, id, 1), HV_E_FAIL);
		guest_resume_daemon(m);
		kernel_seconds_pass(m, 2);
		expect_nothing(m);
		host_fcopy_wait_until_served(m);
	}
}

/* A disk of its own, which then stops answering (60 s at most). */
static int freeze_disk(struct machine *m)
{
	int process = guest_spawn_tool(m, "freeze", "/srv", "60", NULL);

	guest_wait_for_output(m, process, "frozen");
	return process;
}

static void answers_while_a_disk_hangs(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/srv/", .size = 100000 };
	uint64_t begin_us;
	int frozen;

	mount_disk(m, "16M");
	begin_fcopy(m);
	expect_status(host_copy_start(m, &file), HV_S_OK);
	frozen = freeze_disk(m);
	begin_us = kernel_now_us(m);
	expect_status(host_copy_write(m, &file, 0, 6144), HV_E_FAIL);
	expect(kernel_seconds_since(m, begin_us) < 30); /* us, not the kernel */
	expect_status(host_copy_start(m, &file), HV_E_FAIL); /* the thread still hangs */
	expect_status(host_copy_text(m, "/dst/", "other", "1"), HV_E_FAIL);
	guest_signal(m, frozen, SIGTERM);
	expect_number(guest_wait(m, frozen), 0);
	expect(machine_eventually(m, guest_try(m, "test \"$(ls -A /srv)\" = lost+found") == 0));
	expect_copy_text("/srv/", "again", "1");
	expect_file("/srv/again", "1");
}

/* Microsoft's test enables and disables the service, and counts descriptors. */
static size_t count_descriptors(struct machine *m)
{
	char *text = guest_ask(m, "ls /proc/%d/fd | wc -l", guest_daemon_pid(m));
	size_t n = strtoul(text, NULL, 10);

	free(text);
	return n;
}

static void leaks_no_descriptors(struct machine *m)
{
	struct host_file missing = { .name = "file", .destination = "/nowhere/x/", .size = 1 };
	size_t before;

	begin_fcopy(m);
	expect_copy_text("/dst/", "first", "1");
	before = count_descriptors(m);
	for (unsigned int i = 0; i < 20; i++) {
		expect_status(host_copy_start(m, &large), HV_S_OK);
		expect_status(host_copy_cancel(m), HV_S_OK);
		expect_status(host_copy_start(m, &missing), HV_E_FAIL);
		expect_copy_text("/dst/", "file", "1");
		guest_run(m, "rm /dst/file");
	}
	expect_number(count_descriptors(m), before);
}

static const struct scenario rows[] = {
	ROW(leaves_nothing_when_it_is_told_to_end, .daemon = SCENARIO_FCOPY,
		.not_debian = "it dies of SIGTERM, and the half file stays"),
	ROW(leaves_nothing_after_it_was_killed, .daemon = SCENARIO_FCOPY, .not_debian = "the half file stays"),
	ROW(leaves_all_or_nothing_whenever_it_is_killed, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(leaves_nothing_when_the_device_is_withdrawn, .daemon = SCENARIO_FCOPY,
		.not_debian = "the half file stays, and it exits when it finds no device to open again",
		.not_debian_ring = "the half file stays, and it reads a device that is gone again and again"),
	ROW(survives_withdrawals_at_any_moment, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(waits_for_a_device_that_is_not_offered, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "it exits when there is no device"),
	ROW(waits_for_a_device_that_another_program_holds, .needs_driver = true, .daemon = SCENARIO_FCOPY,
		.not_debian = "it exits when the device is busy"),
	ROW(gives_a_silent_host_up, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	/* Debian's opens the device anew whenever its read is interrupted, and SIGCONT does that. */
	ROW(acts_on_no_request_that_has_failed, .needs_driver = true, .daemon = SCENARIO_FCOPY, .only_in_full = true),
	ROW(continues_no_file_after_a_stall, .needs_driver = true, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(publishes_nothing_after_a_stall, .needs_driver = true, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(answers_while_a_disk_hangs, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(leaks_no_descriptors, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian_ring = "it does not know CANCEL, and opens the next file beside the one that is open"),
};

SCENARIO_SET(scenarios_fcopy_life, rows);
