// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * guest-stand-in VERB ARGUMENT…
 */

#include "host/guest/stand-in/stand-in.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(sd_event *event, int argc, char *argv[]);
	int n_arguments;
} verbs[] = {
	{ "application", stand_in_application, 2 },
	{ "kvp", stand_in_kvp, 1 },
	{ "listen", stand_in_listen, 0 },
	{ "logind", stand_in_logind, 0 },
	{ "netd", stand_in_netd, 2 },
	{ "networkmanager", stand_in_networkmanager, 1 },
	{ "polkit", stand_in_polkit, 1 },
	{ "resolved", stand_in_resolved, 1 },
	{ "systemd", stand_in_systemd, 0 },
	{ "units", stand_in_units, 0 },
};

int stand_in_join(sd_event *event, const char *name, sd_bus **ret)
{
	sd_bus *bus;
	int r;

	r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0 && name)
		r = sd_bus_request_name(bus, name, 0);
	if (r >= 0)
		*ret = bus;
	return r;
}

int stand_in_run(sd_event *event)
{
	puts("ready");
	return sd_event_loop(event);
}

static int run(int (*verb)(sd_event *event, int argc, char *argv[]), int argc, char *argv[])
{
	sd_event *event;
	int r;

	r = sd_event_new(&event);
	if (r >= 0)
		r = verb(event, argc, argv);
	if (r < 0)
		fprintf(stderr, "guest-stand-in: %s\n", strerror(-r));
	return r < 0;
}

int main(int argc, char *argv[])
{
	sigset_t signals;

	/* sd_event_add_signal wants them blocked. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	sigaddset(&signals, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0 && argc - 2 == verbs[i].n_arguments)
			return run(verbs[i].run, argc - 2, argv + 2);
	fprintf(stderr,
		"usage: guest-stand-in application NAME at-once|again|later | kvp ERROR | listen | logind | netd bus|socket ANSWER |"
		" polkit ANSWER | systemd | units\n");
	return 2;
}
