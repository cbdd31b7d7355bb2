// SPDX-License-Identifier: LGPL-2.1-or-later

/* org.hvguest.Time1, as busctl(1) meets it. */

#include "timed/suites.h"

#define PROPERTY "busctl get-property org.hvguest.Time1 /org/hvguest/Time1 org.hvguest.Time1 "
#define CALL     "busctl call org.hvguest.Time1 /org/hvguest/Time1 org.hvguest.Time1 "

/* Whether the command succeeds and says it. */
static bool says(const char *command, const char *expected)
{
	int status;
	char *said = machine_ask(m, &status, "%s", command);
	bool is_so = status == 0 && strstr(said, expected);

	free(said);
	return is_so;
}

static void start(const char *units)
{
	machine_start_bus(m, units);
	machine_start(m);
	machine_wait(m, says(PROPERTY "State", "s"));
}

START_TEST(tells_its_state)
{
	start("");
	machine_wait(m, says(PROPERTY "State", "\"tracking\""));
	ck_assert(says(PROPERTY "Mode", "\"auto\""));
	ck_assert(says(PROPERTY "Owner", "\"hv-timed\""));
	ck_assert(says(PROPERTY "Source", "/ptp\""));
	ck_assert(says(PROPERTY "SourceError", "s \"\""));
	ck_assert(says(PROPERTY "LastStepBy", "s \"\""));
	ck_assert(says(PROPERTY "LastStepCause", "s \"\""));
	ck_assert(says(PROPERTY "LastStepNSec", "x 0"));
	ck_assert(says(PROPERTY "RefusedStepNSec", "x 0"));
	ck_assert(
		says("busctl introspect org.hvguest.Time1 /org/hvguest/Time1", "FrequencyPPB"));
}
END_TEST

START_TEST(tells_who_keeps_the_clock)
{
	m->trace.first_offset_ns = 7 * S;
	start("systemd-timesyncd.service");
	machine_wait(m, says(PROPERTY "Owner", "\"systemd-timesyncd.service\""));
	machine_wait(m, says(PROPERTY "State", "\"monitoring\""));
	machine_wait(m, says(PROPERTY "OffsetNSec", "x 7000"));
}
END_TEST

START_TEST(tells_of_a_step)
{
	m->trace.first_offset_ns = -7 * S - 5.5 * MS;
	start("");
	machine_wait(m, says(PROPERTY "LastStepBy", "\"hv-timed\""));
	ck_assert(says(PROPERTY "LastStepCause", "\"start\""));
	ck_assert(says(PROPERTY "LastStepNSec", "x 7005"));
	ck_assert(!says(PROPERTY "LastStepTimeUSec", "x 0"));
}
END_TEST

START_TEST(tells_its_history)
{
	start("");
	machine_wait(m, says(CALL "History | grep 'a(xx) [1-9][0-9] '", " 1767225"));
	ck_assert(!says(PROPERTY "Spread", "(xxxx) 0 0 0 0"));
	ck_assert(!says(PROPERTY "Samples", "u 0"));
}
END_TEST

START_TEST(signals_what_changes)
{
	char *command = NULL;
	pid_t listener;

	start("chronyd.service");
	machine_wait(m, says(PROPERTY "State", "\"monitoring\""));
	ck_assert_int_gt(
		asprintf(&command,
			"exec busctl --address=%s monitor org.hvguest.Time1 >%s/heard 2>&1",
			m->bus.address, m->bus.folder.path),
		0);
	listener = fork();
	if (listener == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	free(command);
	machine_live(3);
	machine_lock(m);
	m->world.guest_ns -= 7 * S;
	machine_unlock(m);
	machine_tell_systemd(m, "stop", "chronyd.service");
	ck_assert_int_gt(asprintf(&command, "cat %s/heard", m->bus.folder.path), 0);
	machine_wait(m, says(command, "Member=Stepped"));
	machine_wait(m, says(command, "STRING \"Owner\""));
	machine_wait(m, says(PROPERTY "State", "\"tracking\""));
	folder_write(&m->bus.folder, "time.conf", "[Clock]\nMode=discipline\n");
	ck_assert_int_eq(kill(m->daemon, SIGHUP), 0);
	machine_wait(m, says(command, "STRING \"discipline\""));
	free(command);
	kill(listener, SIGKILL);
	waitpid(listener, NULL, 0);
}
END_TEST

START_TEST(outlives_the_bus)
{
	start("");
	machine_wait(m, says(PROPERTY "State", "\"tracking\""));
	private_bus_stop(&m->bus);
	machine_live(10);
	(void)unlink(folder_path(&m->bus.folder, "bus"));
	private_bus_start(&m->bus);
	machine_wait(m, says(PROPERTY "State", "\"tracking\""));
	ck_assert_int_eq(machine_stop(m), 0);
}
END_TEST

Suite *suite_bus(void)
{
	Suite *suite = suite_create("bus");
	TCase *tcase = suite_case(suite);

	tcase_add_test(tcase, tells_its_state);
	tcase_add_test(tcase, tells_who_keeps_the_clock);
	tcase_add_test(tcase, tells_of_a_step);
	tcase_add_test(tcase, tells_its_history);
	tcase_add_test(tcase, signals_what_changes);
	tcase_add_test(tcase, outlives_the_bus);
	return suite;
}
