// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl kvp list, get, set and unset with hv-kvpd: what they print, where, and their exit status
 * (hvctl(1)).
 */

#include "hvctl.h"

/* The administrator */

void hvctl_expect(struct machine *m, const char *command, int status, const char *out,
	const char *err)
{
	expect_number(guest_try(m, "{ %s; } >/tmp/out 2>/tmp/err", command), status);
	expect_given(guest_read_file(m, "/tmp/err", NULL), err);
	expect_given(guest_read_file(m, "/tmp/out", NULL), out);
}

void hvctl_on_hyperv(struct machine *m)
{
	guest_run(m, "mount -t tmpfs none /sys/bus && mkdir /sys/bus/vmbus");
}

void hvctl_on_anything_else(struct machine *m)
{
	guest_run(m, "mount -t tmpfs none /sys/bus && mount -t tmpfs none /sys/class");
}

void hvctl_start_guest(struct machine *m)
{
	guest_run(m, "sed -i 's/^hvguest:.*/&daemon/' /etc/group");
	guest_start_bus(m);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
}

/* The command's output, which must be JSON and nothing else. */
json_t *hvctl_ask_json(struct machine *m, const char *command)
{
	char *said = guest_ask(m, "%s", command);
	json_t *value = json_loads(said, 0, NULL);

	if (!value)
		machine_fail(m, "'%s' said no JSON: %s", command, said);
	free(said);
	return value;
}

json_t *hvctl_ask_promised(struct machine *m, const char *schema, const char *command)
{
	json_t *value = hvctl_ask_json(m, command);
	char *said = json_dumps(value, 0);

	if (!is_promised(schema, said))
		machine_fail(m, "'%s' said what its schema does not promise: %s", command, said);
	free(said);
	return value;
}

/* An object of pool, key and value, and nothing else. */
static void expect_record(
	struct machine *m, const json_t *record, const char *pool, const char *key, const char *value)
{
	expect(json_is_object(record));
	expect_number(json_object_size(record), 3);
	expect_text(json_string_value(json_object_get(record, "pool")), pool);
	expect_text(json_string_value(json_object_get(record, "key")), key);
	expect_text(json_string_value(json_object_get(record, "value")), value);
}

/* list and get */

static void shows_pools_as_a_table(struct machine *m)
{
	hvctl_start_guest(m);
	expect_ok(KVP "list external", "");
	expect_set(0, "role", "web");
	guest_append_record(m, 1, "status", "zwei Wörter");
	expect_ok(KVP "list external | tr -s ' '", "POOL KEY VALUE\nexternal role web\n");
	expect_ok(KVP "list 1 | tr -s ' '", "POOL KEY VALUE\nguest status zwei Wörter\n");
	expect_ok(KVP "list | tr -s ' ' | sed -n '1,3p'",
		"POOL KEY VALUE\nexternal role web\nguest status zwei Wörter\n");
	expect_ok(KVP "list | grep -c '^auto '", "10\n");
}

static void prints_a_long_value_on_one_line(struct machine *m)
{
	char value[301];

	hvctl_start_guest(m);
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	expect_set(0, "long", value);
	expect_ok(KVP "list external | wc -l", "2\n");
}

/* For script(1), which has a command on a terminal of its own. */
static void add_terminals(struct machine *m)
{
	guest_run(m, "mkdir -p /dev/pts && mount -t devpts -o newinstance,ptmxmode=0666 none /dev/pts &&"
		     " { [ -e /dev/ptmx ] || ln -s pts/ptmx /dev/ptmx; }");
}

static void lets_no_value_forge_a_row(struct machine *m)
{
	hvctl_start_guest(m);
	guest_append_record(m, 1, "key", "1\nhost     HostName HV-07\033[2J");
	expect_ok(KVP "list guest | wc -l", "2\n");
	expect_ok(KVP "list guest | tr -d '[:print:]\\n' | wc -c", "0\n");
	add_terminals(m);
	expect_ok("script -qec '" KVP "list guest --no-pager' /dev/null | wc -l", "2\n");
}

static void prints_pools_as_json(struct machine *m)
{
	json_t *list;

	hvctl_start_guest(m);
	expect_ok(HVCTL "--json kvp list guest", "[]\n");
	expect_set(0, "a \"quoted\" key", "two\nlines");
	guest_append_record(m, 1, "status", "Wörter\xff");
	list = hvctl_ask_promised(m, "kvp-list", HVCTL "--json kvp list");
	expect(json_is_array(list));
	expect_number(json_array_size(list), 12);
	expect_record(m, json_array_get(list, 0), "external", "a \"quoted\" key", "two\nlines");
	expect_record(m, json_array_get(list, 1), "guest", "status", "Wörter\xef\xbf\xbd");
	expect_record(m, json_array_get(list, 4), "auto", "NetworkAddressIPv4", GUEST_IPV4);
	json_decref(list);
}

