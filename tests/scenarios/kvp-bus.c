// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * org.hvguest.Kvp1 on the system bus, as an administrator and a user of the guest meet it (hv-kvpd(8)).
 * Callers are busctl(1) of root, of a member of the group hvguest, and of somebody.
 */

#include "scenario.h"

#include <stdio.h>

#define CALL	 "busctl call org.hvguest.Kvp1 /org/hvguest/Kvp1 org.hvguest.Kvp1 "
#define PROPERTY "busctl get-property org.hvguest.Kvp1 /org/hvguest/Kvp1 org.hvguest.Kvp1 "
#define SOMEBODY "setpriv --reuid=nobody --regid=nogroup --clear-groups "
#define MEMBER	 "setpriv --reuid=daemon --regid=daemon --init-groups "

#define expect_said(expected, ...) expect_given(guest_ask(m, __VA_ARGS__), expected)

static void start(struct machine *m)
{
	guest_run(m, "sed -i 's/^hvguest:.*/&daemon/' /etc/group");
	guest_start_bus(m);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
}

/* The command fails, and says why. */
static void expect_refused(struct machine *m, const char *command, const char *why)
{
	char *said;

	expect(guest_try(m, "%s", command) != 0);
	said = guest_ask(m, "%s", command);
	if (!strstr(said, why))
		machine_fail(m, "'%s' said '%s', not '%s'", command, said, why);
	free(said);
}

static void lists_a_pool(struct machine *m)
{
	start(m);
	expect_said("a(ss) 0\n", CALL "List s guest");
	guest_append_record(m, 1, "BBB", "111");
	guest_append_record(m, 1, "CCC", "zwei Wörter");
	expect_said("a(ss) 2 \"BBB\" \"111\" \"CCC\" \"zwei W\\303\\266rter\"\n", CALL "List s guest");
	expect_set(0, "EEE", "555");
	expect_said("a(ss) 1 \"EEE\" \"555\"\n", CALL "List s external");
	expect_set(3, "HostName", "HYPERV01");
	expect_said("a(ss) 1 \"HostName\" \"HYPERV01\"\n", CALL "List s host");
}

static void lists_the_automatic_keys(struct machine *m)
{
	char *said;

	start(m);
	said = guest_ask(m, CALL "List s auto");
	expect(strncmp(said, "a(ss) 10 \"FullyQualifiedDomainName\" ", 36) == 0);
	expect(strstr(said, "\"NetworkAddressIPv4\" \"" GUEST_IPV4 "\""));
	free(said);
}

static void gets_a_value(struct machine *m)
{
	start(m);
	guest_append_record(m, 1, "key", "old");
	guest_append_record(m, 1, "key", "new");
	expect_said("s \"new\"\n", CALL "Get ss guest key");
	expect_said("s \"" GUEST_IPV4 "\"\n", CALL "Get ss auto NetworkAddressIPv4");
	expect_refused(m, CALL "Get ss guest nothing", "no such key");
	expect_refused(m, CALL "Get ss nowhere key", "nowhere");
}

static void shows_the_host_what_was_set(struct machine *m)
{
	start(m);
	guest_run(m, CALL "Set sss guest deployment complete");
	expect_listed(1, "deployment=complete\n");
	guest_run(m, CALL "Set sss guest deployment ''");
	expect_listed(1, "deployment=\n");
	guest_run(m, CALL "Unset ss guest deployment");
	expect_listed(1, "");
	expect_refused(m, CALL "Unset ss guest deployment", "no such key");
}

static void refuses_what_no_pool_can_hold(struct machine *m)
{
	start(m);
	expect_refused(m, CALL "Set sss guest '' value", "empty");
	expect_refused(m, CALL "Set sss guest $(head -c 512 /dev/zero | tr '\\0' k) v", "511");
	expect_refused(m, CALL "Set sss guest k $(head -c 2048 /dev/zero | tr '\\0' v)", "2047");
	expect_refused(m, CALL "Set sss auto OSName Other", "cannot be changed");
	expect_refused(m, CALL "Set sss internal key value", "internal");
	expect_listed(1, "");
}

static void tells_values_to_root_and_the_group(struct machine *m)
{
	start(m);
	expect_set(0, "password", "secret");
	expect_said("s \"secret\"\n", CALL "Get ss external password");
	expect_said("s \"secret\"\n", MEMBER CALL "Get ss external password");
	expect_said("a(ss) 1 \"password\" \"secret\"\n", MEMBER CALL "List s external");
	expect_refused(m, SOMEBODY CALL "Get ss external password", "denied");
	expect_refused(m, SOMEBODY CALL "List s external", "denied");
}

