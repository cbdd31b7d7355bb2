// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * As much of systemd as somebody who starts transient units meets: StartTransientUnit, StopUnit,
 * JobRemoved. A oneshot unit's job is over when its program has ended, a notify unit's when it has said
 * READY=1; each has its time-out, after which it is killed.
 */

#include "host/guest/stand-in/stand-in.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME	  "org.freedesktop.systemd1"
#define PATH	  "/org/freedesktop/systemd1"
#define INTERFACE "org.freedesktop.systemd1.Manager"

#define MAX_WORDS 16

struct unit {
	struct unit *next;
	char name[128];
	bool is_notify, is_starting, is_stopping;
	uint64_t timeout_us;
	int other_success; /* exit status */
	char *argv[MAX_WORDS], *environment[MAX_WORDS];
	size_t n_arguments, n_environment;
	int notify_fd;
	pid_t pid;
	sd_event_source *child, *timer, *notify;
	uint32_t job;
};

static struct systemd {
	sd_bus *bus;
	sd_event *event;
	struct unit *units;
	uint32_t last_job;
} systemd;

static void tell(struct unit *unit, const char *result)
{
	char job[64];

	(void)snprintf(job, sizeof(job), PATH "/job/%u", unit->job);
	printf("%s %s\n", unit->name, result);
	(void)sd_bus_emit_signal(systemd.bus, PATH, INTERFACE, "JobRemoved", "uoss", unit->job, job, unit->name, result);
}

static void forget(struct unit *unit)
{
	struct unit **at = &systemd.units;

	while (*at != unit)
		at = &(*at)->next;
	*at = unit->next;
	(void)sd_event_source_disable_unref(unit->child);
	(void)sd_event_source_disable_unref(unit->timer);
	(void)sd_event_source_disable_unref(unit->notify);
	for (size_t i = 0; i < unit->n_arguments; i++)
		free(unit->argv[i]);
	for (size_t i = 0; i < unit->n_environment; i++)
		free(unit->environment[i]);
	free(unit);
}

static int on_child(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct unit *unit = userdata;
	bool succeeded = info->si_code == CLD_EXITED &&
		(info->si_status == 0 || info->si_status == unit->other_success);

	if (unit->is_stopping)
		tell(unit, "done");
	else if (unit->is_starting)
		tell(unit, unit->is_notify || !succeeded ? "failed" : "done");
	forget(unit);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct unit *unit = userdata;

	(void)kill(-unit->pid, SIGKILL);
	if (unit->is_starting)
		tell(unit, "failed"); /* "timeout" is for a job that does not begin */
	unit->is_starting = false;
	return 0;
}

static int on_notify(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct unit *unit = userdata;
	char text[256] = "";

	if (recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT) <= 0 || !strstr(text, "READY=1") || !unit->is_starting)
		return 0;
	unit->is_starting = false;
	(void)sd_event_source_set_enabled(unit->timer, SD_EVENT_OFF);
	tell(unit, "done");
	return 0;
}

static int open_notify(struct unit *unit)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char variable[160];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/notify-%u", unit->job);
	(void)unlink(address.sun_path);
	(void)snprintf(variable, sizeof(variable), "NOTIFY_SOCKET=%s", address.sun_path);
	unit->environment[unit->n_environment++] = strdup(variable);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return sd_event_add_io(systemd.event, &unit->notify, fd, EPOLLIN, on_notify, unit);
}

static void run(struct unit *unit)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	unit->environment[unit->n_environment] = path;
	(void)execve(unit->argv[0], unit->argv, unit->environment);
	_exit(203); /* EXIT_EXEC of systemd.exec(5) */
}

static int launch(struct unit *unit)
{
	int r = unit->is_notify ? open_notify(unit) : 0;

	if (r < 0)
		return r;
	unit->pid = fork();
	if (unit->pid < 0)
		return -errno;
	if (unit->pid == 0)
		run(unit);
	r = sd_event_add_child(systemd.event, &unit->child, unit->pid, WEXITED, on_child, unit);
	if (r >= 0)
		r = sd_event_add_time_relative(systemd.event, &unit->timer, CLOCK_MONOTONIC, unit->timeout_us, 0, on_time,
			unit);
	return r;
}

