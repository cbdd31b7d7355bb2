// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvg-bench-kvp [OURS]: what a KVP exchange costs on the fuse body, for a bare echo (the
 * floor), Debian's daemon, and ours if its path is given. Each table line is a machine of its
 * own.
 */

#include "subject.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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
		.index = 4,
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

static void run(const struct subject *subject, const char *folder)
{
	struct machine *machine = subject_start(subject, folder, n_records);
	struct figure figure;

	for (size_t i = 0; i < N_SERIES; i++) {
		if (all_series[i].undo == delete) /* the first undo must find something */
			(void)subject_time(machine, add, NULL, 1);
		if (n_records == 0 && i > 0)
			break; /* the echo has no pools */
		figure =
			subject_time(machine, all_series[i].request, all_series[i].undo, MIN_N);
		printf("%-8s %7u  %-18s %10.1f %10.1f %7lu\n", subject->name, n_records,
			all_series[i].name, figure.median_us, figure.cpu_us,
			(unsigned long)figure.n);
		fflush(stdout);
	}
	subject_stop(machine);
}

static void run_apart(const struct subject *subject, unsigned int records)
{
	char folder[] = HVG_BINARY_DIR "/bench-pools-XXXXXX", command[sizeof(folder) + 16];
	int status = 0;
	pid_t pid;

	if (!mkdtemp(folder))
		err(1, "%s", folder);
	n_records = records;
	pid = fork();
	if (pid == 0) {
		run(subject, folder);
		exit(0);
	}
	(void)waitpid(pid, &status, 0);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	if (system(command) != 0 || status != 0)
		errx(1, "%s failed at %u records", subject->name, records);
}

int main(int argc, char *argv[])
{
	static const unsigned int sizes[] = { 10, 100, 1000, 10000 };
	const struct subject echo = { "echo", "none", NULL };
	const struct subject daemons[] = {
		{ "debian", "debian", NULL },
		{ "ours", "ours", argc > 1 ? argv[1] : NULL },
	};
	size_t n = argc > 1 ? 2 : 1;

	printf("%-8s %7s  %-18s %10s %10s %7s\n", "subject", "records", "operation",
		"median us", "CPU us", "n");
	fflush(stdout);
	run_apart(&echo, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t j = 0; j < n; j++)
			run_apart(&daemons[j], sizes[i]);
	return 0;
}
