// SPDX-License-Identifier: LGPL-2.1-or-later

/* What the kernel's log tells of trouble that is known from here. */

#include "hvctl/doctor/doctor.h"

#include <string.h>

/* The line around a place in the log. */
static void because_line(struct judgement *judgement, const struct fact *log, const char *at)
{
	while (at > log->text && at[-1] != '\n')
		at--;
	judgement_because_of(judgement, log->path, "%.*s", (int)strcspn(at, "\n"), at);
}

static const char *find_any(const struct fact *log, const char *const words[])
{
	for (size_t i = 0; words[i]; i++) {
		const char *at = strstr(log->text, words[i]);

		if (at)
			return at;
	}
	return NULL;
}

void check_oops(const struct guest *guest, struct findings *findings)
{
	static const char *const crashes[] = { "BUG: ", "Oops: ", "general protection fault",
		"kernel BUG at", NULL };
	static const char *const places[] = { "[hv_vmbus]", "[hv_utils]", "[hv_balloon]",
		"[hv_netvsc]", "[hv_storvsc]", "[pci_hyperv]", "hv_pkt_iter_first",
		"hvt_op_write", "hv_kvp_onchannelcallback", NULL };
	struct fact log = fact(guest->facts, "kernel/log");
	const char *crash = find_any(&log, crashes),
		   *place = crash ? find_any(&log, places) : NULL;
	struct judgement *finding;

	if (!place)
		return;
	finding = findings_add(findings,
		"the kernel crashed in a driver of Hyper-V; what it drove is out of order");
	because_line(finding, &log, crash);
	because_line(finding, &log, place);
	judgement_fix(finding, "reboot, with a newer kernel if there is one");
}

void check_forced_shutdown(const struct guest *guest, struct findings *findings)
{
	struct fact log = fact(guest->facts, "kernel/log");
	const char *at = strstr(log.text, "Failed to start orderly shutdown");
	struct judgement *finding;

	if (!at)
		return;
	finding = findings_add(findings,
		"the host asked to shut down, and the kernel found no program to do so");
	because_line(finding, &log, at);
	judgement_because(finding, fact(guest->facts, "/proc/sys/kernel/poweroff_cmd"));
	judgement_fix(finding, "apt install systemd-sysv");
}

void check_mmio(const struct guest *guest, struct findings *findings)
{
	static const char *const complaints[] = { "failed to assign",
		"MMIO space. Consider reconfiguring the VM", NULL };
	struct fact log = fact(guest->facts, "kernel/log");
	const char *at = find_any(&log, complaints);
	struct judgement *finding;

	if (!at)
		return;
	finding = findings_add(findings,
		"the gap for devices in this virtual machine's memory is too small for one of them");
	because_line(finding, &log, at);
	judgement_fix(finding,
		"host: Set-VM -VMName NAME -LowMemoryMappedIoSpace 3GB -HighMemoryMappedIoSpace 32GB");
}