static int read_words(sd_bus_message *message, char *ret[static MAX_WORDS], size_t *n)
{
	const char *word;
	int r = sd_bus_message_enter_container(message, 'a', "s");

	while (r >= 0 && (r = sd_bus_message_read(message, "s", &word)) > 0 && *n < MAX_WORDS - 2)
		ret[(*n)++] = strdup(word);
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int read_command(sd_bus_message *message, struct unit *unit)
{
	const char *path;
	int r, ignores;

	r = sd_bus_message_enter_container(message, 'v', "a(sasb)");
	if (r >= 0)
		r = sd_bus_message_enter_container(message, 'a', "(sasb)");
	if (r >= 0)
		r = sd_bus_message_enter_container(message, 'r', "sasb");
	if (r >= 0)
		r = sd_bus_message_read(message, "s", &path);
	if (r >= 0)
		r = read_words(message, unit->argv, &unit->n_arguments);
	if (r >= 0)
		r = sd_bus_message_read(message, "b", &ignores);
	for (int i = 0; r >= 0 && i < 3; i++)
		r = sd_bus_message_exit_container(message);
	return r;
}

static int read_property(sd_bus_message *message, struct unit *unit)
{
	const char *name, *text;
	int r;

	r = sd_bus_message_read(message, "s", &name);
	if (r < 0)
		return r;
	if (strcmp(name, "ExecStart") == 0)
		return read_command(message, unit);
	if (strcmp(name, "SuccessExitStatus") == 0)
		return sd_bus_message_read(message, "v", "(aiai)", 1, &unit->other_success, 0);
	if (strcmp(name, "TimeoutStartUSec") == 0 || strcmp(name, "RuntimeMaxUSec") == 0)
		return sd_bus_message_read(message, "v", "t", &unit->timeout_us);
	if (strcmp(name, "Type") == 0) {
		r = sd_bus_message_read(message, "v", "s", &text);
		unit->is_notify = r >= 0 && strcmp(text, "notify") == 0;
		return r;
	}
	if (strcmp(name, "Environment") == 0) {
		r = sd_bus_message_enter_container(message, 'v', "as");
		if (r >= 0)
			r = read_words(message, unit->environment, &unit->n_environment);
		return r < 0 ? r : sd_bus_message_exit_container(message);
	}
	return sd_bus_message_skip(message, "v");
}

static int read_properties(sd_bus_message *message, struct unit *unit)
{
	int r = sd_bus_message_enter_container(message, 'a', "(sv)");

	while (r >= 0 && (r = sd_bus_message_enter_container(message, 'r', "sv")) > 0) {
		r = read_property(message, unit);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int reply_job(sd_bus_message *message, struct unit *unit)
{
	char job[64];

	unit->job = ++systemd.last_job;
	(void)snprintf(job, sizeof(job), PATH "/job/%u", unit->job);
	return sd_bus_reply_method_return(message, "o", job);
}

static int on_start(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct unit *unit = calloc(1, sizeof(*unit));
	const char *name, *mode;
	int r;

	unit->next = systemd.units;
	systemd.units = unit;
	r = sd_bus_message_read(message, "ss", &name, &mode);
	if (r >= 0)
		r = read_properties(message, unit);
	if (r < 0 || unit->n_arguments == 0)
		return sd_bus_error_set(error, "org.freedesktop.DBus.Error.InvalidArgs", "the stand-in does not understand");
	(void)snprintf(unit->name, sizeof(unit->name), "%s", name);
	unit->is_starting = true;
	r = reply_job(message, unit);
	if (r >= 0)
		r = launch(unit);
	return r < 0 ? r : 1;
}

static struct unit *find(const char *name)
{
	struct unit *unit = systemd.units;

	while (unit && strcmp(unit->name, name) != 0)
		unit = unit->next;
	return unit;
}

static int on_stop(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *name, *mode;
	struct unit *unit;
	int r;

	r = sd_bus_message_read(message, "ss", &name, &mode);
	if (r < 0)
		return r;
	unit = find(name);
	if (!unit)
		return sd_bus_error_set(error, "org.freedesktop.systemd1.NoSuchUnit", "there is no such unit");
	if (unit->is_starting)
		tell(unit, "canceled");
	unit->is_starting = false;
	unit->is_stopping = true;
	r = reply_job(message, unit);
	(void)kill(-unit->pid, SIGTERM);
	return r;
}

static int on_subscribe(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return sd_bus_reply_method_return(message, "");
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("StartTransientUnit", "ssa(sv)a(sa(sv))", "o", on_start, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("StopUnit", "ss", "o", on_stop, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Subscribe", "", "", on_subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL("JobRemoved", "uoss", 0),
	SD_BUS_VTABLE_END,
};

int stand_in_units(sd_event *event, int argc, char *argv[])
{
	int r;

	systemd.event = event;
	r = stand_in_join(event, NAME, &systemd.bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(systemd.bus, NULL, PATH, INTERFACE, vtable, NULL);
	return r < 0 ? r : stand_in_run(event);
}
