// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * An application that wants to be told before a freeze: it registers with org.hvguest.Vss1, and when it is
 * told, it is ready at once, registers anew and is ready then, or waits for SIGUSR1 to be ready.
 */

#include "host/guest/stand-in/stand-in.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME "org.hvguest.Vss1"
#define PATH "/org/hvguest/Vss1"

static struct application {
	sd_bus *bus;
	const char *name, *way; /* "at-once", "again" or "later" */
	int fd;
} application;

static int enroll(int *ret_fd)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply;
	int r, fd;

	r = sd_bus_call_method(application.bus, NAME, PATH, NAME, "Register", &error, &reply, "s", application.name);
	if (r < 0)
		printf("%s: %s\n", error.name, error.message);
	if (r >= 0)
		r = sd_bus_message_read(reply, "h", &fd);
	if (r < 0)
		return r;
	*ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	(void)sd_bus_message_unref(reply);
	return 0;
}

static void be_ready(void)
{
	puts("is ready");
	(void)close(application.fd);
	application.fd = -EBADF;
}

static int on_prepare(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	int r, old = application.fd;
	const char *kind;
	uint64_t limit_us;

	r = sd_bus_message_read(message, "st", &kind, &limit_us);
	if (r < 0)
		return r;
	printf("PrepareForFreeze %s %llu\n", kind, (unsigned long long)limit_us);
	if (strcmp(application.way, "at-once") == 0)
		be_ready();
	if (strcmp(application.way, "again") == 0) {
		r = enroll(&application.fd);
		puts("is ready, and registered again");
		(void)close(old);
	}
	return r < 0 ? r : 0;
}

static int on_thawed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *kind, *result;
	int r = sd_bus_message_read(message, "ss", &kind, &result);

	if (r >= 0)
		printf("Thawed %s %s\n", kind, result);
	return r < 0 ? r : 0;
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	be_ready();
	return 0;
}

int stand_in_application(sd_event *event, int argc, char *argv[])
{
	int r;

	application.name = argv[0];
	application.way = argv[1];
	r = stand_in_join(event, NULL, &application.bus);
	if (r >= 0)
		r = sd_bus_match_signal(application.bus, NULL, NAME, PATH, NAME, "PrepareForFreeze", on_prepare, NULL);
	if (r >= 0)
		r = sd_bus_match_signal(application.bus, NULL, NAME, PATH, NAME, "Thawed", on_thawed, NULL);
	if (r >= 0)
		r = enroll(&application.fd);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGUSR1, on_signal, NULL);
	return r < 0 ? r : stand_in_run(event);
}
