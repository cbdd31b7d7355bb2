/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_UNIT_DAEMONS_PRIVATE_BUS_H
#define HVG_TESTS_UNIT_DAEMONS_PRIVATE_BUS_H

/*
 * A dbus-daemon of a test's own, on a socket in the test's folder. It dies with the test.
 */

#include "daemons/folder.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>

#define NOBODY 65534

struct private_bus {
	struct folder folder;
	char address[128];
	pid_t pid; /* 0: not running */
};

/* Everybody may do everything, except to own org.hvguest.Forbidden1. */
static inline void private_bus_write_config(const struct private_bus *bus)
{
	char config[1024];

	snprintf(config, sizeof(config),
		"<busconfig><listen>%s</listen><auth>EXTERNAL</auth><policy context='default'>"
		"<allow user='*'/><allow own='*'/><allow send_destination='*'/><allow receive_sender='*'/>"
		"<deny own='org.hvguest.Forbidden1'/></policy></busconfig>",
		bus->address);
	folder_write(&bus->folder, "bus.conf", config);
}

/* From now on everybody may own org.hvguest.Forbidden1, too. */
static inline void private_bus_forbid_nothing(const struct private_bus *bus)
{
	char config[1024];

	snprintf(config, sizeof(config),
		"<busconfig><listen>%s</listen><auth>EXTERNAL</auth><policy context='default'>"
		"<allow user='*'/><allow own='*'/><allow send_destination='*'/><allow receive_sender='*'/>"
		"</policy></busconfig>",
		bus->address);
	folder_write(&bus->folder, "bus.conf", config);
	kill(bus->pid, SIGHUP);
}

/* The socket will be this file of the folder. */
static inline void private_bus_init(struct private_bus *bus, const char *socket)
{
	folder_create(&bus->folder);
	snprintf(bus->address, sizeof(bus->address), "unix:path=%s/%s", bus->folder.path, socket);
	private_bus_write_config(bus);
	bus->pid = 0;
}

static inline void private_bus_exec(const struct private_bus *bus, int announce_fd)
{
	char config[128], announce[64];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)!freopen(folder_path(&bus->folder, "bus.log"), "a", stderr); /* it grumbles about limits */
	snprintf(config, sizeof(config), "--config-file=%s", folder_path(&bus->folder, "bus.conf"));
	snprintf(announce, sizeof(announce), "--print-address=%d", announce_fd);
	execlp("dbus-daemon", "dbus-daemon", config, "--nofork", "--nopidfile", announce, NULL);
	_exit(127);
}

/* Comes back when it listens. */
static inline void private_bus_start(struct private_bus *bus)
{
	int announcement[2];
	char text[256];

	ck_assert_int_eq(pipe(announcement), 0);
	bus->pid = fork();
	ck_assert_int_ge(bus->pid, 0);
	if (bus->pid == 0)
		private_bus_exec(bus, announcement[1]);
	close(announcement[1]);
	ck_assert_msg(read(announcement[0], text, sizeof(text)) > 0, "dbus-daemon does not start");
	close(announcement[0]);
}

static inline void private_bus_stop(struct private_bus *bus)
{
	if (bus->pid == 0)
		return;
	kill(bus->pid, SIGKILL);
	ck_assert_int_eq(waitpid(bus->pid, NULL, 0), bus->pid);
	bus->pid = 0;
}

static inline void private_bus_done(struct private_bus *bus)
{
	private_bus_stop(bus);
	folder_remove(&bus->folder);
}

/* A connection of this user's (if we may choose), served by the loop. */
static inline sd_bus *private_bus_connect(const struct private_bus *bus, sd_event *event, uid_t user)
{
	sd_bus *connection;
	uid_t self = geteuid();

	ck_assert_int_ge(sd_bus_new(&connection), 0);
	ck_assert_int_ge(sd_bus_set_address(connection, bus->address), 0);
	ck_assert_int_ge(sd_bus_set_bus_client(connection, true), 0);
	/* The kernel notes who connects, and the bus asks the kernel. */
	ck_assert(self != 0 || seteuid(user) == 0);
	ck_assert_int_ge(sd_bus_start(connection), 0);
	ck_assert(self != 0 || seteuid(self) == 0);
	ck_assert_int_ge(sd_bus_attach_event(connection, event, 0), 0);
	return connection;
}

#endif