static void tells_its_state_to_everybody(struct machine *m)
{
	start(m);
	expect_said("b true\n", SOMEBODY PROPERTY "Registered");
	expect_said("s \"registered\"\n", SOMEBODY PROPERTY "State");
	expect_said("s \"" GUEST_DEVICE "\"\n", SOMEBODY PROPERTY "Device");
	expect_said("s \"3.1\"\n", SOMEBODY PROPERTY "ProtocolVersion");
	guest_run(m, SOMEBODY "busctl introspect org.hvguest.Kvp1 /org/hvguest/Kvp1 >/dev/null");
}

static void tells_what_the_host_asked(struct machine *m)
{
	start(m);
	expect_said("t 0\n", PROPERTY "RequestsServed");
	expect_set(0, "key", "value");
	expect_said("t 1\n", PROPERTY "RequestsServed");
	expect_said("s \"\"\n", PROPERTY "LastError");
	expect(guest_try(m, PROPERTY "LastRequest | grep -i 'set.*external'") == 0);
	expect_status(host_kvp_set(m, 1, "key", "value"), HV_E_FAIL);
	expect_said("t 2\n", PROPERTY "RequestsServed");
	expect(guest_try(m, PROPERTY "LastError | grep HV_E_FAIL") == 0);
	guest_run(m, "t=$(" PROPERTY "LastRequestTime) && age=$(( $(date +%%s) - ${t#t } / 1000000 )) &&"
		     " [ $age -ge 0 -a $age -lt 60 ]");
}

static void tells_that_the_device_is_gone(struct machine *m)
{
	int listener;

	start(m);
	listener = guest_listen(m);
	host_withdraw(m);
	guest_wait_for_output(m, listener, "PropertyChanged Registered");
	expect_said("b false\n", PROPERTY "Registered");
	host_offer(m);
	host_wait_for_contact(m);
	expect(machine_eventually(m, guest_try(m, PROPERTY "Registered | grep true") == 0));
}

static void tells_of_every_change(struct machine *m)
{
	int listener;

	start(m);
	listener = guest_listen(m);
	expect_set(0, "hosts", "1");
	guest_wait_for_output(m, listener, "Changed external 'hosts' set\n");
	expect_status(host_kvp_delete(m, 0, "hosts"), HV_S_OK);
	guest_wait_for_output(m, listener, "Changed external 'hosts' unset\n");
	guest_run(m, CALL "Set sss guest ours 2");
	guest_wait_for_output(m, listener, "Changed guest 'ours' set\n");
	guest_run(m, CALL "Unset ss guest ours");
	guest_wait_for_output(m, listener, "Changed guest 'ours' unset\n");
}

static void tells_of_changes_to_root_and_the_group(struct machine *m)
{
	int listener, member, somebody;

	start(m);
	listener = guest_listen(m);
	member = guest_listen_as(m, "daemon");
	somebody = guest_listen_as(m, "nobody");
	expect_set(0, "secret", "1");
	guest_wait_for_output(m, listener, "Changed external 'secret' set\n");
	guest_wait_for_output(m, member, "Changed external 'secret' set\n");
	host_withdraw(m);
	guest_wait_for_output(m, somebody, "PropertyChanged Registered");
	expect(!guest_has_printed(m, somebody, "secret"));
}

/* 8,192 records of all the text that fits: the bus would throw out who sends that. */
static void lists_no_more_than_a_bus_carries(struct machine *m)
{
	start(m);
	guest_run(m, "(head -c 511 /dev/zero | tr '\\0' k; head -c 1 /dev/zero;"
		     " head -c 2047 /dev/zero | tr '\\0' v; head -c 1 /dev/zero) >/tmp/r;"
		     " for i in $(seq 13); do cat /tmp/r /tmp/r >/tmp/s && mv /tmp/s /tmp/r; done;"
		     " cat /tmp/r >>%s; rm /tmp/r", guest_pool_path(1));
	expect_refused(m, CALL "List s guest", "too large");
	guest_run(m, CALL "Set sss guest key value");
	expect_said("s \"value\"\n", CALL "Get ss guest key");
}

static void tells_that_another_program_wrote(struct machine *m)
{
	int listener;

	start(m);
	expect_listed(1, "");
	listener = guest_listen(m);
	guest_append_record(m, 1, "key", "value");
	expect_listed(1, "key=value\n");
	guest_wait_for_output(m, listener, "Changed guest '' refreshed\n");
}

