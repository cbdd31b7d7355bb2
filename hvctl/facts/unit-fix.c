// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hvctl/facts/unit-fix.h"

#include <stdio.h>
#include <string.h>

/* Nothing is missing where the service manager has said nothing. */
static bool is_not_installed(const struct guest *guest, const struct fact *unit)
{
	return !fact_is_there(unit) && facts_count_children(guest->facts, "units") > 0;
}

/* Once for all that it has. */
static void install_ours(struct judgement *judgement)
{
	static const char line[] = "install the package hvguest";

	if (!strstr(judgement->fix, line))
		judgement_fix(judgement, "%s", line);
}

void unit_fix_start(struct judgement *judgement, const struct guest *guest, const char *unit)
{
	struct fact state = unit_fact(guest, unit);

	if (fact_is(&state, "masked"))
		judgement_fix(judgement, "systemctl unmask %s", unit);
	else if (fact_is(&state, "failed"))
		judgement_fix(judgement, "journalctl -b -u %s (it tells why it failed)", unit);
	else if (is_not_installed(guest, &state) && strncmp(unit, "hv-", 3) == 0)
		install_ours(judgement);
	judgement_fix(judgement, "systemctl enable --now %s", unit);
}

static bool stop_unit(struct judgement *judgement, const struct guest *guest,
	const struct service *service)
{
	for (size_t i = 1; service->units[i]; i++)
		if (unit_is_active(guest, service->units[i])) {
			judgement_fix(
				judgement, "systemctl disable --now %s", service->units[i]);
			return true;
		}
	return false;
}

/* Of a process systemd can tell which unit it belongs to. */
void unit_fix_stop_others(struct judgement *judgement, const struct guest *guest,
	const struct service *service)
{
	struct fact process;
	int pid;

	if (stop_unit(judgement, guest, service))
		return;
	for (size_t i = 1; service->processes[i]; i++)
		if (process_runs(guest, service->processes[i], &process) &&
			sscanf(process.path, "/proc/%d/", &pid) == 1)
			judgement_fix(judgement,
				"systemctl disable --now $(ps -o unit= -p %d)", pid);
}
