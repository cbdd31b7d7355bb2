// SPDX-License-Identifier: LGPL-2.1-or-later

/* Files in a folder of their own, and processes that lock them. */

#include "pool-fixture.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

char pool_folder[64], pool_path[96], pool_journal[96];
struct hvg_poolstore *store;

void pool_write(const char *path, const void *bytes, size_t size, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	close(fd);
}

static void set_up_in(const char *parent)
{
	snprintf(pool_folder, sizeof(pool_folder), "%s/hvg-unit-XXXXXX", parent);
	ck_assert_ptr_nonnull(mkdtemp(pool_folder));
	snprintf(pool_path, sizeof(pool_path), "%s/pool", pool_folder);
	snprintf(pool_journal, sizeof(pool_journal), "%s/journal", pool_folder);
	pool_write(pool_path, "", 0, O_TRUNC);
}

void pool_setup(void)
{
	set_up_in(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

void pool_setup_on_disk(void)
{
	set_up_in("/tmp");
}

void pool_teardown(void)
{
	char command[128];

	hvg_poolstore_free(store);
	store = NULL;
	snprintf(command, sizeof(command), "rm -rf '%s'", pool_folder);
	ck_assert_int_eq(system(command), 0);
}

void pool_open(uint32_t max_records, uint64_t lock_timeout_us)
{
	struct hvg_poolstore_config config = {
		.path = pool_path,
		.journal_path = pool_journal,
		.max_records = max_records,
		.lock_timeout_us = lock_timeout_us,
	};

	ck_assert_int_eq(hvg_poolstore_new(&config, &store), 0);
}

void pool_close(void)
{
	hvg_poolstore_free(store);
	store = NULL;
}

const char *pool_value(unsigned int i)
{
	static _Thread_local char value[POOL_VALUE_LENGTH + 1];

	memset(value, 'a' + (int)(i % 26), POOL_VALUE_LENGTH);
	return value;
}

void pool_append(const char *key, const char *value)
{
	uint8_t bytes[HVG_POOL_RECORD_SIZE];

	ck_assert_int_eq(hvg_pool_record_encode(key, value, bytes), 0);
	pool_write(pool_path, bytes, sizeof(bytes), O_APPEND);
}

void pool_overwrite(uint32_t slot, const char *key, const char *value)
{
	uint8_t bytes[HVG_POOL_RECORD_SIZE];
	int fd = open(pool_path, O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(hvg_pool_record_encode(key, value, bytes), 0);
	ck_assert_int_eq(pwrite(fd, bytes, sizeof(bytes), (off_t)slot * HVG_POOL_RECORD_SIZE),
		(ssize_t)sizeof(bytes));
	close(fd);
}

const char *pool_text(void)
{
	static char text[1 << 16];
	struct hvg_pool_record record;
	uint8_t bytes[HVG_POOL_RECORD_SIZE];
	size_t at = 0, n;
	FILE *file = fopen(pool_path, "re");

	ck_assert_ptr_nonnull(file);
	text[0] = '\0';
	while (n = fread(bytes, 1, sizeof(bytes), file), n == sizeof(bytes)) {
		hvg_pool_record_decode(bytes, &record);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s=%s", at > 0 ? " " : "",
			record.key, record.value);
		ck_assert_uint_lt(at, sizeof(text));
	}
	if (n > 0)
		snprintf(text + at, sizeof(text) - at, "+%zu", n);
	fclose(file);
	return text;
}

const char *pool_shown(void)
{
	static char text[1 << 16];
	struct hvg_pool_record record;
	size_t at = 0;

	text[0] = '\0';
	ck_assert_int_eq(hvg_poolstore_rewind(store, true), 0);
	for (uint32_t i = 0; hvg_poolstore_at(store, i, true, &record) == 0; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s=%s", at > 0 ? " " : "",
			record.key, record.value);
	return text;
}

void check_value(const char *key, const char *value)
{
	struct hvg_pool_record record;

	ck_assert_int_eq(hvg_poolstore_find(store, key, true, &record), 0);
	ck_assert_str_eq(record.key, key);
	ck_assert_str_eq(record.value, value);
}

void check_none(const char *key)
{
	struct hvg_pool_record record;

	ck_assert_int_eq(hvg_poolstore_find(store, key, true, &record), -ENOENT);
}

static int take_lock(int fd, enum pool_lock kind)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	switch (kind) {
	case POOL_FLOCK:
		return flock(fd, LOCK_EX);
	case POOL_POSIX_LOCK:
		return fcntl(fd, F_SETLKW, &lock);
	case POOL_OFD_LOCK:
		return fcntl(fd, F_OFD_SETLKW, &lock);
	case POOL_N_LOCKS:
		break;
	}
	return -1;
}

struct pool_holder pool_hold(enum pool_lock kind)
{
	struct pool_holder holder;
	int ready[2], go[2], fd;
	char byte = 0;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(go, O_CLOEXEC), 0);
	holder.pid = fork();
	ck_assert_int_ge(holder.pid, 0);
	if (holder.pid == 0) {
		close(go[1]);
		fd = open(pool_path, O_RDWR | O_CLOEXEC);
		if (fd < 0 || take_lock(fd, kind) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		_exit(read(go[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(go[0]);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	holder.fd = go[1];
	return holder;
}

void pool_let_go(struct pool_holder *holder)
{
	int status;

	close(holder->fd);
	ck_assert_int_eq(waitpid(holder->pid, &status, 0), holder->pid);
	ck_assert_int_eq(status, 0);
}
