// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "daemons/folder.h"
#include "os/netbook.h"

#include <errno.h>

static struct folder folder;
static char book[512], one[512], two[512], none[512];

static void setup(void)
{
	folder_create(&folder);
	folder_write(&folder, "one", "first\n");
	folder_write(&folder, "two", "");
	strcpy(book, folder_path(&folder, "book"));
	strcpy(one, folder_path(&folder, "one"));
	strcpy(two, folder_path(&folder, "two"));
	strcpy(none, folder_path(&folder, "none"));
}

static void teardown(void)
{
	folder_remove(&folder);
}

static int open_book(void)
{
	const char *const paths[] = { one, two, none, NULL };

	return hvg_netbook_open(book, "backend x\n\nmore\n", paths);
}

static void change_all(void)
{
	ck_assert_int_eq(chmod(one, 0600), 0);
	folder_write(&folder, "one", "changed\n");
	ck_assert_int_eq(unlink(two), 0);
	folder_write(&folder, "none", "new\n");
}

static void expect(const char *path, const char *text, unsigned int mode)
{
	char found[64] = "";
	struct stat stat_;
	FILE *file = fopen(path, "re");

	ck_assert_ptr_nonnull(file);
	found[fread(found, 1, sizeof(found) - 1, file)] = '\0';
	fclose(file);
	ck_assert_str_eq(found, text);
	ck_assert_int_eq(stat(path, &stat_), 0);
	ck_assert_uint_eq(stat_.st_mode & 07777, mode);
}

static void expect_old(void)
{
	expect(one, "first\n", 0644);
	expect(two, "", 0644);
	ck_assert_int_eq(access(none, F_OK), -1);
}

START_TEST(puts_everything_back)
{
	ck_assert_int_eq(open_book(), 0);
	change_all();
	ck_assert_int_eq(hvg_netbook_undo(book), 0);
	expect_old();
	ck_assert_int_eq(hvg_netbook_undo(book), 0); /* as after a crash in between */
	expect_old();
}
END_TEST

START_TEST(remembers_the_note)
{
	char *note;

	ck_assert_int_eq(hvg_netbook_read(book, &note), -ENOENT);
	ck_assert_int_eq(open_book(), 0);
	ck_assert_int_eq(hvg_netbook_read(book, &note), 0);
	ck_assert_str_eq(note, "backend x\n\nmore\n");
	free(note);
}
END_TEST

START_TEST(remembers_the_note_of_a_change_without_files)
{
	const char *const nothing[] = { NULL };
	char *note;

	ck_assert_int_eq(hvg_netbook_open(book, "x\n", nothing), 0);
	ck_assert_int_eq(hvg_netbook_read(book, &note), 0);
	ck_assert_str_eq(note, "x\n");
	free(note);
	ck_assert_int_eq(hvg_netbook_undo(book), 0);
}
END_TEST

START_TEST(is_final_once_closed)
{
	ck_assert_int_eq(open_book(), 0);
	change_all();
	ck_assert_int_eq(hvg_netbook_close(book), 0);
	ck_assert_int_eq(hvg_netbook_undo(book), -ENOENT);
	ck_assert_int_eq(hvg_netbook_close(book), -ENOENT);
	expect(one, "changed\n", 0600);
	ck_assert_int_eq(rmdir(book), 0); /* nothing is left in it */
}
END_TEST

START_TEST(has_one_change_at_a_time)
{
	ck_assert_int_eq(open_book(), 0);
	folder_write(&folder, "one", "changed\n");
	ck_assert_int_eq(open_book(), -EEXIST);
	ck_assert_int_eq(hvg_netbook_undo(book), 0);
	expect(one, "first\n", 0644);
}
END_TEST

START_TEST(can_be_kept_for_later)
{
	char later[512];

	strcpy(later, folder_path(&folder, "books/later"));
	for (int i = 0; i < 2; i++) { /* the second one takes the place of the first */
		ck_assert_int_eq(hvg_netbook_keep(book, later), -ENOENT);
		ck_assert_int_eq(open_book(), 0);
		if (i == 1)
			change_all();
		ck_assert_int_eq(hvg_netbook_keep(book, later), 0);
		ck_assert_int_eq(hvg_netbook_undo(book), -ENOENT);
	}
	ck_assert_int_eq(hvg_netbook_undo(later), 0);
	expect_old();
}
END_TEST

