// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What the host writes (pools 0 and 3), and what other software in the guest then finds in the files.
 */

#include "scenario.h"

#include <stdio.h>

static void stores_what_the_host_sets(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "EEE", "555");
	expect_stored(0, "EEE", "555");
	expect_listed(0, "EEE=555\n");
	expect_listed(3, "");
}

static void stores_what_the_host_tells_of_itself(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(3, "HostName", "HYPERV01");
	expect_set(3, "VirtualMachineId", "7A3F0C4E-5B6D-4F0E-9C1B-0123456789AB");
	expect_stored(3, "HostName", "HYPERV01");
	expect_listed(3,
		"HostName=HYPERV01\nVirtualMachineId=7A3F0C4E-5B6D-4F0E-9C1B-0123456789AB\n");
	expect_listed(0, "");
}

static void modifies_a_value_where_it_stands(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "first", "1");
	expect_set(0, "second", "2");
	expect_set(0, "third", "3");
	expect_set(0, "second", "999");
	expect_number(guest_pool_size(m, 0), 3);
	expect_listed(0, "first=1\nsecond=999\nthird=3\n");
}

static void deletes(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "first", "1");
	expect_set(0, "second", "2");
	expect_set(0, "third", "3");
	expect_status(host_kvp_delete(m, 0, "second"), HV_S_OK);
	expect_number(guest_pool_size(m, 0), 2);
	expect_listed(0, "first=1\nthird=3\n");
	expect_status(host_kvp_delete(m, 0, "third"), HV_S_OK);
	expect_status(host_kvp_delete(m, 0, "first"), HV_S_OK);
	expect_listed(0, "");
	expect_number(guest_pool_size(m, 0), 0);
}

static void tells_that_a_key_to_delete_is_missing(struct machine *m)
{
	guest_start_daemon(m);
	expect_status(host_kvp_delete(m, 0, "nobody"), HV_S_CONT);
	expect_set(0, "somebody", "1");
	expect_status(host_kvp_delete(m, 0, "nobody"), HV_S_CONT);
	expect_status(host_kvp_delete(m, 0, "some"), HV_S_CONT);
	expect_listed(0, "somebody=1\n");
}

static void takes_keys_for_different_that_differ_at_their_end(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "key", "1");
	expect_set(0, "key1", "2");
	expect_set(0, "KEY", "3");
	expect_set(0, "key ", "4");
	expect_listed(0, "key=1\nkey1=2\nKEY=3\nkey =4\n");
}

static void keeps_the_pools_apart(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "same", "external");
	expect_set(3, "same", "host");
	guest_append_record(m, 1, "same", "guest");
	expect_status(host_kvp_delete(m, 3, "same"), HV_S_OK);
	expect_listed(0, "same=external\n");
	expect_listed(1, "same=guest\n");
	expect_listed(3, "");
}

/* Records of 2560 bytes: key[512], value[2048], filled up with NULs. */
static void writes_records_as_everybody_reads_them(struct machine *m)
{
	char expected[2 * POOL_RECORD_BYTES] = { 0 };
	size_t size;
	char *bytes;

	guest_start_daemon(m);
	expect_set(3, "VirtualMachineName", "Prüfstand");
	expect_set(3, "HostName", "a");
	memcpy(expected, "VirtualMachineName", 18);
	memcpy(expected + POOL_KEY_BYTES, "Prüfstand", 10);
	memcpy(expected + POOL_RECORD_BYTES, "HostName", 8);
	memcpy(expected + POOL_RECORD_BYTES + POOL_KEY_BYTES, "a", 1);
	bytes = guest_read_file(m, guest_pool_path(3), &size);
	expect_number(size, sizeof(expected));
	expect(memcmp(bytes, expected, sizeof(expected)) == 0);
	free(bytes);
}

static void leaves_nothing_of_a_former_value(struct machine *m)
{
	size_t size;
	char *bytes;

	guest_start_daemon(m);
	expect_set(0, "password", "a long and secret one");
	expect_set(0, "password", "x");
	bytes = guest_read_file(m, guest_pool_path(0), &size);
	expect_number(size, POOL_RECORD_BYTES);
	expect(!memmem(bytes, size, "secret", 6));
	free(bytes);
}

