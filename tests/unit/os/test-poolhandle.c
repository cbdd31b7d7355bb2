// SPDX-License-Identifier: LGPL-2.1-or-later

/* Files that are none, and files that may not be opened. */

#include "suites.h"

#include "base/units.h"
#include "os/poolhandle.h"
#include "pool-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void make_link(void)
{
	char target[128];

	snprintf(target, sizeof(target), "%s/target", pool_folder);
	pool_write(target, "", 0, 0);
	ck_assert_int_eq(symlink(target, pool_path), 0);
}

static void make_directory(void)
{
	ck_assert_int_eq(mkdir(pool_path, 0755), 0);
}

static void make_fifo(void)
{
	ck_assert_int_eq(mkfifo(pool_path, 0644), 0);
}

static void make_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, pool_path, strlen(pool_path));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static void make_huge(void)
{
	pool_write(pool_path, "", 0, 0);
	ck_assert_int_eq(truncate(pool_path, (off_t)65537 * HVG_POOL_RECORD_SIZE), 0);
}

static const struct {
	void (*make)(void);
	int result;
	const char *reason;
} strange[] = {
	{ make_link, -ELOOP, "the pool file is a symbolic link" },
	{ make_directory, -EISDIR, "the pool file is a directory" },
	{ make_fifo, -EBADFD, "the pool file is no regular file" },
	{ make_socket, -EBADFD, "the pool file is no regular file" },
	{ make_huge, -EFBIG, "the pool file is too large" },
};

START_TEST(says_what_is_wrong_with_a_strange_file)
{
	struct hvg_pool_record record;

	ck_assert_int_eq(unlink(pool_path), 0);
	strange[_i].make();
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_find(store, "a", true, &record), strange[_i].result);
	ck_assert_int_eq(hvg_poolstore_rewind(store, true), strange[_i].result);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), strange[_i].result);
	ck_assert_str_eq(hvg_poolstore_explain(strange[_i].result), strange[_i].reason);
}
END_TEST

START_TEST(says_that_the_file_may_not_be_read)
{
	struct hvg_pool_record record;

	if (geteuid() != 0)
		return;
	pool_append("a", "1");
	ck_assert_int_eq(chmod(pool_path, 0600), 0);
	ck_assert_int_eq(chmod(pool_folder, 0777), 0);
	ck_assert_int_eq(seteuid(65534), 0);
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_find(store, "a", true, &record), -EACCES);
	ck_assert_str_eq(hvg_poolstore_explain(-EACCES), "the pool file may not be opened");
	pool_close();
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(reads_what_it_may_not_write)
{
	if (geteuid() != 0)
		return;
	pool_append("a", "1");
	ck_assert_int_eq(chmod(pool_folder, 0777), 0);
	ck_assert_int_eq(seteuid(65534), 0);
	pool_open(0, 0);
	check_value("a", "1");
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "2"), -EACCES);
	check_value("a", "1");

	/* Its mode may be mended without our being started again. */
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod(pool_path, 0666), 0);
	ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "2"), 0);
	check_value("a", "2");
	pool_close();
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(changes_nothing_when_it_is_to_read_only)
{
	struct hvg_poolstore_config config = {
		.path = pool_path,
		.journal_path = pool_journal,
		.read_only = true,
	};

	pool_append("a", "1");
	ck_assert_int_eq(hvg_poolstore_new(&config, &store), 0);
	check_value("a", "1");
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "2"), -EROFS);
	ck_assert_int_eq(hvg_poolstore_unset(store, "a"), -EROFS);
	ck_assert_int_eq(hvg_poolstore_discard_stale(store, UINT64_MAX), -EROFS);
	ck_assert_int_eq(hvg_poolstore_recover(store, NULL), -EROFS);
	ck_assert_int_eq(hvg_poolstore_settle(store), 0);
	ck_assert_str_eq(pool_text(), "a=1");
	ck_assert_int_eq(access(pool_journal, F_OK), -1);
}
END_TEST

static struct hvg_poolhandle *open_pool(void)
{
	struct hvg_poolhandle *handle;

	ck_assert_int_eq(hvg_poolhandle_open(pool_path, false, &handle), 0);
	ck_assert_int_eq(handle->why_read_only, 0);
	return handle;
}

/* What it reads is filled up with zeroes, whatever was there. */
static void check_read(const struct hvg_poolhandle *handle, uint32_t slot, const char *text)
{
	uint8_t record[HVG_POOL_RECORD_SIZE];
	bool is_whole = text[0] == 'w';

	memset(record, 'x', sizeof(record));
	ck_assert_int_eq(hvg_poolhandle_read(handle, slot, true, record), is_whole);
	ck_assert_str_eq((char *)record, text);
	ck_assert_int_eq(record[HVG_POOL_RECORD_SIZE - 1], 0);
}

START_TEST(tells_whole_records_from_the_rest)
{
	struct hvg_poolhandle *handle = open_pool();

	pool_append("whole", "1");
	pool_write(pool_path, "tail", 4, O_APPEND);
	check_read(handle, 0, "whole");
	check_read(handle, 1, "tail");
	check_read(handle, 2, "");
	hvg_poolhandle_unref(handle);
}
END_TEST

START_TEST(reads_chunks_up_to_the_end)
{
	static uint8_t records[HVG_POOLHANDLE_CHUNK * HVG_POOL_RECORD_SIZE];
	struct hvg_poolhandle *handle = open_pool();

	for (int i = 0; i < HVG_POOLHANDLE_CHUNK + 3; i++)
		pool_append("whole", "1");
	pool_write(pool_path, "tail", 4, O_APPEND);
	ck_assert_int_eq(hvg_poolhandle_read_chunk(handle, 0, true, records), HVG_POOLHANDLE_CHUNK);
	ck_assert_int_eq(hvg_poolhandle_read_chunk(handle, 4, true, records), HVG_POOLHANDLE_CHUNK - 1);
	ck_assert_int_eq(hvg_poolhandle_read_chunk(handle, HVG_POOLHANDLE_CHUNK, true, records), 3);
	ck_assert_int_eq(hvg_poolhandle_read_chunk(handle, 100, true, records), 0);
	hvg_poolhandle_unref(handle);
}
END_TEST

START_TEST(reads_on_after_the_file_was_removed)
{
	struct hvg_poolhandle *handle;

	pool_append("whole", "1");
	handle = open_pool();
	ck_assert_int_eq(unlink(pool_path), 0);
	hvg_poolhandle_unref(hvg_poolhandle_ref(handle));
	check_read(handle, 0, "whole");
	hvg_poolhandle_unref(handle);
	hvg_poolhandle_unref(NULL);
}
END_TEST

Suite *hvg_suite_os_poolhandle(void)
{
	Suite *suite = suite_create("os/poolhandle");
	TCase *tcase = hvg_suite_case(suite, "poolhandle");

	tcase_add_checked_fixture(tcase, pool_setup, pool_teardown);
	tcase_add_loop_test(tcase, says_what_is_wrong_with_a_strange_file, 0, (int)HVG_ELEMENTS(strange));
	tcase_add_test(tcase, says_that_the_file_may_not_be_read);
	tcase_add_test(tcase, reads_what_it_may_not_write);
	tcase_add_test(tcase, changes_nothing_when_it_is_to_read_only);
	tcase_add_test(tcase, tells_whole_records_from_the_rest);
	tcase_add_test(tcase, reads_chunks_up_to_the_end);
	tcase_add_test(tcase, reads_on_after_the_file_was_removed);
	return suite;
}
