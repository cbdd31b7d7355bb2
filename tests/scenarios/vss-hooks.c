// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Programs around a freeze. Each writes what it is called with to /tmp/calls; systemd, which runs them,
 * is a stand-in.
 */

#include "scenario.h"

#include <signal.h>
#include <stdio.h>

#define HVCTL HVG_HVCTL " "

static void start(struct machine *m)
{
	guest_add_disk(m, "disk", "mkfs.ext4 -q", 16);
	guest_run(m, "install -d /etc/hvguest/vss.d");
	guest_start_bus(m);
	(void)guest_start_systemd(m);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Vss1");
}

static void set(struct machine *m, const char *settings)
{
	guest_append_file(m, GUEST_VSS_CONFIG, settings, strlen(settings));
}

/* A hook, and what it does besides writing its call down. */
static void add_hook(struct machine *m, const char *path, const char *deed)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "#!/bin/sh\necho \"${0##*/} $1\" >>/tmp/calls\n%s\n", deed);
	guest_write_file(m, path, text, strlen(text));
	guest_run(m, "chmod 0755 %s", path);
}

static bool has_called(struct machine *m, const char *expected)
{
	char *calls = guest_read_file(m, "/tmp/calls", NULL);
	bool is = strcmp(calls ? calls : "", expected) == 0;

	free(calls);
	return is;
}

static void expect_calls(struct machine *m, const char *expected)
{
	char *calls;

	if (machine_eventually(m, has_called(m, expected)))
		return;
	calls = guest_read_file(m, "/tmp/calls", NULL);
	machine_fail(m, "the hooks were called '%s', not '%s'", calls, expected);
}

static void expect_thawed(struct machine *m, void *userdata)
{
	expect(!guest_is_frozen(m, "disk"));
}

static void expect_good_backup(struct machine *m)
{
	struct host_backup backup = host_backup(m, NULL, NULL);

	expect_status(backup.freeze, HV_S_OK);
	expect_status(backup.thaw, HV_S_OK);
}

static void runs_hooks_in_order_and_back(struct machine *m)
{
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/10-first", "");
	add_hook(m, "/etc/hvguest/vss.d/20-second", "[ $1 = pre-freeze ] && exit 75");
	add_hook(m, "/etc/hvguest/vss.d/30-third.sample", "");
	expect_good_backup(m);
	expect_calls(m, "10-first pre-freeze\n20-second pre-freeze\n20-second post-thaw\n10-first post-thaw\n");
	guest_run(m, "rm /tmp/calls");
	guest_run(m, HVCTL "vss test");
	expect_calls(m, "10-first pre-freeze\n20-second pre-freeze\n20-second post-thaw\n10-first post-thaw\n");
}

/* The second backup comes while the hooks after the first are still running. */
static void runs_the_hooks_of_one_backup_before_those_of_the_next(struct machine *m)
{
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/hook", "[ $1 = pre-freeze ] || sleep 0.5");
	expect_good_backup(m);
	expect_good_backup(m);
	expect_calls(m, "hook pre-freeze\nhook post-thaw\nhook pre-freeze\nhook post-thaw\n");
}

static void tells_hooks_what_it_is_about(struct machine *m)
{
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/hook", "env | grep ^HVGUEST_ | grep -v ID | sort >>/tmp/calls");
	expect_good_backup(m);
	expect_calls(m,
		"hook pre-freeze\nHVGUEST_PHASE=pre-freeze\nHVGUEST_RESULT=\nHVGUEST_TIMEOUT_MS=10000\n"
		"hook post-thaw\nHVGUEST_PHASE=post-thaw\nHVGUEST_RESULT=frozen\nHVGUEST_TIMEOUT_MS=10000\n");
}

/* What the command says of hooks: names, and that a call took at least so long. */
#define PRINT_HOOKS                                                                            \
	" | python3 -c \"import json, sys; r = json.load(sys.stdin);"                          \
	" r = r[0] if isinstance(r, list) else r;"                                             \
	" print(*[(h['hook'].split('/')[-1], h['before_ms'] >= 300, h['after_ms'] >= 300,"     \
	" h['failure']) for h in r['hooks']])\""

