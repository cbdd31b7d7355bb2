// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Requests that no host sends, and a guest in bad shape: an answer is owed all the same, and the
 * daemon goes on.
 */

#include "scenario.h"

#include <stdio.h>

static uint32_t ask(struct machine *m, uint8_t op, uint8_t pool, uint32_t index)
{
	struct host_kvp_message request = { .op = op, .pool = pool, .index = index }, reply;

	request.value_type = REG_SZ;
	request.key_size = host_put_text(request.key, HOST_KEY_CHARS, "key");
	request.value_size = host_put_text(request.value.chars, HOST_VALUE_CHARS, "value");
	return host_exchange(m, &request, &reply);
}

/* Serves as if nothing had happened. */
static void expect_unharmed(struct machine *m)
{
	expect(guest_daemon_runs(m));
	expect_set(0, "after", "all");
	expect_stored(0, "after", "all");
}

static void refuses_pools_that_do_not_exist(struct machine *m)
{
	static const uint8_t pools[] = { 5, 6, 127, 128, 255 };

	guest_start_daemon(m);
	for (size_t i = 0; i < sizeof(pools); i++) {
		expect_status(ask(m, KVP_OP_ENUMERATE, pools[i], 0), HV_INVALIDARG);
		expect_status(ask(m, KVP_OP_GET, pools[i], 0), HV_INVALIDARG);
		expect_status(ask(m, KVP_OP_SET, pools[i], 0), HV_INVALIDARG);
		expect_status(ask(m, KVP_OP_DELETE, pools[i], 0), HV_INVALIDARG);
	}
	expect_unharmed(m);
}

static void refuses_operations_that_do_not_exist(struct machine *m)
{
	static const uint8_t ops[] = { 6, 7, 99, 100, 255 };

	guest_start_daemon(m);
	for (size_t i = 0; i < sizeof(ops); i++)
		expect_status(ask(m, ops[i], 0, 0), HV_ERROR_NOT_SUPPORTED);
	expect_unharmed(m);
}

static void takes_an_index_for_unsigned(struct machine *m)
{
	static const uint32_t indices[] = { 0x80000000, 0xfffffffe, 0xffffffff };

	guest_start_daemon(m);
	expect_set(0, "only", "1");
	for (size_t i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
		expect_status(ask(m, KVP_OP_ENUMERATE, 0, indices[i]), HV_S_CONT);
		expect_status(ask(m, KVP_OP_ENUMERATE, KVP_POOL_AUTO, indices[i]), HV_S_CONT);
	}
	expect_unharmed(m);
}

static void refuses_a_key_that_is_empty(struct machine *m)
{
	guest_start_daemon(m);
	expect_status(host_kvp_set(m, 0, "", "value"), HV_INVALIDARG);
	expect_number(guest_pool_size(m, 0), 0);
	expect_unharmed(m);
}

static void survives_a_disk_that_is_full(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "before", "1");
	guest_run(m, "mount -o remount,size=32k hvguest %s", GUEST_POOL_FOLDER);
	guest_try(m, "cat /dev/zero >%s/filler", GUEST_POOL_FOLDER);
	for (unsigned int i = 0; i < 4; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "key%u", i);
		if (host_kvp_set(m, 0, key, "value") != HV_S_OK)
			expect_not_stored(0, key);
		expect(guest_daemon_runs(m));
	}
	expect(host_kvp_set(m, 0, "one too many", "value") != HV_S_OK);
	expect_stored(0, "before", "1");
	guest_run(m, "rm %s/filler", GUEST_POOL_FOLDER);
	expect_unharmed(m);
}

static void survives_a_pool_file_of_noise(struct machine *m)
{
	guest_start_daemon(m);
	guest_run(m, "head -c 1000000 /dev/urandom >%s", guest_pool_path(1));
	guest_run(m, "head -c 100000 /dev/zero >%s", guest_pool_path(3));
	for (uint32_t i = 0; i < 1000000 / POOL_RECORD_BYTES + 2; i++)
		(void)ask(m, KVP_OP_ENUMERATE, 1, i);
	(void)ask(m, KVP_OP_ENUMERATE, 3, 0);
	(void)host_kvp_set(m, 3, "HostName", "HYPERV01");
	expect_stored(3, "HostName", "HYPERV01");
	expect_unharmed(m);
}

