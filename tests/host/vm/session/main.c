// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvg-vm-session FOLDER COMMAND…: one virtual machine for many scenarios. It runs the monitor
 * (COMMAND, which connects to FOLDER/monitor), boots the guest, and lets one scenario after the
 * other talk to it over FOLDER/session: whole frames only, so that a scenario that dies leaves
 * nothing half said; and what it has changed of the host is undone (restore.c).
 *
 * Whoever comes is first told how things stand (state.c). The monitor's news go to
 * FOLDER/console.log and FOLDER/record.log as well; FOLDER/up appears when the guest is up for
 * the first time. It ends with SIGTERM, when the monitor does, or when the guest does not come
 * up the first time; it fails if there was a fault that no scenario has heard of.
 */

#include "host/vm/session/restore.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUIT_PATIENCE_MS 5000

/* Replies find their way by the upper half of their ids: which scenario it was. */
#define CLIENT_SHIFT     48
#define CLIENT_MASK      ((UINT64_C(1) << CLIENT_SHIFT) - 1)

static struct session {
	const char *folder;
	int monitor_socket, client_socket, signal_fd, pid_fd;
	pid_t pid;
	struct link monitor, client;
	uint64_t client_number;
	struct vm_state state;
	struct vm_changes changes;
} session;

static int listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", session.folder,
		    name) >= (int)sizeof(address.sun_path))
		errx(1, "%s: the name is too long for a socket", session.folder);
	(void)unlink(address.sun_path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, 8) < 0)
		err(1, "%s", address.sun_path);
	return fd;
}

static void start_monitor(char *const argv[])
{
	const pid_t parent = getpid();
	sigset_t none;

	session.pid = fork();
	if (session.pid == 0) {
		sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			(void)execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	session.pid_fd = session.pid > 0 ? pidfd_open(session.pid, 0) : -1;
	if (session.pid_fd < 0)
		err(1, "%s", argv[0]);
}

static void watch_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	session.signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
}

/* A reply goes to the scenario that asked, and to nobody if that is gone. */
static void pass_on(struct control_frame frame)
{
	if (frame.type == CONTROL_FROM_AGENT)
		return;
	if (frame.type == CONTROL_REPLY && frame.id >> CLIENT_SHIFT != session.client_number)
		return;
	frame.id &= CLIENT_MASK;
	link_send(&session.client, &frame);
}

static void pass_agent_on(void)
{
	struct message message;

	while (state_next_from_agent(&session.state, &message) > 0) {
		link_send_message(&session.client, CONTROL_FROM_AGENT, 0, &message);
		message_done(&message);
	}
}

static int hear_monitor(void)
{
	struct control_frame frame;
	int r = link_exchange(&session.monitor);

	while (r >= 0 && (r = control_stream_next(&session.monitor.in, &frame)) > 0) {
		state_note(&session.state, &frame, session.client.fd >= 0);
		pass_agent_on();
		pass_on(frame);
	}
	return r;
}

static void hear_client(void)
{
	struct control_frame frame;
	int r = link_exchange(&session.client);

	while (r >= 0 && (r = control_stream_next(&session.client.in, &frame)) > 0) {
		state_note_order(&session.state, &frame);
		restore_note(&session.changes, &frame);
		if (frame.id)
			frame.id = (frame.id & CLIENT_MASK) |
				session.client_number << CLIENT_SHIFT;
		link_send(&session.monitor, &frame);
	}
	if (r == 0)
		return;
	link_end(&session.client);
	restore(&session.changes, &session.state, &session.monitor);
}

static void welcome_monitor(void)
{
	link_begin(&session.monitor, accept(session.monitor_socket, NULL, NULL));
	state_boot(&session.monitor);
}

static void welcome_client(void)
{
	session.client_number = session.client_number % 0xffff + 1;
	link_begin(&session.client, accept(session.client_socket, NULL, NULL));
	state_tell(&session.state, &session.client);
}

static bool welcomes_monitor(void)
{
	return session.monitor.fd < 0;
}

static bool welcomes_clients(void)
{
	return session.state.was_up && session.client.fd < 0;
}

/* Its last words first: they may tell why. */
static bool monitor_has_ended(const struct pollfd *process, const struct pollfd *socket)
{
	return socket->revents ? hear_monitor() < 0 : process->revents != 0;
}

/* One scenario at a time, and none before the guest is up. poll() ignores descriptors of -1. */
static int step(void)
{
	struct pollfd fds[] = {
		{ .fd = session.pid_fd, .events = POLLIN },
		{ .fd = session.signal_fd, .events = POLLIN },
		{ .fd = welcomes_monitor() ? session.monitor_socket : -1, .events = POLLIN },
		{ .fd = session.monitor.fd, .events = link_events(&session.monitor) },
		{ .fd = welcomes_clients() ? session.client_socket : -1, .events = POLLIN },
		{ .fd = session.client.fd, .events = link_events(&session.client) },
	};

	if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[1].revents)
		return 1;
	if (monitor_has_ended(&fds[0], &fds[3])) {
		warnx("the monitor has ended");
		return 1;
	}
	if (state_is_hopeless(&session.state)) {
		warnx("the guest did not come up");
		return 1;
	}
	if (fds[2].revents)
		welcome_monitor();
	if (fds[4].revents)
		welcome_client();
	else if (fds[5].revents)
		hear_client();
	return 0;
}

/* Politely, then not. */
static void stop_monitor(void)
{
	const struct control_frame quit = { .type = CONTROL_QUIT };
	struct pollfd fd = { .fd = session.pid_fd, .events = POLLIN };

	link_send(&session.monitor, &quit);
	if (poll(&fd, 1, session.monitor.fd < 0 ? 0 : QUIT_PATIENCE_MS) == 0)
		(void)kill(session.pid, SIGKILL);
	(void)waitpid(session.pid, NULL, 0);
}

int main(int argc, char *argv[])
{
	int r = 0;

	if (argc < 3)
		errx(2, "usage: hvg-vm-session FOLDER COMMAND...");
	session.folder = argv[1];
	session.monitor.fd = session.client.fd = -1;
	state_init(&session.state, session.folder);
	watch_signals();
	session.monitor_socket = listen_at("monitor");
	session.client_socket = listen_at("session");
	start_monitor(argv + 2);
	while (r == 0)
		r = step();
	stop_monitor();
	return session.state.n_unheard_faults > 0;
}