/* Copies that lie there without a book are of a crash before anything was changed. */
START_TEST(begins_afresh_where_a_book_was_never_finished)
{
	folder_write(&folder, "book/copy-0", "something else");
	ck_assert_int_eq(hvg_netbook_undo(book), -ENOENT);
	ck_assert_int_eq(open_book(), 0);
	change_all();
	ck_assert_int_eq(hvg_netbook_undo(book), 0);
	expect_old();
}
END_TEST

/* A crash while the former one was closed, or a file that could not be removed then. */
START_TEST(replaces_what_is_left_of_a_book_that_was_kept)
{
	ck_assert_int_eq(open_book(), 0);
	folder_write(&folder, "later/copy-5", "of a former book");
	folder_write(&folder, "later/.temporary", "of a file that was written there");
	ck_assert_int_eq(hvg_netbook_keep(book, folder_path(&folder, "later")), 0);
	ck_assert_int_eq(access(folder_path(&folder, "later/copy-5"), F_OK), -1);
}
END_TEST

START_TEST(keeps_copies_while_there_is_a_book)
{
	ck_assert_int_eq(open_book(), 0);
	ck_assert_int_eq(unlink(folder_path(&folder, "book/book")), 0);
	ck_assert_int_eq(mkdir(folder_path(&folder, "book/book"), 0700), 0); /* which cannot be removed as a file */
	ck_assert_int_eq(hvg_netbook_close(book), -EISDIR);
	ck_assert_int_eq(access(folder_path(&folder, "book/copy-0"), F_OK), 0);
}
END_TEST

START_TEST(restores_the_others_when_one_cannot_be)
{
	ck_assert_int_eq(open_book(), 0);
	change_all();
	ck_assert_int_eq(unlink(folder_path(&folder, "book/copy-0")), 0);
	ck_assert_int_eq(hvg_netbook_undo(book), -ENOENT);
	expect(two, "", 0644);
	ck_assert_int_eq(access(none, F_OK), -1);
}
END_TEST

START_TEST(needs_no_room_for_what_is_there_already)
{
	struct stat before, after;

	ck_assert_int_eq(open_book(), 0);
	ck_assert_int_eq(stat(one, &before), 0);
	ck_assert_int_eq(hvg_netbook_undo(book), 0);
	ck_assert_int_eq(stat(one, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	expect_old();
}
END_TEST

START_TEST(refuses_what_it_could_not_undo)
{
	const char *const line[] = { "/tmp/a\nb", NULL };
	const char *const folders[] = { folder.path, NULL };
	const char *many[HVG_NETBOOK_FILES_MAX + 2] = { NULL };

	ck_assert_int_eq(hvg_netbook_open(book, "", line), -EINVAL);
	ck_assert_int_eq(hvg_netbook_open(book, "", folders), -EBADF);
	for (size_t i = 0; i <= HVG_NETBOOK_FILES_MAX; i++)
		many[i] = one;
	ck_assert_int_eq(hvg_netbook_open(book, "", many), -E2BIG);
	ck_assert_int_eq(hvg_netbook_undo(book), -ENOENT);
}
END_TEST

START_TEST(refuses_a_book_it_did_not_write)
{
	folder_write(&folder, "book/book", "was what\n\nnote\n");
	ck_assert_int_eq(hvg_netbook_undo(book), -EBADMSG);
	expect_old();
}
END_TEST

Suite *hvg_suite_os_netbook(void)
{
	Suite *suite = suite_create("os/netbook");
	TCase *tcase = hvg_suite_case(suite, "netbook");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, puts_everything_back);
	tcase_add_test(tcase, remembers_the_note);
	tcase_add_test(tcase, remembers_the_note_of_a_change_without_files);
	tcase_add_test(tcase, is_final_once_closed);
	tcase_add_test(tcase, has_one_change_at_a_time);
	tcase_add_test(tcase, can_be_kept_for_later);
	tcase_add_test(tcase, begins_afresh_where_a_book_was_never_finished);
	tcase_add_test(tcase, replaces_what_is_left_of_a_book_that_was_kept);
	tcase_add_test(tcase, keeps_copies_while_there_is_a_book);
	tcase_add_test(tcase, restores_the_others_when_one_cannot_be);
	tcase_add_test(tcase, needs_no_room_for_what_is_there_already);
	tcase_add_test(tcase, refuses_what_it_could_not_undo);
	tcase_add_test(tcase, refuses_a_book_it_did_not_write);
	return suite;
}
