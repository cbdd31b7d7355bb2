// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Starting dbus-daemon with a configuration of ours. Names that nobody owns are activated by it, if
 * the scenario wrote a service file; it has no type, because a system bus would want its setuid
 * helper for that.
 */

#include "host/inside/bus.h"
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET      "/run/dbus/system_bus_socket"
#define CONFIG      "/run/dbus/hvguest-test.conf"
#define PATIENCE_US 10000000
#define STEP_US     5000

/* What a stand-in of the test owns; its own policy lets anybody call it. */
#define STAND_IN(name)                                                                         \
	"<policy user=\"root\"><allow own=\"" name "\"/></policy>\n"                            \
	"<policy context=\"default\"><allow send_destination=\"" name "\"/></policy>\n"

static const char config[] =
	"<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
	" \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
	"<busconfig>\n"
	"<listen>unix:path=" SOCKET "</listen>\n"
	"<servicedir>" GUEST_BUS_SERVICES "</servicedir>\n"
	"<auth>EXTERNAL</auth>\n"
	"<policy context=\"default\">\n"
	"<allow user=\"*\"/>\n"
	"<deny own=\"*\"/>\n"
	"<deny send_type=\"method_call\"/>\n"
	"<allow send_type=\"signal\"/>\n"
	"<allow send_requested_reply=\"true\" send_type=\"method_return\"/>\n"
	"<allow send_requested_reply=\"true\" send_type=\"error\"/>\n"
	"<allow receive_type=\"method_call\"/>\n"
	"<allow receive_type=\"method_return\"/>\n"
	"<allow receive_type=\"error\"/>\n"
	"<allow receive_type=\"signal\"/>\n"
	"<allow send_destination=\"org.freedesktop.DBus\"/>\n"
	"</policy>\n"
	STAND_IN("org.freedesktop.PolicyKit1")
	STAND_IN("org.freedesktop.NetworkManager")
	STAND_IN("org.freedesktop.login1")
	STAND_IN("org.freedesktop.resolve1")
	STAND_IN("org.freedesktop.systemd1")
	STAND_IN("org.hvguest.Network1")
	"<includedir>" HVG_SOURCE_DIR "/conf/dbus</includedir>\n"
	"</busconfig>\n";

static int write_config(void)
{
	FILE *file = fopen(CONFIG, "we");
	int r;

	if (!file)
		return -errno;
	r = fputs(config, file) < 0 ? -EIO : 0;
	return fclose(file) == 0 ? r : -EIO;
}

static bool takes_connections(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

	r = connect(fd, (const struct sockaddr *)&address, sizeof(address));
	close(fd);
	return r == 0;
}

int bus_start(int log_fd, struct process *ret)
{
	static const char *const argv[] = {
		"dbus-daemon",
		"--config-file=" CONFIG,
		"--nofork",
		"--nopidfile",
		NULL,
	};
	const struct guest_command command = { .argv = argv, .talks_to_log = true };
	int r = write_config();

	if (r == 0)
		r = process_start(&command, log_fd, ret);
	if (r < 0)
		return r;
	for (unsigned int waited = 0; waited < PATIENCE_US; waited += STEP_US) {
		if (takes_connections())
			return 0;
		if (process_wait(ret, STEP_US) != -ETIMEDOUT)
			return -ECHILD;
	}
	return -ETIMEDOUT;
}

int bus_stop(struct process *bus)
{
	int r = process_signal(bus, SIGTERM);

	if (r == 0)
		r = process_wait(bus, PATIENCE_US);
	(void)unlink(SOCKET);
	return r < 0 ? r : 0;
}
