// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Daemons come and go, devices too: whatever happens, the host has an answer, and what it was told is
 * true.
 */

#include "scenario.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void answers_for_a_daemon_that_is_killed(struct machine *m)
{
	uint64_t id;

	guest_start_daemon(m);
	guest_pause_daemon(m);
	id = host_begin_set(m, 0, "lost", "1");
	expect_status(host_end_within(m, id, 1), HOST_NO_ANSWER);
	guest_kill_daemon(m);
	expect_status(host_end_within(m, id, 20), HV_E_FAIL);
	expect_not_stored(0, "lost");
	guest_launch_daemon(m);
	expect_set(0, "kept", "2");
	expect_listed(0, "kept=2\n");
}

static void keeps_what_it_acknowledged_when_killed(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "key", "1");
	expect_set(0, "key", "2");
	expect_set(0, "other", "3");
	expect_status(host_kvp_delete(m, 0, "other"), HV_S_OK);
	guest_kill_daemon(m);
	expect_stored(0, "key", "2");
	guest_launch_daemon(m);
	expect_listed(0, "key=2\n");
}

static void ends_when_it_is_told_to(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "key", "value");
	guest_stop_daemon(m);
	expect_stored(0, "key", "value");
	guest_run(m, "exec 3<>%s", GUEST_DEVICE);
	guest_launch_daemon(m);
	expect_listed(0, "key=value\n");
}

/* The pool's lock comes while the daemon waits for its worker, and nobody is there to be answered. */
static void ends_while_a_pool_is_locked(struct machine *m)
{
	int holder;

	guest_start_bus(m);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
	holder = guest_lock_pool(m, 0, "fcntl");
	(void)host_begin_set(m, 0, "host", "1");
	(void)guest_try(m, "busctl call org.hvguest.Kvp1 /org/hvguest/Kvp1 org.hvguest.Kvp1"
			   " Set sss external bus 2 >/dev/null & sleep 0.2");
	guest_begin_stopping_daemon(m);
	guest_run(m, "sleep 0.2");
	guest_end(m, holder);
	guest_finish_stopping_daemon(m);
}

static void has_requests_wait_while_it_is_restarted(struct machine *m)
{
	uint64_t id;

	guest_start_daemon(m);
	guest_stop_daemon(m);
	id = host_begin_set(m, 0, "waited", "1");
	expect_status(host_end_within(m, id, 40), HOST_NO_ANSWER);
	guest_launch_daemon(m);
	expect_status(host_end(m, id), HV_S_OK);
	expect_stored(0, "waited", "1");
}

/* The pool as the host knows it; a request that was not answered may have been done or not. */
struct belief {
	int value; /* of "key" */
	int unanswered; /* a value it may have as well, or -1 */
};

static void check_belief(struct machine *m, struct belief *belief)
{
	char *value = guest_pool_value(m, 0, "key");
	int found = value ? atoi(value) : -1;

	free(value);
	if (found != belief->value && found != belief->unanswered)
		machine_fail(m, "the host was told %d (and perhaps %d), the pool has %d",
			belief->value, belief->unanswered, found);
	*belief = (struct belief){ .value = found, .unanswered = -1 };
}

static void kill_in_a_burst(struct machine *m, unsigned int round, struct belief *belief)
{
	char value[32];
	uint64_t id;

	for (int i = 1; i <= 3; i++) {
		(void)snprintf(value, sizeof(value), "%u", 10 * round + (unsigned int)i);
		belief->unanswered = atoi(value);
		id = host_begin_set(m, 0, "key", value);
		if (i == 3) {
			(void)usleep((round * 37) % 400);
			guest_kill_daemon(m);
		}
		if (host_end(m, id) == HV_S_OK)
			*belief = (struct belief){ .value = belief->unanswered, .unanswered = -1 };
	}
}

