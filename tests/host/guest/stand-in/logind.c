// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A logind that never sleeps but says so: SIGUSR1 announces sleep, SIGUSR2 that it is over. An
 * inhibitor is one end of a pipe, and it is over when that is closed.
 */

#include "host/guest/stand-in/stand-in.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define NAME	  "org.freedesktop.login1"
#define PATH	  "/org/freedesktop/login1"
#define INTERFACE "org.freedesktop.login1.Manager"

static int on_released(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	puts("released");
	(void)sd_event_source_unref(source);
	close(fd);
	return 0;
}

static int watch(sd_bus_message *message, int fd)
{
	sd_event_source *source;

	return sd_event_add_io(
		sd_bus_get_event(sd_bus_message_get_bus(message)), &source, fd, 0, on_released, NULL);
}

static int on_inhibit(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *what, *who, *why, *mode;
	int fds[2], r;

	r = sd_bus_message_read(message, "ssss", &what, &who, &why, &mode);
	if (r < 0)
		return r;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	printf("inhibited: %s by %s, %s\n", what, who, mode);
	r = watch(message, fds[0]);
	if (r >= 0)
		r = sd_bus_reply_method_return(message, "h", fds[1]);
	close(fds[1]);
	return r;
}

static int sleeps;

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Inhibit", "ssss", "h", on_inhibit, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL("PrepareForSleep", "b", 0),
	SD_BUS_PROPERTY("PreparingForSleep", "b", NULL, 0, 0),
	SD_BUS_VTABLE_END,
};

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	sleeps = info->ssi_signo == SIGUSR1;
	printf("PrepareForSleep %d\n", sleeps);
	return sd_bus_emit_signal(userdata, PATH, INTERFACE, "PrepareForSleep", "b", sleeps);
}

int stand_in_logind(sd_event *event, int argc, char *argv[])
{
	sd_bus *bus;
	int r;

	r = stand_in_join(event, NAME, &bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus, NULL, PATH, INTERFACE, vtable, &sleeps);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGUSR1, on_signal, bus);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGUSR2, on_signal, bus);
	return r < 0 ? r : stand_in_run(event);
}
