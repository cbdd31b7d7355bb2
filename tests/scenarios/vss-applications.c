// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Applications that register over the bus, to be told before a freeze: those that are ready, those that are
 * not, and those that are gone.
 */

#include "scenario.h"

#include <signal.h>
#include <stdio.h>

#define HVCTL	 HVG_HVCTL " "
#define CALL	 "busctl call org.hvguest.Vss1 /org/hvguest/Vss1 org.hvguest.Vss1 "
#define PROPERTY "busctl get-property org.hvguest.Vss1 /org/hvguest/Vss1 org.hvguest.Vss1 "
#define SOMEBODY "setpriv --reuid=nobody --regid=nogroup --clear-groups "

static void start_with(struct machine *m, const char *settings)
{
	guest_append_file(m, GUEST_VSS_CONFIG, settings, strlen(settings));
	guest_add_disk(m, "disk", "mkfs.ext4 -q", 16);
	guest_start_bus(m);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Vss1");
}

static void start(struct machine *m)
{
	start_with(m, "");
}

static bool are_registered(struct machine *m, const char *names)
{
	char *said = guest_ask(m, PROPERTY "Applications");
	bool are = strcmp(said, names) == 0;

	free(said);
	return are;
}

static void expect_registered(struct machine *m, const char *names)
{
	expect(machine_eventually(m, are_registered(m, names)));
}

static void expect_good_backup(struct machine *m)
{
	struct host_backup backup = host_backup(m, NULL, NULL);

	expect_status(backup.freeze, HV_S_OK);
	expect_status(backup.thaw, HV_S_OK);
}

static void tells_applications_before_and_after(struct machine *m)
{
	int application;
	uint64_t id;

	start(m);
	application = guest_start_application(m, "shop", "later");
	expect_registered(m, "as 1 \"shop\"\n");
	expect_given(guest_ask(m, HVCTL "vss status | grep Applications"), "Applications: shop\n");
	id = host_begin_vss(m, VSS_OP_FREEZE);
	guest_wait_for_output(m, application, "PrepareForFreeze backup 10000000");
	expect(!guest_is_frozen(m, "disk"));
	guest_signal(m, application, SIGUSR1);
	expect_status(host_end_vss(m, id), HV_S_OK);
	expect(guest_is_frozen(m, "disk"));
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
	guest_wait_for_output(m, application, "is ready\nThawed backup frozen");
	expect_registered(m, "as 0\n");
}

/* The new registration is not waited for by the freeze that is being prepared. */
static void asks_again_who_has_registered_again(struct machine *m)
{
	int application;

	start(m);
	application = guest_start_application(m, "shop", "again");
	expect_good_backup(m);
	guest_run(m, HVCTL "vss test");
	guest_wait_for_output(m, application,
		"PrepareForFreeze backup 10000000\nis ready, and registered again\nThawed backup frozen\n"
		"PrepareForFreeze rehearsal 10000000\nis ready, and registered again\nThawed rehearsal frozen");
	expect_registered(m, "as 1 \"shop\"\n");
}

static void asks_all_at_once(struct machine *m)
{
	int first, second, third;
	uint64_t id;

	start(m);
	first = guest_start_application(m, "first", "later");
	second = guest_start_application(m, "second", "later");
	third = guest_start_application(m, "third", "at-once");
	id = host_begin_vss(m, VSS_OP_FREEZE);
	guest_wait_for_output(m, first, "PrepareForFreeze");
	guest_wait_for_output(m, second, "PrepareForFreeze");
	guest_wait_for_output(m, third, "is ready");
	expect_registered(m, "as 2 \"second\" \"first\"\n");
	guest_signal(m, first, SIGUSR1);
	expect_registered(m, "as 1 \"second\"\n");
	expect(!guest_is_frozen(m, "disk"));
	guest_signal(m, second, SIGUSR1);
	expect_status(host_end_vss(m, id), HV_S_OK);
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
}

/* Whether it dies before or while it is waited for. */
static void waits_for_nobody_who_has_died(struct machine *m)
{
	int application;
	uint64_t id;

	start(m);
	application = guest_start_application(m, "mortal", "later");
	guest_signal(m, application, SIGKILL);
	expect_registered(m, "as 0\n");
	application = guest_start_application(m, "mortal", "later");
	id = host_begin_vss(m, VSS_OP_FREEZE);
	guest_wait_for_output(m, application, "PrepareForFreeze");
	guest_signal(m, application, SIGKILL);
	expect_status(host_end_vss(m, id), HV_S_OK);
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
}

/* One is stopped, the other too slow: neither is registered any more, and the other is told how it ended. */
static void fails_when_an_application_hangs(struct machine *m)
{
	int hangs, other;

	start_with(m, "[Hooks]\nHookTimeoutSec=5\n");
	other = guest_start_application(m, "other", "at-once");
	hangs = guest_start_application(m, "sluggard", "later");
	guest_signal(m, hangs, SIGSTOP);
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_E_FAIL);
	expect(!guest_is_frozen(m, "disk"));
	guest_wait_for_output(m, other, "PrepareForFreeze backup 5000000\nis ready\nThawed backup failed");
	guest_wait_for_log(m, "The backup failed: the application sluggard was not ready in time");
	expect_registered(m, "as 0\n");
	expect_good_backup(m);
	guest_signal(m, hangs, SIGCONT);
	guest_wait_for_output(m, hangs, "PrepareForFreeze");
	guest_signal(m, hangs, SIGUSR1); /* closes late, which concerns nobody */
	guest_wait_for_output(m, hangs, "is ready");
	expect_good_backup(m);
}

