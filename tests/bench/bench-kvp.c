// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvg-bench-kvp OURS FOLDER: what a KVP exchange costs on the fuse body, for a bare echo (the floor),
 * Debian's daemon and ours, in one run; each on a machine of its own with its pools on FOLDER's disk.
 * Prints a table and writes FOLDER/kvp.json. HVG_BENCH_IDLE_SEC: how long each rests (60).
 */

#include "cpu.h"
#include "disk.h"
#include "report.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIN_N 10

static unsigned int n_records;

static void request_key(struct host_kvp_message *ret, uint8_t op, unsigned int key)
{
	char text[32];

	*ret = (struct host_kvp_message){ .op = op, .value_type = REG_SZ };
	(void)snprintf(text, sizeof(text), "key%u", key);
	ret->key_size = host_put_text(ret->key, HOST_KEY_CHARS, text);
	(void)snprintf(text, sizeof(text), "another value %u", key);
	ret->value_size = host_put_text(ret->value.chars, HOST_VALUE_CHARS, text);
}

static void automatic(struct host_kvp_message *ret, unsigned int i)
{
	*ret = (struct host_kvp_message){
		.op = KVP_OP_ENUMERATE,
		.pool = KVP_POOL_AUTO,
		.index = i % 10,
	};
}

static void enumerate(struct host_kvp_message *ret, unsigned int i)
{
	*ret = (struct host_kvp_message){ .op = KVP_OP_ENUMERATE, .index = i % n_records };
}

static void modify(struct host_kvp_message *ret, unsigned int i)
{
	request_key(ret, KVP_OP_SET, n_records / 2);
}

static void add(struct host_kvp_message *ret, unsigned int i)
{
	request_key(ret, KVP_OP_SET, n_records + 1);
}

static void delete (struct host_kvp_message *ret, unsigned int i)
{
	request_key(ret, KVP_OP_DELETE, n_records + 1);
}

static const struct series {
	const char *name;
	subject_request request, undo;
} all_series[] = {
	{ "automatic key", automatic, NULL },
	{ "ENUMERATE", enumerate, NULL },
	{ "SET, existing key", modify, NULL },
	{ "SET, new key", add, delete },
	{ "DELETE", delete, add },
};

#define N_SERIES (sizeof(all_series) / sizeof(all_series[0]))

/* Written by a child, read by us: a machine cannot be left but by ending. */
static struct results {
	struct figure figures[N_SERIES];
	struct idleness idleness;
} *results;

/* The echo has no pools. */
static size_t n_series(const struct subject *subject)
{
	return subject->path || strcmp(subject->daemon, "none") != 0 ? N_SERIES : 1;
}

static void time_all(const struct subject *subject, const char *folder)
{
	struct machine *machine = subject_start(subject, folder, n_records);

	for (size_t i = 0; i < n_series(subject); i++) {
		if (all_series[i].undo == delete) /* the first undo must find something */
			(void)subject_time(machine, add, NULL, 1);
		results->figures[i] =
			subject_time(machine, all_series[i].request, all_series[i].undo, MIN_N);
	}
	subject_stop(machine);
}

static unsigned int idle_seconds(void)
{
	const char *wanted = getenv("HVG_BENCH_IDLE_SEC");

	return wanted ? (unsigned int)strtoul(wanted, NULL, 10) : 60;
}

static void rest(const struct subject *subject, const char *folder)
{
	results->idleness = subject_rest(subject, folder, idle_seconds());
}

static void run(struct report *report, const struct subject *subject, const char *folder)
{
	subject_apart(time_all, subject, folder);
	for (size_t i = 0; i < n_series(subject); i++)
		report_add(report, subject->name, n_records, all_series[i].name, &results->figures[i]);
}

int main(int argc, char *argv[])
{
	static const unsigned int sizes[] = { 10, 100, 1000, 10000 };
	const struct subject echo = { "echo", "none", NULL };
	const struct subject daemons[] = { { "debian", "debian", NULL }, { "ours", "ours", argv[1] } };
	struct report *report;
	char path[4096];

	if (argc != 3)
		errx(2, "usage: hvg-bench-kvp OURS FOLDER");
	results = mmap(NULL, sizeof(*results), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED)
		err(1, "results");
	stay_on_one_cpu();
	report = report_new();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct figure flush = disk_time_flush(argv[2]);

		n_records = sizes[i];
		report_add(report, "disk", n_records, "page, flushed", &flush);
		run(report, &echo, argv[2]);
		run(report, &daemons[0], argv[2]);
		run(report, &daemons[1], argv[2]);
	}
	report_compare(report, "debian", "ours");
	printf("\n");
	for (size_t i = 0; i < 2; i++) {
		subject_apart(rest, &daemons[i], argv[2]);
		report_add_idleness(report, &daemons[i], &results->idleness);
	}
	report_judge(report, "debian", "ours");
	(void)snprintf(path, sizeof(path), "%s/kvp.json", argv[2]);
	report_finish(report, path);
	return 0;
}
