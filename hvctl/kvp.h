/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_KVP_H
#define HVG_HVCTL_KVP_H

#include "hvctl/hvctl.h"

#define KVP_SERVICE   "org.hvguest.Kvp1"
#define KVP_PATH      "/org/hvguest/Kvp1"
#define KVP_INTERFACE "org.hvguest.Kvp1"

extern const struct hvctl_service kvp_service;

/* Takes records as they are read, in the order of the pool. */
struct kvp_sink {
	void (*add)(struct kvp_sink *sink, const char *pool, const char *key, const char *value);
};

/* The name under which the bus knows a pool given by name or number; NULL if there is none. */
const char *kvp_pool_name(const char *argument);

/* kvp-files.c: the pool's file itself. Exit codes; what is wrong was said. */
int kvp_file_list(const char *pool, struct kvp_sink *sink);
int kvp_file_get(const char *pool, const char *key, char **ret);

/*
 * kvp-source.c: where pools are read from, hv-kvpd or else their files. What is true of all pools
 * (hv-kvpd is not running, the caller may not read) is said once. Exit codes; get leaves a value
 * that the caller frees, or NULL with HVCTL_OK if the pool has no such key.
 */
struct kvp_source {
	struct hvctl *hvctl;
	bool has_only_files;
	int given_up; /* the exit code, once it is known that nothing can be read */
};

int kvp_source_list(struct kvp_source *source, const char *pool, struct kvp_sink *sink);
int kvp_source_get(struct kvp_source *source, const char *pool, const char *key, char **ret);

/* The subcommands: kvp-read.c, kvp-change.c, kvp-watch.c. */
int kvp_list(struct hvctl *hvctl, int argc, char *argv[]);
int kvp_get(struct hvctl *hvctl, int argc, char *argv[]);
int kvp_set(struct hvctl *hvctl, int argc, char *argv[]);
int kvp_unset(struct hvctl *hvctl, int argc, char *argv[]);
int kvp_watch(struct hvctl *hvctl, int argc, char *argv[]);

#endif