/* The answer waits for the hooks after the thaw: they are a part of what is told. */
static void tells_how_long_each_hook_took(struct machine *m)
{
	static const char times[] = "('1', True, False, '') ('2', False, True, '')\n";

	start(m);
	add_hook(m, "/etc/hvguest/vss.d/1", "[ $1 = post-thaw ] || sleep 0.3");
	add_hook(m, "/etc/hvguest/vss.d/2", "[ $1 = pre-freeze ] || sleep 0.3");
	expect_given(guest_ask(m, HVCTL "--json vss test" PRINT_HOOKS), times);
	guest_run(m, HVCTL "vss test >/tmp/said && cd /etc/hvguest/vss.d &&"
			   " grep \"^$PWD/1  *[0-9.]* ms  *[0-9.]* ms *$\" /tmp/said");
	guest_stop_daemon(m); /* what it told of hooks is not forgotten */
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Vss1");
	expect_given(guest_ask(m, HVCTL "--json vss history" PRINT_HOOKS), times);
}

static void tells_which_hook_has_failed(struct machine *m)
{
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/1", "");
	add_hook(m, "/etc/hvguest/vss.d/2", "[ $1 = abort ]");
	add_hook(m, "/etc/hvguest/vss.d/3", "");
	expect_number(guest_try(m, HVCTL "vss test >/tmp/said"), 1);
	guest_run(m, "grep '^/etc/hvguest/vss.d/2 .* failed$' /tmp/said &&"
		     " ! grep vss.d/3 /tmp/said");
}

/* What follows from it is less of a help. */
static void tells_the_first_of_two_failures(struct machine *m)
{
	set(m, "[Hooks]\nHookTimeoutSec=3\nOnHookFailure=continue\n");
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/1", "[ $1 = pre-freeze ] && sleep 30; exit 1");
	guest_run(m, HVCTL "vss test >/tmp/said");
	expect_calls(m, "1 pre-freeze\n1 post-thaw\n");
	guest_wait_for_log(m, "The hook /etc/hvguest/vss.d/1 took too long");
	guest_wait_for_log(m, "The hook /etc/hvguest/vss.d/1 failed");
	guest_run(m, "grep '^/etc/hvguest/vss.d/1 .* took too long$' /tmp/said");
}

static void aborts_when_a_hook_fails(struct machine *m)
{
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/1", "");
	add_hook(m, "/etc/hvguest/vss.d/2", "[ $1 = abort ]");
	add_hook(m, "/etc/hvguest/vss.d/3", "");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	expect(!guest_is_frozen(m, "disk"));
	expect_calls(m, "1 pre-freeze\n2 pre-freeze\n2 abort\n1 abort\n");
	guest_wait_for_log(m, "The backup failed: the hook /etc/hvguest/vss.d/2 failed");
}

static void goes_on_when_a_hook_fails_if_told_so(struct machine *m)
{
	set(m, "[Hooks]\nOnHookFailure=continue\n");
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/1", "exit 1");
	add_hook(m, "/etc/hvguest/vss.d/2", "");
	expect_good_backup(m);
	expect_calls(m, "1 pre-freeze\n2 pre-freeze\n2 post-thaw\n1 post-thaw\n");
}

static void ends_a_hook_that_takes_too_long(struct machine *m)
{
	set(m, "[Hooks]\nHookTimeoutSec=3\n");
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/slow", "[ $1 = abort ] || sleep 30");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	expect_calls(m, "slow pre-freeze\nslow abort\n");
	guest_wait_for_log(m, "the hook /etc/hvguest/vss.d/slow took too long");
}

