// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The host's end of Backup: one operation after the other, as a host's requestor does it.
 */

#include "host/machine.h"

#define PATIENCE_KERNEL_S 60 /* for an answer that the kernel owes after 30 */

static const char *const names[] = { "CREATE", "DELETE", "HOT_BACKUP", "GET_DM_INFO", "BU_COMPLETE", "FREEZE",
	"THAW", "AUTO_RECOVER" };

uint64_t host_begin_vss(struct machine *machine, uint8_t operation)
{
	uint64_t id;

	machine_note(machine, "%s(%u)", operation < sizeof(names) / sizeof(names[0]) ? names[operation] : "operation",
		operation);
	machine_check(machine, machine->body->vss_send(machine->at, operation, &id), "host cannot send");
	return id;
}

static uint32_t finish(struct machine *machine, uint64_t id, uint64_t patience_us)
{
	uint32_t status = machine->body->vss_receive(machine->at, id, patience_us);

	machine_note(machine, "-> 0x%08x", status);
	return status;
}

uint32_t host_end_vss_within(struct machine *machine, uint64_t id, unsigned int seconds)
{
	return finish(machine, id, seconds * machine->setup->kernel_second_us);
}

uint32_t host_end_vss(struct machine *machine, uint64_t id)
{
	return finish(machine, id,
		PATIENCE_KERNEL_S * machine->setup->kernel_second_us + machine->setup->patience_us);
}

uint32_t host_vss(struct machine *machine, uint8_t operation)
{
	return host_end_vss(machine, host_begin_vss(machine, operation));
}

/* The kernel answers the first and the last by itself. A host that was refused goes no further. */
struct host_backup host_backup(
	struct machine *machine, void (*snapshot)(struct machine *machine, void *userdata), void *userdata)
{
	struct host_backup backup = { HOST_NO_ANSWER, HOST_NO_ANSWER, HOST_NO_ANSWER };

	(void)host_vss(machine, VSS_OP_CREATE);
	backup.check = host_vss(machine, VSS_OP_HOT_BACKUP);
	if (backup.check == HV_S_OK)
		backup.freeze = host_vss(machine, VSS_OP_FREEZE);
	if (backup.freeze == HV_S_OK) {
		if (snapshot)
			snapshot(machine, userdata);
		backup.thaw = host_vss(machine, VSS_OP_THAW);
	}
	(void)host_vss(machine, VSS_OP_BU_COMPLETE);
	return backup;
}

void host_offer_backup(struct machine *machine)
{
	machine_note(machine, "offers Backup");
	machine_check(machine, machine->body->vss_offer(machine->at), "host cannot offer");
}

void host_withdraw_backup(struct machine *machine)
{
	machine_note(machine, "withdraws Backup");
	machine_check(machine, machine->body->vss_withdraw(machine->at), "host cannot withdraw");
}

void host_suspends(struct machine *machine)
{
	if (!machine->body->vss_suspend)
		machine_fail(machine, "this body cannot be suspended");
	machine_note(machine, "the guest is suspended");
	machine_check(machine, machine->body->vss_suspend(machine->at), "suspend");
}

/* Where the body cannot know, a check that succeeds is what shows it. */
static bool is_served(struct machine *machine)
{
	if (machine->body->vss_is_served)
		return machine->body->vss_is_served(machine->at);
	return host_vss(machine, VSS_OP_HOT_BACKUP) == HV_S_OK;
}

static bool daemon_has_ended(struct machine *machine)
{
	return machine->daemon != NO_PROCESS && !guest_daemon_runs(machine);
}

void host_wait_for_backup_service(struct machine *machine)
{
	(void)machine_eventually(machine, is_served(machine) || daemon_has_ended(machine));
	if (!is_served(machine))
		machine_fail(machine, "no daemon is registered%s",
			daemon_has_ended(machine) ? ", and it has ended" : "");
	machine_note(machine, "a daemon is registered");
}
