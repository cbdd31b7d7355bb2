// SPDX-License-Identifier: LGPL-2.1-or-later

/* Going back by the book for an adapter that is gone: its files are all there is to restore. */

#include "suites.h"

#include "daemons/folder.h"
#include "hv-netd/record.h"
#include "hv-netd/undo.h"
#include "os/netfile.h"

#include <errno.h>

#define GUID "b5e15ac5-0000-4000-8000-00155d010203"

static struct folder folder;
static struct netd_context context;
static struct netd_transaction transaction;
static struct netd_outcome outcome;

static void setup(void)
{
	folder_create(&folder);
	folder_write(&folder, "sys/class/net/nothing", "");
	context = (struct netd_context){ .state = folder.path,
		.sysfs = strdup(folder_path(&folder, "sys")) };
	ck_assert_int_eq(hvg_netaddr_new(&context.netaddr), 0);
	transaction =
		(struct netd_transaction){ .context = &context, .backend = &netd_networkd };
	snprintf(transaction.target.guid, sizeof(transaction.target.guid), GUID);
}

static void teardown(void)
{
	netd_transaction_done(&transaction);
	hvg_netaddr_free(context.netaddr);
	free((void *)(uintptr_t)context.sysfs);
	folder_remove(&folder);
}

static void add(const char *name, const char *text)
{
	ck_assert_int_eq(
		netd_edit_add(&transaction, folder_path(&folder, name), strdup(text), 0644), 0);
}

static void write_all(void)
{
	for (size_t i = 0; i < transaction.n_edits; i++)
		ck_assert_int_eq(
			hvg_netfile_write(transaction.edits[i].path, transaction.edits[i].text,
				transaction.edits[i].size, transaction.edits[i].mode),
			0);
}

static void expect_file(const char *name, const char *wanted)
{
	char *text = NULL;
	size_t size;
	int r = hvg_netfile_read(folder_path(&folder, name), &text, &size);

	if (wanted)
		ck_assert_str_eq(text, wanted);
	else
		ck_assert_int_eq(r, -ENOENT);
	free(text);
}

/* A site's file that changes, and one of ours that is new. */
static void change(void)
{
	folder_write(&folder, "site", "old\n");
	add("site", "new\n");
	add("ours", "new\n");
	ck_assert_int_eq(netd_book_open(&transaction), 0);
	write_all();
	ck_assert_int_eq(netd_record_write(&context, GUID, &transaction.config), 0);
}

START_TEST(restores_files_after_a_crash)
{
	struct hvg_ipconfig config;

	change();
	ck_assert_int_eq(netd_recover(&context, &outcome), 0);
	expect_file("site", "old\n");
	expect_file("ours", NULL);
	ck_assert_int_eq(outcome.result, NETD_ROLLED_BACK);
	ck_assert_str_eq(outcome.backend, "networkd");
	ck_assert_str_eq(outcome.guid, GUID);
	ck_assert_int_eq(netd_record_read(&context, GUID, &config), -ENOENT);
}
END_TEST

START_TEST(has_nothing_to_do_twice)
{
	change();
	ck_assert_int_eq(netd_recover(&context, &outcome), 0);
	ck_assert_int_eq(netd_recover(&context, &outcome), -ENOENT);
}
END_TEST

START_TEST(goes_back_on_nothing_that_is_final)
{
	change();
	ck_assert_int_eq(netd_book_keep(&transaction), 0);
	ck_assert_int_eq(netd_recover(&context, &outcome), -ENOENT);
	expect_file("site", "new\n");
	expect_file("ours", "new\n");
}
END_TEST

/* It is told, and does not keep us from the next injection. */
START_TEST(survives_a_book_that_makes_no_sense)
{
	folder_write(&folder, "open/book",
		"what is this\n\nbackend nobody\nadapter " GUID "\nbefore\n");
	ck_assert_int_lt(netd_recover(&context, &outcome), 0);
	ck_assert_int_eq(outcome.result, NETD_FAILED);
	ck_assert(outcome.text[0] != '\0');
}
END_TEST

START_TEST(knows_of_no_change_to_take_back)
{
	netd_roll_back(&context, GUID, &outcome);
	ck_assert_int_eq(outcome.result, NETD_REFUSED);
	ck_assert_int_eq(outcome.code, -ENODEV);
}
END_TEST

Suite *hvg_suite_netd_undo(void)
{
	Suite *suite = suite_create("netd/undo");
	TCase *tcase = hvg_suite_case(suite, "undo");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, restores_files_after_a_crash);
	tcase_add_test(tcase, has_nothing_to_do_twice);
	tcase_add_test(tcase, goes_back_on_nothing_that_is_final);
	tcase_add_test(tcase, survives_a_book_that_makes_no_sense);
	tcase_add_test(tcase, knows_of_no_change_to_take_back);
	return suite;
}
