// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Scenarios as processes. A scenario tells how it ended by its exit status; a failed expectation and
 * a machine that did not come up, or stopped, are not the same, because an exception must fail for its
 * reason.
 */

#include "play.h"
#include "host/supervise.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum ending {
	ENDED_WELL = 0,
	ENDED_BY_EXPECTATION = 1,
	ENDED_OTHERWISE = 2,
	ENDED_BY_FAULT = HOST_FAULT_STATUS,
};

struct play {
	const struct scenario *scenario;
	pid_t pid; /* 0: not started, or over */
	bool is_fresh; /* after one that has left a system as none should find it */
	int output_fd;
	enum ending ending;
	uint64_t begin_us, took_us;
};

/* In the scenario's process. */

static bool machine_is_up;

static void fail_scenario(const char *message) __attribute__((noreturn));

/* _exit: what a failed scenario leaves behind is no leak worth a report. */
static void fail_scenario(const char *message)
{
	fprintf(stderr, "%s\n", message);
	fflush(stderr);
	_exit(machine_is_up ? ENDED_BY_EXPECTATION : ENDED_OTHERWISE);
}

/* Before there is a machine, which may have other folders. */
static int open_record(const struct scenario *scenario, const struct play_options *options)
{
	char path[4096];
	int fd;

	if (!options->record_folder || scenario->differs)
		return 0;
	(void)snprintf(path, sizeof(path), "%s/%s.txt", options->record_folder, scenario->name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		err(ENDED_OTHERWISE, "%s", path);
	return fd;
}

static void play(const struct play *one, const struct play_options *options)
{
	const struct scenario *scenario = one->scenario;
	struct host_setup setup = options->setup;
	struct machine *machine;

	setup.fail = fail_scenario;
	setup.is_fresh = one->is_fresh;
	if (scenario->time_limit_s > 0 && !options->has_kernel)
		setup.time_limit_s = scenario->time_limit_s;
	setup.record_fd = open_record(scenario, options);
	if (scenario->kernel_second_ms * 1000 > setup.kernel_second_us)
		setup.kernel_second_us = scenario->kernel_second_ms * 1000;
	machine = machine_new(&setup);
	machine_is_up = true;
	scenario->play(machine);
	machine_free(machine);
}

/* In ours. */

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void start(struct play *one, const struct play_options *options)
{
	one->begin_us = now_us();
	one->output_fd = memfd_create("output", MFD_CLOEXEC);
	one->pid = one->output_fd >= 0 ? fork() : -1;
	if (one->pid < 0)
		err(2, "%s", one->scenario->name);
	if (one->pid > 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)dup2(one->output_fd, STDOUT_FILENO);
	(void)dup2(one->output_fd, STDERR_FILENO);
	play(one, options);
	exit(ENDED_WELL);
}

static bool is_as_it_should(const struct play *one, const struct play_options *options)
{
	if (!options->must_fail)
		return one->ending == ENDED_WELL;
	return one->ending ==
	       (one->scenario->stops_the_kernel ? ENDED_BY_FAULT : ENDED_BY_EXPECTATION);
}

static void show(const struct play *one)
{
	static const char *const names[] = {
		[ENDED_WELL] = "passed",
		[ENDED_BY_EXPECTATION] = "failed",
		[ENDED_OTHERWISE] = "failed, not by an expectation",
		[ENDED_BY_FAULT] = "failed by a fault of the machine",
	};
	char bytes[4096];
	ssize_t n;

	fprintf(stderr, "--- %s: %s after %.1f s\n", one->scenario->name, names[one->ending],
		(double)one->took_us / 1000000);
	for (off_t at = 0; (n = pread(one->output_fd, bytes, sizeof(bytes), at)) > 0; at += n)
		(void)fwrite(bytes, 1, (size_t)n, stderr);
}

static void end(struct play *one, int status, const struct play_options *options)
{
	one->pid = 0;
	one->took_us = now_us() - one->begin_us;
	one->ending = WIFEXITED(status) && WEXITSTATUS(status) <= ENDED_BY_FAULT
			      ? (enum ending)WEXITSTATUS(status)
			      : ENDED_OTHERWISE;
	if (!is_as_it_should(one, options) || getenv("HVG_SHOW_LOG"))
		show(one);
	else if (options->has_kernel) /* it takes its time: show that it goes on */
		printf("%6.1f s  %s\n", (double)one->took_us / 1000000, one->scenario->name);
	fflush(stdout);
	close(one->output_fd);
}

static void wait_for_one(struct play *plays, size_t n, const struct play_options *options)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(-1, &status, 0);
	while (pid < 0 && errno == EINTR);
	if (pid < 0)
		err(2, "waitpid");
	for (size_t i = 0; i < n; i++)
		if (plays[i].pid == pid)
			end(&plays[i], status, options);
}

static FILE *open_tap(const struct play_options *options)
{
	FILE *tap = options->tap_path ? fopen(options->tap_path, "we") : NULL;

	if (options->tap_path && !tap)
		err(2, "%s", options->tap_path);
	return tap;
}

static unsigned int report(
	const struct play *plays, size_t n, const struct play_options *options)
{
	FILE *tap = open_tap(options);
	unsigned int n_failed = 0;
	bool is_well;

	for (size_t i = 0; i < n; i++) {
		is_well = is_as_it_should(&plays[i], options);
		n_failed += !is_well;
		if (tap)
			fprintf(tap, "%sok %zu - %s: %s\n", is_well ? "" : "not ", i + 1,
				options->tap_name, plays[i].scenario->name);
	}
	if (tap) {
		fprintf(tap, "1..%zu\n", n);
		fclose(tap);
	}
	printf("%s: %zu scenarios, %u not as they should be\n", options->tap_name, n, n_failed);
	return n_failed;
}

/* It has ended: where there is a system, scenarios are played one by one. */
static bool has_spoiled(const struct play *one)
{
	return one->scenario->spoils_system || one->ending != ENDED_WELL;
}

unsigned int play_all(
	const struct scenario *const scenarios[], size_t n, const struct play_options *options)
{
	struct play *plays = calloc(n, sizeof(*plays));
	unsigned int n_running = 0, n_failed;

	if (!plays)
		err(2, "plays");
	fflush(NULL);
	for (size_t i = 0; i < n; i++) {
		if (n_running == options->jobs) {
			wait_for_one(plays, i, options);
			n_running--;
		}
		plays[i].scenario = scenarios[i];
		plays[i].is_fresh = i > 0 && options->setup.has_system && has_spoiled(&plays[i - 1]);
		start(&plays[i], options);
		n_running++;
	}
	for (; n_running > 0; n_running--)
		wait_for_one(plays, n, options);
	n_failed = report(plays, n, options);
	free(plays);
	return n_failed;
}

void play_skip(const struct play_options *options, const char *why)
{
	FILE *tap = open_tap(options);

	if (tap) {
		fprintf(tap, "1..1\nok 1 - %s # SKIP %s\n", options->tap_name, why);
		fclose(tap);
	}
	printf("%s: skipped: %s\n", options->tap_name, why);
}
