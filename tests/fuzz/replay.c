// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A fuzzer without libFuzzer: replay NAME FOLDER runs every seed in the folder, then each seed cut
 * short at many lengths and with bytes changed. A crash is the failure.
 */

#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define SEED_MAX (1 << 20)
#define N_CHANGES 400

static uint8_t seed[SEED_MAX];

/* In memory of exactly that size, so that AddressSanitizer sees the first byte too many. */
static void run(const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size > 0 ? size : 1);

	hvg_always(exact);
	if (size > 0)
		memcpy(exact, bytes, size);
	(void)LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static void run_changed(size_t size)
{
	uint32_t random = 2463534242u;

	for (int i = 0; i < N_CHANGES && size > 0; i++) {
		size_t at;
		uint8_t kept;

		random ^= random << 13;
		random ^= random >> 17;
		random ^= random << 5;
		at = random % size;
		kept = seed[at];
		seed[at] = (uint8_t)(random >> 24);
		run(seed, size);
		run(seed, at);
		seed[at] = kept;
	}
}

static int replay(const char *folder, const char *name)
{
	char path[4096];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	if (!file)
		return -1;
	size = fread(seed, 1, sizeof(seed), file);
	fclose(file);
	run(seed, size);
	run_changed(size);
	return 0;
}

static FILE *open_tap(const char *name)
{
	const char *folder = getenv("HVG_TAP_DIR");
	char path[4096];

	if (!folder)
		return stdout;
	snprintf(path, sizeof(path), "%s/fuzz-%s.tap", folder, name);
	return fopen(path, "we");
}

int main(int argc, char *argv[])
{
	DIR *folder = argc == 3 ? opendir(argv[2]) : NULL;
	FILE *tap = argc == 3 ? open_tap(argv[1]) : NULL;
	unsigned int n = 0, failed = 0;
	struct dirent *entry;

	if (!folder || !tap) {
		fprintf(stderr, "usage: fuzz-NAME NAME FOLDER-OF-SEEDS\n");
		return 2;
	}
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		if (replay(argv[2], entry->d_name) < 0)
			failed++;
		fprintf(tap, "ok %u - fuzz-%s: %s\n", ++n, argv[1], entry->d_name);
	}
	fprintf(tap, "1..%u\n", n);
	closedir(folder);
	return failed > 0 || n == 0;
}
