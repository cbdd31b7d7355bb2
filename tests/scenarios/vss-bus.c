// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * org.hvguest.Vss1 and hvctl vss, as an administrator and a user of the guest meet them; and what the host
 * can read about a backup.
 */

#include "hvctl.h"

#include <signal.h>
#include <stdio.h>

#define CALL	 "busctl call org.hvguest.Vss1 /org/hvguest/Vss1 org.hvguest.Vss1 "
#define PROPERTY "busctl get-property org.hvguest.Vss1 /org/hvguest/Vss1 org.hvguest.Vss1 "
#define HISTORY	 "/var/lib/hvguest/vss/history"
#define SOMEBODY "setpriv --reuid=nobody --regid=nogroup --clear-groups "

#define expect_said(expected, ...) expect_given(guest_ask(m, __VA_ARGS__), expected)

static void start(struct machine *m)
{
	guest_add_disk(m, "one", "mkfs.ext4 -q", 16);
	guest_add_disk(m, "two", "mkfs.ext4 -q", 16);
	guest_start_bus(m);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Vss1");
}

/* What the command prints has all of these in it. */
static void expect_in(struct machine *m, const char *command, const char *const texts[])
{
	char *said = guest_ask(m, "%s", command);

	for (; *texts; texts++)
		if (!strstr(said, *texts))
			machine_fail(m, "'%s' said '%s', without '%s'", command, said, *texts);
	free(said);
}

#define expect_words(command, ...) expect_in(m, command, (const char *const[]){ __VA_ARGS__, NULL })

static void tells_its_state(struct machine *m)
{
	start(m);
	expect_said("b true\n", PROPERTY "Registered");
	expect_said("s \"registered\"\n", PROPERTY "DeviceState");
	expect_said("s \"thawed\"\n", SOMEBODY PROPERTY "State");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	expect_said("s \"frozen\"\n", PROPERTY "State");
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
	expect_said("s \"thawed\"\n", PROPERTY "State");
	expect_said("t 2\n", PROPERTY "RequestsServed");
	expect_words(HVCTL "vss status", "registered", "thawed", "/mnt/one", "/mnt/two", "complete");
}

/* How many file systems of a report were frozen; each is one of ours. */
static size_t count_frozen(struct machine *m, const json_t *report)
{
	const json_t *file_system;
	size_t i, n = 0;

	json_array_foreach(json_object_get(report, "file_systems"), i, file_system)
	{
		const char *mount = json_string_value(json_object_get(file_system, "mount"));

		if (strcmp(json_string_value(json_object_get(file_system, "state")), "frozen") != 0)
			continue;
		expect(strcmp(mount, "/mnt/one") == 0 || strcmp(mount, "/mnt/two") == 0);
		n++;
	}
	return n;
}

static void rehearses(struct machine *m)
{
	json_t *report;

	start(m);
	expect_words(HVCTL "vss test", "/mnt/one", "/mnt/two", "frozen", "rehearsal of", "complete");
	expect(!guest_is_frozen(m, "one"));
	report = hvctl_ask_promised(m, "vss-test", HVCTL "--json vss test");
	expect_text(json_string_value(json_object_get(report, "result")), "complete");
	expect_text(json_string_value(json_object_get(report, "kind")), "rehearsal");
	expect_number(count_frozen(m, report), 2);
	expect(json_number_value(json_object_get(report, "frozen_ms")) > 0);
	json_decref(report);
	json_decref(hvctl_ask_promised(m, "vss-status", HVCTL "--json vss status"));
	json_decref(hvctl_ask_promised(m, "vss-history", HVCTL "--json vss history"));
	expect_status(host_backup(m, NULL, NULL).thaw, HV_S_OK);
	expect_words(HVCTL "vss history", "rehearsal", "backup", "complete");
}

static void tells_why_a_rehearsal_fails(struct machine *m)
{
	start(m);
	guest_run(m, "fsfreeze -f " GUEST_DISKS "/two");
	expect_number(guest_try(m, HVCTL "vss test"), 1);
	guest_run(m, "fsfreeze -u " GUEST_DISKS "/two");
	expect_words(HVCTL "vss history", "failed", "/mnt/two cannot be frozen: somebody else has frozen it");
	guest_expect_thawed(m);
}

static void tells_what_was_left_out(struct machine *m)
{
	start(m);
	guest_add_disk(m, "hidden", "mkfs.ext4 -q", 16);
	guest_run(m, "mount -t tmpfs none " GUEST_DISKS "/hidden");
	expect_status(host_backup(m, NULL, NULL).thaw, HV_S_OK);
	expect_words(HVCTL "vss history", "partial", "/mnt/hidden was not frozen: other mounts hide it");
}