static void goes_on_without_an_application_if_told_so(struct machine *m)
{
	int application;

	start_with(m, "[Hooks]\nHookTimeoutSec=3\nOnHookFailure=continue\n");
	application = guest_start_application(m, "sluggard", "later");
	expect_good_backup(m);
	guest_wait_for_log(m, "The application sluggard was not ready in time; going on");
	guest_wait_for_output(m, application, "Thawed backup frozen");
}

/* They share the time of the hooks: what an application takes is not left to these. */
static void keeps_to_the_budget_of_all(struct machine *m)
{
	int application;
	uint64_t id;

	start_with(m, "[Hooks]\nHookBudgetSec=9\n");
	guest_run(m, "install -d /etc/hvguest/vss.d && printf '#!/bin/sh\\necho $HVGUEST_TIMEOUT_MS >/tmp/limit\\n'"
		     " >/etc/hvguest/vss.d/hook && chmod 0755 /etc/hvguest/vss.d/hook");
	(void)guest_start_systemd(m);
	application = guest_start_application(m, "shop", "later");
	id = host_begin_vss(m, VSS_OP_FREEZE);
	guest_wait_for_output(m, application, "PrepareForFreeze backup 9000000");
	guest_run(m, "[ ! -e /tmp/limit ] && sleep 0.3");
	guest_signal(m, application, SIGUSR1);
	expect_status(host_end_vss(m, id), HV_S_OK);
	guest_run(m, "[ $(cat /tmp/limit) -le 8700 ]");
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
}

static void gives_applications_up_when_the_device_is_withdrawn(struct machine *m)
{
	int application;

	start(m);
	application = guest_start_application(m, "shop", "later");
	(void)host_begin_vss(m, VSS_OP_FREEZE);
	guest_wait_for_output(m, application, "PrepareForFreeze");
	host_withdraw_backup(m);
	guest_wait_for_output(m, application, "Thawed backup failed");
	guest_signal(m, application, SIGUSR1);
	guest_wait_for_output(m, application, "is ready");
	host_offer_backup(m);
	host_wait_for_backup_service(m);
	expect_good_backup(m);
}

static void ends_while_an_application_is_waited_for(struct machine *m)
{
	int application;

	start(m);
	application = guest_start_application(m, "shop", "later");
	(void)host_begin_vss(m, VSS_OP_FREEZE);
	guest_wait_for_output(m, application, "PrepareForFreeze");
	guest_stop_daemon(m);
	guest_wait_for_output(m, application, "Thawed backup failed");
	expect(!guest_is_frozen(m, "disk"));
}

/* Nobody can be told of anything without the bus: a backup waits for none of them. */
static void forgets_applications_with_the_bus(struct machine *m)
{
	int application;
	uint64_t id;

	start(m);
	application = guest_start_application(m, "shop", "later");
	id = host_begin_vss(m, VSS_OP_FREEZE);
	guest_wait_for_output(m, application, "PrepareForFreeze");
	guest_signal(m, application, SIGSTOP); /* it holds its descriptor */
	guest_stop_bus(m);
	expect_status(host_end_vss(m, id), HV_S_OK);
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
}

static void registers_for_whom_polkit_allows_it(struct machine *m)
{
	start(m);
	expect_number(guest_try(m, SOMEBODY CALL "Register s me"), 1);
	(void)guest_start_polkit(m, "yes");
	guest_run(m, SOMEBODY CALL "Register s me");
}

static void registers_no_nonsense(struct machine *m)
{
	start(m);
	expect_given(guest_ask(m, CALL "Register s '' 2>&1 | grep -c 'The name is empty'"), "1\n");
	expect_number(guest_try(m, CALL "Register s \"$(printf 'a\\nb')\""), 1);
	expect_number(guest_try(m, CALL "Register s $(printf '%%65s' x | tr ' ' x)"), 1);
	guest_run(m, CALL "Register s $(printf '%%64s' x | tr ' ' x)");
}

/* Nothing of theirs is the kernel's: a full run plays them on a real one too. */
#define VSS_ROW(function, ...) ROW(function, .daemon = SCENARIO_VSS_OURS, .only_in_full = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	VSS_ROW(tells_applications_before_and_after),
	VSS_ROW(asks_again_who_has_registered_again),
	VSS_ROW(asks_all_at_once),
	VSS_ROW(waits_for_nobody_who_has_died),
	VSS_ROW(fails_when_an_application_hangs),
	VSS_ROW(goes_on_without_an_application_if_told_so),
	VSS_ROW(keeps_to_the_budget_of_all),
	VSS_ROW(gives_applications_up_when_the_device_is_withdrawn),
	VSS_ROW(ends_while_an_application_is_waited_for),
	VSS_ROW(forgets_applications_with_the_bus),
	VSS_ROW(registers_for_whom_polkit_allows_it),
	VSS_ROW(registers_no_nonsense),
};

SCENARIO_SET(scenarios_vss_applications, rows);
