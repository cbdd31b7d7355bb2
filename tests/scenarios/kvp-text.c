// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Text and numbers between UTF-16 at the host and UTF-8 in the guest: limits, characters outside
 * ASCII, types.
 */

#include "scenario.h"

#include <stdio.h>

#define E_ACUTE "\xc3\xa9"		/* one unit, two bytes */
#define EURO	"\xe2\x82\xac"		/* one unit, three bytes */
#define MUSIC	"\xf0\x9d\x84\x9e"	/* two units, four bytes */

/* The same text n times; the caller frees. */
static char *times(const char *text, size_t n)
{
	size_t size = strlen(text);
	char *all = malloc(n * size + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(all + i * size, text, size);
	all[n * size] = '\0';
	return all;
}

static void expect_only_item(struct machine *m, uint8_t pool, const char *key, const char *value)
{
	struct host_item item;

	expect_status(host_kvp_at(m, pool, 0, &item), HV_S_OK);
	expect_text(item.key, key);
	expect_text(item.value, value);
	expect_status(host_kvp_at(m, pool, 1, &item), HV_S_CONT);
}

/* Sets it, and expects it stored and enumerated as given; takes the texts over. */
static void pass_through(struct machine *m, char *set, char *stored, char *listed)
{
	guest_start_daemon(m);
	expect_set(0, "key", set);
	expect_stored(0, "key", stored);
	expect_only_item(m, 0, "key", listed);
	free(set);
	free(stored);
	free(listed);
}

static void takes_an_empty_value(struct machine *m)
{
	pass_through(m, times("", 0), times("", 0), times("", 0));
}

/* A field has 1024 units; one is the NUL, and the kernel leaves another one free on the way back. */
static void takes_the_longest_value(struct machine *m)
{
	pass_through(m, times("x", 1023), times("x", 1023), times("x", 1022));
}

/* 2047 bytes, and no half of a character. */
static void cuts_a_long_value_at_a_character(struct machine *m)
{
	pass_through(m, times(EURO, 1023), times(EURO, 682), times(EURO, 682));
}

static void takes_characters_of_two_units(struct machine *m)
{
	pass_through(m, times(MUSIC, 511), times(MUSIC, 511), times(MUSIC, 511));
}

/* 1 + 2 * 511 units: the last pair would be cut in two. */
static void cuts_no_character_of_two_units(struct machine *m)
{
	char *pairs = times(MUSIC, 511), value[4096], cut[4096];

	(void)snprintf(value, sizeof(value), "x%s", pairs);
	(void)snprintf(cut, sizeof(cut), "x%.*s", 4 * 510, pairs);
	free(pairs);
	pass_through(m, strdup(value), strdup(value), strdup(cut));
}

static void takes_the_longest_key(struct machine *m)
{
	char *key = times("k", 255), *cut = times("k", 254);

	guest_start_daemon(m);
	expect_set(0, key, "value");
	expect_stored(0, key, "value");
	expect_only_item(m, 0, cut, "value");
	expect_set(0, key, "other");
	expect_number(guest_pool_size(m, 0), 1);
	expect_status(host_kvp_delete(m, 0, key), HV_S_OK);
	free(key);
	free(cut);
}

/* 255 units are up to 765 bytes; a key has 511. */
static void cuts_a_long_key_at_a_character(struct machine *m)
{
	char *key = times(EURO, 255), *cut = times(EURO, 170);

	guest_start_daemon(m);
	expect_set(0, key, "value");
	expect_stored(0, cut, "value");
	expect_only_item(m, 0, cut, "value");
	free(key);
	free(cut);
}

static void takes_keys_of_every_script(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "Größe", "10 " EURO);
	expect_set(0, "名前", "テスト");
	expect_set(0, MUSIC, E_ACUTE);
	expect_listed(0, "Größe=10 " EURO "\n名前=テスト\n" MUSIC "=" E_ACUTE "\n");
	expect_status(host_kvp_delete(m, 0, "名前"), HV_S_OK);
	expect_stored(0, "Größe", "10 " EURO);
	expect_not_stored(0, "名前");
}

