// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What hv-fcopyd tells on the bus, what its settings do, and how it gets along with sleep.
 */

#include "fcopy.h"

#include "hvctl/promised.h"

#define NAME "org.hvguest.FileCopy1"
#define OBJECT "/org/hvguest/FileCopy1"

static void begin_with_bus(struct machine *m)
{
	guest_start_bus(m);
	begin_fcopy(m);
	guest_wait_for_bus_name(m, NAME);
}

#define expect_property(name, text)                                                            \
	expect_given(guest_ask(m, "busctl get-property " NAME " " OBJECT " " NAME " " name), text "\n")

static void tells_what_is_being_copied(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .size = 20000 };

	begin_with_bus(m);
	expect_property("Registered", "b true");
	expect_property("Device", "s \"" GUEST_FCOPY_DEVICE "\"");
	expect_property("Active", "b false");
	expect_status(host_copy_start(m, &file), HV_S_OK);
	expect_status(host_copy_write(m, &file, 0, 6144), HV_S_OK);
	expect_property("Active", "b true");
	expect_property("Path", "s \"/dst/file\"");
	expect_property("BytesDone", "t 6144");
	expect_property("BytesTotal", "t 20000");
	expect_status(host_copy_cancel(m), HV_S_OK);
	expect_property("Active", "b false");
	expect_property("Path", "s \"\"");
}

static void tells_what_was_copied(struct machine *m)
{
	char *history;

	begin_with_bus(m);
	expect_copy_text("/dst/", "one", "1");
	expect_status(host_copy_text(m, "/dst/", "one", "1"), HV_ERROR_ALREADY_EXISTS);
	expect_status(host_copy_text(m, "/proc/", "two", "1"), HV_E_FAIL);
	history = guest_ask(m, "busctl --json=short call " NAME " " OBJECT " " NAME " History");
	expect(strstr(history, "\"/proc/two\",\"refused\""));
	expect(strstr(history, "\"/dst/one\",\"refused\",\"there is such a file already\""));
	expect(strstr(history, "\"/dst/one\",\"done\",\"\",1,1,"));
	expect(strstr(history, "two") < strstr(history, "done")); /* the newest first */
	free(history);
	expect_property("FilesCopied", "t 1");
}

static char *ask_hvctl(struct machine *m, const char *arguments)
{
	return guest_ask(m, "$(dirname %s)/../../hvctl/hvctl %s 2>&1", guest_daemon_path(m), arguments);
}

static void shows_files_with_hvctl(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .size = 20000 };
	char *text;

	begin_with_bus(m);
	expect_status(host_copy_start(m, &file), HV_S_OK);
	expect_status(host_copy_write(m, &file, 0, 6144), HV_S_OK);
	text = ask_hvctl(m, "fcopy status");
	expect(strstr(text, "State:   registered\n"));
	expect(strstr(text, "Now:     /dst/file, 6.0 KiB of 19.5 KiB\n"));
	free(text);
	text = ask_hvctl(m, "--json fcopy status");
	expect(strstr(text, "\"done\": 6144"));
	expect(is_promised("fcopy-status", text));
	free(text);
	expect_status(host_copy_cancel(m), HV_S_OK);
	text = ask_hvctl(m, "fcopy history");
	expect(strstr(text, "cancelled") && strstr(text, "/dst/file"));
	free(text);
	text = ask_hvctl(m, "--json fcopy history");
	expect(strstr(text, "\"result\": \"cancelled\""));
	expect(is_promised("fcopy-history", text));
	free(text);
}

static void says_with_hvctl_that_nobody_is_there(struct machine *m)
{
	char *text;

	guest_start_bus(m);
	if (!machine_has_kernel(m)) {
		text = ask_hvctl(m, "fcopy status");
		expect(strstr(text, "not a Hyper-V guest"));
		free(text);
		guest_run(m, "mount -t tmpfs none /sys/bus && mkdir /sys/bus/vmbus");
	}
	text = ask_hvctl(m, "fcopy history");
	expect(strstr(text, "history: hv-fcopyd is not running"));
	free(text);
}

static int spawn_watch(struct machine *m, const char *command)
{
	const char *const argv[] = { "/bin/sh", "-c", command, guest_daemon_path(m), NULL };

	return guest_spawn(m, &(struct guest_command){ .argv = argv });
}

/* From some moment on, which nobody tells: a file is copied until it is heard of. */
static void wait_until_it_listens(struct machine *m, int watch)
{
	const struct host_file file = { .name = "probe", .destination = "/dst/", .bytes = "1", .size = 1, .force = true };

	expect(machine_eventually(m, host_copy_file(m, &file) == HV_S_OK && guest_has_printed(m, watch, "/dst/probe")));
}

