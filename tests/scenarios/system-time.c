// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Who has the clock of a whole system: hv-timed as its unit starts it, the real chronyd and
 * systemd-timesyncd, and systemd, which tells of them. What hv-timed does to the clock is seen
 * by strace; the host speaks each 5 s.
 */

#include "host/vm/system.h"
#include "scenario.h"

#define TRACE     "/run/hv-timed.trace"
#define CHRONY    "chrony.service"
#define TIMED     "hv-timed.service"
#define SNIPPET   "/usr/share/hvguest/chrony"

/* Long enough for two words of the host, and what may follow each. */
#define A_WHILE_S 20

static void expect_owner(struct machine *m, const char *owner)
{
	if (!machine_eventually(m,
		    guest_try(m, "hvctl --json time status | grep -q '\"owner\": *\"%s\"'",
			    owner) == 0))
		machine_fail(m, "the clock is not %s's", owner);
}

/* Every call that could change a clock. */
static void trace(struct machine *m)
{
	static const char line[] = "exec strace -f -o " TRACE
				   " -e trace=clock_adjtime,adjtimex,clock_settime,settimeofday"
				   " -p $(systemctl show -P MainPID " TIMED ")";
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	const struct guest_command command = { .argv = argv, .talks_to_log = true };

	(void)guest_spawn(m, &command);
	expect(machine_eventually(m, guest_try(m, "grep -q modes=0 " TRACE) == 0));
}

/*
 * Whatever is no look: a change, one that was refused (whose modes strace does not show), and the
 * end of hv-timed, after which there is nothing to see. A line that ends in a comma is a call that
 * is being written down.
 */
static unsigned long n_changes(struct machine *m)
{
	char *text = guest_ask(m, "grep -c -v -e modes=0 -e ', $' " TRACE);
	unsigned long n = strtoul(text, NULL, 10);

	free(text);
	return n;
}

static void expect_hands_off(struct machine *m, unsigned int seconds)
{
	unsigned long n = n_changes(m);

	kernel_seconds_pass(m, seconds);
	expect_number(n_changes(m), n);
}

static void expect_at_work(struct machine *m)
{
	unsigned long n = n_changes(m);

	expect_owner(m, "hv-timed");
	expect(machine_eventually(m, n_changes(m) > n));
}

static void begin(struct machine *m)
{
	guest_wait_for_unit(m, TIMED, "active");
	trace(m);
	expect_at_work(m);
}

/* Debian's, which takes timesyncd's place, with the host's clock as hv-timed(8) tells how. */
static void install_chrony(struct machine *m)
{
	guest_run(
		m, "dpkg --purge systemd-timesyncd && dpkg -i " GUEST_PACKAGES "/chrony_*.deb");
	guest_run(m,
		"cp " SNIPPET
		"/hyperv.conf /etc/chrony/conf.d && mkdir -p /etc/systemd/system/" CHRONY ".d");
	guest_run(m,
		"cp " SNIPPET "/wait-for-device.conf /etc/systemd/system/" CHRONY
		".d && systemctl daemon-reload");
}

static void takes_turns_with(struct machine *m, const char *unit, unsigned int seconds)
{
	guest_run(m, "systemctl --no-block restart %s", unit);
	guest_wait_for_unit(m, unit, "active");
	expect_owner(m, unit);
	expect_hands_off(m, seconds);
	guest_run(m, "systemctl --no-block stop %s", unit);
	expect_at_work(m);
	guest_run(m, "systemctl --no-block start %s", unit);
	expect_owner(m, unit);
	expect_hands_off(m, A_WHILE_S);
}

static bool is_steered_by_chronyd(struct machine *m)
{
	return machine_eventually(
		m, guest_try(m, "chronyc -c sources | grep -q '^#,[*],HYPV'") == 0);
}

/* The ten minutes, where there is time for them. */
static void takes_turns_with_chronyd(struct machine *m)
{
	begin(m);
	install_chrony(m);
	takes_turns_with(m, CHRONY, getenv("HVG_FULL") ? 600 : A_WHILE_S);
	expect(is_steered_by_chronyd(m));
}

static void takes_turns_with_timesyncd(struct machine *m)
{
	begin(m);
	takes_turns_with(m, "systemd-timesyncd.service", A_WHILE_S);
	guest_run(m, "systemctl --no-block stop systemd-timesyncd");
	expect_at_work(m);
}

/* Where there is nobody else whom it could mean. */
static void is_what_timedatectl_switches(struct machine *m)
{
	guest_run(m, "dpkg --purge systemd-timesyncd");
	guest_wait_for_unit(m, TIMED, "active");
	guest_run(m, "timedatectl set-ntp false");
	guest_wait_for_unit(m, TIMED, "inactive");
	expect_given(guest_ask(m, "timedatectl show -p NTP --value"), "no\n");
	guest_run(m, "timedatectl set-ntp true");
	guest_wait_for_unit(m, TIMED, "active");
	expect_given(guest_ask(m, "timedatectl show -p NTP --value"), "yes\n");
	expect(machine_eventually(m,
		guest_try(m, "timedatectl show -p NTPSynchronized --value | grep -q yes") ==
			0));
}

static const struct scenario rows[] = {
	SYSTEM_ROW(takes_turns_with_timesyncd),
	SYSTEM_ROW(takes_turns_with_chronyd, .spoils_system = true),
	SYSTEM_ROW(is_what_timedatectl_switches, .spoils_system = true),
};

SCENARIO_SET(scenarios_system_time, rows);
