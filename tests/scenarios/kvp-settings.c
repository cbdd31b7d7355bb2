// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Settings, right and wrong: whatever they say, the host is answered (hvguest-kvp.conf(5)).
 */

#include "scenario.h"

#include <signal.h>

static void configure(struct machine *m, const char *text)
{
	guest_write_file(m, GUEST_CONFIG, text, strlen(text));
}

static void lets_the_host_write_to_the_guests_pool_if_told_so(struct machine *m)
{
	configure(m, "[Pools]\nAllowHostWritesToGuestPool=yes\n");
	guest_append_record(m, 1, "mine", "1");
	guest_start_daemon(m);
	expect_set(1, "yours", "2");
	expect_set(1, "mine", "3");
	expect_listed(1, "mine=3\nyours=2\n");
	expect_status(host_kvp_delete(m, 1, "mine"), HV_S_OK);
	expect_listed(1, "yours=2\n");
	expect_status(host_kvp_set(m, 2, "key", "value"), HV_E_FAIL);
	expect_status(host_kvp_set(m, 4, "key", "value"), HV_E_FAIL);
}

static void refuses_a_record_too_many(struct machine *m)
{
	char key[2] = "a";

	configure(m, "[Pools]\nMaxRecords=16\n");
	guest_start_daemon(m);
	for (; *key < 'a' + 16; ++*key)
		expect_set(0, key, "1");
	expect_status(host_kvp_set(m, 0, "one too many", "1"), HV_ERROR_DISK_FULL);
	expect_set(0, "a", "2");
	expect_number(guest_pool_size(m, 0), 16);
	expect_status(host_kvp_delete(m, 0, "b"), HV_S_OK);
	expect_set(0, "one more", "1");
}

static void keeps_secrets_if_told_so(struct machine *m)
{
	configure(m, "[Pools]\nPoolMode=0600\n");
	guest_start_daemon(m);
	expect_set(0, "password", "secret");
	expect_given(guest_ask(m, "cd %s && stat -c %%a .kvp_pool_0 .kvp_pool_1 .kvp_pool_3",
			     GUEST_POOL_FOLDER),
		"600\n644\n644\n");
}

/* From the list of all addresses: the host knows the adapter that it asks for by its MAC. */
static void excludes_interfaces_that_it_is_told_to(struct machine *m)
{
	struct host_item item;
	struct host_ip ip;

	configure(m, "[Addresses]\nExcludeInterfaces=eth*\n");
	guest_start_daemon(m);
	expect_status(host_kvp_get(m, KVP_POOL_AUTO, "NetworkAddressIPv4", &item), HV_S_OK);
	expect_text(item.value, "");
	expect_status(host_get_ip_info(m, "00:15:5D:01:02:03", &ip), HV_S_OK);
	expect(ip.addresses[0] != '\0');
}

static void serves_with_errors_in_its_settings(struct machine *m)
{
	configure(m, "[Pools]\nMaxRecords=many\nNoSuchSetting=1\n[Nowhere]\n"
		     "AllowHostWritesToGuestPool=yes\nno setting at all\n");
	guest_start_daemon(m);
	expect_set(0, "key", "value");
	expect_status(host_kvp_set(m, 1, "key", "value"), HV_E_FAIL);
	guest_wait_for_log(m, "kvp.conf:2");
	guest_wait_for_log(m, "kvp.conf:3");
	guest_wait_for_log(m, "kvp.conf:5");
	guest_wait_for_log(m, "kvp.conf:6");
}

static void serves_without_settings(struct machine *m)
{
	guest_run(m, "rm %s", GUEST_CONFIG);
	guest_start_daemon(m);
	expect_set(0, "key", "value");
}

static void serves_with_settings_of_noise(struct machine *m)
{
	guest_run(m, "head -c 100000 /dev/urandom >%s", GUEST_CONFIG);
	guest_start_daemon(m);
	expect_set(0, "key", "value");
}

static void checks_its_settings(struct machine *m)
{
	expect_number(guest_try(m, "%s --config %s --check-config", guest_daemon_path(m),
			      GUEST_CONFIG),
		0);
	configure(m, "[Pools]\nMaxRecords=many\n");
	expect_number(guest_try(m, "%s --config %s --check-config", guest_daemon_path(m),
			      GUEST_CONFIG),
		1);
	expect_number(guest_try(m, "%s --no-such-option", guest_daemon_path(m)), 2);
	guest_run(m, "%s --version && %s --help", guest_daemon_path(m), guest_daemon_path(m));
}

static void reads_its_settings_again(struct machine *m)
{
	guest_start_daemon(m);
	expect_status(host_kvp_set(m, 1, "key", "1"), HV_E_FAIL);
	configure(m, "[Pools]\nAllowHostWritesToGuestPool=yes\n");
	guest_reload_daemon(m);
	expect(machine_eventually(m, host_kvp_set(m, 1, "key", "1") == HV_S_OK));
	expect_listed(1, "key=1\n");
}

/* A clone of a disk has what the host wrote to another machine. */
static void drops_what_the_host_wrote_before_this_boot(struct machine *m)
{
	for (unsigned int pool = 0; pool < 4; pool++) {
		guest_append_record(m, pool, "HostName", "of another life");
		guest_run(m, "touch -d 2001-01-01 %s", guest_pool_path(pool));
	}
	guest_start_daemon(m);
	expect_listed(0, "");
	expect_listed(1, "HostName=of another life\n");
	expect_listed(3, "");
	expect_set(3, "HostName", "of this one");
	guest_run(m, "touch -d 2001-01-01 %s", guest_pool_path(3));
	guest_stop_daemon(m);
	guest_launch_daemon(m);
	expect_listed(3, "HostName=of this one\n");
}

static void keeps_what_the_host_wrote_since_this_boot(struct machine *m)
{
	guest_append_record(m, 0, "from", "the initramfs");
	guest_start_daemon(m);
	expect_listed(0, "from=the initramfs\n");
}

static void keeps_what_is_stale_if_told_so(struct machine *m)
{
	configure(m, "[Pools]\nDropStale=no\n");
	guest_append_record(m, 0, "old", "1");
	guest_run(m, "touch -d 2001-01-01 %s", guest_pool_path(0));
	guest_start_daemon(m);
	expect_listed(0, "old=1\n");
}

#define OUR_ROW(function, ...)                                                                 \
	ROW(function, .daemon = SCENARIO_OURS, .only_in_full = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	OUR_ROW(lets_the_host_write_to_the_guests_pool_if_told_so),
	OUR_ROW(refuses_a_record_too_many),
	OUR_ROW(keeps_secrets_if_told_so),
	OUR_ROW(excludes_interfaces_that_it_is_told_to),
	OUR_ROW(serves_with_errors_in_its_settings),
	OUR_ROW(serves_without_settings),
	OUR_ROW(serves_with_settings_of_noise),
	OUR_ROW(checks_its_settings),
	OUR_ROW(reads_its_settings_again, .differs = "the host asks until they are read"),
	OUR_ROW(drops_what_the_host_wrote_before_this_boot),
	OUR_ROW(keeps_what_the_host_wrote_since_this_boot),
	OUR_ROW(keeps_what_is_stale_if_told_so),
};

SCENARIO_SET(scenarios_kvp_settings, rows);