/* Of three backups the last is told first, as before; the file is root's alone. */
static void remembers_backups_over_a_restart(struct machine *m)
{
	start(m);
	expect_status(host_backup(m, NULL, NULL).thaw, HV_S_OK);
	guest_run(m, HVCTL "vss test");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	guest_stop_daemon(m); /* that ends the third, and is not forgotten */
	expect_said("600 root\n", "stat -c '%%a %%U' " HISTORY);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Vss1");
	guest_run(m, HVCTL "--json vss history | python3 -c \"import json, sys; r = json.load(sys.stdin);"
			   " assert [(x['kind'], x['result']) for x in r] == [('backup', 'expired'), ('rehearsal', 'complete'),"
			   " ('backup', 'complete')], r; assert r[0]['reason'] == 'the daemon is ending', r;"
			   " assert [f['mount'] for f in r[2]['file_systems'] if f['state'] == 'frozen'] == ['/mnt/one', '/mnt/two'], r\"");
}

static void remembers_no_more_than_the_last_backups(struct machine *m)
{
	start(m);
	for (int i = 0; i < 40; i++)
		expect_status(host_backup(m, NULL, NULL).thaw, HV_S_OK);
	guest_stop_daemon(m);
	expect_said("32\n", "grep -c ^backup " HISTORY);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Vss1");
	expect_said("32\n", HVCTL "--json vss history | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'");
	expect_said("0\n", "find /var/lib/hvguest/vss -name '.history*' | wc -l");
}

/* The first and the last of three are spoilt: what is random may begin with the end of a line. */
static void serves_in_spite_of_a_damaged_history(struct machine *m)
{
	start(m);
	for (int i = 0; i < 3; i++)
		expect_status(host_backup(m, NULL, NULL).thaw, HV_S_OK);
	guest_stop_daemon(m);
	guest_run(m, "sed -i '2s/frozen/froz/' " HISTORY " && { printf x; head -c 1000 /dev/urandom; } >>" HISTORY);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Vss1");
	expect_said("1\n", HVCTL "--json vss history | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'");
	guest_stop_daemon(m);
	guest_run(m, "rm " HISTORY " && mkdir " HISTORY);
	guest_start_daemon(m);
	guest_wait_for_log(m, "what it told of former backups is not known");
	expect_status(host_backup(m, NULL, NULL).thaw, HV_S_OK);
	guest_wait_for_log(m, "cannot be written");
	expect_words(HVCTL "vss history", "complete");
}

/* The disk of /var hangs, because somebody else has frozen it: backups of the others go on. */
static void waits_for_no_disk_that_its_history_is_on(struct machine *m)
{
	static const char exclude[] = "[FileSystems]\nExclude=/var/lib/hvguest/vss\n";

	guest_append_file(m, GUEST_VSS_CONFIG, exclude, sizeof(exclude) - 1);
	start(m);
	guest_add_disk(m, "var", "mkfs.ext4 -q", 16);
	guest_run(m, "mount --move " GUEST_DISKS "/var /var/lib/hvguest/vss && fsfreeze -f /var/lib/hvguest/vss");
	for (int i = 0; i < 3; i++)
		expect_status(host_backup(m, NULL, NULL).thaw, HV_S_OK);
	guest_run(m, "fsfreeze -u /var/lib/hvguest/vss");
	expect(machine_eventually(m, guest_try(m, "[ $(grep -c ^backup " HISTORY ") = 3 ]") == 0));
}

static void rehearses_for_whom_polkit_allows_it(struct machine *m)
{
	start(m);
	expect_number(guest_try(m, SOMEBODY HVCTL "vss test"), 4);
	expect_number(guest_try(m, SOMEBODY CALL "Thaw"), 1);
	(void)guest_start_polkit(m, "yes");
	guest_run(m, SOMEBODY HVCTL "vss test");
	guest_run(m, SOMEBODY CALL "Thaw");
}

static void rehearses_nothing_during_a_backup(struct machine *m)
{
	start(m);
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	expect_words("2>&1 " HVCTL "vss test", "A backup or a rehearsal is under way");
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
}

static void thaws_in_an_emergency(struct machine *m)
{
	start(m);
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	guest_run(m, HVCTL "vss thaw");
	expect(!guest_is_frozen(m, "one"));
	expect_status(host_vss(m, VSS_OP_THAW), HV_E_FAIL);
	expect_words(HVCTL "vss history", "expired", "the administrator asked for it");
	expect_words(HVCTL "vss thaw", "Nothing is frozen");
}

