// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvg-timed-test [SUITE]. Its tests mostly wait, so its cases run beside each other, each in a process
 * and with a machine of its own. TAP goes to $HVG_TAP_DIR/timed-SUITE-CASE.tap.
 */

#include "timed/suites.h"

#include <sys/wait.h>
#include <unistd.h>

#define CASES_MAX 4
static const char *const cases[CASES_MAX] = { "1", "2", "3", "4" };

static struct machine machine;
struct machine *const m = &machine;

static const struct {
	const char *name;
	Suite *(*create)(void);
} suites[] = {
	{ "bus", suite_bus },
	{ "calls", suite_calls },
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
	TCase *tcase;
	int n = 0;

	while (n < CASES_MAX - 1 && suite_tcase(suite, cases[n])) /* a fifth one joins the fourth */
		n++;
	tcase = tcase_create(cases[n]);
	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

static int run_case(SRunner *runner, const char *suite, const char *name)
{
	const char *folder = getenv("HVG_TAP_DIR");
	char path[4096];
	bool is_good;

	if (folder) {
		snprintf(path, sizeof(path), "%s/timed-%s-%s.tap", folder, suite, name);
		srunner_set_tap(runner, path);
	}
	srunner_run(runner, NULL, name, CK_NORMAL);
	is_good = srunner_ntests_run(runner) > 0 && srunner_ntests_failed(runner) == 0;
	srunner_free(runner);
	return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Returns how many processes there are to wait for. */
static int begin(const char *name, Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int n;

	for (n = 0; n < CASES_MAX && suite_tcase(suite, cases[n]); n++)
		if (fork() == 0)
			exit(run_case(runner, name, cases[n]));
	srunner_free(runner);
	return n;
}

int main(int argc, char *argv[])
{
	int n_running = 0, n_failed = 0, status;

	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (argc < 2 || strcmp(argv[1], suites[i].name) == 0)
			n_running += begin(suites[i].name, suites[i].create());
	if (n_running == 0)
		return 2;
	for (; n_running > 0; n_running--)
		n_failed += wait(&status) < 0 || status != 0;
	return n_failed > 0;
}