static void ends_an_enumeration_where_the_records_end(struct machine *m)
{
	struct host_item item;

	guest_start_daemon(m);
	expect_status(host_kvp_at(m, 0, 0, &item), HV_S_CONT);
	expect_set(0, "only", "1");
	expect_status(host_kvp_at(m, 0, 0, &item), HV_S_OK);
	expect_text(item.key, "only");
	expect_text(item.value, "1");
	expect_number(item.type, REG_SZ);
	expect_number(item.key_size, 10);
	expect_number(item.value_size, 4);
	expect_status(host_kvp_at(m, 0, 1, &item), HV_S_CONT);
	expect_status(host_kvp_at(m, 0, 1000, &item), HV_S_CONT);
	expect_status(host_kvp_at(m, 0, INT32_MAX, &item), HV_S_CONT);
}

static void begins_an_enumeration_anywhere(struct machine *m)
{
	struct host_item item;

	guest_start_daemon(m);
	expect_set(0, "first", "1");
	expect_set(0, "second", "2");
	expect_status(host_kvp_at(m, 0, 1, &item), HV_S_OK);
	expect_text(item.key, "second");
	expect_status(host_kvp_at(m, 0, 0, &item), HV_S_OK);
	expect_text(item.key, "first");
}

/* Pool 0 is being enumerated while the same host deletes from it: none of the rest is missed. */
static void misses_no_record_when_keys_are_deleted_meanwhile(struct machine *m)
{
	struct host_item item;
	bool saw_third = false, saw_fifth = false;

	guest_start_daemon(m);
	expect_set(0, "first", "1");
	expect_set(0, "second", "2");
	expect_set(0, "third", "3");
	expect_set(0, "fourth", "4");
	expect_set(0, "fifth", "5");
	expect_status(host_kvp_at(m, 0, 0, &item), HV_S_OK);
	expect_status(host_kvp_at(m, 0, 1, &item), HV_S_OK);
	expect_text(item.key, "second");
	expect_status(host_kvp_delete(m, 0, "first"), HV_S_OK);
	expect_status(host_kvp_delete(m, 0, "fourth"), HV_S_OK);
	for (uint32_t i = 2; host_kvp_at(m, 0, i, &item) == HV_S_OK; i++) {
		saw_third |= strcmp(item.key, "third") == 0;
		saw_fifth |= strcmp(item.key, "fifth") == 0;
		expect(strcmp(item.key, "fourth") != 0);
	}
	expect(saw_third && saw_fifth);
}

static void gets_a_value_by_its_key(struct machine *m)
{
	struct host_item item;

	guest_start_daemon(m);
	expect_set(0, "first", "1");
	expect_set(0, "second", "two, and longer than four bytes");
	expect_status(host_kvp_get(m, 0, "second", &item), HV_S_OK);
	expect_text(item.value, "two, and longer than four bytes");
	expect_number(item.type, REG_SZ);
	guest_append_record(m, 1, "guest's", "own");
	expect_status(host_kvp_get(m, 1, "guest's", &item), HV_S_OK);
	expect_text(item.value, "own");
}

static void tells_that_a_key_to_get_is_missing(struct machine *m)
{
	struct host_item item;

	guest_start_daemon(m);
	expect_set(0, "first", "1");
	expect_status(host_kvp_get(m, 0, "firs", &item), HV_S_CONT);
	expect_status(host_kvp_get(m, 3, "first", &item), HV_S_CONT);
}

static void gets_the_last_of_several_values(struct machine *m)
{
	struct host_item item;

	guest_start_daemon(m);
	guest_append_record(m, 1, "key", "old");
	guest_append_record(m, 1, "other", "1");
	guest_append_record(m, 1, "key", "new");
	expect_status(host_kvp_get(m, 1, "key", &item), HV_S_OK);
	expect_text(item.value, "new");
}

static void refuses_to_write_what_is_the_guests(struct machine *m)
{
	guest_append_record(m, 1, "mine", "1");
	guest_start_daemon(m);
	expect_status(host_kvp_set(m, 1, "yours", "2"), HV_E_FAIL);
	expect_status(host_kvp_set(m, 1, "mine", "2"), HV_E_FAIL);
	expect_status(host_kvp_delete(m, 1, "mine"), HV_E_FAIL);
	expect_listed(1, "mine=1\n");
}