/* 80,000 records, and not one with a key. Debian's daemon reads all of them, and only then answers. */
static void survives_a_pool_file_that_is_huge(struct machine *m)
{
	struct host_item item;

	guest_start_daemon(m);
	guest_run(m, "truncate -s %u %s", 80000 * POOL_RECORD_BYTES, guest_pool_path(1));
	(void)host_kvp_at(m, 1, 0, &item);
	(void)host_kvp_at(m, 1, 79999, &item);
	if (strcmp(machine_daemon(m), "debian") == 0)
		(void)machine_eventually(m, host_kvp_at(m, KVP_POOL_AUTO, 4, &item) == HV_S_OK);
	expect_status(host_kvp_at(m, KVP_POOL_AUTO, 4, &item), HV_S_OK);
	expect_unharmed(m);
}

static void survives_an_address_that_is_too_long(struct machine *m)
{
	struct host_ip ip = {
		.adapter = "{0f0f0f0f-0000-0000-0000-000000000000}",
		.family = ADDR_FAMILY_IPV4,
		.subnets = "255.255.255.0",
	};

	memset(ip.addresses, '1', 1000);
	guest_start_daemon(m);
	expect(host_inject_ip(m, &ip) != HV_S_OK);
	expect_unharmed(m);
}

static void survives_a_resolv_conf_of_endless_lines(struct machine *m)
{
	struct host_ip ip;

	guest_run(m, "line=$(head -c 240 /dev/zero | tr '\\0' 1); for i in $(seq 100); do"
		     " echo nameserver $line; done >/etc/resolv.conf");
	guest_start_daemon(m);
	(void)host_get_ip_info(m, GUEST_MAC, &ip);
	expect_unharmed(m);
}

/* Whoever may name an interface must not become who runs the daemon. */
static void runs_nothing_that_an_interface_is_named(struct machine *m)
{
	struct host_ip ip;

	guest_run(m, "ip link add name 'a;>pwned' address 00:15:5d:0a:0a:0a type veth peer name b &&"
		     " ip address add 10.9.9.9/24 dev 'a;>pwned' && ip link set 'a;>pwned' up");
	guest_start_daemon(m);
	expect_status(host_get_ip_info(m, "00:15:5D:0A:0A:0A", &ip), HV_S_OK);
	expect_text(ip.addresses, "10.9.9.9");
	expect_number(guest_try(m, "[ -e /pwned ]"), 1);
	expect_unharmed(m);
}

static void fills_no_log_with_what_it_is_asked(struct machine *m)
{
	char value[16];

	guest_start_daemon(m);
	for (uint32_t i = 0; i < FLOOD / 4; i++) {
		(void)snprintf(value, sizeof(value), "%u", i);
		expect_set(0, "key", value);
		expect_status(ask(m, KVP_OP_SET, 1, 0), HV_E_FAIL);
		expect_status(ask(m, KVP_OP_ENUMERATE, 5, i), HV_INVALIDARG);
		expect_status(ask(m, 6 + i % 200, 0, 0), HV_ERROR_NOT_SUPPORTED);
	}
	expect_short_log(m, "hv-kvpd: ");
	expect_unharmed(m);
}

static const struct scenario rows[] = {
	ROW(refuses_pools_that_do_not_exist,
		.not_debian = "the pool's number is not checked"),
	ROW(refuses_operations_that_do_not_exist,
		.not_debian = "unknown operations are answered with success"),
	ROW(takes_an_index_for_unsigned,
		.not_debian = "it takes the index for a negative number, and dies"),
	ROW(refuses_a_key_that_is_empty, .not_debian = "it stores a record without a key"),
	ROW(survives_a_disk_that_is_full,
		.not_debian = "it empties the file before it writes, and exits"),
	ROW(survives_a_pool_file_of_noise, .differs = "the file is of random bytes", .stops_the_kernel = true,
		.not_debian = "it hands on fields without a NUL, at which the kernel stops"),
	ROW(survives_a_pool_file_that_is_huge, .only_in_full = true, .kernel_second_ms = 1000,
		.differs = "how fast Debian's daemon reads decides what the host is told"),
	ROW(survives_an_address_that_is_too_long, .only_in_full = true),
	ROW(survives_a_resolv_conf_of_endless_lines),
	ROW(runs_nothing_that_an_interface_is_named,
		.not_debian = "it hands the interface's name to a shell"),
	ROW(fills_no_log_with_what_it_is_asked, .daemon = SCENARIO_OURS, .only_in_full = true),
};

SCENARIO_SET(scenarios_kvp_hostile, rows);
