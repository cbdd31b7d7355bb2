// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Pool files that somebody else has locked, removed or replaced by something else: the host is
 * answered in time, nothing is lost, and it goes on when they are right again.
 */

#include "scenario.h"

/* Of 30: the daemon's own answer, and not the kernel's. */
#define IN_TIME_S 28

static void expect_reads_go_on(struct machine *m)
{
	struct host_item item;

	expect_status(host_kvp_at(m, KVP_POOL_AUTO, 4, &item), HV_S_OK);
	expect_text(item.key, "OSBuildNumber");
	expect_status(host_kvp_at(m, 0, 0, &item), HV_S_OK);
	expect_text(item.key, "before");
	expect_status(host_kvp_at(m, 0, 1, &item), HV_S_CONT);
	expect_status(host_kvp_at(m, 3, 0, &item), HV_S_CONT);
}

static void expect_locks_respected(struct machine *m, const char *kind)
{
	uint64_t begin_us;
	int holder;

	guest_start_daemon(m);
	expect_set(0, "before", "1");
	holder = guest_lock_pool(m, 0, kind);
	begin_us = kernel_now_us(m);
	expect(host_kvp_set(m, 0, "while locked", "2") != HV_S_OK);
	expect(kernel_seconds_since(m, begin_us) < IN_TIME_S);
	expect_reads_go_on(m);
	expect_set(3, "other pool", "3");
	guest_end(m, holder);
	expect_set(0, "after", "4");
	expect_listed(0, "before=1\nafter=4\n");
}

static void answers_in_time_while_a_pool_is_locked_by_flock(struct machine *m)
{
	expect_locks_respected(m, "flock");
}

static void answers_in_time_while_a_pool_is_locked_by_fcntl(struct machine *m)
{
	expect_locks_respected(m, "fcntl");
}

/* Nobody holds a lock for long: the host need not know of it. */
static void waits_for_a_lock_that_is_soon_released(struct machine *m)
{
	uint64_t id;
	int holder;

	guest_start_daemon(m);
	expect_set(0, "before", "1");
	holder = guest_lock_pool(m, 0, "fcntl");
	id = host_begin_set(m, 0, "after", "2");
	expect_status(host_end_within(m, id, 1), HOST_NO_ANSWER);
	guest_end(m, holder);
	expect_status(host_end(m, id), HV_S_OK);
	expect_listed(0, "before=1\nafter=2\n");
}

static void begins_while_a_pool_is_locked(struct machine *m)
{
	struct host_item item;
	int holder;

	guest_run(m, "touch %s", guest_pool_path(0));
	holder = guest_lock_pool(m, 0, "fcntl");
	guest_start_daemon(m);
	expect_status(host_kvp_at(m, KVP_POOL_AUTO, 4, &item), HV_S_OK);
	guest_end(m, holder);
	expect_set(0, "key", "value");
}

/*
 * hv-kvpd notes in its journal, a moment after a change, that the pool has it. While that note waits for the
 * disk, nothing that the host wants begins.
 */
static void wait_until_settled(struct machine *m)
{
	guest_run(m, "until [ /var/lib/hvguest/kvp/external.journal -nt %s ]; do sleep 0.1; done", guest_pool_path(0));
}

/*
 * Everything is looked at after the thaw: a scenario that ended before would leave a program behind that
 * nobody can kill. What the host was told has failed may be stored later; then the bus says so.
 */
static void answers_in_time_while_the_disk_does_not(struct machine *m)
{
	uint32_t set_status, auto_status, read_status;
	struct host_item automatic, item;
	unsigned int seconds;
	uint64_t begin_us;
	int listener, frozen;

	guest_move_pools_to_disk(m);
	guest_start_bus(m);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
	listener = guest_listen(m);
	expect_set(0, "before", "1");
	wait_until_settled(m);
	frozen = guest_freeze_pools(m);
	begin_us = kernel_now_us(m);
	set_status = host_kvp_set(m, 0, "while frozen", "2");
	seconds = kernel_seconds_since(m, begin_us);
	auto_status = host_kvp_at(m, KVP_POOL_AUTO, 4, &automatic);
	read_status = host_kvp_at(m, 0, 0, &item);
	guest_thaw_pools(m, frozen);

	expect(set_status != HV_S_OK);
	expect(seconds < IN_TIME_S);
	expect_status(auto_status, HV_S_OK);
	expect_text(automatic.key, "OSBuildNumber");
	expect_status(read_status, HV_S_OK);
	expect_text(item.key, "before");
	guest_wait_for_output(m, listener, "Changed external 'while frozen' set\n");
	expect_set(0, "after", "3");
	expect_listed(0, "before=1\nwhile frozen=2\nafter=3\n");
}

