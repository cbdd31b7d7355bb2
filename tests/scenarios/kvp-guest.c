// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What the guest's software tells the host through pool 1: cloud-init, azure-init and scripts append
 * records to the file, each in its own way.
 */

#include "scenario.h"

#include <stdio.h>

#define POOL_GUEST "/var/lib/hyperv/.kvp_pool_1"

/* A record of any bytes: fields are filled with what repeats. */
static void append_bytes(
	struct machine *m, const char *key, size_t key_size, const char *value, size_t value_size)
{
	char record[POOL_RECORD_BYTES] = { 0 };

	for (size_t i = 0; i < key_size; i++)
		record[i] = key[i % strlen(key)];
	for (size_t i = 0; i < value_size; i++)
		record[POOL_KEY_BYTES + i] = value[i % strlen(value)];
	guest_append_file(m, guest_pool_path(1), record, sizeof(record));
}

static void shows_what_the_guest_appends(struct machine *m)
{
	guest_start_daemon(m);
	expect_listed(1, "");
	guest_append_record(m, 1, "BBB", "111");
	expect_listed(1, "BBB=111\n");
	guest_append_record(m, 1, "CCC", "222");
	guest_append_record(m, 1, "DDD", "");
	expect_listed(1, "BBB=111\nCCC=222\nDDD=\n");
}

static void shows_what_was_there_before_it_started(struct machine *m)
{
	guest_append_record(m, 1, "BBB", "111");
	guest_start_daemon(m);
	expect_listed(1, "BBB=111\n");
}

static void shows_every_record_of_a_key(struct machine *m)
{
	guest_start_daemon(m);
	guest_append_record(m, 1, "key", "1");
	guest_append_record(m, 1, "other", "2");
	guest_append_record(m, 1, "key", "3");
	expect_listed(1, "key=1\nother=2\nkey=3\n");
}

static void ignores_the_beginning_of_a_record(struct machine *m)
{
	guest_start_daemon(m);
	guest_append_record(m, 1, "whole", "1");
	guest_append_file(m, guest_pool_path(1), "half", 4);
	expect_listed(1, "whole=1\n");
	guest_run(m, "truncate -s 5120 " POOL_GUEST);
	expect_listed(1, "whole=1\nhalf=\n");
}

static void notices_that_the_file_was_emptied(struct machine *m)
{
	guest_start_daemon(m);
	guest_append_record(m, 1, "old", "1");
	expect_listed(1, "old=1\n");
	guest_run(m, ": >" POOL_GUEST);
	expect_listed(1, "");
	guest_append_record(m, 1, "new", "2");
	expect_listed(1, "new=2\n");
}

static void notices_that_a_record_was_overwritten(struct machine *m)
{
	guest_start_daemon(m);
	guest_append_record(m, 1, "key", "1");
	guest_append_record(m, 1, "other", "2");
	expect_listed(1, "key=1\nother=2\n");
	guest_run(m, "printf 9 | dd of=" POOL_GUEST " bs=1 seek=512 conv=notrunc status=none");
	expect_listed(1, "key=9\nother=2\n");
}

static void notices_that_the_file_was_replaced(struct machine *m)
{
	guest_start_daemon(m);
	guest_append_record(m, 1, "old", "1");
	expect_listed(1, "old=1\n");
	guest_run(m, "cp " POOL_GUEST " /var/lib/hyperv/new && sed -i s/old/new/ /var/lib/hyperv/new &&"
		     " mv /var/lib/hyperv/new " POOL_GUEST);
	expect_listed(1, "new=1\n");
}

/* Microsoft's KVP_Max_Read. */
static void shows_two_hundred_and_fifty_records(struct machine *m)
{
	struct host_list list;
	char key[32];

	guest_start_daemon(m);
	for (unsigned int i = 0; i < 250; i++) {
		(void)snprintf(key, sizeof(key), "key-%u", i);
		guest_append_record(m, 1, key, "value");
	}
	expect_status(host_kvp_list(m, 1, &list), HV_S_CONT);
	expect_number(list.n, 250);
	expect_text(list.items[0].key, "key-0");
	expect_text(list.items[249].key, "key-249");
	host_list_done(&list);
	expect(guest_daemon_runs(m));
}

static void shows_records_that_fill_their_fields(struct machine *m)
{
	struct host_item item;

	guest_start_daemon(m);
	append_bytes(m, "k", POOL_KEY_BYTES, "v", 2048);
	guest_append_record(m, 1, "next", "1");
	expect_status(host_kvp_at(m, 1, 0, &item), HV_S_OK);
	expect_number(strlen(item.key), 254);
	expect_number(strlen(item.value), 1022);
	expect_number(strspn(item.key, "k"), 254);
	expect_number(strspn(item.value, "v"), 1022);
	expect_status(host_kvp_at(m, 1, 1, &item), HV_S_OK);
	expect_text(item.key, "next");
	expect_status(host_kvp_at(m, 1, 2, &item), HV_S_CONT);
}