/* Neither daemon nor freezer can do anything, and there is no bus: root can. */
static void thaws_in_an_emergency_without_anybody(struct machine *m)
{
	start(m);
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	guest_pause_daemon(m);
	guest_run(m, "kill -STOP %d", (int)guest_freezer_pid(m));
	expect(guest_is_frozen(m, "two"));
	expect_words(HVCTL "vss thaw", "Thawed 2 file systems");
	expect(!guest_is_frozen(m, "two"));
}

static void tells_programs_when_it_is_over(struct machine *m)
{
	const char *const argv[] = { "/usr/bin/busctl", "monitor", "--match", "member='Reported'", NULL };
	const struct guest_command command = { .argv = argv };
	int monitor;

	start(m);
	monitor = guest_spawn(m, &command);
	guest_wait_for_output(m, monitor, "Monitoring");
	expect_status(host_backup(m, NULL, NULL).thaw, HV_S_OK);
	guest_wait_for_output(m, monitor, "STRING \"complete\"");
	guest_end(m, monitor);
}

static bool is_stored(struct machine *m, const char *key, const char *value)
{
	char *stored = guest_pool_value(m, 1, key);
	bool is = stored && strcmp(stored, value) == 0;

	free(stored);
	return is;
}

/* The host reads the guest's pairs: hv-kvpd is there, too. */
static void publishes_the_result_to_the_host(struct machine *m)
{
	const char *const argv[] = { HVG_KVPD, "--device", GUEST_DEVICE, "--config", GUEST_CONFIG, NULL };
	const struct guest_command command = { .argv = argv, .user = "hvguest", .talks_to_log = true };

	start(m);
	guest_run(m, "chown hvguest " GUEST_DEVICE);
	(void)guest_spawn(m, &command);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
	guest_add_disk(m, "hidden", "mkfs.ext4 -q", 16);
	guest_run(m, "mount -t tmpfs none " GUEST_DISKS "/hidden");
	expect_status(host_backup(m, NULL, NULL).thaw, HV_S_OK);
	expect(machine_eventually(m, guest_pool_size(m, 1) == 5));
	expect_stored(1, "HvguestBackupResult", "partial");
	expect_stored(1, "HvguestBackupReason", "/mnt/hidden was not frozen: other mounts hide it");
	expect_stored(1, "HvguestBackupSkipped", "/mnt/hidden");
	guest_run(m, "umount " GUEST_DISKS "/hidden && d=$(printf '" GUEST_DISKS "/caf\\351') && mkdir $d &&"
		     " mount --move " GUEST_DISKS "/hidden $d && mount -t tmpfs none $d");
	expect_status(host_backup(m, NULL, NULL).thaw, HV_S_OK); /* no UTF-8: told, but for that */
	expect(machine_eventually(m, is_stored(m, "HvguestBackupSkipped", "/mnt/caf\uFFFD")));
	expect_stored(1, "HvguestBackupReason", "/mnt/caf\uFFFD was not frozen: other mounts hide it");
	guest_run(m, "d=$(printf '" GUEST_DISKS "/caf\\351') && umount $d && mount --move $d " GUEST_DISKS "/hidden &&"
		     " mount -t tmpfs none " GUEST_DISKS "/hidden");
	guest_run(m, "umount " GUEST_DISKS "/hidden && umount " GUEST_DISKS "/hidden");
	expect_status(host_backup(m, NULL, NULL).thaw, HV_S_OK);
	expect(machine_eventually(m, is_stored(m, "HvguestBackupResult", "complete")));
	expect_number(guest_pool_size(m, 1), 5);
}

#define VSS_ROW(function, ...) ROW(function, .daemon = SCENARIO_VSS_OURS, ##__VA_ARGS__)
#define FULL_ROW(function, ...) VSS_ROW(function, .only_in_full = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	VSS_ROW(tells_its_state),
	FULL_ROW(rehearses),
	FULL_ROW(tells_why_a_rehearsal_fails),
	FULL_ROW(tells_what_was_left_out),
	FULL_ROW(remembers_backups_over_a_restart),
	FULL_ROW(remembers_no_more_than_the_last_backups),
	FULL_ROW(serves_in_spite_of_a_damaged_history),
	FULL_ROW(waits_for_no_disk_that_its_history_is_on),
	FULL_ROW(rehearses_for_whom_polkit_allows_it),
	FULL_ROW(rehearses_nothing_during_a_backup),
	FULL_ROW(thaws_in_an_emergency),
	FULL_ROW(thaws_in_an_emergency_without_anybody),
	FULL_ROW(tells_programs_when_it_is_over),
	FULL_ROW(publishes_the_result_to_the_host),
};

SCENARIO_SET(scenarios_vss_bus, rows);
