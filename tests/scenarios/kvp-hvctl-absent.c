// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl kvp where hv-kvpd is not running, where it would rather not answer, and where there is no
 * Hyper-V at all.
 */

#include "hvctl.h"

#define NOT_RUNNING " is not running: the host does not offer it to this virtual machine (hvctl features "
#define DOWN "hvctl: hv-kvpd is not running; read from the pool files (pool auto has none)\n"

static void reads_the_files_while_hv_kvpd_is_not_running(struct machine *m)
{
	hvctl_on_hyperv(m);
	guest_start_bus(m);
	expect_failed(KVP "list", 0, DOWN);
	guest_append_record(m, 0, "role", "db");
	guest_append_record(m, 0, "role", "web\xff");
	guest_append_record(m, 3, "HostName", "HV-07");
	expect_run(KVP "list | tr -s ' '", 0,
		"POOL KEY VALUE\nexternal role db\nexternal role web\xef\xbf\xbd\nhost HostName HV-07\n",
		DOWN);
	expect_run(KVP "get role", 0, "web\xef\xbf\xbd\n", DOWN);
	expect_run(KVP "get host HostName", 0, "HV-07\n", DOWN);
	expect_failed(KVP "get host role", 1, DOWN "hvctl: there is no key 'role'\n");
	expect_run(SOMEBODY KVP "get HostName", 0, "HV-07\n", DOWN);
	guest_run(m, "chmod 0600 %s", guest_pool_path(0));
	expect_failed(SOMEBODY KVP "get external role", 4,
		DOWN "hvctl: /var/lib/hyperv/.kvp_pool_0: the pool file may not be opened\n");
}

static void knows_nothing_of_this_guest_without_hv_kvpd(struct machine *m)
{
	static const char why[] =
		"hvctl: hv-kvpd is not running, and only hv-kvpd knows what is in pool auto\n";

	hvctl_on_hyperv(m);
	guest_start_bus(m);
	expect_failed(KVP "get auto OSName", 1, why);
	expect_failed(KVP "list auto", 1, why);
	expect_failed(KVP "get OSName", 1, DOWN "hvctl: there is no key 'OSName'\n");
}

static void writes_nothing_without_hv_kvpd(struct machine *m)
{
	hvctl_on_hyperv(m);
	guest_start_bus(m);
	expect_failed(KVP "set guest key value", 1, "hvctl: key: hv-kvpd" NOT_RUNNING "kvp)\n");
	guest_stop_bus(m);
	expect_failed(KVP "set guest key value", 1,
		"hvctl: key: the system bus cannot be reached, and hv-kvpd only through it\n");
	expect_not_stored(1, "key");
}

/* The bus would start them, and wait for them in vain; as it does where a unit's condition does not hold. */
static void waits_for_no_service_that_does_not_come(struct machine *m)
{
	hvctl_on_hyperv(m);
	guest_run(m, "mkdir -p " GUEST_BUS_SERVICES " && cd " GUEST_BUS_SERVICES " &&"
		     " for name in FileCopy1 Kvp1 Time1 Vss1; do"
		     " printf '[D-BUS Service]\nName=org.hvguest.%%s\nExec=/bin/sleep 300\n' $name >$name.service; done");
	guest_start_bus(m);
	expect_failed(HVCTL "fcopy status", 1, "hvctl: file copy: hv-fcopyd" NOT_RUNNING "file-copy)\n");
	expect_failed(HVCTL "vss status", 1, "hvctl: status: hv-vssd" NOT_RUNNING "backup)\n");
	expect_failed(HVCTL "time status", 1, "hvctl: the time service: hv-timed" NOT_RUNNING "time)\n");
	expect_failed(KVP "set guest key value", 1, "hvctl: key: hv-kvpd" NOT_RUNNING "kvp)\n");
	expect_failed(KVP "list", 0, DOWN);
	expect_run(HVCTL "vss thaw", 0, "Nothing is frozen.\n", "");
}