static void gets_a_key_from_the_first_pool_that_has_it(struct machine *m)
{
	hvctl_start_guest(m);
	expect_set(3, "key", "host's");
	expect_ok(KVP "get key", "host's\n");
	guest_append_record(m, 1, "key", "guest's");
	guest_append_record(m, 1, "key", "guest's last");
	expect_ok(KVP "get key", "guest's last\n");
	expect_ok(KVP "get host key", "host's\n");
	expect_ok(KVP "get 3 key", "host's\n");
	expect_ok(KVP "get NetworkAddressIPv4", GUEST_IPV4 "\n");
	expect_ok(KVP "get auto NetworkAddressIPv4", GUEST_IPV4 "\n");
	expect_failed(KVP "get external key", 1, "hvctl: there is no key 'key'\n");
	expect_failed(KVP "get nothing", 1, "hvctl: there is no key 'nothing'\n");
}

static void prints_a_value_as_json(struct machine *m)
{
	json_t *record;

	hvctl_start_guest(m);
	expect_set(3, "HostName", "HV-07");
	record = hvctl_ask_promised(m, "kvp-get", HVCTL "--json kvp get HostName");
	expect_record(m, record, "host", "HostName", "HV-07");
	json_decref(record);
}

/* What is no UTF-8 becomes U+FFFD, three bytes for one. */
static void gets_the_longest_value_whole(struct machine *m)
{
	char value[2048], repaired[3 * 2047 + 2] = "";

	hvctl_start_guest(m);
	memset(value, 0xff, 2047);
	value[2047] = '\0';
	for (size_t i = 0; i < 2047; i++)
		memcpy(repaired + 3 * i, "\xef\xbf\xbd\n", 5);
	guest_append_record(m, 1, "key", value);
	expect_ok(KVP "get guest key", repaired);
	guest_stop_daemon(m);
	hvctl_on_hyperv(m);
	expect_run(KVP "get guest key", 0, repaired,
		"hvctl: hv-kvpd is not running; read from the pool files (pool auto has none)\n");
}

static void asks_for_nothing_but_the_key(struct machine *m)
{
	int kvp;

	guest_start_bus(m);
	kvp = guest_start_kvp(m, "Busy");
	expect_ok(KVP "get guest key", "key\n");
	expect_given(guest_output(m, kvp), "ready\nGet guest key\n");
}

static void gives_a_pipe_the_value_as_it_is(struct machine *m)
{
	hvctl_start_guest(m);
	expect_set(0, "key", "\033]0;title\007 C:\\two\nlines");
	expect_ok(KVP "get external key", "\033]0;title\007 C:\\two\nlines\n");
}

/* Lines end with "\r\n" there. */
static void shows_a_terminal_nothing_but_text(struct machine *m)
{
	hvctl_start_guest(m);
	add_terminals(m);
	expect_set(0, "key", "\033]0;title\007 C:\\Wörter\nlines\xc2\x9b" "2J\xe2\x80\xae");
	expect_ok("script -qec '" KVP "get external key' /dev/null",
		"\\e]0;title\\x07 C:\\\\Wörter\\nlines\\xc2\\x9b2J\\xe2\\x80\\xae\r\n");
	expect_ok("script -qec '" KVP "get external key --json' /dev/null | grep value | tr -s ' '",
		" \"value\": \"\\u001B]0;title\\u0007 C:\\\\W\\u00F6rter\\nlines\\u009B2J\\u202E\"\r\n");
}

/* set and unset */

static void shows_the_host_what_it_set(struct machine *m)
{
	hvctl_start_guest(m);
	expect_ok(KVP "set guest status 'deployment complete'", "");
	expect_listed(1, "status=deployment complete\n");
	expect_ok(KVP "set 1 status ''", "");
	expect_listed(1, "status=\n");
	expect_ok(KVP "unset guest status", "");
	expect_listed(1, "");
	expect_failed(KVP "unset guest status", 1, "hvctl: status: There is no such key.\n");
	expect_failed(KVP "set auto OSName Other", 1,
		"hvctl: OSName: What this guest reports by itself cannot be changed.\n");
}

/* "😀" is two UTF-16 units and four bytes. */
static void warns_of_what_the_host_gets_cut(struct machine *m)
{
#define TIMES(n, text) "$(yes " text " | head -n " n " | tr -d '\\n')"
	hvctl_start_guest(m);
	expect_ok(KVP "set guest " TIMES("127", "😀") " " TIMES("511", "😀"), "");
	expect_run(KVP "set guest " TIMES("255", "k") " " TIMES("1023", "v"), 0, "",
		"hvctl: the host gets only the first 254 characters (UTF-16 units) of this key\n"
		"hvctl: the host gets only the first 1022 characters (UTF-16 units) of this value\n");
	expect_ok(KVP "get guest " TIMES("255", "k") " | wc -c", "1024\n");
	expect(guest_try(m, KVP "set guest " TIMES("512", "k") " v") == 1);
#undef TIMES
}