/* The last character of each field is cut by its end. */
static void shows_no_half_of_a_character(struct machine *m)
{
	struct host_item item;

	guest_start_daemon(m);
	append_bytes(m, "\xe2\x82\xac", POOL_KEY_BYTES, "\xe2\x82\xac", 2048);
	expect_status(host_kvp_at(m, 1, 0, &item), HV_S_OK);
	expect_number(strlen(item.key), 3 * 170);
	expect_number(strlen(item.value), 3 * 682);
	expect_status(host_kvp_at(m, 1, 1, &item), HV_S_CONT);
}

static void shows_records_behind_one_that_is_no_text(struct machine *m)
{
	struct host_item item;

	guest_start_daemon(m);
	guest_append_record(m, 1, "before", "1");
	guest_append_record(m, 1, "bad value", "a\xff" "b");
	guest_append_record(m, 1, "bad\xc0\xaf" "key", "2");
	guest_append_record(m, 1, "surrogate", "\xed\xa0\x80");
	guest_append_record(m, 1, "after", "3");
	expect_status(host_kvp_at(m, 1, 1, &item), HV_S_OK);
	expect_text(item.key, "bad value");
	expect(item.value[0] == 'a' && item.value[strlen(item.value) - 1] == 'b');
	expect_status(host_kvp_at(m, 1, 2, &item), HV_S_OK);
	expect_status(host_kvp_at(m, 1, 3, &item), HV_S_OK);
	expect_text(item.key, "surrogate");
	expect_status(host_kvp_at(m, 1, 4, &item), HV_S_OK);
	expect_text(item.key, "after");
	expect_status(host_kvp_at(m, 1, 5, &item), HV_S_CONT);
}

/* The list is key0, key1 … in that order, as many as there were when it began or became since. */
static void expect_beginning(struct machine *m, const struct host_list *list, size_t at_least)
{
	char key[32];

	expect(list->n >= at_least);
	for (size_t i = 0; i < list->n; i++) {
		(void)snprintf(key, sizeof(key), "key%zu", i);
		expect_text(list->items[i].key, key);
	}
}

/* cloud-init takes flock for each record, and appends it whole. */
static void goes_on_while_cloud_init_appends(struct machine *m)
{
	static const char script[] =
		"for i in $(seq 0 39); do { printf key$i; head -c 2560 /dev/zero; } | head -c 2560 >/tmp/record;"
		" flock " POOL_GUEST " dd if=/tmp/record of=" POOL_GUEST
		" bs=2560 oflag=append conv=notrunc status=none; done";
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	const struct guest_command command = { .argv = argv };
	struct host_list list;
	size_t n_before = 0;
	int cloud_init;

	guest_start_daemon(m);
	cloud_init = guest_spawn(m, &command);
	while (guest_runs(m, cloud_init)) {
		expect_status(host_kvp_list(m, 1, &list), HV_S_CONT);
		expect_beginning(m, &list, n_before);
		n_before = list.n;
		host_list_done(&list);
	}
	expect_number(guest_wait(m, cloud_init), 0);
	expect_status(host_kvp_list(m, 1, &list), HV_S_CONT);
	expect_beginning(m, &list, 40);
	host_list_done(&list);
}

static const struct scenario rows[] = {
	ROW(shows_what_the_guest_appends),
	ROW(shows_what_was_there_before_it_started),
	ROW(shows_every_record_of_a_key),
	ROW(ignores_the_beginning_of_a_record),
	ROW(notices_that_the_file_was_emptied),
	ROW(notices_that_a_record_was_overwritten),
	ROW(notices_that_the_file_was_replaced),
	ROW(shows_two_hundred_and_fifty_records),
	ROW(shows_records_that_fill_their_fields, .stops_the_kernel = true,
		.not_debian = "it hands on fields without a NUL, at which the kernel stops"),
	ROW(shows_no_half_of_a_character, .stops_the_kernel = true,
		.not_debian = "it hands on fields without a NUL, at which the kernel stops"),
	ROW(shows_records_behind_one_that_is_no_text,
		.not_debian = "ill-formed text ends the host's enumeration"),
	ROW(goes_on_while_cloud_init_appends, .differs = "two do something at the same time", .only_in_full = true),
};

SCENARIO_SET(scenarios_kvp_guest, rows);
