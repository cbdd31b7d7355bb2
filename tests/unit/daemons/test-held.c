// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "common/held.h"

#include <stdio.h>
#include <string.h>

static struct hvg_held held;
static char taken[4096];
static int n_taken;

static void take(void *userdata, const struct iovec *fields, int n)
{
	ck_assert_ptr_eq(userdata, &held);
	for (int i = 0; i < n; i++)
		(void)snprintf(taken + strlen(taken), sizeof(taken) - strlen(taken), "%.*s,",
			(int)fields[i].iov_len, (char *)fields[i].iov_base);
	strcat(taken, ";");
	n_taken++;
}

static void count(void *userdata, const struct iovec *fields, int n)
{
	n_taken++;
}

static void add(char *one, char *two)
{
	struct iovec fields[] = { { one, strlen(one) }, { two, strlen(two) } };

	hvg_held_add(&held, fields, 2);
}

START_TEST(gives_back_what_it_was_given)
{
	char one[] = "MESSAGE=one", two[] = "B=\nC", empty[] = "";

	add(one, two);
	add(empty, one);
	ck_assert_uint_eq(hvg_held_release(&held, take, &held), 0);
	ck_assert_str_eq(taken, "MESSAGE=one,B=\nC,;,MESSAGE=one,;");
	ck_assert_uint_eq(hvg_held_release(&held, take, &held), 0);
	ck_assert_int_eq(n_taken, 2);
}
END_TEST

START_TEST(counts_what_finds_no_room)
{
	static char large[HVG_HELD_BYTES / 3];
	struct iovec field = { large, sizeof(large) }, many[HVG_HELD_FIELDS + 1] = { { 0 } };

	for (int i = 0; i < 4; i++)
		hvg_held_add(&held, &field, 1);
	hvg_held_add(&held, many, HVG_HELD_FIELDS + 1);
	ck_assert_uint_eq(hvg_held_release(&held, count, &held), 3);
	ck_assert_int_eq(n_taken, 2);
	hvg_held_add(&held, many, HVG_HELD_FIELDS);
	ck_assert_uint_eq(hvg_held_release(&held, count, &held), 0);
	ck_assert_int_eq(n_taken, 3);
}
END_TEST

Suite *hvg_suite_daemons_held(void)
{
	Suite *suite = suite_create("held");
	TCase *tcase = hvg_suite_case(suite, "held");

	tcase_add_test(tcase, gives_back_what_it_was_given);
	tcase_add_test(tcase, counts_what_finds_no_room);
	return suite;
}
