// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl kvp watch: what it prints of changes, and of hv-kvpd coming and going. It says nothing when
 * it is ready, so that the host changes something until it does.
 */

#include "hvctl.h"

#include <jansson.h>
#include <stdio.h>

#define WATCH HVG_HVCTL, "kvp", "watch"

static int begin(struct machine *m, const char *const *argv)
{
	const struct guest_command command = { .argv = argv };

	return guest_spawn(m, &command);
}

static bool has_heard_the_host(struct machine *m, int watch)
{
	char *output;
	bool has;

	expect_set(0, "heartbeat", ".");
	output = guest_output(m, watch);
	has = strstr(output, "heartbeat") != NULL;
	free(output);
	return has;
}

/* A watch that listens. */
static int watch(struct machine *m, const char *const *argv)
{
	int process = begin(m, argv);

	expect(machine_eventually(m, has_heard_the_host(m, process)));
	return process;
}

/* Waits until it has told of everything: the host's end is told last. */
static char *finish(struct machine *m, int process)
{
	expect_set(0, "end", ".");
	guest_wait_for_output(m, process, "end");
	guest_end(m, process);
	return guest_output(m, process);
}

/* The lines, without the time and the heartbeat. */
static void expect_changes(struct machine *m, int process, const char *expected)
{
	char *said = finish(m, process), *changes = calloc(1, strlen(said) + 1), *rest = said, *line;

	while ((line = strsep(&rest, "\n")) && *line)
		if (!strstr(line, " heartbeat = .") && !strstr(line, " end = .")) {
			strcat(changes, strchr(line, ' ') ? strchr(line, ' ') + 1 : line);
			strcat(changes, "\n");
		}
	expect_text(changes, expected);
	free(changes);
	free(said);
}

/* The value is asked for afterwards, so that each line is waited for. */
static void tells_of_each_change(struct machine *m)
{
	const char *const argv[] = { WATCH, NULL };
	int process;

	hvctl_start_guest(m);
	process = watch(m, argv);
	expect_set(0, "role", "web server");
	guest_wait_for_output(m, process, "role = web server\n");
	expect_set(0, "role", "");
	guest_wait_for_output(m, process, "role = \n");
	expect_status(host_kvp_delete(m, 0, "role"), HV_S_OK);
	guest_run(m, KVP "set guest status done");
	guest_wait_for_output(m, process, "status = done\n");
	guest_append_record(m, 1, "theirs", "1");
	guest_wait_for_output(m, process, "refreshed guest\n");
	expect_changes(m, process,
		"set external role = web server\n"
		"set external role = \n"
		"unset external role\n"
		"set guest status = done\n"
		"refreshed guest\n");
}

static void begins_each_line_with_the_time(struct machine *m)
{
	const char *const argv[] = { "/bin/sh", "-c", "exec " KVP "watch >/tmp/out", NULL };
	const char *const plain[] = { WATCH, NULL };
	int process;

	hvctl_start_guest(m);
	process = begin(m, argv);
	guest_end(m, watch(m, plain));
	expect(machine_eventually(m, has_heard_the_host(m, process) ||
					     guest_try(m, "grep -q heartbeat /tmp/out") == 0));
	guest_end(m, process);
	guest_run(m, "head -n 1 /tmp/out | { read time rest &&"
		     " [ \"$rest\" = 'set external heartbeat = .' ] &&"
		     " age=$(( $(date +%%s) - $(date -d $time +%%s) )) &&"
		     " [ $age -ge 0 -a $age -lt 60 ]; }");
}

static void watches_one_pool_only(struct machine *m)
{
	const char *const argv[] = { WATCH, "0", NULL };
	int process;

	hvctl_start_guest(m);
	process = watch(m, argv);
	guest_run(m, KVP "set guest status done");
	expect_set(3, "HostName", "HV-07");
	expect_set(0, "role", "web");
	expect_changes(m, process, "set external role = web\n");
}

