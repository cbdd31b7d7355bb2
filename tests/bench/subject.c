// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Timing. The body is called directly: the scenario API writes a log.
 */

#include "subject.h"

#include "host/machine.h"

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_SAMPLES 20000
#define SERIES_US   1500000
#define WARM_UP     20

static void stop(const char *message)
{
	errx(1, "%s", message);
}

static struct host_setup setup = {
	.body = "fuse",
	.kernel_second_us = 1000000,
	.patience_us = 20000000,
	.time_limit_s = 600,
	.fail = stop,
};

static int echo_process = NO_PROCESS;

static void fill_pool(struct machine *machine, unsigned int n_records)
{
	char *records = calloc(n_records + 1, POOL_RECORD_BYTES);

	if (!records)
		err(1, "pool");
	for (unsigned int i = 0; i < n_records; i++) {
		char *record = records + (size_t)i * POOL_RECORD_BYTES;

		(void)snprintf(record, POOL_KEY_BYTES, "key%u", i);
		(void)snprintf(record + POOL_KEY_BYTES, POOL_RECORD_BYTES - POOL_KEY_BYTES,
			"value%u", i);
	}
	guest_write_file(
		machine, guest_pool_path(0), records, (size_t)n_records * POOL_RECORD_BYTES);
	free(records);
}

static struct machine *prepare(const struct subject *subject, const char *folder)
{
	if (host_setup_daemon(&setup, subject->daemon, subject->path) < 0)
		errx(1, "no such daemon: %s", subject->daemon);
	setup.state_folder = folder;
	return machine_new(&setup);
}

static void launch(struct machine *machine)
{
	if (setup.daemon_path)
		guest_launch_daemon(machine);
	else
		echo_process = guest_spawn_tool(machine, "echo", GUEST_DEVICE, NULL);
}

struct machine *subject_start(
	const struct subject *subject, const char *folder, unsigned int n_records)
{
	struct machine *machine = prepare(subject, folder);

	fill_pool(machine, n_records);
	launch(machine);
	host_wait_for_contact(machine);
	return machine;
}

void subject_stop(struct machine *machine)
{
	machine_free(machine);
}

static pid_t pid_of(struct machine *machine)
{
	int process = machine->daemon == NO_PROCESS ? echo_process : machine->daemon;

	return machine->body->guest_pid(machine->at, process);
}

static uint64_t cpu_ns(struct machine *machine)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(pid_of(machine), &clock) != 0 || clock_gettime(clock, &time) < 0)
		errx(1, "the subject is gone");
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void exchange(struct machine *machine, const struct host_kvp_message *request)
{
	static struct host_kvp_message reply;
	uint32_t status;
	uint64_t id;

	if (machine->body->kvp_send(machine->at, request, &id) < 0)
		errx(1, "cannot send");
	status = machine->body->kvp_receive(machine->at, id, UINT64_C(40000000), &reply);
	if (status != HV_S_OK)
		errx(1, "operation %u answered with 0x%08x", request->op, status);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

struct figure subject_time(struct machine *machine, subject_request request,
	subject_request undo, unsigned int min_n)
{
	static uint64_t samples_ns[MAX_SAMPLES];
	static struct host_kvp_message message;
	uint64_t begin_ns = 0, cpu_sum_ns = 0, cpu_before_ns, before_ns;
	unsigned int n = 0;

	for (unsigned int i = 0; n < MAX_SAMPLES; i++) {
		if (undo) {
			undo(&message, i);
			exchange(machine, &message);
		}
		request(&message, i);
		cpu_before_ns = cpu_ns(machine);
		before_ns = now_ns();
		exchange(machine, &message);
		if (i < (min_n < WARM_UP ? min_n : WARM_UP)) {
			begin_ns = now_ns();
			continue;
		}
		samples_ns[n++] = now_ns() - before_ns;
		cpu_sum_ns += cpu_ns(machine) - cpu_before_ns;
		if (n >= min_n && now_ns() - begin_ns > SERIES_US * UINT64_C(1000))
			break;
	}
	qsort(samples_ns, n, sizeof(samples_ns[0]), compare);
	return (struct figure){ n, (double)samples_ns[n / 2] / 1000,
		(double)cpu_sum_ns / n / 1000 };
}

/* The number behind a name in a file of /proc; 0 if it is not there. */
static unsigned long proc_number(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	unsigned long number = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			number = strtoul(line + strlen(name), NULL, 10);
	if (file)
		(void)fclose(file);
	return number;
}

static unsigned long count_wakeups(pid_t pid)
{
	char folder[64], path[512];
	unsigned long sum = 0;
	struct dirent *entry;
	DIR *tasks;

	(void)snprintf(folder, sizeof(folder), "/proc/%d/task", (int)pid);
	tasks = opendir(folder);
	while (tasks && (entry = readdir(tasks))) {
		(void)snprintf(path, sizeof(path), "%s/%s/status", folder, entry->d_name);
		sum += proc_number(path, "voluntary_ctxt_switches:");
	}
	if (tasks)
		(void)closedir(tasks);
	return sum;
}

static double time_start(struct machine *machine)
{
	uint64_t before_ns = now_ns();

	launch(machine);
	while (!machine->body->kvp_has_contact(machine->at)) {
		if (now_ns() - before_ns > UINT64_C(20000000000))
			errx(1, "the host got no contact");
		(void)usleep(50);
	}
	return (double)(now_ns() - before_ns) / 1000;
}

struct idleness subject_rest(const struct subject *subject, const char *folder, unsigned int seconds)
{
	struct machine *machine = prepare(subject, folder);
	struct idleness idleness = { .seconds = seconds, .start_us = time_start(machine) };
	char path[64];

	sleep(2); /* whatever follows the start is over */
	idleness.wakeups = count_wakeups(pid_of(machine));
	sleep(seconds);
	idleness.wakeups = count_wakeups(pid_of(machine)) - idleness.wakeups;
	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid_of(machine));
	idleness.private_dirty_kib = proc_number(path, "Private_Dirty:");
	idleness.pss_kib = proc_number(path, "Pss:");
	idleness.rss_kib = proc_number(path, "Rss:");
	subject_stop(machine);
	return idleness;
}

void subject_apart(subject_work work, const struct subject *subject, const char *parent)
{
	char folder[4096], command[4200];
	int status = 0;
	pid_t pid;

	(void)snprintf(folder, sizeof(folder), "%s/pools-XXXXXX", parent);
	if (!mkdtemp(folder))
		err(1, "%s", folder);
	(void)fflush(stdout); /* or the child would print it again */
	pid = fork();
	if (pid == 0) {
		work(subject, folder);
		exit(0);
	}
	(void)waitpid(pid, &status, 0);
	(void)snprintf(command, sizeof(command), "rm -r '%s'", folder);
	if (system(command) != 0 || status != 0)
		errx(1, "%s failed", subject->name);
}
