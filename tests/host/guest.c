// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The guest's end: programs and files. The daemon under test is one of its programs.
 */

#include "host/machine.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define MAX_ARGUMENTS 32

int guest_spawn(struct machine *machine, const struct guest_command *command)
{
	int process = machine->body->guest_spawn(machine->at, command);

	machine_check(machine, process, command->argv[0]);
	return process;
}

int guest_spawn_tool(struct machine *machine, const char *verb, ...)
{
	const char *argv[MAX_ARGUMENTS] = { HVG_GUEST_TOOL, verb };
	const struct guest_command command = { .argv = argv };
	va_list arguments;
	size_t n = 2;

	va_start(arguments, verb);
	do
		argv[n] = va_arg(arguments, const char *);
	while (argv[n] && ++n < MAX_ARGUMENTS - 1);
	va_end(arguments);
	return guest_spawn(machine, &command);
}

void guest_signal(struct machine *machine, int process, int signal)
{
	machine_check(
		machine, machine->body->guest_signal(machine->at, process, signal), "kill");
}

bool guest_runs(struct machine *machine, int process)
{
	return machine->body->guest_wait(machine->at, process, 0) == -ETIMEDOUT;
}

int guest_wait(struct machine *machine, int process)
{
	int status = machine->body->guest_wait(machine->at, process, machine->setup->patience_us);

	machine_check(machine, status, "a program does not end");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void guest_end(struct machine *machine, int process)
{
	if (guest_runs(machine, process))
		guest_signal(machine, process, SIGKILL);
	(void)guest_wait(machine, process);
}

char *guest_output(struct machine *machine, int process)
{
	return machine->body->guest_output(machine->at, process);
}

bool guest_has_printed(struct machine *machine, int process, const char *text)
{
	char *output = guest_output(machine, process);
	bool found = output && strstr(output, text);

	free(output);
	return found;
}

void guest_wait_for_output(struct machine *machine, int process, const char *text)
{
	if (!machine_eventually(machine, guest_has_printed(machine, process, text)))
		machine_fail(machine, "a program did not print '%s'", text);
}

static int __attribute__((format(printf, 2, 0)))
run_shell(struct machine *machine, const char *format, va_list arguments)
{
	char line[4096];
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	const struct guest_command command = { .argv = argv };

	(void)vsnprintf(line, sizeof(line), format, arguments);
	machine_note(machine, "$ %s", line);
	return guest_spawn(machine, &command);
}

static int finish_shell(struct machine *machine, int process, char **ret_output)
{
	int status = guest_wait(machine, process);

	*ret_output = guest_output(machine, process);
	machine->body->guest_forget(machine->at, process);
	return status;
}

int guest_try(struct machine *machine, const char *format, ...)
{
	va_list arguments;
	char *output;
	int status;

	va_start(arguments, format);
	status = finish_shell(machine, run_shell(machine, format, arguments), &output);
	va_end(arguments);
	free(output);
	return status;
}

void guest_run(struct machine *machine, const char *format, ...)
{
	va_list arguments;
	char *output;
	int status;

	va_start(arguments, format);
	status = finish_shell(machine, run_shell(machine, format, arguments), &output);
	va_end(arguments);
	if (status != 0)
		machine_fail(machine, "'%s' ended with %d: %s", format, status, output);
	free(output);
}

char *guest_ask(struct machine *machine, const char *format, ...)
{
	va_list arguments;
	char *output;

	va_start(arguments, format);
	(void)finish_shell(machine, run_shell(machine, format, arguments), &output);
	va_end(arguments);
	return output;
}

/* The daemon. */

/* What its daemon opens and reads, and how to tell that somebody serves it. */
static const struct service {
	const char *name, *device, *config;
	void (*wait_until_served)(struct machine *machine);
} services[] = {
	{ "kvp", GUEST_DEVICE, GUEST_CONFIG, host_wait_for_contact },
	{ "vss", GUEST_VSS_DEVICE, GUEST_VSS_CONFIG, host_wait_for_backup_service },
	{ "fcopy", GUEST_FCOPY_DEVICE, GUEST_FCOPY_CONFIG, host_fcopy_wait_until_served },
};

static bool serves(const struct machine *machine, const char *service)
{
	return strcmp(machine->setup->service, service) == 0;
}

static const struct service *find_service(const struct machine *machine)
{
	const struct service *service = services;

	while (!serves(machine, service->name))
		service++;
	return service;
}

/* In one command: on a real kernel each takes its time, and every scenario begins with this. */
void guest_install(struct machine *machine)
{
	guest_run(machine,
		"cd " GUEST_POOL_FOLDER " && touch .kvp_pool_0 .kvp_pool_1 .kvp_pool_2 .kvp_pool_3 .kvp_pool_4 &&"
		" chown hvguest:root .kvp_pool_* && chmod 644 .kvp_pool_* &&"
		" install -d -o hvguest -g hvguest /var/lib/hvguest/kvp /run/hvguest/kvp &&"
		" install -d /var/lib/hvguest/fcopy && install -d -m 0700 /var/lib/hvguest/vss /run/hvguest/vss &&"
		" : >" GUEST_CONFIG " && : >" GUEST_FCOPY_CONFIG " && printf '" GUEST_VSS_SETTINGS "' >" GUEST_VSS_CONFIG);
}

struct words {
	const char *argv[MAX_ARGUMENTS];
	size_t n;
};

static void add_option(struct words *words, const char *option, const char *value)
{
	words->argv[words->n++] = option;
	words->argv[words->n++] = value;
}

/*
 * Ours counts the kernel's seconds itself, so it is told how long they are; and its device, where no udev is.
 * For Backup it may freeze loop devices only: freezing is for everybody. For file copy it has the rights that
 * its unit leaves it: with all of root's no quota would hold.
 */
static void put_ours(
	struct machine *machine, const char *const *prefix, const char *timeout, struct words *ret)
{
	const struct host_setup *setup = machine->setup;
	const struct service *service = find_service(machine);

	*ret = (struct words){ 0 };
	if (serves(machine, "fcopy")) {
		ret->argv[ret->n++] = "setpriv";
		add_option(ret, "--bounding-set", "-all,+chown,+dac_override,+fowner");
	}
	while (prefix && *prefix)
		ret->argv[ret->n++] = *prefix++;
	ret->argv[ret->n++] = setup->daemon_path;
	add_option(ret, "--config", service->config);
	add_option(ret, "--kernel-timeout", timeout);
	if (!machine->body->has_kernel)
		add_option(ret, "--device", setup->uses_ring ? BODY_FCOPY_RING : service->device);
	if (serves(machine, "vss")) {
		add_option(ret, "--only-major", setup->backup_major ? setup->backup_major : "7");
		add_option(ret, "--freezer", HVG_VSS_FREEZER);
	}
}

/* The one for Backup freezes only what a world of its own shows it. */
static void put_debians(struct machine *machine, struct words *ret)
{
	*ret = (struct words){ 0 };
	if (serves(machine, "vss"))
		add_option(ret, HVG_GUEST_TOOL, "alone");
	add_option(ret, machine->setup->daemon_path, "-n");
}

static int spawn_daemon(struct machine *machine, const char *const *prefix, const char *const *environment)
{
	const struct host_setup *setup = machine->setup;
	char timeout[32];
	struct words words;
	const struct guest_command command = {
		.argv = words.argv,
		.environment = environment,
		.user = setup->daemon_user,
		.talks_to_log = true,
	};

	if (!setup->daemon_path)
		machine_fail(machine, "this scenario needs a daemon");
	(void)snprintf(timeout, sizeof(timeout), "%" PRIu64 "us", KERNEL_TIMEOUT_S * setup->kernel_second_us);
	if (strcmp(setup->daemon, "ours") == 0)
		put_ours(machine, prefix, timeout, &words);
	else
		put_debians(machine, &words);
	machine_note(machine, "the guest starts %s", setup->daemon_path);
	return guest_spawn(machine, &command);
}

int guest_spawn_daemon(struct machine *machine)
{
	return spawn_daemon(machine, NULL, NULL);
}

/* A scenario may start a thousand of them, one after the other. */
static void forget_former_daemon(struct machine *machine)
{
	if (machine->daemon != NO_PROCESS && !guest_daemon_runs(machine))
		machine->body->guest_forget(machine->at, machine->daemon);
}

void guest_launch_daemon(struct machine *machine)
{
	guest_launch_daemon_with(machine, NULL, NULL);
}

void guest_launch_daemon_with(
	struct machine *machine, const char *const *prefix, const char *const *environment)
{
	forget_former_daemon(machine);
	machine->daemon = spawn_daemon(machine, prefix, environment);
}

const char *guest_daemon_path(struct machine *machine)
{
	return machine->setup->daemon_path;
}

/* A device that has had contact keeps it over a restart: then only an exchange shows the new one. */
void guest_start_daemon(struct machine *machine)
{
	guest_launch_daemon(machine);
	find_service(machine)->wait_until_served(machine);
}

static void signal_daemon(struct machine *machine, int signal)
{
	machine_note(machine, "the guest's daemon gets SIG%s", sigabbrev_np(signal));
	guest_signal(machine, machine->daemon, signal);
}

void guest_begin_stopping_daemon(struct machine *machine)
{
	signal_daemon(machine, SIGTERM);
}

/* Ours ends well, and its sanitizers are content; Debian's is ended by the signal. */
void guest_finish_stopping_daemon(struct machine *machine)
{
	int expected = strcmp(machine->setup->daemon, "ours") == 0 ? 0 : 128 + SIGTERM;
	int status = guest_wait(machine, machine->daemon);

	if (status != expected)
		machine_fail(machine, "the daemon ended with status %d, not %d", status, expected);
}

void guest_stop_daemon(struct machine *machine)
{
	guest_begin_stopping_daemon(machine);
	guest_finish_stopping_daemon(machine);
}

void guest_end_daemon(struct machine *machine)
{
	if (machine->daemon == NO_PROCESS || !guest_daemon_runs(machine))
		return;
	guest_resume_daemon(machine);
	guest_stop_daemon(machine);
}

void guest_kill_daemon(struct machine *machine)
{
	signal_daemon(machine, SIGKILL);
	(void)guest_wait(machine, machine->daemon);
}

void guest_reload_daemon(struct machine *machine)
{
	signal_daemon(machine, SIGHUP);
}

void guest_pause_daemon(struct machine *machine)
{
	signal_daemon(machine, SIGSTOP);
}

void guest_resume_daemon(struct machine *machine)
{
	signal_daemon(machine, SIGCONT);
}

bool guest_daemon_runs(struct machine *machine)
{
	return guest_runs(machine, machine->daemon);
}

int guest_wait_for_daemon(struct machine *machine)
{
	return guest_wait(machine, machine->daemon);
}

pid_t guest_daemon_pid(struct machine *machine)
{
	return machine->body->guest_pid(machine->at, machine->daemon);
}

/* Files. */

char *guest_read_file(struct machine *machine, const char *path, size_t *ret_size)
{
	char *text = NULL;
	int r = machine->body->guest_read(machine->at, path, &text, ret_size);

	if (r != -ENOENT)
		machine_check(machine, r, path);
	return text;
}

void guest_write_file(struct machine *machine, const char *path, const void *bytes, size_t size)
{
	machine_check(machine,
		machine->body->guest_write(machine->at, path, bytes, size, GUEST_WRITE_WHOLE),
		path);
}

void guest_append_file(
	struct machine *machine, const char *path, const void *bytes, size_t size)
{
	machine_check(machine,
		machine->body->guest_write(machine->at, path, bytes, size, GUEST_WRITE_APPEND),
		path);
}

/* Pools. */

const char *guest_pool_path(unsigned int pool)
{
	static const char *const paths[] = {
		GUEST_POOL_FOLDER "/.kvp_pool_0",
		GUEST_POOL_FOLDER "/.kvp_pool_1",
		GUEST_POOL_FOLDER "/.kvp_pool_2",
		GUEST_POOL_FOLDER "/.kvp_pool_3",
		GUEST_POOL_FOLDER "/.kvp_pool_4",
	};

	return paths[pool];
}

void guest_append_record(
	struct machine *machine, unsigned int pool, const char *key, const char *value)
{
	char record[POOL_RECORD_BYTES] = { 0 };

	memcpy(record, key, strnlen(key, POOL_KEY_BYTES));
	memcpy(record + POOL_KEY_BYTES, value, strnlen(value, sizeof(record) - POOL_KEY_BYTES));
	guest_append_file(machine, guest_pool_path(pool), record, sizeof(record));
}

size_t guest_pool_size(struct machine *machine, unsigned int pool)
{
	size_t size = 0;

	free(guest_read_file(machine, guest_pool_path(pool), &size));
	return size / POOL_RECORD_BYTES;
}

char *guest_pool_value(struct machine *machine, unsigned int pool, const char *key)
{
	size_t size = 0;
	char *records = guest_read_file(machine, guest_pool_path(pool), &size), *value = NULL;

	for (size_t at = 0; size - at >= POOL_RECORD_BYTES; at += POOL_RECORD_BYTES)
		if (strncmp(records + at, key, POOL_KEY_BYTES) == 0) {
			free(value);
			value = strndup(records + at + POOL_KEY_BYTES,
				POOL_RECORD_BYTES - POOL_KEY_BYTES);
		}
	free(records);
	return value;
}

char *guest_log(struct machine *machine)
{
	return machine->body->log(machine->at);
}

int guest_lock_pool(struct machine *machine, unsigned int pool, const char *kind)
{
	int process = guest_spawn_tool(machine, "hold", kind, guest_pool_path(pool), NULL);

	guest_wait_for_output(machine, process, "held");
	machine_note(machine, "the guest's pool %u is locked by %s", pool, kind);
	return process;
}

/* Loop devices are numbered by the machine, and others on it take them too. */
void guest_move_pools_to_disk(struct machine *machine)
{
	guest_run(machine, "truncate -s 16M /tmp/disk && mkfs.ext4 -q /tmp/disk &&"
			   " { [ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237; }");
	guest_run(machine, "for try in $(seq 50); do loop=$(losetup -f) &&"
			   " { [ -e $loop ] || mknod $loop b 7 ${loop#/dev/loop}; } &&"
			   " losetup $loop /tmp/disk && break; done;"
			   " mkdir /tmp/pools && mount $loop /tmp/pools && losetup -d $loop");
	guest_run(machine, "cp -a /var/lib/hyperv /var/lib/hvguest /tmp/pools &&"
			   " mount --bind /tmp/pools/hyperv /var/lib/hyperv &&"
			   " mount --bind /tmp/pools/hvguest /var/lib/hvguest");
}

int guest_freeze_pools(struct machine *machine)
{
	int process = guest_spawn_tool(machine, "freeze", "/tmp/pools", "60", NULL);

	guest_wait_for_output(machine, process, "frozen");
	machine_note(machine, "the disk of the guest's pools stops answering");
	return process;
}

void guest_thaw_pools(struct machine *machine, int process)
{
	guest_signal(machine, process, SIGTERM);
	if (guest_wait(machine, process) != 0)
		machine_fail(machine, "the disk was not thawed");
	machine_note(machine, "the disk answers again");
}

bool guest_has_logged(struct machine *machine, const char *text)
{
	char *log = guest_log(machine);
	bool found = log && strstr(log, text);

	free(log);
	return found;
}

void guest_wait_for_log(struct machine *machine, const char *text)
{
	if (!machine_eventually(machine, guest_has_logged(machine, text)))
		machine_fail(machine, "the guest's log does not say '%s'", text);
}
