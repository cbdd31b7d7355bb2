// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Runs one suite, or all of them: hvg-unit [SUITE]. A suite's TAP goes to $HVG_TAP_DIR/unit-SUITE.tap.
 */

#include "suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For a test that says nothing else: libcheck's own 4 s pass on a machine where others compile. */
#define PATIENCE_S "60"

static const struct {
	const char *name;
	Suite *(*create)(void);
} suites[] = {
#define HVG_SUITE(name) { #name, hvg_suite_##name },
#include "suites.inc"
#undef HVG_SUITE
};

/* File names have hyphens where C names have underscores. */
static bool is_named(const char *function, const char *wanted)
{
	for (; *function && *wanted; function++, wanted++)
		if (*function != *wanted && !(*function == '_' && *wanted == '-'))
			return false;
	return *function == *wanted;
}

static int run(const char *name, Suite *suite)
{
	const char *folder = getenv("HVG_TAP_DIR");
	SRunner *runner = srunner_create(suite);
	char path[4096];
	int failed;

	if (folder) {
		snprintf(path, sizeof(path), "%s/unit-%s.tap", folder, name);
		srunner_set_tap(runner, path);
	}
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}

int main(int argc, char *argv[])
{
	int failed = 0, ran = 0;

	setenv("CK_DEFAULT_TIMEOUT", PATIENCE_S, false);
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		if (argc > 1 && !is_named(suites[i].name, argv[1]))
			continue;
		failed += run(suites[i].name, suites[i].create());
		ran++;
	}
	if (ran == 0)
		fprintf(stderr, "hvg-unit: no such suite\n");
	return failed > 0 || ran == 0;
}
