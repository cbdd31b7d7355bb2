// SPDX-License-Identifier: LGPL-2.1-or-later

/* hvg-timed-test SUITE; TAP goes to $HVG_TAP_DIR/timed-SUITE.tap. */

#include "timed/suites.h"

static struct machine machine;
struct machine *const m = &machine;

static const struct {
	const char *name;
	Suite *(*create)(void);
} suites[] = {
	{ "bus", suite_bus },
	{ "clock", suite_clock },
	{ "hvctl", suite_hvctl },
	{ "owner", suite_owner },
};

static void setup(void)
{
	machine_init(m);
}

static void teardown(void)
{
	machine_done(m);
}

TCase *suite_case(Suite *suite)
{
	TCase *tcase = tcase_create("timed");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

static int run(const char *name, Suite *suite)
{
	const char *folder = getenv("HVG_TAP_DIR");
	SRunner *runner = srunner_create(suite);
	char path[4096];
	int n_failed;

	if (folder) {
		snprintf(path, sizeof(path), "%s/timed-%s.tap", folder, name);
		srunner_set_tap(runner, path);
	}
	srunner_run_all(runner, CK_NORMAL);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed;
}

int main(int argc, char *argv[])
{
	int n_failed = 0, n_run = 0;

	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		if (argc > 1 && strcmp(argv[1], suites[i].name) != 0)
			continue;
		n_failed += run(suites[i].name, suites[i].create());
		n_run++;
	}
	return n_failed > 0 || n_run == 0;
}
