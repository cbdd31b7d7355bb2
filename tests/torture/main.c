// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvg-torture KIND [TEST]: tortures the pool store. TAP goes to $HVG_TAP_DIR/torture-KIND.tap.
 * What is random comes from a seed that is always the same, unless HVG_SEED names another;
 * HVG_FULL makes it very much.
 */

#include "torture.h"

#include <err.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20240229

static const struct torture_kind *const kinds[] = {
	&torture_cut,
	&torture_fail,
	&torture_foreign,
	&torture_kill,
	&torture_power,
	&torture_random,
	&torture_trace,
};

/*
 * Read by AddressSanitizer, if it is there: what is kept of freed memory is copied by each
 * fork, and there are thousands of them. (Its leak check stays: children end without it, by
 * _exit.)
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "quarantine_size_mb=1";
}

bool complain(const struct torture *torture, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s (HVG_SEED=%u): %s: ", torture->test, torture->seed, torture->where);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return false;
}

void set_where(struct torture *torture, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(torture->where, sizeof(torture->where), format, arguments);
	va_end(arguments);
}

unsigned int how_often(unsigned int few, unsigned int many)
{
	return getenv("HVG_FULL") ? many : few;
}

static FILE *open_tap(const char *kind)
{
	const char *folder = getenv("HVG_TAP_DIR");
	char path[4096];
	FILE *tap;

	if (!folder)
		return stdout;
	(void)snprintf(path, sizeof(path), "%s/torture-%s.tap", folder, kind);
	tap = fopen(path, "we");
	if (!tap)
		err(2, "%s", path);
	return tap;
}

static bool run(const struct torture_kind *kind, size_t i, unsigned int seed, FILE *tap)
{
	struct torture torture = { .test = kind->name_of(i), .seed = seed };
	bool is_good;

	torture.random = hvg_random_from(seed + (unsigned int)i);
	place_make(&torture.place);
	is_good = kind->run(&torture, i);
	place_remove(&torture.place);
	fprintf(tap, "%sok %zu - torture-%s: %s (%lu states)\n", is_good ? "" : "not ", i + 1,
		kind->name, torture.test, torture.n_checks);
	fflush(tap);
	return is_good;
}

/*
 * A child and its tracer take turns: that goes faster where they need not wake another
 * processor.
 */
static void stay_here(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET((size_t)sched_getcpu(), &here);
	(void)sched_setaffinity(0, sizeof(here), &here);
}

static int run_all(const struct torture_kind *kind, const char *only)
{
	const char *text = getenv("HVG_SEED");
	unsigned int seed = text ? (unsigned int)strtoul(text, NULL, 10) : SEED;
	FILE *tap = open_tap(kind->name);
	size_t n_failed = 0, n_run = 0;

	if (kind->takes_turns)
		stay_here();
	printf("# HVG_SEED=%u\n", seed);
	fflush(stdout);
	for (size_t i = 0; i < kind->count(); i++) {
		if (only && strcmp(only, kind->name_of(i)) != 0)
			continue;
		n_failed += !run(kind, i, seed, tap);
		n_run++;
	}
	fprintf(tap, "1..%zu\n", n_run);
	return n_failed > 0 || n_run == 0;
}

int main(int argc, char *argv[])
{
	for (size_t i = 0; argc > 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(argv[1], kinds[i]->name) == 0)
			return run_all(kinds[i], argv[2]);
	fprintf(stderr, "usage: hvg-torture KIND [TEST]\n");
	return 2;
}