/* What stands behind these words in the bar: "2.1 KiB/s  4 s left". A pace is known from the second look on. */
static bool shows_pace(struct machine *m, int watch, const char *words)
{
	char *output = guest_output(m, watch), *found = output ? strstr(output, words) : NULL, unit[16], left[16];
	bool shows = false;
	unsigned int n;
	double rate;

	if (found && sscanf(found + strlen(words), "%lf %15[^/]/s %u %15s left", &rate, unit, &n, left) == 4)
		shows = rate > 0;
	free(output);
	return shows;
}

/* On a terminal of its own (script), where there is a bar. */
static void watches_files_with_hvctl(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .size = 20000 };
	int watch;

	begin_with_bus(m);
	watch = spawn_watch(m,
		"mkdir -p /dev/pts && mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/pts &&"
		" ln -sf pts/ptmx /dev/ptmx &&"
		" exec script -qfc \"$(dirname $0)/../../hvctl/hvctl fcopy watch\" /dev/null");
	wait_until_it_listens(m, watch);
	expect_status(host_copy_start(m, &file), HV_S_OK);
	expect_status(host_copy_write(m, &file, 0, 6144), HV_S_OK);
	guest_wait_for_output(m, watch, "started /dst/file, 19.5 KiB");
	guest_wait_for_output(m, watch, "31%  6.0 KiB of 19.5 KiB");
	expect_status(host_copy_write(m, &file, 6144, 6144), HV_S_OK);
	guest_wait_for_output(m, watch, "61%  12.0 KiB of 19.5 KiB");
	expect_status(host_copy_write(m, &file, 12288, 6144), HV_S_OK);
	expect(machine_eventually(m, shows_pace(m, watch, "92%  18.0 KiB of 19.5 KiB  ")));
	expect_status(host_copy_cancel(m), HV_S_OK);
	guest_wait_for_output(m, watch, "cancelled /dst/file, 18.0 KiB: the host cancelled it");
	expect_status(host_copy_file(m, &file), HV_S_OK);
	guest_wait_for_output(m, watch, "done /dst/file, 19.5 KiB in ");
	guest_end(m, watch);
}

static void tells_programs_of_files_as_they_come(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .size = 20000 };
	char *said;
	int watch;

	begin_with_bus(m);
	watch = spawn_watch(m, "exec $(dirname $0)/../../hvctl/hvctl --json fcopy watch");
	wait_until_it_listens(m, watch);
	expect_status(host_copy_file(m, &file), HV_S_OK);
	guest_wait_for_output(m, watch, "{\"event\":\"started\",\"path\":\"/dst/file\",\"total\":20000}\n");
	guest_wait_for_output(m, watch,
		"{\"event\":\"done\",\"path\":\"/dst/file\",\"error\":\"\",\"bytes\":20000,\"seconds\":");
	guest_end(m, watch);
	said = guest_output(m, watch);
	expect(is_promised("fcopy-watch", said));
	free(said);
}

static void says_what_happens_to_files(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .size = 20000 };

	begin_fcopy(m);
	expect_copy_text("/dst/", "one", "1");
	guest_wait_for_log(m, "The host begins to copy /dst/one, 1 bytes");
	guest_wait_for_log(m, "The host copied /dst/one, 1 bytes in ");
	(void)host_copy_text(m, "/dst/", "one", "1");
	guest_wait_for_log(m, "Refused to let the host copy /dst/one: there is such a file already");
	(void)host_copy_start(m, &file);
	(void)host_copy_cancel(m);
	guest_wait_for_log(m, "The host cancelled its copy of /dst/file after 0 bytes");
	(void)host_copy_start(m, &file);
	guest_stop_daemon(m);
	guest_wait_for_log(m, "The copy of /dst/file failed after 0 bytes");
}

static void begin_with_settings(struct machine *m, const char *settings)
{
	guest_write_file(m, GUEST_FCOPY_CONFIG, settings, strlen(settings));
	begin_fcopy(m);
}

static void lets_the_host_into_a_drop_folder_only(struct machine *m)
{
	guest_run(m, "mkdir -p /srv/drop/secret && ln -s /dst /srv/drop/out");
	begin_with_settings(m, "[Policy]\nAllowPaths=/srv/drop\nDenyPaths=/srv/drop/secret\n");
	expect_copy_text("/srv/drop/", "file", "1");
	expect_status(host_copy_text(m, "/dst/", "file", "1"), HV_E_FAIL);
	expect_status(host_copy_text(m, "/srv/", "file", "1"), HV_E_FAIL);
	expect_status(host_copy_text(m, "/srv/drop/secret/", "file", "1"), HV_E_FAIL);
	expect_status(host_copy_text(m, "/srv/drop/out/", "file", "1"), HV_E_FAIL);
	guest_run(m, "test -z \"$(ls -A /dst /srv/drop/secret | grep file)\"");
}