static void keeps_to_the_budget_of_all_hooks(struct machine *m)
{
	set(m, "[Hooks]\nHookBudgetSec=5\nHookTimeoutSec=60\n");
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/1", "");
	add_hook(m, "/etc/hvguest/vss.d/2", "[ $1 = abort ] || sleep 40");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	expect_calls(m, "1 pre-freeze\n2 pre-freeze\n2 abort\n1 abort\n");
}

static void runs_nothing_that_others_may_write_to(struct machine *m)
{
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/open", "");
	guest_run(m, "chmod 0777 /etc/hvguest/vss.d/open");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	guest_wait_for_log(m, "is not run: others than root may write to it");
	guest_run(m, "[ ! -e /tmp/calls ]");
}

static void fails_without_systemd_only_if_there_are_hooks(struct machine *m)
{
	guest_add_disk(m, "disk", "mkfs.ext4 -q", 16);
	guest_start_daemon(m);
	expect_good_backup(m);
	guest_run(m, "install -d /etc/hvguest/vss.d");
	add_hook(m, "/etc/hvguest/vss.d/hook", "");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	guest_wait_for_log(m, "there is no bus to systemd");
}

/* It stays alive between the two, as a database's connection must. */
static void keeps_a_session_until_the_thaw(struct machine *m)
{
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/db.session",
		"trap 'echo released >>/tmp/calls; exit 0' TERM; sleep 0.2; systemd-notify READY=1 2>/dev/null ||"
		" python3 -c \"import os, socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'READY=1',"
		" os.environ['NOTIFY_SOCKET'])\"; echo ready >>/tmp/calls; while :; do sleep 0.1; done");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	expect_calls(m, "db.session pre-freeze\nready\n");
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
	expect_calls(m, "db.session pre-freeze\nready\nreleased\n");
}

/* Its connection is gone, and with it what it held; so is its unit when it is to be stopped. */
static void tells_of_a_session_that_has_not_stayed(struct machine *m)
{
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/db.session",
		"python3 -c \"import os, socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'READY=1',"
		" os.environ['NOTIFY_SOCKET'])\"; while [ ! -e /tmp/end ]; do sleep 0.1; done; echo gone >>/tmp/calls");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	guest_run(m, "touch /tmp/end");
	expect_calls(m, "db.session pre-freeze\ngone\n");
	guest_run(m, "sleep 0.3");
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
	guest_wait_for_log(m, "The hook /etc/hvguest/vss.d/db.session ended before the thaw; going on");
}

static void aborts_hooks_when_the_device_is_withdrawn(struct machine *m)
{
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/1", "");
	add_hook(m, "/etc/hvguest/vss.d/2", "[ $1 = abort ] || sleep 20");
	(void)host_begin_vss(m, VSS_OP_FREEZE);
	expect_calls(m, "1 pre-freeze\n2 pre-freeze\n");
	host_withdraw_backup(m);
	expect_calls(m, "1 pre-freeze\n2 pre-freeze\n2 abort\n1 abort\n");
	host_offer_backup(m);
	host_wait_for_backup_service(m);
	guest_run(m, "rm /etc/hvguest/vss.d/2");
	expect_good_backup(m);
}

static void runs_the_hooks_after_before_it_ends(struct machine *m)
{
	start(m);
	add_hook(m, "/etc/hvguest/vss.d/hook", "");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	guest_stop_daemon(m);
	expect_calls(m, "hook pre-freeze\nhook abort\n");
	guest_expect_thawed(m);
}

static void runs_the_hooks_of_other_platforms_in_their_words(struct machine *m)
{
	set(m, "[Hooks]\nCompatHooks=qemu vmware\n");
	start(m);
	guest_run(m, "install -d /etc/qemu /etc/vmware-tools/backupScripts.d");
	add_hook(m, "/etc/qemu/fsfreeze-hook", "");
	add_hook(m, "/etc/vmware-tools/backupScripts.d/1", "");
	add_hook(m, "/etc/hvguest/vss.d/hook", "");
	expect_good_backup(m);
	expect_calls(m, "hook pre-freeze\nfsfreeze-hook freeze\n1 freeze\n1 thaw\nfsfreeze-hook thaw\nhook post-thaw\n");
	guest_run(m, "rm /tmp/calls; fsfreeze -f " GUEST_DISKS "/disk");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	guest_run(m, "fsfreeze -u " GUEST_DISKS "/disk");
	expect_calls(m, "hook pre-freeze\nfsfreeze-hook freeze\n1 freeze\n1 freezeFail\nfsfreeze-hook thaw\nhook abort\n");
}

