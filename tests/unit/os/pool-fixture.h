/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_UNIT_OS_POOL_FIXTURE_H
#define HVG_TESTS_UNIT_OS_POOL_FIXTURE_H

/*
 * A folder of a test's own with a pool file in it, and other programs that write to that file.
 * libcheck runs each test in a process of its own, so what is global here belongs to one test.
 */

#include "hvguest/poolstore.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

extern char pool_folder[64], pool_path[96], pool_journal[96];
extern struct hvg_poolstore *store;

/* An empty pool file: in memory, where flushing is for nothing, or on a disk. */
void pool_setup(void);
void pool_setup_on_disk(void);
void pool_teardown(void);

/* Opens the store. Zero is the default of each. */
void pool_open(uint32_t max_records, uint64_t lock_timeout_us);
void pool_close(void);

/* A long value, of a letter that depends on i: it looks torn when it is. */
#define POOL_VALUE_LENGTH 1999
const char *pool_value(unsigned int i);

/* Bytes to the beginning of a file that is made if missing, or elsewhere by flags of open(2). */
void pool_write(const char *path, const void *bytes, size_t size, int flags);

/* What another program appends, or writes over a record, without any lock. */
void pool_append(const char *key, const char *value);
void pool_overwrite(uint32_t slot, const char *key, const char *value);

/*
 * The file as "key=value key=value ...", each record as a plain program would read it, with "+n" at
 * the end for n bytes that are no record.
 */
const char *pool_text(void);

/* What the host is shown, in the same way. */
const char *pool_shown(void);

/* What the store finds. */
void check_value(const char *key, const char *value);
void check_none(const char *key);

enum pool_lock { POOL_FLOCK, POOL_POSIX_LOCK, POOL_OFD_LOCK, POOL_N_LOCKS };

/* Another process that holds a lock until pool_let_go(). */
struct pool_holder {
	pid_t pid;
	int fd;
};

struct pool_holder pool_hold(enum pool_lock kind);
void pool_let_go(struct pool_holder *holder);

#endif