static void drops_half_a_character(struct machine *m)
{
	struct host_kvp_message request = { .op = KVP_OP_SET, .value_type = REG_SZ }, reply;

	guest_start_daemon(m);
	request.key_size = host_put_text(request.key, HOST_KEY_CHARS, "key");
	request.value_size = host_put_text(request.value.chars, HOST_VALUE_CHARS, "a-b");
	request.value.chars[1] = 0xd834; /* the first half of MUSIC */
	expect_status(host_exchange(m, &request, &reply), HV_S_OK);
	expect_stored(0, "key", "ab");
}

static void stores_numbers_as_text(struct machine *m)
{
	guest_start_daemon(m);
	expect_status(host_kvp_set_number(m, 0, "zero", REG_U32, 0), HV_S_OK);
	expect_status(host_kvp_set_number(m, 0, "u32", REG_U32, UINT32_MAX), HV_S_OK);
	expect_status(host_kvp_set_number(m, 0, "u64", REG_U64, UINT64_MAX), HV_S_OK);
	expect_listed(0, "zero=0\nu32=4294967295\nu64=18446744073709551615\n");
}

/* The kernel hands up nothing of them. */
static void stores_what_cannot_be_translated_as_empty(struct machine *m)
{
	guest_start_daemon(m);
	expect_status(host_kvp_set_number(m, 0, "quadword", HOST_REG_QWORD, 1), HV_S_OK);
	expect_status(
		host_kvp_set_typed(m, 0, "path", HOST_REG_EXPAND_SZ, "%PATH%"), HV_S_OK);
	expect_status(host_kvp_set_typed(m, 0, "binary", 3, "x"), HV_S_OK);
	expect_listed(0, "quadword=\npath=\nbinary=\n");
}

static void replaces_a_value_by_one_that_cannot_be_translated(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "key", "old");
	expect_status(host_kvp_set_number(m, 0, "key", HOST_REG_QWORD, 1), HV_S_OK);
	expect_listed(0, "key=\n");
}

/* A host that lies about its sizes: the kernel looks for a NUL, and takes them for signed. */
static void believes_no_size(struct machine *m)
{
	struct host_kvp_message request = { .op = KVP_OP_SET, .value_type = REG_SZ }, reply;

	guest_start_daemon(m);
	host_put_text(request.key, HOST_KEY_CHARS, "key");
	host_put_text(request.value.chars, HOST_VALUE_CHARS, "value");
	request.key_size = INT32_MAX;
	request.value_size = INT32_MAX;
	expect_status(host_exchange(m, &request, &reply), HV_S_OK);
	expect_listed(0, "key=value\n");
	request.value_size = UINT32_MAX;
	expect_status(host_exchange(m, &request, &reply), HV_S_OK);
	expect_listed(0, "key=\n");
}

/* Not a NUL in the whole message. */
static void survives_fields_without_an_end(struct machine *m)
{
	struct host_kvp_message request = { .op = KVP_OP_SET, .value_type = REG_SZ }, reply;

	guest_start_daemon(m);
	for (size_t i = 0; i < HOST_KEY_CHARS; i++)
		request.key[i] = 'k';
	for (size_t i = 0; i < HOST_VALUE_CHARS; i++)
		request.value.chars[i] = 'v';
	request.key_size = sizeof(request.key);
	request.value_size = sizeof(request.value);
	(void)host_exchange(m, &request, &reply);
	expect_number(guest_pool_size(m, 0), 1);
	expect_set(0, "next", "1");
	expect_stored(0, "next", "1");
}

static const struct scenario rows[] = {
	ROW(takes_an_empty_value),
	ROW(takes_the_longest_value),
	ROW(cuts_a_long_value_at_a_character),
	ROW(takes_characters_of_two_units),
	ROW(cuts_no_character_of_two_units),
	ROW(takes_the_longest_key),
	ROW(cuts_a_long_key_at_a_character),
	ROW(takes_keys_of_every_script),
	ROW(drops_half_a_character),
	ROW(stores_numbers_as_text),
	ROW(stores_what_cannot_be_translated_as_empty),
	ROW(replaces_a_value_by_one_that_cannot_be_translated,
		.not_debian = "the former value stays"),
	ROW(believes_no_size),
	ROW(survives_fields_without_an_end),
};

SCENARIO_SET(scenarios_kvp_text, rows);
