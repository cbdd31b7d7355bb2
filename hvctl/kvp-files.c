// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The pool files themselves, for reading when hv-kvpd cannot be asked.
 */

#include "hvctl/kvp.h"

#include "base/utf16.h"
#include "hvguest/pool.h"
#include "hvguest/poolstore.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

const char *kvp_pool_name(const char *argument)
{
	enum hvg_pool pool;

	if (hvg_pool_parse(argument, &pool) < 0 || pool == HVG_POOL_AUTO_INTERNAL)
		return NULL;
	return hvg_pool_name(pool);
}

/* As hv-kvpd would tell it: UTF-8. */
static void add_repaired(struct kvp_sink *sink, const char *pool, const struct hvg_pool_record *record)
{
	char key[3 * HVG_POOL_KEY_SIZE + 1], value[3 * HVG_POOL_VALUE_SIZE + 1];

	(void)hvg_utf8_fit(record->key, HVG_UTF8_TO_NUL, SIZE_MAX, key, sizeof(key));
	(void)hvg_utf8_fit(record->value, HVG_UTF8_TO_NUL, SIZE_MAX, value, sizeof(value));
	sink->add(sink, pool, key, value);
}

static int list_store(struct hvg_poolstore *store, const char *pool, struct kvp_sink *sink)
{
	struct hvg_pool_record record;
	int r;

	for (uint32_t slot = 0; r = hvg_poolstore_slot(store, slot, true, &record), r >= 0; slot++)
		if (*record.key != '\0')
			add_repaired(sink, pool, &record);
	return r == -ENOENT ? 0 : r;
}

static int find_in_store(struct hvg_poolstore *store, const char *key, char **ret)
{
	struct hvg_pool_record record;
	int r = hvg_poolstore_find(store, key, true, &record);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	*ret = hvctl_repair(record.value);
	return *ret ? 0 : -ENOMEM;
}

/* The pool's file; its path is the caller's, for what must be said of it. */
static int open_store(const char *pool, char path[static PATH_MAX], struct hvg_poolstore **ret)
{
	const struct hvg_poolstore_config config = { .path = path, .read_only = true };
	enum hvg_pool number;

	(void)hvg_pool_parse(pool, &number);
	snprintf(path, PATH_MAX, "%s/%s", HVG_POOL_DIR, hvg_pool_file_name(number));
	return hvg_poolstore_new(&config, ret);
}

static int finish(struct hvg_poolstore *store, const char *path, int r)
{
	hvg_poolstore_free(store);
	if (r >= 0)
		return HVCTL_OK;
	hvctl_complain("%s: %s", path, hvg_poolstore_explain(r));
	return r == -EACCES ? HVCTL_NOT_PERMITTED : HVCTL_WRONG;
}

/* Nobody makes up what this guest reports while hv-kvpd is not there. */
static bool has_file(const char *pool)
{
	return strcmp(pool, "auto") != 0;
}

int kvp_file_list(const char *pool, struct kvp_sink *sink)
{
	struct hvg_poolstore *store = NULL;
	char path[PATH_MAX];
	int r;

	if (!has_file(pool))
		return HVCTL_OK;
	r = open_store(pool, path, &store);
	if (r >= 0)
		r = list_store(store, pool, sink);
	return finish(store, path, r);
}

int kvp_file_get(const char *pool, const char *key, char **ret)
{
	struct hvg_poolstore *store = NULL;
	char path[PATH_MAX];
	int r;

	if (!has_file(pool))
		return HVCTL_OK;
	r = open_store(pool, path, &store);
	if (r >= 0)
		r = find_in_store(store, key, ret);
	return finish(store, path, r);
}
