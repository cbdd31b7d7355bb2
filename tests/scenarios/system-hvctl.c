// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl in a whole system, as somebody uses it who has never seen it: what it tells is so, and what
 * doctor prints as a fix is typed in as it stands there.
 */

#include "host/vm/system.h"
#include "hvctl.h"

static void hvctl_tells_what_the_host_offers(struct machine *m)
{
	host_wait_for_contact(m);
	hvctl_expect_agreement(m, "hvctl");
	hvctl_expect_host(m, "hvctl");
}

static void hvctl_follows_what_the_host_withdraws(struct machine *m)
{
	host_wait_for_contact(m);
	hvctl_expect_to_follow(m, "hvctl");
	host_wait_for_contact(m);
}

/* The host says what it is, which it does as soon as somebody listens. */
static void introduce_host(struct machine *m)
{
	host_wait_for_contact(m);
	expect_set(3, "PhysicalHostNameFullyQualified", "HYPERV1.example.org");
	expect_set(3, "VirtualMachineName", "debian");
}

static void status_is_one_screen(struct machine *m)
{
	introduce_host(m);
	hvctl_expect_state(m, "hvctl", "kvp", "works");
	guest_run(m, "hvctl status >/tmp/status && [ $(wc -l </tmp/status) -le 24 ]");
	guest_run(m, "grep -q 'Host: Windows Server 2019, HYPERV1.example.org$' /tmp/status");
	guest_run(m, "grep -q 'VM: debian, generation 1, 1 processor, [0-9]* MiB of memory$' /tmp/status");
	guest_run(m, "grep -q 'Problems: none$' /tmp/status");
}

static void a_user_without_rights_gets_less_and_is_told(struct machine *m)
{
	introduce_host(m);
	guest_run(m,
		"setpriv --reuid=65534 --regid=65534 --clear-groups hvctl doctor "
		">/tmp/doctor; [ $? -le 1 ]");
	guest_run(m, "grep -q 'may be read by root only' /tmp/doctor");
	guest_run(m, "hvctl doctor >/tmp/doctor");
	guest_run(m, "! grep -q 'may be read by root only' /tmp/doctor");
}

static void a_report_is_judged_as_the_guest_is(struct machine *m)
{
	introduce_host(m);
	hvctl_expect_report(m, "hvctl");
}

/*
 * A daemon that does not run; memory that is offline, as what a host adds is at first on this
 * system; and chronyd beside timesyncd: Debian's packages do not allow that, so it is an
 * administrator's own.
 */
static void plant_faults(struct machine *m)
{
	guest_run(m, "systemctl disable --now hv-kvpd");
	guest_run(m,
		"for block in $(ls -rd /sys/devices/system/memory/memory*); do "
		"echo offline >$block/state && exit 0; done 2>/dev/null; exit 1");
	guest_run(m,
		"dpkg-deb -x " GUEST_PACKAGES
		"/chrony_*.deb /opt/chrony && systemd-run --unit=chrony "
		"/opt/chrony/usr/sbin/chronyd -d -u root -f /dev/null");
	guest_run(m, "systemctl start systemd-timesyncd");
	guest_wait_for_unit(m, "chrony.service", "active");
	guest_wait_for_unit(m, "systemd-timesyncd.service", "active");
}

/* What a reader would type: the lines of each fix, but for what is the host's. */
static const char fixes[] =
	"awk '/^ *Fix: / { is_fix = 1; sub(/^ *Fix: /, \"\") } /^$/ { is_fix = 0 } "
	"is_fix { sub(/^ */, \"\"); print }' /tmp/doctor | grep -v '^host: '";

static void doctor_finds_what_was_planted_and_its_fixes_repair_it(struct machine *m)
{
	introduce_host(m);
	guest_run(m, "hvctl doctor >/tmp/doctor");
	plant_faults(m);
	guest_run(m, "! hvctl doctor >/tmp/doctor");
	expect_given(guest_ask(m, "grep -o ^HVG.* /tmp/doctor"),
		"HVG0003 warning\nHVG0102 error\nHVG0201 error\n");
	guest_run(m, "%s >/tmp/fixes && sh -ex /tmp/fixes", fixes);
	introduce_host(m);
	guest_run(m, "hvctl doctor");
	guest_run(m, "systemctl is-enabled hv-kvpd && systemctl is-active hv-kvpd chrony");
	guest_run(m, "! systemctl is-active systemd-timesyncd");
	guest_run(m, "! grep offline /sys/devices/system/memory/memory*/state");
}

static const struct scenario rows[] = {
	SYSTEM_ROW(hvctl_tells_what_the_host_offers),
	SYSTEM_ROW(hvctl_follows_what_the_host_withdraws),
	SYSTEM_ROW(status_is_one_screen),
	SYSTEM_ROW(a_user_without_rights_gets_less_and_is_told),
	SYSTEM_ROW(a_report_is_judged_as_the_guest_is),
	SYSTEM_ROW(
		doctor_finds_what_was_planted_and_its_fixes_repair_it, .spoils_system = true),
};

SCENARIO_SET(scenarios_system_hvctl, rows);