static void reads_the_files_without_a_bus(struct machine *m)
{
	hvctl_on_hyperv(m);
	guest_append_record(m, 1, "key", "value");
	expect_run(KVP "get key", 0, "value\n",
		"hvctl: the system bus cannot be reached; read from the pool files (pool auto has none)\n");
	expect_failed(KVP "watch", 1, "hvctl: the system bus cannot be reached\n");
}

static void tells_that_this_is_no_hyper_v_guest(struct machine *m)
{
	static const char *const commands[] = { KVP "list", KVP "get key", KVP "set guest key value",
		KVP "unset guest key", KVP "watch" };

	hvctl_on_anything_else(m);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		expect_failed(commands[i], 3, "hvctl: this is not a Hyper-V guest\n");
	guest_start_bus(m);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		expect_failed(commands[i], 3, "hvctl: this is not a Hyper-V guest\n");
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Kvp1");
	expect_ok(KVP "set guest key value", "");
	expect_ok(KVP "get key", "value\n");
}

static void knows_hyper_v_without_the_driver_of_its_bus(struct machine *m)
{
	hvctl_on_anything_else(m);
	guest_run(m, "mkdir -p /sys/class/dmi/id && cd /sys/class/dmi/id &&"
		     " echo Microsoft Corporation >sys_vendor && echo Surface >product_name");
	expect_number(guest_try(m, KVP "list"), 3);
	guest_run(m, "echo Virtual Machine >/sys/class/dmi/id/product_name");
	expect_number(guest_try(m, KVP "list"), 0);
	guest_run(m, "echo Somebody else >/sys/class/dmi/id/sys_vendor");
	expect_number(guest_try(m, KVP "list"), 3);
}

static void reads_the_file_of_a_pool_that_is_too_large_for_the_bus(struct machine *m)
{
	guest_start_bus(m);
	(void)guest_start_kvp(m, "TooLarge");
	guest_append_record(m, 1, "key", "value");
	expect_ok(KVP "list guest | tr -s ' '", "POOL KEY VALUE\nguest key value\n");
	expect_failed(KVP "list auto", 1, "hvctl: auto: Not over the bus.\n");
	guest_run(m, "chmod 0600 %s", guest_pool_path(1));
	guest_run(m, "sed -i 's/^hvguest:.*/&daemon/' /etc/group");
	expect_failed(MEMBER KVP "list guest", 4,
		"hvctl: /var/lib/hyperv/.kvp_pool_1: the pool file may not be opened\n"
		"hvctl: guest: Not over the bus.\n");
}

static void reads_the_files_while_hv_kvpd_is_busy(struct machine *m)
{
	guest_start_bus(m);
	(void)guest_start_kvp(m, "Busy");
	guest_append_record(m, 0, "key", "value");
	expect_run(KVP "list | tr -s ' '", 0, "POOL KEY VALUE\nexternal key value\n",
		"hvctl: auto: Not over the bus.\n");
	expect_failed(KVP "list nothing", 2,
		"hvctl: there is no pool 'nothing'; the pools are external, guest, auto and host\n");
}

#define OUR_ROW(function) ROW(function, .daemon = SCENARIO_OURS, .only_in_full = true)

static const struct scenario rows[] = {
	OUR_ROW(reads_the_files_while_hv_kvpd_is_not_running),
	OUR_ROW(knows_nothing_of_this_guest_without_hv_kvpd),
	OUR_ROW(writes_nothing_without_hv_kvpd),
	OUR_ROW(waits_for_no_service_that_does_not_come),
	OUR_ROW(reads_the_files_without_a_bus),
	OUR_ROW(tells_that_this_is_no_hyper_v_guest),
	OUR_ROW(knows_hyper_v_without_the_driver_of_its_bus),
	OUR_ROW(reads_the_file_of_a_pool_that_is_too_large_for_the_bus),
	OUR_ROW(reads_the_files_while_hv_kvpd_is_busy),
};

SCENARIO_SET(scenarios_kvp_hvctl_absent, rows);