/* One line: time and change, pool; key unless it is "refreshed"; value if it was set. */
static void expect_object(struct machine *m, const char *line, const char *expected)
{
	json_t *object = json_loads(line, 0, NULL), *wanted = json_loads(expected, 0, NULL);

	expect(json_is_object(object));
	expect(wanted);
	expect_number(strlen(json_string_value(json_object_get(object, "time"))),
		strlen("2026-01-02T03:04:05+0000"));
	expect(json_object_del(object, "time") == 0);
	if (!json_equal(object, wanted))
		machine_fail(m, "'%s' is not '%s'", line, expected);
	json_decref(object);
	json_decref(wanted);
}

static void prints_each_change_as_a_line_of_json(struct machine *m)
{
	static const char *const expected[] = {
		"{\"change\":\"set\",\"pool\":\"external\",\"key\":\"role\",\"value\":\"two\\nlines\"}",
		"{\"change\":\"unset\",\"pool\":\"external\",\"key\":\"role\"}",
		"{\"change\":\"refreshed\",\"pool\":\"guest\"}",
	};
	const char *const argv[] = { WATCH, "--json", NULL };
	char *said, *rest, *line;
	size_t n = 0;
	int process;

	hvctl_start_guest(m);
	process = watch(m, argv);
	expect_set(0, "role", "two\nlines");
	guest_wait_for_output(m, process, "lines");
	expect_status(host_kvp_delete(m, 0, "role"), HV_S_OK);
	guest_append_record(m, 1, "theirs", "1");
	guest_wait_for_output(m, process, "refreshed");
	said = finish(m, process);
	expect(is_promised("kvp-watch", said));
	for (rest = said; (line = strsep(&rest, "\n")) && *line;) {
		if (strstr(line, "\"heartbeat\"") || strstr(line, "\"end\""))
			continue;
		expect(n < sizeof(expected) / sizeof(expected[0]));
		expect_object(m, line, expected[n++]);
	}
	expect_number(n, sizeof(expected) / sizeof(expected[0]));
	free(said);
}

static void lets_no_value_forge_a_line(struct machine *m)
{
	const char *const argv[] = { WATCH, NULL };
	int process;

	hvctl_start_guest(m);
	process = watch(m, argv);
	expect_set(0, "a\nkey", "1\n2026-01-02T03:04:05+0000 set host HostName = HV-07");
	expect_set(0, "\033[2J", "\033]0;title\007\r\t\\n\x7f\xc2\x9b\xe2\x80\xa8\xe2\x81\xa6 \xc2\xa0\xe2\x82\xac");
	expect_changes(m, process,
		"set external a\\nkey = 1\\n2026-01-02T03:04:05+0000 set host HostName = HV-07\n"
		"set external \\e[2J = \\e]0;title\\x07\\r\\t\\\\n\\x7f\\xc2\\x9b\\xe2\\x80\\xa8\\xe2\\x81\\xa6"
		" \xc2\xa0\xe2\x82\xac\n");
}

static void believes_nobody_but_hv_kvpd(struct machine *m)
{
	const char *const argv[] = { WATCH, NULL };
	int process;

	hvctl_start_guest(m);
	process = watch(m, argv);
	guest_run(m, SOMEBODY "busctl emit /org/hvguest/Kvp1 org.hvguest.Kvp1 Changed sss host HostName set");
	expect_changes(m, process, "");
}

static void tells_nothing_to_whom_it_is_not_for(struct machine *m)
{
	char *said;

	hvctl_start_guest(m);
	expect_number(guest_try(m, SOMEBODY KVP "watch"), 4);
	said = guest_ask(m, SOMEBODY KVP "watch 2>&1");
	expect(strstr(said, "root"));
	expect(strstr(said, "hvguest"));
	free(said);
}

static void tells_nothing_to_whom_it_is_not_for_later_either(struct machine *m)
{
	const char *const argv[] = { "/bin/sh", "-c", "exec " SOMEBODY KVP "watch", NULL };
	int process;

	hvctl_on_hyperv(m);
	guest_start_bus(m);
	process = begin(m, argv);
	guest_wait_for_output(m, process, "waiting for it");
	guest_start_daemon(m);
	expect_number(guest_wait(m, process), 4);
}

