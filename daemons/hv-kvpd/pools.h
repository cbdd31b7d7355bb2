/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_KVPD_POOLS_H
#define HVG_KVPD_POOLS_H

/*
 * The pool files of the daemon, behind two threads that may wait: one for the disk, the other for locks
 * and writing too. Reading is tried on the event loop first, where it succeeds unless the disk must be
 * asked; it never waits for a change.
 */

#include "common/worker.h"
#include "hv-kvpd/settings.h"
#include "hvguest/pool.h"
#include "hvguest/poolstore.h"

#include <stddef.h>
#include <stdint.h>

/* A pool beyond that is not listed but read from its file: a bus throws out who sends 32 MiB. */
#define KVPD_LIST_MAX (16 << 20)

enum kvpd_pool_op {
	KVPD_POOL_SET,
	KVPD_POOL_UNSET,
	KVPD_POOL_FIND, /* key -> record */
	KVPD_POOL_AT,	/* index, begins -> record */
	KVPD_POOL_LIST, /* -> records, n_records; -EFBIG beyond KVPD_LIST_MAX */
};

struct kvpd_pool_request {
	enum kvpd_pool_op op;
	enum hvg_pool pool;
	uint32_t index;
	bool begins; /* an enumeration, with this index */
	const char *key, *value;
};

struct kvpd_pool_answer {
	const struct hvg_pool_record *records; /* FIND, AT: one; LIST: n_records, in order */
	size_t n_records;
};

/* code is 0 or negative errno; the answer lives until it returns. Called once for each submit. */
typedef void kvpd_pool_done_fn(void *userdata, int code, const struct kvpd_pool_answer *answer);

struct kvpd_pools;

struct kvpd_settle {
	struct hvg_job job;
	struct kvpd_pools *pools;
};

struct kvpd_pools {
	struct hvg_poolstore *stores[HVG_N_POOLS]; /* NULL for those that have no file of ours */
	struct hvg_worker *reader, *writer;
	struct kvpd_settle settle;
	const struct kvpd_settings *settings;

	/* A record was set or unset through us. */
	void (*changed)(void *userdata, enum hvg_pool pool, const char *key, const char *what);
	void *userdata;
};

int kvpd_pools_init(struct kvpd_pools *pools, sd_event *event, const struct kvpd_settings *settings);

/* Ends the thread; what hangs in the kernel is left behind, with all that it uses. */
void kvpd_pools_done(struct kvpd_pools *pools);

/*
 * Makes the files whole after a crash, drops what is of another boot, sets the mode. Every problem is
 * logged; done is told when all is over.
 */
int kvpd_pools_prepare(struct kvpd_pools *pools, kvpd_pool_done_fn *done, void *userdata);

/* Gives pool 0 the mode that the settings say, soon. */
void kvpd_pools_set_mode(const struct kvpd_pools *pools);

/* FIND and AT without waiting: -EAGAIN if only submit can answer. */
int kvpd_pools_read(struct kvpd_pools *pools, const struct kvpd_pool_request *request,
	struct hvg_pool_record *ret);

/* The request is copied. ret_job may be handed to kvpd_pools_cancel until done was called. */
int kvpd_pools_submit(struct kvpd_pools *pools, const struct kvpd_pool_request *request,
	kvpd_pool_done_fn *done, void *userdata, struct hvg_job **ret_job);

/* A request that has not begun never will; done gets -ECANCELED. */
void kvpd_pools_cancel(struct hvg_job *job);

#endif
