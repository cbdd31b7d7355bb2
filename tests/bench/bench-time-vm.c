// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvg-bench-time-vm FOLDER: hv-timed and chronyd in turns, in the guest that HVG_VM names
 * (tests/host/vm/run), whose host tells its time every 5 s. Each begins with a clock that is
 * 2 ms ahead and whose rate nobody corrects; when it has had time to settle, a program that is
 * neither of them compares the system clock with the PTP clock. Prints a table, and writes
 * FOLDER/time-vm.json and a picture of each run, FOLDER/time-vm-N.svg.
 */

#include "host/host.h"
#include "time-report.h"

#include "base/units.h"

#include <err.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_RUNS        5
#define MAX_RUNS      99
#define SETTLE_S      120
#define WATCH_S       120
#define PERIOD_MS     250
#define AHEAD_US      "2000"
#define N_OFFSETS     (WATCH_S * 1000 / PERIOD_MS)

#define CHRONY_CONFIG "/tmp/chrony.conf"

enum { OURS, THEIRS, N_STEERERS };

static const char *const ours[] = { HVG_TIMED, NULL };
static const char *const theirs[] = { "chronyd", "-d", "-u", "root", "-f", CHRONY_CONFIG,
	NULL };

static const struct {
	const char *name;
	const char *const *argv;
} steerers[N_STEERERS] = { { "hv-timed", ours }, { "chronyd", theirs } };

/* The line; the rest only says that nobody is to be asked. */
static const char chrony_config[] = "refclock PHC /dev/ptp0 poll 3 dpoll -2\nmakestep 1.0 3\n"
				    "pidfile /tmp/chronyd.pid\ncmdport 0\nbindcmdaddress /\n";

struct run {
	struct sim_score score;
	double cpu_share;         /* of a processor, while it was watched */
	unsigned int private_kib; /* anonymous: files lie in memory here, and count as dirty */
};

static void fail(const char *message) __attribute__((noreturn));

static void fail(const char *message)
{
	fprintf(stderr, "%s\n", message);
	_exit(2);
}

/* A number from a file of the steerer's in /proc. */
static double ask_proc(struct machine *m, const char *name, const char *file, const char *awk)
{
	char *text = guest_ask(m,
		"awk '%s' $(dirname $(grep -lx %s /proc/[0-9]*/comm | head -n 1))/%s", awk,
		name, file);
	double number = strtod(text, NULL);

	free(text);
	return number;
}

static double cpu_ns(struct machine *m, const char *name)
{
	return ask_proc(m, name, "schedstat", "{ print $1 }");
}

static void parse(struct machine *m, const char *text, struct sim_score *score)
{
	score->offsets_ns = calloc(N_OFFSETS, sizeof(*score->offsets_ns));
	if (!score->offsets_ns)
		err(2, "offsets");
	for (const char *line = text; line && score->n < N_OFFSETS; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%*f %lf", &score->offsets_ns[score->n]) == 1)
			score->n++;
	}
	if (score->n < N_OFFSETS)
		machine_fail(
			m, "the clocks were compared %zu times, not %d", score->n, N_OFFSETS);
}

static void watch(struct machine *m, const char *name, struct run *run)
{
	double begin_ns = cpu_ns(m, name);
	char *text =
		guest_ask(m, "%s offsets hyperv %d %d", HVG_GUEST_TOOL, N_OFFSETS, PERIOD_MS);

	run->cpu_share = (cpu_ns(m, name) - begin_ns) / (WATCH_S * 1e9);
	run->private_kib =
		(unsigned int)ask_proc(m, name, "smaps_rollup", "/^Anonymous/ { print $2 }");
	parse(m, text, &run->score);
	free(text);
	sim_score_judge(&run->score, 0);
}

static void print(unsigned int i, const char *name, const struct run *run)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%u", i + 1);
	time_print_score(number, name, &run->score);
	printf(" %7.3f %% %7u KiB\n", 100 * run->cpu_share, run->private_kib);
	fflush(stdout);
}

static void play(struct machine *m, int steerer, unsigned int i, struct run *ret)
{
	const struct guest_command command = { .argv = steerers[steerer].argv,
		.talks_to_log = true };
	int process;

	*ret = (struct run){ 0 };
	guest_run(m, "%s put-clock hyperv " AHEAD_US, HVG_GUEST_TOOL);
	process = guest_spawn(m, &command);
	kernel_seconds_pass(m, SETTLE_S);
	watch(m, steerers[steerer].name, ret);
	print(i, steerers[steerer].name, ret);
	guest_signal(m, process, SIGTERM);
	(void)guest_wait(m, process);
}

