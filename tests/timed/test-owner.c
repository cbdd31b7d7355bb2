// SPDX-License-Identifier: LGPL-2.1-or-later

/* Who has the clock: hv-timed never touches one that another keeps. */

#include "timed/suites.h"

#include <math.h>

static const char *const services[] = {
	"chronyd.service",
	"chrony.service",
	"ntpd.service",
	"ntp.service",
	"ntpsec.service",
	"openntpd.service",
	"systemd-timesyncd.service",
	"phc2sys.service",
	"phc2sys@eth0.service",
};

#define N_SERVICES (sizeof(services) / sizeof(services[0]))

static bool is_right(void)
{
	return fabs(machine_offset_ns(m)) < 1 * MS;
}

START_TEST(looks_on_while_a_time_service_is_active)
{
	char expected[128];

	m->trace.first_offset_ns = 7 * S;
	machine_start_bus(m, services[_i]);
	machine_start(m);
	snprintf(expected, sizeof(expected), "%s keeps the clock", services[_i]);
	machine_wait(m, machine_has_said(m, expected));
	machine_live(10);
	ck_assert_uint_eq(machine_n_changes(m), 0);
	ck_assert_uint_ge(m->n_reads, 3);
}
END_TEST

START_TEST(does_not_mind_other_services)
{
	m->trace.first_offset_ns = 7 * S;
	machine_start_bus(m, "sshd.service phc2sys.socket chronyd-restricted.service");
	machine_start(m);
	machine_wait(m, is_right());
}
END_TEST

START_TEST(hands_the_clock_over_and_takes_it_back)
{
	unsigned int n;

	machine_start_bus(m, "");
	machine_start(m);
	machine_wait(m, machine_has_said(m, "follows the host's"));
	machine_tell_systemd(m, "start", "chronyd.service");
	machine_wait(m, machine_has_said(m, "chronyd.service keeps the clock"));
	n = machine_n_changes(m);
	machine_lock(m);
	m->kernel.frequency = -90 * 65536; /* what it does with the clock */
	m->world.correction_ppb = -90e3;
	m->world.guest_ns += 3 * S;
	machine_unlock(m);
	machine_live(20);
	ck_assert_uint_eq(machine_n_changes(m), n);
	machine_tell_systemd(m, "stop", "chronyd.service");
	machine_wait(m, is_right());
	ck_assert_uint_gt(machine_n_changes(m), n);
}
END_TEST

START_TEST(lets_go_when_a_service_begins_to_start)
{
	unsigned int n;

	machine_start_bus(m, "");
	machine_start(m);
	machine_wait(m, machine_has_said(m, "follows the host's"));
	machine_tell_systemd(m, "begin", "chronyd.service");
	machine_wait(m, machine_has_said(m, "chronyd.service keeps the clock"));
	n = machine_n_changes(m);
	machine_live(10);
	ck_assert_uint_eq(machine_n_changes(m), n);
	machine_tell_systemd(m, "stop", "chronyd.service"); /* it could not be started */
	machine_wait(m, machine_n_changes(m) > n);
}
END_TEST

START_TEST(takes_nobody_for_gone_because_systemd_does_not_answer)
{
	m->trace.first_offset_ns = 7 * S;
	machine_start_bus(m, "chronyd.service");
	machine_start(m);
	machine_wait(m, machine_has_said(m, "chronyd.service keeps the clock"));
	machine_tell_systemd(m, "refuse", "chronyd.service");
	machine_wait(m, machine_has_said(m, "systemd does not list its units"));
	machine_live(20);
	ck_assert_uint_eq(machine_n_changes(m), 0);
}
END_TEST

START_TEST(leaves_no_slew_to_the_next_owner)
{
	double rate_ppb;

	m->trace.first_offset_ns = 400 * MS;
	machine_start_bus(m, "");
	machine_start(m);
	machine_wait(m, fabs(m->world.correction_ppb) > 4e6);
	machine_tell_systemd(m, "start", "chronyd.service");
	machine_wait(m, machine_has_said(m, "chronyd.service keeps the clock"));
	machine_lock(m);
	rate_ppb = m->world.correction_ppb;
	machine_unlock(m);
	ck_assert_double_le(fabs(rate_ppb), 600e3);
}
END_TEST