/* Usage */

static void tells_how_it_is_used(struct machine *m)
{
	static const char *const wrong[] = {
		HVCTL,
		HVCTL "nothing",
		HVCTL "--nothing kvp list",
		HVCTL "kvp",
		KVP "nothing",
		KVP "list guest key",
		KVP "list nowhere",
		KVP "list internal",
		KVP "list --nothing",
		KVP "list -x",
		KVP "get",
		KVP "get nowhere key",
		KVP "set guest key",
		KVP "set guest key -5",
		KVP "set guest key two words",
		KVP "set guest key $(printf '\\377')",
		KVP "unset guest",
		KVP "watch nowhere",
	};

	hvctl_start_guest(m);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		expect_number(guest_try(m, "%s >/tmp/out 2>/tmp/err", wrong[i]), 2);
		guest_run(m, "[ ! -s /tmp/out ] && grep -q '^hvctl: ' /tmp/err");
	}
	expect_listed(1, "");
}

static void takes_options_anywhere(struct machine *m)
{
	static const char *const helps[] = { "kvp --help", "--help kvp", "kvp get --help",
		"kvp get guest key -h", "--json kvp --help" };
	char *help;

	hvctl_start_guest(m);
	expect_ok(KVP "list guest --json", "[]\n");
	expect_ok(HVCTL "kvp --json list --no-pager guest", "[]\n");
	expect_ok(KVP "--json list -- guest", "[]\n");
	expect_ok(HVCTL "--help | head -n 1", "usage: hvctl [OPTION…] VERB …\n");
	expect_ok(HVCTL "kvp list --version | grep -c '^hvctl [0-9]'", "1\n");
	help = guest_ask(m, KVP "--help");
	expect(strncmp(help, "usage: hvctl kvp ", 17) == 0);
	for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++)
		expect_given(guest_ask(m, HVCTL "%s", helps[i]), help);
	free(help);
}

static void takes_what_stands_behind_two_dashes_as_it_is(struct machine *m)
{
	hvctl_start_guest(m);
	expect_ok(KVP "set guest -- --json --help", "");
	expect_listed(1, "--json=--help\n");
	expect_ok(KVP "get -- --json", "--help\n");
	expect_ok(KVP "set guest offset -- -5", "");
	expect_ok(KVP "get offset", "-5\n");
	expect_ok(KVP "unset guest -- --json", "");
	expect_listed(1, "offset=-5\n");
}

/* Permission */

static void tells_once_who_may_read(struct machine *m)
{
#define REFUSAL "hvctl: you may not read the pools; root and the members of group hvguest may\n"
	hvctl_start_guest(m);
	expect_set(0, "password", "secret");
	expect_failed(SOMEBODY KVP "list", 4, REFUSAL);
	expect_failed(SOMEBODY KVP "get password", 4, REFUSAL);
	expect_failed(SOMEBODY KVP "get external password", 4, REFUSAL);
	expect_run(SOMEBODY KVP "list --json", 4, "[]\n", REFUSAL);
	expect_ok(MEMBER KVP "get password", "secret\n");
#undef REFUSAL
}

static void tells_that_somebody_may_not_write(struct machine *m)
{
	hvctl_start_guest(m);
	expect_failed(SOMEBODY KVP "set guest key 1", 4,
		"hvctl: key: you may not do that; try as root\n");
	(void)guest_start_polkit(m, "challenge");
	expect_failed(SOMEBODY KVP "unset guest key", 4,
		"hvctl: key: you may not do that; try as root\n");
	expect_listed(1, "");
}

#define OUR_ROW(function) ROW(function, .daemon = SCENARIO_OURS, .only_in_full = true)

static const struct scenario rows[] = {
	OUR_ROW(shows_pools_as_a_table),
	OUR_ROW(prints_a_long_value_on_one_line),
	OUR_ROW(lets_no_value_forge_a_row),
	OUR_ROW(prints_pools_as_json),
	OUR_ROW(gets_a_key_from_the_first_pool_that_has_it),
	OUR_ROW(prints_a_value_as_json),
	OUR_ROW(gets_the_longest_value_whole),
	OUR_ROW(asks_for_nothing_but_the_key),
	OUR_ROW(gives_a_pipe_the_value_as_it_is),
	OUR_ROW(shows_a_terminal_nothing_but_text),
	OUR_ROW(shows_the_host_what_it_set),
	OUR_ROW(warns_of_what_the_host_gets_cut),
	OUR_ROW(tells_how_it_is_used),
	OUR_ROW(takes_options_anywhere),
	OUR_ROW(takes_what_stands_behind_two_dashes_as_it_is),
	OUR_ROW(tells_once_who_may_read),
	OUR_ROW(tells_that_somebody_may_not_write),
};

SCENARIO_SET(scenarios_kvp_hvctl, rows);
