// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What the host says of itself and of this virtual machine lies in the pool that hv-kvpd (or
 * another daemon of that kind) keeps: "kvp/host/HostingSystemOsMajor". The pools that people
 * write to are looked at for whether they are there, and no further.
 */

#include "hvctl/facts/asks.h"

#include "base/cleanup.h"
#include "hvguest/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORDS_MAX 256 /* hosts send some twenty */

static int add_record(struct facts *facts, const uint8_t bytes[static HVG_POOL_RECORD_SIZE])
{
	struct hvg_pool_record record;
	char path[FACT_PATH_SIZE];

	hvg_pool_record_decode(bytes, &record);
	if (record.key[0] == '\0' || strchr(record.key, '/') || strlen(record.key) > 128)
		return 0;
	(void)snprintf(path, sizeof(path), "kvp/host/%.128s", record.key);
	return facts_add(facts, FACT_FILE, path, record.value);
}

static int read_records(struct facts *facts, int fd)
{
	uint8_t bytes[HVG_POOL_RECORD_SIZE];
	int r = 0;

	for (off_t i = 0; i < RECORDS_MAX && r == 0; i++) {
		if (pread(fd, bytes, sizeof(bytes), i * (off_t)sizeof(bytes)) !=
			(ssize_t)sizeof(bytes))
			break;
		r = add_record(facts, bytes);
	}
	return r;
}

/* The time tells whether it was written since boot. */
static int describe(struct facts *facts, const char *root, enum hvg_pool pool)
{
	char file[PATH_MAX], path[FACT_PATH_SIZE], text[64];
	struct stat status;

	(void)snprintf(
		file, sizeof(file), "%s" HVG_POOL_DIR "/%s", root, hvg_pool_file_name(pool));
	if (stat(file, &status) < 0)
		return 0;
	(void)snprintf(path, sizeof(path), "kvp/files/%s", hvg_pool_name(pool));
	(void)snprintf(text, sizeof(text), "%lld bytes, written at %lld",
		(long long)status.st_size, (long long)status.st_mtime);
	return facts_add(facts, FACT_FILE, path, text);
}

int ask_pools(const char *root, struct facts *facts)
{
	_cleanup_close_ int fd = -EBADF;
	char file[PATH_MAX];
	int r = 0;

	for (int pool = 0; pool < HVG_N_POOLS && r == 0; pool++)
		r = describe(facts, root, (enum hvg_pool)pool);
	(void)snprintf(file, sizeof(file), "%s" HVG_POOL_DIR "/%s", root,
		hvg_pool_file_name(HVG_POOL_AUTO_EXTERNAL));
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (r < 0)
		return r;
	if (fd < 0)
		return errno == EACCES ? facts_add(facts, FACT_ERROR, "kvp/host", "EACCES") : 0;
	return read_records(facts, fd);
}