static void tells_of_a_pool_that_was_missing(struct machine *m)
{
	int listener;

	guest_run(m, "rm %s", guest_pool_path(1));
	start(m);
	listener = guest_listen(m);
	guest_append_record(m, 1, "key", "value");
	guest_wait_for_output(m, listener, "Changed guest '' refreshed\n");
	expect_listed(1, "key=value\n");
}

static void has_polkit_decide_who_writes(struct machine *m)
{
	int polkit;

	start(m);
	polkit = guest_start_polkit(m, "yes");
	guest_run(m, SOMEBODY CALL "Set sss guest key 1");
	expect_listed(1, "key=1\n");
	guest_run(m, SOMEBODY CALL "Unset ss guest key");
	expect_listed(1, "");
	guest_wait_for_output(m, polkit,
		"CheckAuthorization org.hvguest.kvp.write for a system-bus-name\n");
}

static void writes_nothing_that_polkit_denies(struct machine *m)
{
	start(m);
	guest_run(m, CALL "Set sss guest key 1");
	(void)guest_start_polkit(m, "no");
	expect_refused(m, SOMEBODY CALL "Set sss guest key 2", "denied");
	expect_refused(m, SOMEBODY CALL "Unset ss guest key", "denied");
	expect_refused(m, MEMBER CALL "Set sss guest key 2", "denied");
	expect_listed(1, "key=1\n");
}

static void asks_for_a_password_if_polkit_wants_one(struct machine *m)
{
	start(m);
	(void)guest_start_polkit(m, "challenge");
	expect_refused(m, SOMEBODY CALL "Set sss guest key 2", "authentication");
	expect_listed(1, "");
}

static void lets_root_write_without_polkit(struct machine *m)
{
	start(m);
	guest_run(m, CALL "Set sss guest key 1");
	expect_refused(m, SOMEBODY CALL "Set sss guest key 2", "denied");
	expect_listed(1, "key=1\n");
}

/* A dialogue that nobody answers: the host must not notice. */
static void serves_the_host_while_polkit_thinks(struct machine *m)
{
	const char *const argv[] = { "/bin/sh", "-c", SOMEBODY CALL "Set sss guest key 2", NULL };
	const struct guest_command command = { .argv = argv };
	int polkit, caller;

	start(m);
	polkit = guest_start_polkit(m, "silence");
	caller = guest_spawn(m, &command);
	guest_wait_for_output(m, polkit, "CheckAuthorization");
	expect_set(0, "key", "value");
	expect_said("b true\n", PROPERTY "Registered");
	guest_end(m, caller);
	expect_listed(1, "");
}

static void joins_a_bus_that_comes_later(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "before", "1");
	guest_start_bus(m);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
	expect_said("a(ss) 1 \"before\" \"1\"\n", CALL "List s external");
}

static void outlives_the_bus(struct machine *m)
{
	pid_t pid;

	start(m);
	pid = guest_daemon_pid(m);
	guest_stop_bus(m);
	expect_set(0, "meanwhile", "1");
	guest_start_bus(m);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
	expect_said("s \"1\"\n", CALL "Get ss external meanwhile");
	expect_number(guest_daemon_pid(m), pid);
	expect(guest_daemon_runs(m));
}

static void answers_the_bus_while_a_pool_is_locked(struct machine *m)
{
	int holder;
	uint64_t id;

	start(m);
	expect_set(0, "before", "1");
	holder = guest_lock_pool(m, 0, "fcntl");
	id = host_begin_set(m, 0, "key", "value");
	expect_said("b true\n", PROPERTY "Registered");
	expect_said("s \"1\"\n", "timeout 1 " CALL "Get ss external before");
	guest_end(m, holder);
	(void)host_end(m, id);
}

/* Sleep: the device is closed before the machine may sleep, because the kernel would wait for it. */

static bool has_device_open(struct machine *m)
{
	return guest_try(m, "find /proc/%d/fd -lname %s | grep -q fd", guest_daemon_pid(m),
		       GUEST_DEVICE) == 0;
}

