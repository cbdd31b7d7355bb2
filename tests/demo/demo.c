// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * ./dev demo: hvg-demo HV-KVPD HVCTL. A Hyper-V host and a Linux guest exchange key-value pairs, on the
 * host double: the daemon, its device node's bytes, the bus and the pool files are real.
 */

#include "host/host.h"

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum pool {
	EXTERNAL = 0,
	GUEST = 1,
	AUTO = 2,
};

static const char *hvctl;

static void stop(const char *message)
{
	errx(1, "%s", message);
}

static void must(uint32_t status, const char *what)
{
	if (status != HV_S_OK)
		errx(1, "%s: the host got 0x%08x", what, status);
}

static void chapter(const char *text)
{
	printf("\n%s\n", text);
	fflush(stdout);
}

static void show_list(struct machine *machine, unsigned int pool)
{
	struct host_list list;

	(void)host_kvp_list(machine, (uint8_t)pool, &list);
	for (size_t i = 0; i < list.n; i++)
		printf("    host> %-28s %s\n", list.items[i].key, list.items[i].value);
	host_list_done(&list);
}

static void show_guest(struct machine *machine, const char *arguments)
{
	char *said;

	printf("    guest$ hvctl %s\n", arguments);
	said = guest_ask(machine, "%s %s", hvctl, arguments);
	printf("%s", said);
	free(said);
}

static int begin_watching(struct machine *machine)
{
	const char *argv[] = { hvctl, "kvp", "watch", NULL };
	int watch = guest_spawn(machine, &(struct guest_command){ .argv = argv });

	/* Until it listens: a change that it tells of. */
	for (int i = 0; i < 100; i++) {
		char *said = guest_output(machine, watch);
		bool listens = *said != '\0';

		free(said);
		if (listens)
			break;
		must(host_kvp_set(machine, EXTERNAL, "heartbeat", "."), "SET");
		usleep(50000);
	}
	return watch;
}

static void show_watch(struct machine *machine, int watch)
{
	char *said;

	guest_wait_for_output(machine, watch, "unset external role");
	said = guest_output(machine, watch);
	printf("%s", said);
	free(said);
	guest_signal(machine, watch, SIGTERM);
}

static void play(struct machine *machine)
{
	int watch;

	chapter("The host asks the guest what it is (the ten automatic keys):");
	show_list(machine, AUTO);

	watch = begin_watching(machine);
	chapter("The host's administrator writes to pool 0, the guest's reads it:");
	must(host_kvp_set(machine, EXTERNAL, "role", "web server"), "SET");
	printf("    host> set role = web server\n");
	show_guest(machine, "kvp get external role");

	chapter("The guest's administrator publishes something, the host reads it:");
	show_guest(machine, "kvp set guest status 'deployment complete'");
	show_list(machine, GUEST);

	chapter("Everything at a glance:");
	must(host_kvp_delete(machine, EXTERNAL, "heartbeat"), "DELETE");
	show_guest(machine, "kvp list");

	chapter("What `hvctl kvp watch` saw meanwhile:");
	must(host_kvp_delete(machine, EXTERNAL, "role"), "DELETE");
	show_watch(machine, watch);
}

int main(int argc, char *argv[])
{
	struct host_setup setup = {
		.body = "fuse",
		.kernel_second_us = 1000000,
		.patience_us = 20000000,
		.time_limit_s = 60,
		.fail = stop,
	};
	struct machine *machine;

	if (argc != 3)
		errx(2, "usage: hvg-demo HV-KVPD HVCTL");
	if (geteuid() != 0)
		errx(2, "the guest is made of namespaces, which takes root: try ./dev demo");
	hvctl = argv[2];
	if (host_setup_daemon(&setup, "ours", argv[1]) < 0)
		errx(1, "%s cannot be started", argv[1]);
	machine = machine_new(&setup);
	guest_start_bus(machine);
	guest_start_daemon(machine);
	play(machine);
	machine_free(machine);
	chapter("That is Data Exchange, both ways.");
	return 0;
}
