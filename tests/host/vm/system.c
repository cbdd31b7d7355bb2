// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What can be done with a guest that has systemd, by its own tools.
 */

#include "host/vm/system.h"
#include "host/machine.h"
#include "host/vm/body.h"

#include <stdlib.h>
#include <string.h>

char *guest_unit(struct machine *machine, const char *unit, const char *property)
{
	char *value = guest_ask(machine, "systemctl show --property=%s --value '%s'", property, unit);

	if (value)
		value[strcspn(value, "\n")] = '\0';
	return value;
}

static bool is_in_state(struct machine *machine, const char *unit, const char *state)
{
	char *found = guest_unit(machine, unit, "ActiveState");
	bool is_so = found && strcmp(found, state) == 0;

	free(found);
	return is_so;
}

void guest_wait_for_unit(struct machine *machine, const char *unit, const char *state)
{
	if (machine_eventually(machine, is_in_state(machine, unit, state)))
		return;
	machine_fail(machine, "%s does not become %s but is %s: %s", unit, state,
		guest_unit(machine, unit, "ActiveState"), guest_journal(machine, unit));
}

char *guest_journal(struct machine *machine, const char *unit)
{
	return guest_ask(machine, "journalctl --boot --no-pager --output=cat --unit '%s'", unit);
}

void guest_reboot(struct machine *machine)
{
	guest_run(machine, "systemctl --no-block reboot");
	if (host_wait_for_end(machine) != CONTROL_END_RESET)
		machine_fail(machine, "the guest does not reset itself");
	host_boot(machine);
}

void host_cut_power(struct machine *machine)
{
	machine_note(machine, "cuts the power");
	host_boot(machine);
}

void host_resize_disk(struct machine *machine, unsigned int n, unsigned int mib)
{
	struct vm_client *client = vm_body_client(machine->at);
	struct message message = { 0 };

	machine_note(machine, "makes disk %u %u MiB long", n, mib);
	message_add_u32(&message, n);
	message_add_u64(&message, (uint64_t)mib << 20);
	machine_check(machine, client_obeyed(client, CONTROL_RESIZE_DISK, &message), "host cannot resize a disk");
	message_done(&message);
}