static void refuses_to_write_what_is_nobodys(struct machine *m)
{
	guest_start_daemon(m);
	expect_status(host_kvp_set(m, 2, "OSName", "Windows"), HV_E_FAIL);
	expect_status(host_kvp_delete(m, 2, "OSName"), HV_E_FAIL);
	expect_status(host_kvp_set(m, 4, "key", "value"), HV_E_FAIL);
	expect_status(host_kvp_delete(m, 4, "key"), HV_E_FAIL);
	expect_number(guest_pool_size(m, 2), 0);
	expect_number(guest_pool_size(m, 4), 0);
	expect_listed(4, "");
}

/* The host's pools may hold duplicates too, after a tool wrote the file: one value remains. */
static void makes_one_of_a_key_that_stands_twice(struct machine *m)
{
	guest_start_daemon(m);
	guest_append_record(m, 0, "twice", "1");
	guest_append_record(m, 0, "once", "2");
	guest_append_record(m, 0, "twice", "3");
	expect_set(0, "twice", "4");
	expect_stored(0, "twice", "4");
	expect_status(host_kvp_delete(m, 0, "twice"), HV_S_OK);
	expect_listed(0, "once=2\n");
}

static void serves_a_pool_of_a_thousand(struct machine *m)
{
	char key[32], value[32];
	struct host_list list;

	guest_start_daemon(m);
	for (unsigned int i = 0; i < 1000; i++) {
		(void)snprintf(key, sizeof(key), "key%u", i);
		guest_append_record(m, 0, key, "old");
	}
	expect_set(0, "key999", "new");
	expect_set(0, "key1000", "1000");
	expect_status(host_kvp_list(m, 0, &list), HV_S_CONT);
	expect_number(list.n, 1001);
	for (unsigned int i = 0; i < list.n; i++) {
		(void)snprintf(key, sizeof(key), "key%u", i);
		(void)snprintf(value, sizeof(value), i < 999 ? "old" : i == 999 ? "new" : "1000");
		expect_text(list.items[i].key, key);
		expect_text(list.items[i].value, value);
	}
	host_list_done(&list);
}

/* Microsoft's lisa, verify_kvp. */
static void looks_as_microsofts_test_expects(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(3, "HostName", "HYPERV01");
	for (unsigned int pool = 0; pool < KVP_POOL_COUNT; pool++)
		expect_given(guest_ask(m, "stat -c %%a %s", guest_pool_path(pool)), "644\n");
	expect_given(guest_ask(m, "ls -A %s | grep -c '^.kvp_pool_[0-4]$'", GUEST_POOL_FOLDER), "5\n");
	expect_given(guest_ask(m, "find /proc/%d/fd -lname %s | wc -l", guest_daemon_pid(m),
			     GUEST_DEVICE),
		"1\n");
	expect(guest_pool_size(m, 3) > 0);
}

static const struct scenario rows[] = {
	ROW(stores_what_the_host_sets),
	ROW(stores_what_the_host_tells_of_itself),
	ROW(modifies_a_value_where_it_stands),
	ROW(deletes),
	ROW(tells_that_a_key_to_delete_is_missing),
	ROW(takes_keys_for_different_that_differ_at_their_end),
	ROW(keeps_the_pools_apart),
	ROW(writes_records_as_everybody_reads_them,
		.not_debian = "what lay in memory behind key and value is written too"),
	ROW(leaves_nothing_of_a_former_value,
		.not_debian = "the tail of the former value stays in the record"),
	ROW(ends_an_enumeration_where_the_records_end),
	ROW(begins_an_enumeration_anywhere),
	ROW(misses_no_record_when_keys_are_deleted_meanwhile,
		.not_debian = "a delete moves the records behind it, so that the host skips one"),
	ROW(gets_a_value_by_its_key,
		.not_debian = "GET always answers an empty value"),
	ROW(tells_that_a_key_to_get_is_missing),
	ROW(gets_the_last_of_several_values,
		.not_debian = "GET always answers an empty value"),
	ROW(refuses_to_write_what_is_the_guests,
		.not_debian = "the host may write to every pool"),
	ROW(refuses_to_write_what_is_nobodys,
		.not_debian = "the host may write to every pool"),
	ROW(makes_one_of_a_key_that_stands_twice,
		.not_debian = "it changes and deletes the first record of a key, where readers "
			      "take the last"),
	ROW(serves_a_pool_of_a_thousand, .only_in_full = true),
	ROW(looks_as_microsofts_test_expects),
};

SCENARIO_SET(scenarios_kvp_pools, rows);