/* Killed at any moment of a write: the value is the old or the new one, and whole. */
static void loses_nothing_whenever_it_is_killed(struct machine *m)
{
	unsigned int rounds = getenv("HVG_FULL") ? 300 : 20;
	struct belief belief = { .value = 0, .unanswered = -1 };

	guest_start_daemon(m);
	expect_set(0, "before", "1");
	expect_set(0, "key", "0");
	for (unsigned int round = 1; round <= rounds; round++) {
		kill_in_a_burst(m, round, &belief);
		guest_launch_daemon(m);
		expect_set(0, "after", "2");
		check_belief(m, &belief);
		expect_stored(0, "before", "1");
		expect_number(guest_pool_size(m, 0), 3);
	}
}

/* Microsoft's KVP_Test_Rescind: off and on, twenty times. */
static void serves_after_twenty_withdrawals(struct machine *m)
{
	pid_t pid;

	guest_start_daemon(m);
	pid = guest_daemon_pid(m);
	for (unsigned int i = 0; i < 20; i++) {
		host_withdraw(m);
		expect(machine_eventually(m, guest_try(m, "[ -e %s ]", GUEST_DEVICE) == 1));
		host_offer(m);
		host_wait_for_contact(m);
	}
	expect_set(0, "key", "value");
	expect_listed(0, "key=value\n");
	expect(guest_daemon_runs(m));
	expect_number(guest_daemon_pid(m), pid);
	guest_wait_for_log(m, "was withdrawn by the host");
}

static void closes_a_withdrawn_device_at_once(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "key", "value");
	host_withdraw(m);
	expect(machine_eventually(m, guest_try(m, "[ -e %s ]", GUEST_DEVICE) == 1));
}

static void serves_after_a_withdrawal_in_mid_request(struct machine *m)
{
	uint64_t id;

	guest_start_daemon(m);
	guest_pause_daemon(m);
	id = host_begin_set(m, 0, "lost", "1");
	host_withdraw(m);
	expect_status(host_end_within(m, id, 1), HOST_GONE);
	kernel_seconds_pass(m, 1); /* until the guest knows, too */
	guest_resume_daemon(m);
	kernel_seconds_pass(m, 3);
	host_offer(m);
	host_wait_for_contact(m);
	expect_set(0, "kept", "2");
	expect_stored(0, "kept", "2");
	expect_not_stored(0, "lost");
}

static void waits_for_a_device_that_is_not_offered(struct machine *m)
{
	host_withdraw(m);
	guest_run(m, "[ ! -e %s ]", GUEST_DEVICE);
	guest_launch_daemon(m);
	kernel_seconds_pass(m, 5);
	expect(guest_daemon_runs(m));
	guest_wait_for_log(m, "is not offered by the host");
	host_offer(m);
	host_wait_for_contact(m);
	expect_set(0, "key", "value");
}

/* Ignition and others hold it for a second, early in the boot. */
static void waits_for_a_device_that_another_program_holds(struct machine *m)
{
	int other = guest_spawn_tool(m, "device", GUEST_DEVICE, "open", "signalled", NULL);

	guest_wait_for_output(m, other, "open -> 0");
	guest_launch_daemon(m);
	guest_wait_for_log(m, "is held by another program");
	guest_signal(m, other, SIGUSR1);
	expect_number(guest_wait(m, other), 0);
	host_wait_for_contact(m);
	expect_set(0, "key", "value");
}

/* What systemd hears; the watchdog is to be fed twice a second. */
static int launch_as_a_service(struct machine *m)
{
	static const char *const environment[] = { "NOTIFY_SOCKET=/run/notify", "WATCHDOG_USEC=1000000", NULL };
	int systemd = guest_spawn_tool(m, "notified", "/run/notify", NULL);

	guest_wait_for_output(m, systemd, "ready");
	guest_launch_daemon_with(m, NULL, environment);
	return systemd;
}

static void tells_systemd_that_it_serves(struct machine *m)
{
	int systemd = launch_as_a_service(m);

	guest_wait_for_output(m, systemd, "READY=1");
	guest_wait_for_output(m, systemd, "STATUS=Serving the host's Data Exchange");
	guest_wait_for_output(m, systemd, "WATCHDOG=1\nWATCHDOG=1\nWATCHDOG=1");
	host_withdraw(m);
	guest_wait_for_output(m, systemd, "STATUS=Not registered: ");
	guest_begin_stopping_daemon(m);
	guest_wait_for_output(m, systemd, "STOPPING=1");
	guest_finish_stopping_daemon(m);
}