/* What Azure's extension is told of the two scripts, and what these do. */
static void add_azure_scripts(struct machine *m, const char *settings, const char *deed)
{
	char text[1024];

	guest_run(m, "install -d /etc/azure /opt/azure");
	(void)snprintf(text, sizeof(text),
		"{\"pluginName\": \"ScriptRunner\", \"preScriptLocation\": \"/opt/azure/pre.sh\", \"postScriptLocation\":"
		" \"/opt/azure/post.sh\", \"preScriptParams\": [\"a b\", \"\"], \"postScriptParams\": [\"c\"]%s}\n", settings);
	guest_write_file(m, "/etc/azure/VMSnapshotScriptPluginConfig.json", text, strlen(text));
	(void)snprintf(text, sizeof(text), "echo \"pre $# $1\" >>/tmp/calls\n%s\n", deed); /* no interpreter: sh runs it */
	guest_write_file(m, "/opt/azure/pre.sh", text, strlen(text));
	(void)snprintf(text, sizeof(text), "echo \"post $# $1\" >>/tmp/calls\n%s\n", deed);
	guest_write_file(m, "/opt/azure/post.sh", text, strlen(text));
	guest_run(m, "chmod 0600 /etc/azure/*.json; chmod 0700 /opt/azure/*.sh");
}

static void runs_the_scripts_of_azure_with_their_parameters(struct machine *m)
{
	set(m, "[Hooks]\nCompatHooks=azure\n");
	start(m);
	expect_good_backup(m); /* there are none yet */
	add_azure_scripts(m, ", \"continueBackupOnFailure\": false", "exit 2"); /* a warning */
	expect_good_backup(m);
	expect_calls(m, "pre 2 a b\npost 1 c\n");
}

static void tries_the_scripts_of_azure_again(struct machine *m)
{
	set(m, "[Hooks]\nCompatHooks=azure\n");
	start(m);
	add_azure_scripts(m, ", \"preScriptNoOfRetries\": 2, \"postScriptNoOfRetries\": 1, \"continueBackupOnFailure\": false",
		"[ $(grep -c ^pre /tmp/calls) = 3 ] && ! grep -q post.*post /tmp/calls");
	expect_good_backup(m);
	expect_calls(m, "pre 2 a b\npre 2 a b\npre 2 a b\npost 1 c\n");
	guest_run(m, "rm /tmp/calls");
	add_azure_scripts(m, ", \"preScriptNoOfRetries\": 2, \"postScriptNoOfRetries\": 1, \"continueBackupOnFailure\": false",
		"exit 1");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	expect_calls(m, "pre 2 a b\npre 2 a b\npre 2 a b\npost 1 c\npost 1 c\n");
	guest_wait_for_log(m, "The hook /opt/azure/post.sh failed; going on");
}

/* Two of fixed names are outermost; either may be missing. */
static void runs_the_old_scripts_of_vmware(struct machine *m)
{
	set(m, "[Hooks]\nCompatHooks=vmware\n");
	start(m);
	guest_run(m, "install -d /etc/vmware-tools/backupScripts.d");
	add_hook(m, "/usr/sbin/pre-freeze-script", "");
	add_hook(m, "/usr/sbin/post-thaw-script", "");
	add_hook(m, "/etc/vmware-tools/backupScripts.d/1", "");
	expect_good_backup(m);
	expect_calls(m, "pre-freeze-script freeze\n1 freeze\n1 thaw\npost-thaw-script thaw\n");
	guest_run(m, "rm /tmp/calls /usr/sbin/pre-freeze-script");
	guest_run(m, "fsfreeze -f " GUEST_DISKS "/disk");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	guest_run(m, "fsfreeze -u " GUEST_DISKS "/disk");
	expect_calls(m, "1 freeze\n1 freezeFail\npost-thaw-script freezeFail\n");
	guest_run(m, "rm /tmp/calls; chmod 0777 /usr/sbin/post-thaw-script");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	guest_wait_for_log(m, "/usr/sbin/post-thaw-script is not run: others than root may");
}

