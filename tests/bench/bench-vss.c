// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvg-bench-vss FOLDER: how long a backup makes programs wait, for Debian's daemon and ours in one run, each
 * on a machine of its own, on zram disks (Debian's does not freeze loop devices): 20 with 64 MiB of
 * dirty data each, and 200 idle ones. The window is what writers on all disks see, the answer what the
 * host waits for. Prints a table, the ratios and the targets of issue 5, and writes FOLDER/vss.json.
 */

#include "host/machine.h"

#include <err.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 5

static const struct load {
	const char *name;
	unsigned int disks, dirty_mib, disk_mib, probe_us;
	double window_target; /* at most this much of the old daemon's; 0: no target */
} loads[] = {
	{ "20 disks, 64 MiB dirty", 20, 64, 192, 2000, 0.2 },
	{ "200 disks, idle", 200, 0, 16, 10000, 1.0 / 3 },
};

#define N_LOADS (sizeof(loads) / sizeof(loads[0]))

struct figure {
	double answer_ms, window_ms; /* medians */
};

/* Written by a child, read by us: a machine cannot be left but by ending. */
static struct figure *result;

static void stop(const char *message)
{
	errx(1, "%s", message);
}

/* The disks are numbered by this machine; their numbers go into /tmp/zram, so that all are given back. */
static void add_disks(struct machine *m, const struct load *load)
{
	guest_run(m,
		"major=$(awk '$2 == \"zram\" { print $1 }' /proc/devices); for i in $(seq %u); do"
		" n=$(cat /sys/class/zram-control/hot_add) && echo $n >>/tmp/zram && echo %uM >/sys/block/zram$n/disksize &&"
		" mknod /dev/zram$n b $major $n && mkfs.ext4 -q /dev/zram$n && mkdir -p " GUEST_DISKS "/d$i &&"
		" mount /dev/zram$n " GUEST_DISKS "/d$i || exit 1; done",
		load->disks, load->disk_mib);
	guest_run(m, "head -c %uM /dev/urandom >/tmp/data", load->dirty_mib);
}

static void remove_disks(struct machine *m)
{
	guest_run(m, "umount " GUEST_DISKS "/d*; for n in $(cat /tmp/zram); do echo 1 >/sys/block/zram$n/reset &&"
		     " echo $n >/sys/class/zram-control/hot_remove; done");
}

static int start_probe(struct machine *m, const struct load *load)
{
	char line[128];
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	const struct guest_command command = { .argv = argv };
	int probe;

	(void)snprintf(line, sizeof(line), "exec " HVG_GUEST_TOOL " probe %u " GUEST_DISKS "/d*", load->probe_us);
	probe = guest_spawn(m, &command);
	guest_wait_for_output(m, probe, "probing");
	return probe;
}

static double stop_probe(struct machine *m, int probe)
{
	unsigned long long window_us = 0;
	const char *found;
	char *output;

	guest_signal(m, probe, SIGTERM);
	(void)guest_wait(m, probe);
	output = guest_output(m, probe);
	found = output ? strstr(output, "window ") : NULL;
	if (!found || sscanf(found, "window %llu us", &window_us) != 1)
		stop("the probe said nothing");
	free(output);
	return (double)window_us / 1000;
}

/* Nobody wins by freezing less. Debian's does not say how many. */
static void expect_frozen(struct machine *m, const struct load *load)
{
	char text[64];

	if (strcmp(machine_daemon(m), "ours") != 0)
		return;
	(void)snprintf(text, sizeof(text), ": %u file systems were frozen", load->disks);
	guest_wait_for_log(m, text);
}

static struct figure take_backup(struct machine *m, const struct load *load)
{
	struct figure figure;
	uint64_t begin_us;
	int probe;

	guest_run(m, "for d in " GUEST_DISKS "/d*; do rm -f $d/data; done; sync");
	probe = start_probe(m, load);
	if (load->dirty_mib > 0)
		guest_run(m, "for d in " GUEST_DISKS "/d*; do cp /tmp/data $d/data; done");
	begin_us = machine_wall_us();
	if (host_vss(m, VSS_OP_FREEZE) != HV_S_OK)
		stop("the freeze failed");
	figure.answer_ms = (double)(machine_wall_us() - begin_us) / 1000;
	if (host_vss(m, VSS_OP_THAW) != HV_S_OK)
		stop("the thaw failed");
	figure.window_ms = stop_probe(m, probe);
	expect_frozen(m, load);
	return figure;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double median(double values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(*values), compare);
	return values[ROUNDS / 2];
}

static void measure(const char *daemon, const struct load *load)
{
	static char major[16];
	struct host_setup setup = {
		.body = "fuse",
		.kernel_second_us = 1000000,
		.patience_us = 120000000,
		.time_limit_s = 900,
		.backup_major = major,
		.fail = stop,
	};
	double answers[ROUNDS], windows[ROUNDS];
	struct machine *m;
	char *number;

	(void)host_setup_service(&setup, "vss", daemon, NULL);
	m = machine_new(&setup);
	number = guest_ask(m, "awk '$2 == \"zram\" { print $1 }' /proc/devices");
	(void)snprintf(major, sizeof(major), "%lu", strtoul(number, NULL, 10));
	free(number);
	add_disks(m, load);
	guest_start_daemon(m);
	for (int i = 0; i < ROUNDS; i++) {
		struct figure figure = take_backup(m, load);

		answers[i] = figure.answer_ms;
		windows[i] = figure.window_ms;
	}
	*result = (struct figure){ median(answers), median(windows) };
	guest_stop_daemon(m);
	remove_disks(m);
	machine_free(m);
}

static struct figure measure_apart(const char *daemon, const struct load *load)
{
	int status = 0;
	pid_t pid;

	(void)fflush(stdout); /* or the child would print it again */
	pid = fork();
	if (pid == 0) {
		measure(daemon, load);
		exit(0);
	}
	(void)waitpid(pid, &status, 0);
	if (status != 0)
		errx(1, "%s failed", daemon);
	printf("%-24s %-8s %12.1f %12.1f\n", load->name, daemon, result->answer_ms, result->window_ms);
	return *result;
}

static void judge(json_t *rows, const struct load *load, struct figure old, struct figure ours)
{
	double window = ours.window_ms / old.window_ms, answer = ours.answer_ms / old.answer_ms;

	printf("%-24s window %.2f of the old one's (target %.2f: %s), answer %.2f (target 1.20: %s)\n\n", load->name, window,
		load->window_target, window <= load->window_target ? "reached" : "missed", answer,
		answer <= 1.2 ? "reached" : "missed");
	(void)json_array_append_new(rows, json_pack("{ss sf sf sf sf}", "load", load->name, "debian_answer_ms",
						  old.answer_ms, "debian_window_ms", old.window_ms, "ours_answer_ms",
						  ours.answer_ms, "ours_window_ms", ours.window_ms));
}

int main(int argc, char *argv[])
{
	json_t *rows = json_array();
	char path[4096];

	if (argc != 2)
		errx(2, "usage: hvg-bench-vss FOLDER");
	if (access("/sys/class/zram-control/hot_add", R_OK) < 0)
		errx(1, "this needs zram and root");
	result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	printf("%-24s %-8s %12s %12s\n", "load", "daemon", "answer ms", "window ms");
	for (size_t i = 0; i < N_LOADS; i++) {
		struct figure old = measure_apart("debian", &loads[i]);

		judge(rows, &loads[i], old, measure_apart("ours", &loads[i]));
	}
	(void)snprintf(path, sizeof(path), "%s/vss.json", argv[1]);
	if (json_dump_file(rows, path, JSON_INDENT(2)) < 0)
		errx(1, "%s", path);
	json_decref(rows);
	return 0;
}