static void serves_without_pools(struct machine *m)
{
	struct host_item item;

	guest_run(m, "rm -f %s/.kvp_pool_*", GUEST_POOL_FOLDER);
	guest_start_daemon(m);
	expect_status(host_kvp_at(m, KVP_POOL_AUTO, 4, &item), HV_S_OK);
	expect_status(host_kvp_at(m, 1, 0, &item), HV_S_CONT);
	if (strcmp(machine_daemon(m), "ours") == 0)
		guest_wait_for_log(m, "kvp_pool_1): it cannot be used: there is no file");
}

/* What the host wrote to another life of this disk must not survive because somebody is slow. */
static void drops_what_is_stale_though_it_was_locked(struct machine *m)
{
	int holder;

	guest_append_record(m, 3, "HostName", "another host");
	guest_run(m, "touch -d 2001-01-01 %s", guest_pool_path(3));
	holder = guest_lock_pool(m, 3, "flock");
	guest_start_daemon(m);
	guest_wait_for_log(m, "it may hold what the host wrote before this boot");
	guest_end(m, holder);
	guest_stop_daemon(m);
	guest_launch_daemon(m);
	expect_listed(3, "");
}

static void serves_when_a_pool_is_removed(struct machine *m)
{
	struct host_item item;

	guest_start_daemon(m);
	expect_set(0, "before", "1");
	guest_run(m, "mv %s /tmp/kept", guest_pool_path(0));
	expect_status(host_kvp_at(m, 0, 0, &item), HV_S_CONT);
	expect_status(host_kvp_set(m, 0, "meanwhile", "2"), HV_E_FAIL);
	guest_wait_for_log(m, "SET external was answered with HV_E_FAIL");
	expect_status(host_kvp_at(m, KVP_POOL_AUTO, 4, &item), HV_S_OK);
	guest_run(m, "cp -p /tmp/kept %s", guest_pool_path(0));
	expect_set(0, "after", "3");
	expect_listed(0, "before=1\nafter=3\n");
}

static void serves_when_a_pool_is_a_folder(struct machine *m)
{
	struct host_item item;

	guest_run(m, "rm -f %s && mkdir %s", guest_pool_path(1), guest_pool_path(1));
	guest_start_daemon(m);
	expect_status(host_kvp_at(m, KVP_POOL_AUTO, 4, &item), HV_S_OK);
	guest_wait_for_log(m, "it cannot be used: the pool file is a directory");
	expect(host_kvp_at(m, 1, 0, &item) != HV_S_OK);
	expect_set(0, "key", "value");
	guest_run(m, "rmdir %s && install -o hvguest /dev/null %s", guest_pool_path(1),
		guest_pool_path(1));
	guest_append_record(m, 1, "back", "1");
	expect_listed(1, "back=1\n");
}

/* Whoever may write to the folder must not have other files written. */
static void follows_no_link(struct machine *m)
{
	guest_run(m, "printf victim >/tmp/victim && chmod 666 /tmp/victim");
	guest_run(m, "rm -f %s && ln -s /tmp/victim %s", guest_pool_path(0), guest_pool_path(0));
	guest_start_daemon(m);
	expect(host_kvp_set(m, 0, "key", "value") != HV_S_OK);
	expect_given(guest_ask(m, "cat /tmp/victim"), "victim");
	expect_set(3, "key", "value");
}

static void serves_when_a_pool_cannot_be_read(struct machine *m)
{
	struct host_item item;

	guest_start_daemon(m);
	expect_set(0, "before", "1");
	guest_run(m, "chown root %s && chmod 600 %s", guest_pool_path(1), guest_pool_path(1));
	(void)host_kvp_at(m, 1, 0, &item);
	expect_set(0, "after", "2");
	expect_listed(0, "before=1\nafter=2\n");
}

#define FILES_ROW(function, ...) ROW(function, .only_in_full = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	FILES_ROW(answers_in_time_while_a_pool_is_locked_by_flock, .kernel_second_ms = 200,
		.not_debian = "it does not look at the locks of cloud-init and azure-init"),
	FILES_ROW(answers_in_time_while_a_pool_is_locked_by_fcntl, .kernel_second_ms = 200,
		.not_debian = "it waits for the lock, for ever, and answers nobody meanwhile"),
	FILES_ROW(waits_for_a_lock_that_is_soon_released),
	FILES_ROW(begins_while_a_pool_is_locked,
		.not_debian = "it waits for the lock before it registers"),
	FILES_ROW(answers_in_time_while_the_disk_does_not, .daemon = SCENARIO_OURS, .kernel_second_ms = 200),
	FILES_ROW(serves_without_pools),
	FILES_ROW(drops_what_is_stale_though_it_was_locked, .daemon = SCENARIO_OURS),
	FILES_ROW(serves_when_a_pool_is_removed, .not_debian = "it exits"),
	FILES_ROW(serves_when_a_pool_is_a_folder, .not_debian = "it exits"),
	FILES_ROW(follows_no_link, .not_debian = "it follows links"),
	FILES_ROW(serves_when_a_pool_cannot_be_read),
};

SCENARIO_SET(scenarios_kvp_files, rows);