static void follows_what_vmwares_tools_are_told(struct machine *m)
{
	set(m, "[Hooks]\nCompatHooks=vmware\n");
	start(m);
	guest_run(m, "install -d /etc/vmware-tools/backupScripts.d");
	add_hook(m, "/etc/vmware-tools/backupScripts.d/1", "echo \"$#: $2\" >>/tmp/calls");
	guest_run(m, "printf '[vmbackup]\nscriptArg=all of it\n'"
		     " >/etc/vmware-tools/tools.conf");
	expect_good_backup(m);
	expect_calls(m, "1 freeze\n2: all of it\n1 thaw\n2: all of it\n");
	guest_run(m, "rm /tmp/calls; chmod 0666 /etc/vmware-tools/tools.conf");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	guest_wait_for_log(m, "/etc/vmware-tools/tools.conf is not run: others than root may");
}

/* Booleans as the tools read them: "false" and "0" forbid, "False" is no word and forbids nothing. */
static void runs_no_scripts_where_vmwares_tools_would_not(struct machine *m)
{
	static const struct {
		const char *value;
		bool forbids;
	} rows[] = { { "false", true }, { "0", true }, { "true", false }, { "1", false }, { "False", false }, { "", false } };

	set(m, "[Hooks]\nCompatHooks=vmware\n");
	start(m);
	guest_run(m, "install -d /etc/vmware-tools/backupScripts.d");
	add_hook(m, "/etc/vmware-tools/backupScripts.d/1", "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		guest_run(m, "rm -f /tmp/calls; printf '[vmbackup]\nexecScripts=%s\n' >/etc/vmware-tools/tools.conf",
			rows[i].value);
		expect_good_backup(m);
		expect_calls(m, rows[i].forbids ? "" : "1 freeze\n1 thaw\n");
	}
}

/* Unless they say otherwise, whatever our own setting is. */
static void goes_on_when_a_script_of_azure_fails(struct machine *m)
{
	set(m, "[Hooks]\nCompatHooks=azure\n");
	start(m);
	add_azure_scripts(m, "", "exit 1");
	expect_good_backup(m);
	expect_calls(m, "pre 2 a b\npost 1 c\n");
	guest_wait_for_log(m, "The hook /opt/azure/pre.sh failed; going on");
}

/* They are all that makes the backup whole. */
static void freezes_nothing_if_the_scripts_of_azure_say_so(struct machine *m)
{
	struct host_backup backup;

	set(m, "[Hooks]\nCompatHooks=azure\n[FileSystems]\nRequireAll=yes\n");
	start(m);
	add_azure_scripts(m, ", \"fsFreezeEnabled\": false", "");
	backup = host_backup(m, expect_thawed, NULL);
	expect_status(backup.thaw, HV_S_OK);
	expect_calls(m, "pre 2 a b\npost 1 c\n");
	guest_wait_for_log(m, "0 file systems were frozen");
	guest_run(m, HVCTL "vss status | grep \"/mnt/disk .*skipped.*"
			   "fsFreezeEnabled of Azure's scripts is false\"");
}

