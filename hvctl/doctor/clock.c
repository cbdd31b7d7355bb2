// SPDX-License-Identifier: LGPL-2.1-or-later

/* The clock: what it counts by, and who keeps it. */

#include "hvctl/doctor/doctor.h"

#include "hvctl/facts/services.h"
#include "hvctl/facts/unit-fix.h"

#include <stdio.h>
#include <string.h>

void check_clocksource(const struct guest *guest, struct findings *findings)
{
	struct fact source,
		available = fact(guest->facts,
			"/sys/devices/system/clocksource/clocksource0/available_clocksource");
	struct judgement *finding;

	if (!guest_clocksource_is_poor(guest->facts, &source))
		return;
	finding = findings_add(findings, "the clock counts by %s", source.text);
	judgement_because(finding, source);
	judgement_because(finding, available);
	if (fact_has_word(&available, "hyperv_clocksource_tsc_page"))
		judgement_fix(finding, "echo hyperv_clocksource_tsc_page >%s", source.path);
	judgement_fix(
		finding, "take clocksource=, tsc= and notsc off the kernel's command line");
}

/* Services that steer the clock. hv-timed is none of them: it looks on while another does. */
static const struct owner {
	const char *name, *process;
	const char *units[3];
} owners[] = {
	{ "chronyd", "chronyd", { "chrony.service", "chronyd.service" } },
	{ "systemd-timesyncd", "systemd-timesyn", { "systemd-timesyncd.service" } },
	{ "ntpd", "ntpd", { "ntp.service", "ntpd.service", "ntpsec.service" } },
	{ "phc2sys", "phc2sys", { "phc2sys.service" } },
};

#define N_OWNERS (sizeof(owners) / sizeof(owners[0]))

static bool is_at_work(const struct guest *guest, const struct owner *owner, struct fact *ret)
{
	for (size_t i = 0; i < 3 && owner->units[i]; i++) {
		*ret = unit_fact(guest, owner->units[i]);
		if (fact_is(ret, "active"))
			return true;
	}
	return process_runs(guest, owner->process, ret);
}

static unsigned int count_owners(
	const struct guest *guest, const struct owner *ret[static N_OWNERS])
{
	unsigned int n = 0;
	struct fact ignored;

	for (size_t i = 0; i < N_OWNERS; i++)
		if (is_at_work(guest, &owners[i], &ignored))
			ret[n++] = &owners[i];
	return n;
}

/* A unit that is active; or a process of another unit, which systemd can tell. */
static void stop_owner(struct judgement *finding, const struct fact *evidence)
{
	int pid;

	if (sscanf(evidence->path, "/proc/%d/", &pid) == 1)
		judgement_fix(finding, "systemctl stop $(ps -o unit= -p %d)", pid);
	else
		judgement_fix(finding, "systemctl disable --now %s",
			evidence->path + strlen("units/"));
}

void check_clock_owners(const struct guest *guest, struct findings *findings)
{
	const struct owner *found[N_OWNERS];
	unsigned int n = count_owners(guest, found);
	struct judgement *finding;
	struct fact evidence;

	if (n < 2)
		return;
	finding =
		findings_add(findings, "%s and %s both steer the clock, each against the other",
			found[0]->name, found[1]->name);
	for (unsigned int i = 0; i < n; i++) {
		(void)is_at_work(guest, found[i], &evidence);
		judgement_because(finding, evidence);
		if (i > 0)
			stop_owner(finding, &evidence);
	}
}

/* chronyd's clock. */

static bool names_clock(const struct fact *configuration, const char *device)
{
	return strstr(configuration->text, device) != NULL;
}

/* The file of chrony's configuration that names the device. */
static bool find_refclock(const struct guest *guest, const char *device, struct fact *ret)
{
	static const char *const files[] = { "/etc/chrony.conf", "/etc/chrony/chrony.conf" };
	struct facts_child child = { 0 };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		*ret = fact(guest->facts, "%s", files[i]);
		if (names_clock(ret, device))
			return true;
	}
	while (facts_next_child(guest->facts, "/etc/chrony/conf.d", &child)) {
		*ret = fact(guest->facts, "/etc/chrony/conf.d/%s", child.name);
		if (names_clock(ret, device))
			return true;
	}
	return false;
}

void check_refclock(const struct guest *guest, struct findings *findings)
{
	struct fact link = fact(guest->facts, "/dev/ptp_hyperv"), configuration;
	struct judgement *finding;
	struct facts_child clock = { 0 };

	if (find_refclock(guest, "/dev/ptp_hyperv", &configuration) && !fact_is_there(&link)) {
		finding = findings_add(
			findings, "chronyd is to read /dev/ptp_hyperv, which is not there");
		judgement_because(finding, configuration);
		judgement_because(finding, link);
		judgement_fix(finding,
			"udevadm trigger --settle --subsystem-match=ptp && systemctl restart chrony");
	}
	while (facts_next_child(guest->facts, "/sys/class/ptp", &clock)) {
		struct fact name =
			fact(guest->facts, "/sys/class/ptp/%s/clock_name", clock.name);
		char device[160];

		(void)snprintf(device, sizeof(device), "/dev/%.100s ", clock.name);
		if (fact_is(&name, "hyperv") || !find_refclock(guest, device, &configuration))
			continue;
		finding = findings_add(findings,
			"chronyd reads /dev/%s, which is not the host's clock", clock.name);
		judgement_because(finding, configuration);
		judgement_because(finding, name);
		judgement_fix(finding,
			"sed -i 's|/dev/%s |/dev/ptp_hyperv |' %s && systemctl restart chrony",
			clock.name, configuration.path);
	}
}

void check_no_owner(const struct guest *guest, struct findings *findings)
{
	const struct owner *found[N_OWNERS];
	struct fact ours = unit_fact(guest, "hv-timed.service"), process;
	struct judgement *finding;

	/* Without the service manager's or the processes' word nothing can be said. */
	if (facts_count_children(guest->facts, "units") == 0)
		return;
	if (count_owners(guest, found) > 0 || fact_is(&ours, "active") ||
		process_runs(guest, "hv-timed", &process))
		return;
	finding = findings_add(
		findings, "neither hv-timed nor chronyd nor another service keeps the clock");
	judgement_because(finding, ours);
	judgement_because(finding, unit_fact(guest, "systemd-timesyncd.service"));
	unit_fix_start(finding, guest, "hv-timed.service");
}

void check_silent_clock(const struct guest *guest, struct findings *findings)
{
	struct fact offset = fact(guest->facts, "clock/host-offset");
	struct judgement *finding;

	if (offset.kind != FACT_ERROR || strcmp(offset.text, "ESTALE") != 0)
		return;
	finding = findings_add(findings, "the host has not told its time for ten minutes");
	judgement_because(finding, offset);
	judgement_fix(finding, "host: Enable-VMIntegrationService -VMName NAME -Name \"%s\"",
		service_time.host_name);
}
