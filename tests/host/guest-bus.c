// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The guest's system bus, and who stands in for others on it.
 */

#include "host/machine.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void guest_start_bus(struct machine *machine)
{
	machine_note(machine, "the guest starts its bus");
	machine_check(machine, machine->body->guest_start_bus(machine->at), "no bus");
}

void guest_stop_bus(struct machine *machine)
{
	machine_note(machine, "the guest stops its bus");
	machine_check(
		machine, machine->body->guest_stop_bus(machine->at), "the bus does not stop");
}

static bool is_on_bus(struct machine *machine, const char *name)
{
	char *answer = guest_ask(machine,
		"busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus"
		" NameHasOwner s %s",
		name);
	bool is = strcmp(answer, "b true\n") == 0;

	free(answer);
	return is;
}

void guest_wait_for_bus_name(struct machine *machine, const char *name)
{
	if (!machine_eventually(machine, is_on_bus(machine, name)))
		machine_fail(machine, "nobody is %s on the bus", name);
}

static int start_stand_in_as(struct machine *machine, const char *user, const char *verb,
	const char *argument, const char *more)
{
	const char *argv[] = { HVG_GUEST_STAND_IN, verb, argument, more, NULL };
	const struct guest_command command = { .argv = argv, .user = user };
	int process;

	machine_note(machine, "the guest starts a stand-in: %s %s %s", verb,
		argument ? argument : "", more ? more : "");
	process = guest_spawn(machine, &command);
	guest_wait_for_output(machine, process, "ready");
	return process;
}

static int start_stand_in(
	struct machine *machine, const char *verb, const char *argument, const char *more)
{
	return start_stand_in_as(machine, NULL, verb, argument, more);
}

int guest_start_netd_on_bus(struct machine *machine, const char *answer)
{
	return start_stand_in(machine, "netd", "bus", answer);
}

int guest_start_netd_on_socket(struct machine *machine, const char *answer)
{
	guest_run(machine, "mkdir -p $(dirname %s)", GUEST_NETD_SOCKET);
	return start_stand_in(machine, "netd", "socket", answer);
}

int guest_start_kvp(struct machine *machine, const char *error)
{
	return start_stand_in(machine, "kvp", error, NULL);
}

int guest_start_polkit(struct machine *machine, const char *answer)
{
	return start_stand_in(machine, "polkit", answer, NULL);
}

int guest_start_application(struct machine *machine, const char *name, const char *way)
{
	return start_stand_in(machine, "application", name, way);
}

int guest_start_networkmanager(struct machine *machine, const char *answer)
{
	return start_stand_in(machine, "networkmanager", answer, NULL);
}

int guest_start_resolved(struct machine *machine, const char *answer)
{
	return start_stand_in(machine, "resolved", answer, NULL);
}

int guest_start_systemd(struct machine *machine)
{
	return start_stand_in(machine, "units", NULL, NULL);
}

int guest_start_logind(struct machine *machine)
{
	return start_stand_in(machine, "logind", NULL, NULL);
}

void guest_sleeps(struct machine *machine, int logind)
{
	machine_note(machine, "the guest is about to sleep");
	guest_signal(machine, logind, SIGUSR1);
	guest_wait_for_output(machine, logind, "PrepareForSleep 1");
}

void guest_wakes(struct machine *machine, int logind)
{
	machine_note(machine, "the guest has woken up");
	guest_signal(machine, logind, SIGUSR2);
	guest_wait_for_output(machine, logind, "PrepareForSleep 0");
}

void guest_install_netd(struct machine *machine, const char *answer)
{
	guest_run(machine,
		"mkdir -p %s && printf '[D-BUS Service]\\nName=%s\\nExec=%s netd bus %s\\n' >%s/netd.service",
		GUEST_BUS_SERVICES, "org.hvguest.Network1", HVG_GUEST_STAND_IN, answer,
		GUEST_BUS_SERVICES);
}

int guest_listen(struct machine *machine)
{
	return start_stand_in(machine, "listen", NULL, NULL);
}

int guest_listen_as(struct machine *machine, const char *user)
{
	return start_stand_in_as(machine, user, "listen", NULL, NULL);
}