static void ends_a_script_of_azure_after_its_own_time(struct machine *m)
{
	set(m, "[Hooks]\nCompatHooks=azure\n");
	start(m);
	add_azure_scripts(m, ", \"timeoutInSeconds\": 3, \"preScriptNoOfRetries\": 2, \"continueBackupOnFailure\": false",
		"case $0 in */pre.sh) sleep 30;; esac");
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	expect_calls(m, "pre 2 a b\npost 1 c\n");
	guest_wait_for_log(m, "the hook /opt/azure/pre.sh took too long");
}

static const struct {
	const char *deed, *complaint;
} bad_azures[] = {
	{ "chmod 0755 /opt/azure/post.sh", "others than root have a right to one of its scripts" },
	{ "chmod 0700 /opt/azure/post.sh; chown nobody /opt/azure/pre.sh", "others than root have a right to one of its scripts" },
	{ "rm /opt/azure/pre.sh", "one of its scripts cannot be read" },
	{ "mkdir /opt/azure/pre.sh", "one of its scripts is no file" },
	{ "chmod 0666 /etc/azure/*.json", "others than root may write to it" },
	{ "printf '{' | tee /etc/azure/*.json; chmod 0600 /etc/azure/*.json", "it is no JSON" },
	{ "rm /etc/azure/*.json; ln -s /nowhere /etc/azure/VMSnapshotScriptPluginConfig.json", "it cannot be read" },
};

static void runs_no_scripts_of_azure_that_others_may_write_to(struct machine *m)
{
	set(m, "[Hooks]\nCompatHooks=azure\n");
	start(m);
	add_azure_scripts(m, ", \"continueBackupOnFailure\": false", "");
	for (size_t i = 0; i < sizeof(bad_azures) / sizeof(bad_azures[0]); i++) {
		guest_run(m, "%s", bad_azures[i].deed);
		expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
		guest_wait_for_log(m, bad_azures[i].complaint);
	}
	guest_run(m, "[ ! -e /tmp/calls ]");
}

#define VSS_ROW(function, ...) ROW(function, .daemon = SCENARIO_VSS_OURS, ##__VA_ARGS__)
#define FULL_ROW(function, ...) VSS_ROW(function, .only_in_full = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	VSS_ROW(runs_hooks_in_order_and_back),
	FULL_ROW(runs_the_hooks_of_one_backup_before_those_of_the_next),
	FULL_ROW(tells_hooks_what_it_is_about),
	FULL_ROW(tells_how_long_each_hook_took),
	FULL_ROW(tells_which_hook_has_failed),
	FULL_ROW(tells_the_first_of_two_failures),
	FULL_ROW(aborts_when_a_hook_fails),
	FULL_ROW(goes_on_when_a_hook_fails_if_told_so),
	FULL_ROW(ends_a_hook_that_takes_too_long),
	FULL_ROW(keeps_to_the_budget_of_all_hooks),
	FULL_ROW(runs_nothing_that_others_may_write_to),
	FULL_ROW(fails_without_systemd_only_if_there_are_hooks),
	FULL_ROW(keeps_a_session_until_the_thaw),
	FULL_ROW(tells_of_a_session_that_has_not_stayed),
	FULL_ROW(aborts_hooks_when_the_device_is_withdrawn),
	FULL_ROW(runs_the_hooks_after_before_it_ends),
	FULL_ROW(runs_the_hooks_of_other_platforms_in_their_words),
	FULL_ROW(runs_the_old_scripts_of_vmware),
	FULL_ROW(follows_what_vmwares_tools_are_told),
	FULL_ROW(runs_no_scripts_where_vmwares_tools_would_not),
	FULL_ROW(runs_the_scripts_of_azure_with_their_parameters),
	FULL_ROW(tries_the_scripts_of_azure_again),
	FULL_ROW(goes_on_when_a_script_of_azure_fails),
	FULL_ROW(freezes_nothing_if_the_scripts_of_azure_say_so),
	FULL_ROW(ends_a_script_of_azure_after_its_own_time),
	FULL_ROW(runs_no_scripts_of_azure_that_others_may_write_to),
};

SCENARIO_SET(scenarios_vss_hooks, rows);
