// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl on a live guest: what it tells agrees with what the host offers, and follows when that changes; and what
 * doctor finds is repaired by the fixes that it prints.
 */

#include "host/vm/system.h"
#include "scenario.h"

/* The state of a feature, as "works\n". */
static char *state_of(struct machine *m, const char *feature)
{
	return guest_ask(m, "hvctl features %s | sed -n '1s/.*: //p'", feature);
}

static bool is_in_state(struct machine *m, const char *feature, const char *state)
{
	char *found = state_of(m, feature);
	bool is = strcmp(found, state) == 0;

	free(found);
	return is;
}

static bool has_device(struct machine *m, const char *name)
{
	return guest_try(m, "hvctl devices | grep -qF '%s'", name) == 0;
}

static void features_agree_with_what_the_host_offers(struct machine *m)
{
	host_wait_for_contact(m);
	host_wait_for_state(m, CONTROL_SHUTDOWN, CONTROL_NEGOTIATED);
	expect_given(state_of(m, "shutdown"), "ready\n");
	expect_given(state_of(m, "network"), "ready\n");
	expect_given(state_of(m, "fibre-channel"), "not offered\n");
	expect(machine_eventually(m, is_in_state(m, "backup", "ready\n")));
	expect(has_device(m, "[Data Exchange]"));
	expect(has_device(m, "Synthetic network adapter"));
	expect(!has_device(m, "Synthetic mouse"));
}

static void features_follow_when_a_service_is_withdrawn(struct machine *m)
{
	host_wait_for_contact(m);
	expect(machine_eventually(m, !is_in_state(m, "kvp", "missing\n")));
	host_withdraw(m);
	expect(machine_eventually(m, is_in_state(m, "kvp", "not offered\n")));
	expect(!has_device(m, "[Data Exchange]"));
	host_offer(m);
	host_wait_for_contact(m);
	expect(machine_eventually(m, has_device(m, "[Data Exchange]")));
	expect(machine_eventually(m, is_in_state(m, "kvp", "ready\n") || is_in_state(m, "kvp", "works\n")));
}

static void status_fits_on_one_screen(struct machine *m)
{
	host_wait_for_contact(m);
	guest_run(m, "hvctl status >/tmp/status; [ $? -le 1 ] && [ $(wc -l </tmp/status) -le 24 ]");
	guest_run(m, "grep -q 'Debian GNU/Linux' /tmp/status && grep -q '^kvp ' /tmp/status");
}

static void a_user_without_rights_gets_less_and_is_told(struct machine *m)
{
	guest_run(m, "setpriv --reuid=65534 --regid=65534 --clear-groups hvctl doctor >/tmp/doctor; [ $? -le 1 ]");
	guest_run(m, "grep -q 'may be read by root only' /tmp/doctor");
	guest_run(m, "! hvctl doctor | grep -q 'may be read by root only'");
}

static void a_report_is_judged_as_the_guest_is(struct machine *m)
{
	guest_run(m, "rm -f /tmp/report && hvctl report -o /tmp/report");
	guest_run(m, "hvctl features >/tmp/live; hvctl features --from /tmp/report >/tmp/told; "
		     "cut -c1-29 /tmp/live >/tmp/a; cut -c1-29 /tmp/told >/tmp/b; diff /tmp/a /tmp/b");
}

/* The commands that doctor prints behind "Fix:" for these findings, one a line. */
#define FIXES                                                                                     \
	"awk '/^ *Fix: / { sub(/^ *Fix: /, \"\"); print; p = 1; next } "                          \
	"p && /^            [^ ]/ { sub(/^ */, \"\"); print; next } { p = 0 }'"

static const char faults[] = "HVG0003 HVG0102 HVG0201";

/* A daemon that does not run, memory that is not online, and a clock that two services steer. */
static void plant(struct machine *m)
{
	guest_run(m, "systemctl disable --now hv-kvpd");
	guest_run(m, "for block in $(ls -rd /sys/devices/system/memory/memory*); do "
		     "echo offline >$block/state && exit 0; done 2>/dev/null; exit 1");
	guest_run(m, "systemctl start systemd-timesyncd");
	guest_run(m, "dpkg-deb -x " GUEST_PACKAGES "/chrony_*.deb /opt/chrony");
	guest_run(m, "systemd-run --unit=second-owner /opt/chrony/usr/sbin/chronyd -d -x -u root -f /dev/null");
}

static void doctor_finds_what_was_planted_and_its_fixes_repair_it(struct machine *m)
{
	host_wait_for_contact(m);
	guest_run(m, "hvctl doctor %s", faults);
	plant(m);
	expect(machine_eventually(m, guest_try(m, "[ $(hvctl doctor %s | grep -c '^HVG') = 3 ]", faults) == 0));
	guest_run(m, "! hvctl doctor >/tmp/doctor");
	guest_run(m, "grep -q HVG0003 /tmp/doctor && grep -q HVG0102 /tmp/doctor && grep -q HVG0201 /tmp/doctor");
	guest_run(m, "hvctl doctor %s | " FIXES " >/tmp/fixes; sh -ex /tmp/fixes", faults);
	host_wait_for_contact(m);
	guest_run(m, "hvctl doctor %s", faults);
}

static const struct scenario rows[] = {
	SYSTEM_ROW(features_agree_with_what_the_host_offers),
	SYSTEM_ROW(features_follow_when_a_service_is_withdrawn),
	SYSTEM_ROW(status_fits_on_one_screen),
	SYSTEM_ROW(a_user_without_rights_gets_less_and_is_told),
	SYSTEM_ROW(a_report_is_judged_as_the_guest_is),
	SYSTEM_ROW(doctor_finds_what_was_planted_and_its_fixes_repair_it, .spoils_system = true),
};

SCENARIO_SET(scenarios_system_hvctl, rows);