static void gives_files_the_owner_and_mode_of_its_settings(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/srv/new/", .bytes = "1", .size = 1,
		.creates_path = true };

	begin_with_settings(m, "[Files]\nOwner=daemon\nGroup=bin\nFileMode=0744\nDirectoryMode=0700\nFsync=no\n");
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_given(guest_ask(m, "stat -c '%%a %%U:%%G' /srv/new/file /srv/new"),
		"744 daemon:bin\n700 daemon:bin\n");
}

static void takes_no_file_that_is_too_large(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .size = (1 << 20) + 1 };

	begin_with_settings(m, "[Policy]\nMaxSize=1\n");
	expect_status(host_copy_start(m, &file), HV_ERROR_DISK_FULL);
	file.size--;
	expect_status(host_copy_file(m, &file), HV_S_OK);
}

static void tells_the_checksum_of_a_file(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .size = 100000 };
	char *sum;

	begin_with_settings(m, "[Files]\nChecksum=yes\n");
	expect_status(host_copy_file(m, &file), HV_S_OK);
	sum = guest_ask(m, "sha256sum </dst/file | cut -c1-64 | tr -d '\\n'");
	expect_number(strlen(sum), 64);
	guest_wait_for_log(m, sum);
	free(sum);
}

static void runs_its_hook_after_a_file(struct machine *m)
{
	static const char settings[] = "[Hook]\nPostCopyHook=/etc/hvguest/hook\n";
	static const char hook[] = "#!/bin/sh\necho \"$#\" \"$1\" >>/run/calls\n";

	guest_start_bus(m);
	(void)guest_start_systemd(m);
	guest_write_file(m, "/etc/hvguest/hook", hook, strlen(hook));
	guest_run(m, "chmod 0755 /etc/hvguest/hook");
	guest_write_file(m, GUEST_FCOPY_CONFIG, settings, strlen(settings));
	begin_fcopy(m);
	guest_wait_for_bus_name(m, NAME);
	expect_status(host_copy_text(m, "/nowhere/x/", "file", "1"), HV_E_FAIL); /* for no such file */
	expect_copy_text("/dst/", "file", "1");
	expect(machine_eventually(m, guest_try(m, "test \"$(cat /run/calls)\" = '1 /dst/file'") == 0));
	guest_stop_bus(m);
	expect_copy_text("/dst/", "other", "1");
	guest_wait_for_log(m, "PostCopyHook= cannot be run for /dst/other: there is no bus");
}

/* A file that is coming is finished under the settings that it began with. */
static void changes_its_settings_between_files(struct machine *m)
{
	static const char settings[] = "[Files]\nFileMode=0600\n";
	struct host_file file = { .name = "file", .destination = "/dst/", .size = 6144 };

	begin_fcopy(m);
	expect_status(host_copy_start(m, &file), HV_S_OK);
	guest_write_file(m, GUEST_FCOPY_CONFIG, settings, strlen(settings));
	guest_reload_daemon(m);
	kernel_seconds_pass(m, 2);
	expect_status(host_copy_write(m, &file, 0, 6144), HV_S_OK);
	expect_status(host_copy_complete(m), HV_S_OK);
	expect_given(guest_ask(m, "stat -c %%a /dst/file"), "644\n");
	kernel_seconds_pass(m, 2);
	expect_copy_text("/dst/", "next", "1");
	expect_given(guest_ask(m, "stat -c %%a /dst/next"), "600\n");
}

static void closes_its_device_before_the_machine_sleeps(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .size = 20000 };
	int logind;

	guest_start_bus(m);
	logind = guest_start_logind(m);
	begin_fcopy(m);
	guest_wait_for_bus_name(m, NAME);
	guest_wait_for_output(m, logind, "inhibited: sleep by hv-fcopyd, delay");
	expect_status(host_copy_start(m, &file), HV_S_OK);
	guest_sleeps(m, logind);
	expect(machine_eventually(m, !host_fcopy_is_served(m)));
	expect(machine_eventually(m, guest_try(m, "test -z \"$(ls -A /dst)\"") == 0));
	guest_wakes(m, logind);
	host_fcopy_wait_until_served(m);
	expect_copy_text("/dst/", "after", "1");
}

static const struct scenario rows[] = {
	ROW(tells_what_is_being_copied, .needs_driver = true, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(tells_what_was_copied, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(shows_files_with_hvctl, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(says_with_hvctl_that_nobody_is_there, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(watches_files_with_hvctl, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(tells_programs_of_files_as_they_come, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(says_what_happens_to_files, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(lets_the_host_into_a_drop_folder_only, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(gives_files_the_owner_and_mode_of_its_settings, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(takes_no_file_that_is_too_large, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(tells_the_checksum_of_a_file, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(runs_its_hook_after_a_file, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(changes_its_settings_between_files, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(closes_its_device_before_the_machine_sleeps, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
};

SCENARIO_SET(scenarios_fcopy_bus, rows);