START_TEST(yields_to_one_whom_nobody_knows)
{
	unsigned int n;

	machine_start_bus(m, "");
	machine_start(m);
	machine_wait(m, machine_has_said(m, "follows the host's"));
	machine_lock(m);
	m->kernel.frequency += 65536;
	m->world.correction_ppb = sim_kernel_rate_ppb(&m->kernel);
	machine_unlock(m);
	machine_wait(m, machine_has_said(m, "Somebody else changes the rate"));
	n = machine_n_changes(m);
	machine_live(20);
	ck_assert_uint_eq(machine_n_changes(m), n);
}
END_TEST

START_TEST(disciplines_beside_a_service_if_told_so_until_that_steers)
{
	unsigned int n;

	folder_write(&m->bus.folder, "time.conf", "[Clock]\nMode=discipline\n");
	m->trace.first_offset_ns = 7 * S;
	machine_start_bus(m, "chronyd.service");
	machine_start(m);
	machine_wait(m, is_right());
	machine_lock(m);
	m->kernel.frequency += 65536;
	m->world.correction_ppb = sim_kernel_rate_ppb(&m->kernel);
	machine_unlock(m);
	machine_live(5);
	n = machine_n_changes(m);
	machine_live(20);
	ck_assert_uint_eq(machine_n_changes(m), n);
}
END_TEST

START_TEST(knows_the_services_of_its_settings)
{
	folder_write(
		&m->bus.folder, "time.conf", "[Clock]\nServices=\nServices=my-*.service\n");
	m->trace.first_offset_ns = 7 * S;
	machine_start_bus(m, "chronyd.service my-clock.service");
	machine_start(m);
	machine_wait(m, machine_has_said(m, "my-clock.service keeps the clock"));
	machine_live(10);
	ck_assert_uint_eq(machine_n_changes(m), 0);
	machine_tell_systemd(m, "stop", "my-clock.service");
	machine_wait(m, is_right());
}
END_TEST

START_TEST(clears_what_the_former_owner_left)
{
	m->kernel.status = STA_PLL | STA_INS;
	m->kernel.offset_left_ns = 5000000;
	machine_start_bus(m, "");
	machine_start(m);
	machine_wait(m, machine_has_said(m, "follows the host's"));
	machine_lock(m);
	ck_assert_int_eq(m->kernel.status & (STA_PLL | STA_INS), 0);
	ck_assert_int_eq(m->kernel.offset_left_ns, 0);
	machine_unlock(m);
}
END_TEST

/* With the daemon's own idea of what is free, and no systemd that could tell. */
START_TEST(keeps_the_clock_where_there_is_no_systemd)
{
	m->trace.first_offset_ns = 7 * S;
	private_bus_start(&m->bus);
	machine_start(m);
	machine_wait(m, is_right());
}
END_TEST

Suite *suite_owner(void)
{
	Suite *suite = suite_create("owner");
	TCase *tcase = suite_case(suite);

	tcase_add_loop_test(tcase, looks_on_while_a_time_service_is_active, 0, N_SERVICES);
	tcase_add_test(tcase, does_not_mind_other_services);

	tcase = suite_case(suite);
	tcase_add_test(tcase, hands_the_clock_over_and_takes_it_back);
	tcase_add_test(tcase, lets_go_when_a_service_begins_to_start);
	tcase_add_test(tcase, takes_nobody_for_gone_because_systemd_does_not_answer);
	tcase_add_test(tcase, leaves_no_slew_to_the_next_owner);
	tcase_add_test(tcase, yields_to_one_whom_nobody_knows);

	tcase = suite_case(suite);
	tcase_add_test(tcase, disciplines_beside_a_service_if_told_so_until_that_steers);
	tcase_add_test(tcase, knows_the_services_of_its_settings);
	tcase_add_test(tcase, clears_what_the_former_owner_left);
	tcase_add_test(tcase, keeps_the_clock_where_there_is_no_systemd);
	return suite;
}
