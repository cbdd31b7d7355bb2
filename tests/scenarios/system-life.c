// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A whole Debian with our services installed: they come and go with their devices, and the system goes and comes
 * back. Nobody starts a daemon here but systemd.
 */

#include "host/vm/system.h"
#include "scenario.h"

#define ROUNDS 20

static char *automatic(struct machine *m, const char *key)
{
	struct host_list list;
	char *value;

	expect_status(host_kvp_list(m, KVP_POOL_AUTO, &list), HV_S_CONT);
	expect(host_list_value(&list, key));
	value = strdup(host_list_value(&list, key));
	host_list_done(&list);
	return value;
}

static void the_units_start_with_their_devices(struct machine *m)
{
	static const char *const units[] = { "hv-kvpd.service", "hv-vssd.service", "hv-fcopyd.service",
		"hv-timed.service", "hv-netd.socket" };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		guest_wait_for_unit(m, units[i], "active");
	host_wait_for_contact(m);
	expect_given(automatic(m, "FullyQualifiedDomainName"), "guest.example.org");
	expect_given(automatic(m, "OSName"), "Debian GNU/Linux");
	expect_given(guest_unit(m, "hv-kvpd.service", "NRestarts"), "0");
}

static void no_unit_has_failed(struct machine *m)
{
	expect_given(guest_ask(m, "systemctl list-units --failed --no-legend --plain | cut -d' ' -f1"), "");
}

static void what_the_host_writes_is_in_the_pools_file(struct machine *m)
{
	host_wait_for_contact(m);
	expect_set(0, "role", "web");
	expect_stored(0, "role", "web");
	expect_given(guest_ask(m, "hvctl kvp get external role"), "web\n");
}

static void a_service_that_the_host_toggles_serves_each_time(struct machine *m)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		host_withdraw(m);
		host_wait_for_state(m, CONTROL_KVP, CONTROL_ABSENT);
		host_offer(m);
		host_wait_for_contact(m);
		expect_set(0, "round", "again");
	}
	expect_given(guest_unit(m, "hv-kvpd.service", "Result"), "success");
}

/* In the sandbox of its unit it hears of the device that returns, and writes where it is to. */
static void file_copy_that_the_host_toggles_is_served_again(struct machine *m)
{
	guest_wait_for_unit(m, "hv-fcopyd.service", "active");
	host_fcopy_wait_until_served(m);
	host_fcopy_withdraw(m);
	host_fcopy_offer(m);
	host_fcopy_wait_until_served(m);
	expect_status(host_copy_text(m, "/root/", "copied", "again"), HV_S_OK);
	expect_given(guest_ask(m, "cat /root/copied"), "again");
	expect_given(guest_unit(m, "hv-fcopyd.service", "NRestarts"), "0");
}

static void a_daemon_that_is_killed_comes_back(struct machine *m)
{
	char *before, *after;

	guest_wait_for_unit(m, "hv-kvpd.service", "active");
	before = guest_unit(m, "hv-kvpd.service", "MainPID");
	guest_run(m, "systemctl kill --signal=KILL hv-kvpd");
	expect(machine_eventually(m, host_kvp_set(m, 0, "after", "kill") == HV_S_OK));
	after = guest_unit(m, "hv-kvpd.service", "MainPID");
	expect(strcmp(before, after) != 0);
	free(before);
	free(after);
}

static void publish(struct machine *m, const char *value)
{
	guest_run(m, "hvctl kvp set guest status '%s'", value);
}

/* What the guest's software publishes is its own; what the host wrote it will write again. */
static void expect_after_boot(struct machine *m, const char *value)
{
	host_wait_for_contact(m);
	expect_stored(1, "status", value);
	expect_not_stored(0, "status");
	expect_set(0, "status", "new");
	expect_stored(0, "status", "new");
}

/* The root was not unmounted when the last boot ended. */
static bool was_recovered(struct machine *m)
{
	return guest_try(m, "journalctl --boot --dmesg | grep -q 'EXT4-fs (vda): recovery complete'") == 0;
}

static void a_reboot_comes_back_and_serves(struct machine *m)
{
	publish(m, "reboot");
	expect_set(0, "status", "old");
	guest_reboot(m);
	expect_after_boot(m, "reboot");
	expect(!was_recovered(m));
}

static void what_was_published_outlives_a_power_cut(struct machine *m)
{
	publish(m, "cut");
	expect_set(0, "status", "old");
	host_cut_power(m);
	expect_after_boot(m, "cut");
	expect(was_recovered(m));
}

static void the_host_switches_it_off(struct machine *m)
{
	publish(m, "off");
	expect_set(0, "status", "old");
	host_wait_for_state(m, CONTROL_SHUTDOWN, CONTROL_NEGOTIATED);
	expect_status(host_shut_down(m, HOST_POWER_OFF), HV_S_OK);
	expect_number(host_wait_for_end(m), CONTROL_END_OFF);
	host_boot(m);
	expect_after_boot(m, "off");
	guest_run(m, "journalctl --boot=-1 --no-pager >/tmp/last");
	guest_run(m, "grep -q 'Stopped target.*multi-user' /tmp/last");
	guest_run(m, "! grep -i 'failed to unmount\\|timed out\\|dumped core' /tmp/last");
	expect(!was_recovered(m));
}

static const struct scenario rows[] = {
	SYSTEM_ROW(the_units_start_with_their_devices),
	SYSTEM_ROW(no_unit_has_failed),
	SYSTEM_ROW(what_the_host_writes_is_in_the_pools_file),
	SYSTEM_ROW(a_service_that_the_host_toggles_serves_each_time),
	SYSTEM_ROW(file_copy_that_the_host_toggles_is_served_again),
	SYSTEM_ROW(a_daemon_that_is_killed_comes_back),
	SYSTEM_ROW(a_reboot_comes_back_and_serves),
	SYSTEM_ROW(what_was_published_outlives_a_power_cut),
	SYSTEM_ROW(the_host_switches_it_off),
};

SCENARIO_SET(scenarios_system_life, rows);