static void closes_its_device_before_the_machine_sleeps(struct machine *m)
{
	uint64_t id;
	int logind;

	guest_start_bus(m);
	logind = guest_start_logind(m);
	guest_start_daemon(m);
	guest_wait_for_output(m, logind, "inhibited: sleep by hv-kvpd, delay");
	expect(has_device_open(m));
	guest_sleeps(m, logind);
	guest_wait_for_output(m, logind, "released");
	expect(!has_device_open(m));
	id = host_begin_set(m, 0, "asleep", "1");
	expect_status(host_end_within(m, id, 10), HOST_NO_ANSWER);
	guest_wakes(m, logind);
	expect_status(host_end_within(m, id, 20), HV_S_OK);
	expect(has_device_open(m));
	expect_stored(0, "asleep", "1");
}

/* Everybody may send signals to anybody. */
static void believes_only_logind_that_the_machine_sleeps(struct machine *m)
{
	int logind;

	guest_start_bus(m);
	logind = guest_start_logind(m);
	guest_start_daemon(m);
	guest_wait_for_output(m, logind, "inhibited: sleep by hv-kvpd, delay");
	guest_run(m, SOMEBODY "busctl emit --destination=org.hvguest.Kvp1 /org/freedesktop/login1"
			      " org.freedesktop.login1.Manager PrepareForSleep b true");
	guest_run(m, PROPERTY "State"); /* what came before has been seen to */
	expect_set(0, "key", "value");
	expect_said("s \"registered\"\n", PROPERTY "State");
	guest_sleeps(m, logind);
	guest_wait_for_output(m, logind, "released");
}

static void inhibits_the_next_sleep_too(struct machine *m)
{
	int logind;

	guest_start_bus(m);
	logind = guest_start_logind(m);
	guest_start_daemon(m);
	guest_wait_for_output(m, logind, "inhibited");
	guest_sleeps(m, logind);
	guest_wait_for_output(m, logind, "released");
	guest_wakes(m, logind);
	guest_wait_for_output(m, logind, "PrepareForSleep 0\ninhibited");
	expect_set(0, "key", "value");
}

static void answers_for_a_request_that_sleep_cuts_short(struct machine *m)
{
	int logind, holder;
	uint64_t id;

	guest_start_bus(m);
	logind = guest_start_logind(m);
	guest_start_daemon(m);
	guest_wait_for_output(m, logind, "inhibited");
	holder = guest_lock_pool(m, 0, "flock");
	id = host_begin_set(m, 0, "key", "1");
	expect_status(host_end_within(m, id, 2), HOST_NO_ANSWER);
	guest_sleeps(m, logind);
	expect_status(host_end_within(m, id, 10), HV_E_FAIL);
	guest_wait_for_output(m, logind, "released");
	guest_end(m, holder);
	guest_wakes(m, logind);
	expect_set(0, "key", "2");
	expect_listed(0, "key=2\n");
}

#define OUR_ROW(function) ROW(function, .daemon = SCENARIO_OURS, .only_in_full = true)

static const struct scenario rows[] = {
	OUR_ROW(lists_a_pool),
	OUR_ROW(lists_the_automatic_keys),
	OUR_ROW(gets_a_value),
	OUR_ROW(shows_the_host_what_was_set),
	OUR_ROW(refuses_what_no_pool_can_hold),
	OUR_ROW(tells_values_to_root_and_the_group),
	OUR_ROW(tells_its_state_to_everybody),
	OUR_ROW(tells_what_the_host_asked),
	OUR_ROW(tells_that_the_device_is_gone),
	OUR_ROW(tells_of_every_change),
	OUR_ROW(tells_of_changes_to_root_and_the_group),
	OUR_ROW(lists_no_more_than_a_bus_carries),
	OUR_ROW(tells_that_another_program_wrote),
	OUR_ROW(tells_of_a_pool_that_was_missing),
	OUR_ROW(has_polkit_decide_who_writes),
	OUR_ROW(writes_nothing_that_polkit_denies),
	OUR_ROW(asks_for_a_password_if_polkit_wants_one),
	OUR_ROW(lets_root_write_without_polkit),
	OUR_ROW(serves_the_host_while_polkit_thinks),
	OUR_ROW(joins_a_bus_that_comes_later),
	OUR_ROW(outlives_the_bus),
	OUR_ROW(answers_the_bus_while_a_pool_is_locked),
	OUR_ROW(closes_its_device_before_the_machine_sleeps),
	OUR_ROW(believes_only_logind_that_the_machine_sleeps),
	OUR_ROW(inhibits_the_next_sleep_too),
	OUR_ROW(answers_for_a_request_that_sleep_cuts_short),
};

SCENARIO_SET(scenarios_kvp_bus, rows);
