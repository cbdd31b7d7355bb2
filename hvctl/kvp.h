/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_KVP_H
#define HVG_HVCTL_KVP_H

#include "hvctl/hvctl.h"

/* Takes records as they are read, in the order of the pool. */
struct kvp_sink {
	void (*add)(struct kvp_sink *sink, const char *pool, const char *key, const char *value);
};

/* The name under which the bus knows a pool given by name or number; NULL if there is none. */
const char *kvp_pool_name(const char *argument);

/* kvp-files.c: the pool's file itself. An exit code. */
int kvp_read_file(const char *pool, struct kvp_sink *sink);

/* kvp-watch.c */
int kvp_watch(struct hvctl *hvctl, int argc, char *argv[]);

#endif