/* A boot does not wait for a host. */
static void is_ready_without_a_device(struct machine *m)
{
	int systemd;

	host_withdraw(m);
	guest_run(m, "[ ! -e %s ]", GUEST_DEVICE);
	systemd = launch_as_a_service(m);
	guest_wait_for_output(m, systemd, "READY=1");
	guest_wait_for_output(m, systemd, "WATCHDOG=1");
}

static void is_not_disturbed_by_a_second_one(struct machine *m)
{
	int second;

	guest_start_daemon(m);
	expect_set(0, "key", "1");
	second = guest_spawn_daemon(m);
	kernel_seconds_pass(m, 3);
	expect_set(0, "key", "2");
	expect_set(3, "other", "3");
	expect_listed(0, "key=2\n");
	guest_end(m, second);
	expect_set(0, "key", "4");
	expect(guest_daemon_runs(m));
	expect_stored(0, "key", "4");
}

static void takes_over_from_the_first_one(struct machine *m)
{
	int second;

	guest_start_daemon(m);
	expect_set(0, "key", "1");
	second = guest_spawn_daemon(m);
	kernel_seconds_pass(m, 3);
	guest_run(m, "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done"); /* so it had as much of the processor */
	guest_stop_daemon(m);
	expect(guest_runs(m, second));
	expect_set(0, "key", "2");
	expect_listed(0, "key=2\n");
}

static size_t count_descriptors(struct machine *m)
{
	char *text = guest_ask(m, "ls /proc/%d/fd | wc -l", guest_daemon_pid(m));
	size_t n = strtoul(text, NULL, 10);

	free(text);
	return n;
}

static void ask_for_everything(struct machine *m)
{
	struct host_item item;
	struct host_ip ip;

	expect_set(0, "key", "1");
	for (uint8_t pool = 0; pool < 4; pool++)
		for (uint32_t i = 0; i < 12; i++)
			(void)host_kvp_at(m, pool, i, &item);
	(void)host_kvp_get(m, 0, "key", &item);
	expect_status(host_kvp_delete(m, 0, "key"), HV_S_OK);
	(void)host_get_ip_info(m, GUEST_MAC, &ip);
}

static void leaks_no_descriptors(struct machine *m)
{
	size_t before;

	guest_start_daemon(m);
	ask_for_everything(m);
	before = count_descriptors(m);
	for (unsigned int i = 0; i < 20; i++)
		ask_for_everything(m);
	expect_number(count_descriptors(m), before);
}

static const struct scenario rows[] = {
	ROW(answers_for_a_daemon_that_is_killed),
	ROW(keeps_what_it_acknowledged_when_killed),
	ROW(ends_when_it_is_told_to),
	ROW(ends_while_a_pool_is_locked, .daemon = SCENARIO_OURS, .kernel_second_ms = 1000),
	ROW(has_requests_wait_while_it_is_restarted, .only_in_full = true),
	/* Debian's fails only sometimes (K12), which is no test of it. */
	ROW(loses_nothing_whenever_it_is_killed, .differs = "the moment is a random one", .daemon = SCENARIO_OURS),
	ROW(serves_after_twenty_withdrawals,
		.not_debian = "it exits when it finds no device to open again"),
	ROW(closes_a_withdrawn_device_at_once),
	ROW(serves_after_a_withdrawal_in_mid_request,
		.not_debian = "it exits when it finds no device to open again"),
	ROW(waits_for_a_device_that_is_not_offered, .only_in_full = true,
		.not_debian = "it exits when there is no device"),
	ROW(waits_for_a_device_that_another_program_holds,
		.not_debian = "it exits when the device is busy"),
	ROW(tells_systemd_that_it_serves, .daemon = SCENARIO_OURS),
	ROW(is_ready_without_a_device, .daemon = SCENARIO_OURS),
	ROW(is_not_disturbed_by_a_second_one, .only_in_full = true),
	ROW(takes_over_from_the_first_one, .only_in_full = true,
		.not_debian = "it exits when the device is busy"),
	ROW(leaks_no_descriptors, .only_in_full = true),
};

SCENARIO_SET(scenarios_kvp_life, rows);