static json_t *json_of(const struct run *run)
{
	json_t *row = time_json_of(&run->score);

	json_object_set_new(row, "cpu_share", json_real(run->cpu_share));
	json_object_set_new(row, "private_kib", json_integer(run->private_kib));
	return row;
}

/* In turns, and who begins takes turns, too. */
static void compare(struct machine *m, const char *folder, unsigned int i,
	struct run runs[N_STEERERS], json_t *rows)
{
	struct sim_score scores[N_STEERERS];
	struct time_picture picture = { "In a virtual machine, against its PTP clock",
		{ steerers[OURS].name, steerers[THEIRS].name }, scores, PERIOD_MS / 1e3 };
	char name[32];

	for (int turn = 0; turn < N_STEERERS; turn++) {
		int steerer = (turn + (int)i) % N_STEERERS;

		play(m, steerer, i, &runs[steerer]);
	}
	for (int steerer = 0; steerer < N_STEERERS; steerer++)
		scores[steerer] = runs[steerer].score;
	(void)snprintf(name, sizeof(name), "vm-%u", i + 1);
	time_draw(folder, name, &picture);
	json_array_append_new(rows,
		json_pack("{so so}", steerers[OURS].name, json_of(&runs[OURS]),
			steerers[THEIRS].name, json_of(&runs[THEIRS])));
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median_of(struct run runs[][N_STEERERS], unsigned int n, int steerer)
{
	double medians[MAX_RUNS];

	for (unsigned int i = 0; i < n; i++)
		medians[i] = runs[i][steerer].score.median_ns;
	qsort(medians, n, sizeof(medians[0]), by_size);
	return n % 2 ? medians[n / 2] : (medians[n / 2 - 1] + medians[n / 2]) / 2;
}

static void judge(struct run runs[][N_STEERERS], unsigned int n)
{
	double mine = median_of(runs, n, OURS), others = median_of(runs, n, THEIRS);

	printf("\nMedian of the medians: hv-timed %.0f ns, chronyd %.0f ns: %.2f times (the aim: 1.2 at most).\n",
		mine, others, mine / others);
}

static unsigned int n_runs(void)
{
	const char *text = getenv("HVG_BENCH_ROUNDS");
	unsigned long n = text ? strtoul(text, NULL, 10) : N_RUNS;

	return (unsigned int)HVG_MIN(HVG_MAX(n, 1UL), (unsigned long)MAX_RUNS);
}

static void save(const char *folder, json_t *rows)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/time-vm.json", folder);
	if (json_dump_file(rows, path, JSON_INDENT(2)) < 0)
		errx(2, "%s cannot be written", path);
}

int main(int argc, char *argv[])
{
	static struct run runs[MAX_RUNS][N_STEERERS];
	struct host_setup setup = {
		.body = "vm",
		.kernel_second_us = 1000000,
		.patience_us = UINT64_C(3600000000),
		.time_limit_s = 86400,
		.fail = fail,
	};
	unsigned int n = n_runs();
	json_t *rows = json_array();
	struct machine *m;

	if (argc != 2 || host_setup_daemon(&setup, "none", NULL) < 0)
		errx(2, "usage: hvg-bench-time-vm FOLDER");
	m = machine_new(&setup);
	guest_write_file(m, CHRONY_CONFIG, chrony_config, strlen(chrony_config));
	printf("Offsets to the PTP clock in a virtual machine: %d s in which to settle, then %d s, 4 times a second.\n\n",
		SETTLE_S, WATCH_S);
	time_print_heading("run");
	printf(" %9s %11s\n", "processor", "private");
	for (unsigned int i = 0; i < n; i++)
		compare(m, argv[1], i, runs[i], rows);
	judge(runs, n);
	save(argv[1], rows);
	printf("The processor is emulated: its shares can be compared with each other only.\n");
	printf("Pictures: %s/time-vm-*.svg\n", argv[1]);
	for (unsigned int i = 0; i < n; i++)
		for (int steerer = 0; steerer < N_STEERERS; steerer++)
			sim_score_done(&runs[i][steerer].score);
	json_decref(rows);
	machine_free(m);
	return 0;
}
