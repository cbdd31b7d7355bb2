// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The pool files themselves, for reading while hv-kvpd is not running.
 */

#include "hvctl/kvp.h"

#include "hvguest/pool.h"
#include "hvguest/poolstore.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

const char *kvp_pool_name(const char *argument)
{
	enum hvg_pool pool;

	if (hvg_pool_parse(argument, &pool) < 0 || pool == HVG_POOL_AUTO_INTERNAL)
		return NULL;
	return hvg_pool_name(pool);
}

static int read_store(struct hvg_poolstore *store, const char *pool, struct kvp_sink *sink)
{
	struct hvg_pool_record record;
	int r;

	for (uint32_t slot = 0; r = hvg_poolstore_slot(store, slot, true, &record), r >= 0; slot++)
		if (*record.key != '\0')
			sink->add(sink, pool, record.key, record.value);
	return r == -ENOENT ? 0 : r;
}

int kvp_read_file(const char *name, struct kvp_sink *sink)
{
	char path[PATH_MAX];
	struct hvg_poolstore_config config = { .path = path, .read_only = true };
	struct hvg_poolstore *store;
	enum hvg_pool pool;
	int r;

	/* Nobody makes up what this guest reports while the daemon is not there. */
	if (hvg_pool_parse(name, &pool) < 0 || pool == HVG_POOL_AUTO)
		return HVCTL_OK;
	snprintf(path, sizeof(path), "%s/%s", HVG_POOL_DIR, hvg_pool_file_name(pool));
	r = hvg_poolstore_new(&config, &store);
	if (r >= 0) {
		r = read_store(store, name, sink);
		hvg_poolstore_free(store);
	}
	if (r >= 0)
		return HVCTL_OK;
	hvctl_complain("%s: %s", path, hvg_poolstore_explain(r));
	return r == -EACCES ? HVCTL_NOT_PERMITTED : HVCTL_WRONG;
}