static void tells_the_group_of_changes(struct machine *m)
{
	const char *const argv[] = { "/bin/sh", "-c", "exec " MEMBER KVP "watch", NULL };
	int process;

	hvctl_start_guest(m);
	process = watch(m, argv);
	expect_set(0, "password", "secret");
	expect_changes(m, process, "set external password = secret\n");
}

static void tells_that_hv_kvpd_comes_and_goes(struct machine *m)
{
	const char *const argv[] = { WATCH, NULL };
	int process;

	hvctl_on_hyperv(m);
	guest_start_bus(m);
	process = begin(m, argv);
	guest_wait_for_output(m, process, "hvctl: hv-kvpd is not running; waiting for it\n");
	guest_start_daemon(m);
	guest_wait_for_output(m, process, "hvctl: hv-kvpd is running\n");
	expect_set(0, "key", "1");
	guest_wait_for_output(m, process, "set external key = 1\n");
	guest_stop_daemon(m);
	guest_wait_for_output(m, process, "hvctl: hv-kvpd has ended; waiting for it\n");
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
	expect_set(0, "key", "2");
	guest_wait_for_output(m, process, "set external key = 2\n");
	guest_end(m, process);
}

static void prints_nothing_but_changes_on_stdout(struct machine *m)
{
	const char *const argv[] = { "/bin/sh", "-c", "exec " KVP "watch 2>/tmp/err", NULL };
	int process;

	hvctl_on_hyperv(m);
	guest_start_bus(m);
	process = begin(m, argv);
	expect(machine_eventually(m, guest_try(m, "grep -q waiting /tmp/err") == 0));
	guest_start_daemon(m);
	expect(machine_eventually(m, has_heard_the_host(m, process)));
	expect_changes(m, process, "");
}

static void ends_with_the_bus(struct machine *m)
{
	const char *const argv[] = { WATCH, NULL };
	int process;

	hvctl_start_guest(m);
	process = watch(m, argv);
	guest_stop_bus(m);
	expect_number(guest_wait(m, process), 1);
	guest_wait_for_output(m, process, "hvctl: watching ended: ");
}

#define OUR_ROW(function)                                                                      \
	ROW(function, .daemon = SCENARIO_OURS, .only_in_full = true,                           \
		.differs = "the host writes until the watch has begun")

static void monitor_tells_of_changes_too(struct machine *m)
{
	const char *const argv[] = { HVG_HVCTL, "monitor", NULL };
	int process;
	char *said;

	hvctl_start_guest(m);
	process = watch(m, argv);
	expect_set(0, "role", "web");
	guest_wait_for_output(m, process, "kvp Changed external role set");
	said = finish(m, process);
	expect(!strstr(said, "fcopy") && !strstr(said, "vss"));
	free(said);
}

static void monitor_prints_lines_of_json(struct machine *m)
{
	const char *const argv[] = { HVG_HVCTL, "--json", "monitor", NULL };
	int process;
	char *said;

	hvctl_start_guest(m);
	process = watch(m, argv);
	expect_set(0, "role", "web");
	guest_wait_for_output(m, process, "\"role\"");
	said = finish(m, process);
	expect(is_promised("monitor", said));
	free(said);
}

static const struct scenario rows[] = {
	OUR_ROW(tells_of_each_change),
	OUR_ROW(begins_each_line_with_the_time),
	OUR_ROW(watches_one_pool_only),
	OUR_ROW(prints_each_change_as_a_line_of_json),
	OUR_ROW(lets_no_value_forge_a_line),
	OUR_ROW(believes_nobody_but_hv_kvpd),
	OUR_ROW(tells_nothing_to_whom_it_is_not_for),
	OUR_ROW(tells_nothing_to_whom_it_is_not_for_later_either),
	OUR_ROW(tells_the_group_of_changes),
	OUR_ROW(tells_that_hv_kvpd_comes_and_goes),
	OUR_ROW(prints_nothing_but_changes_on_stdout),
	OUR_ROW(monitor_tells_of_changes_too),
	OUR_ROW(monitor_prints_lines_of_json),
	OUR_ROW(ends_with_the_bus),
};

SCENARIO_SET(scenarios_kvp_hvctl_watch, rows);
