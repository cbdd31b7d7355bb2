// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A request to the pools is a job: copied at submit, run in the worker's thread, told on the loop.
 */

#include "hv-kvpd/pools.h"

#include "base/units.h"
#include "common/journal.h"
#include "common/message-ids.h"
#include "hv-kvpd/fresh.h"
#include "os/sysinfo.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What a record takes beyond its text: lengths, NULs and alignment. */
#define LIST_RECORD_BYTES 16

/* After the last change: long enough for a burst of them, short against anybody's patience. */
#define SETTLE_AFTER_US (200 * HVG_USEC_PER_MSEC)

/* A thread that hangs in the kernel must not keep us from ending. */
#define END_US (2 * HVG_USEC_PER_SEC)

static const enum hvg_pool stored[] = { HVG_POOL_EXTERNAL, HVG_POOL_GUEST, HVG_POOL_AUTO_EXTERNAL };

static int settle(struct hvg_job *job)
{
	const struct kvpd_pools *pools = ((struct kvpd_settle *)job)->pools;

	for (size_t i = 0; i < HVG_ELEMENTS(stored); i++)
		if (hvg_poolstore_needs_settle(pools->stores[stored[i]]))
			(void)hvg_poolstore_settle(pools->stores[stored[i]]);
	return 0;
}

static void render_path(enum hvg_pool pool, char ret[static PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s/%s", HVG_POOL_DIR, hvg_pool_file_name(pool));
}

static int open_store(struct kvpd_pools *pools, enum hvg_pool pool)
{
	char path[PATH_MAX], journal_path[PATH_MAX];
	struct hvg_poolstore_config config = {
		.path = path,
		.journal_path = journal_path,
		.max_records = pools->settings->max_records,
	};

	render_path(pool, path);
	snprintf(journal_path, sizeof(journal_path), "%s/kvp/%s.journal", HVG_STATE_DIR,
		hvg_pool_name(pool));
	return hvg_poolstore_new(&config, &pools->stores[pool]);
}

int kvpd_pools_init(struct kvpd_pools *pools, sd_event *event, const struct kvpd_settings *settings)
{
	struct hvg_worker_config reader = { .name = "pool-reader" };
	struct hvg_worker_config writer = {
		.name = "pool-writer",
		.idle = &pools->settle.job,
		.idle_after_us = SETTLE_AFTER_US,
	};
	int r = 0;

	*pools = (struct kvpd_pools){ .settings = settings, .settle = { { .run = settle }, pools } };
	for (size_t i = 0; r >= 0 && i < HVG_ELEMENTS(stored); i++)
		r = open_store(pools, stored[i]);
	if (r >= 0)
		r = hvg_worker_new(event, &reader, &pools->reader);
	return r < 0 ? r : hvg_worker_new(event, &writer, &pools->writer);
}

void kvpd_pools_done(struct kvpd_pools *pools)
{
	bool hangs = hvg_worker_free(pools->reader, END_US) == -ETIMEDOUT;

	hangs |= hvg_worker_free(pools->writer, END_US) == -ETIMEDOUT;
	pools->reader = pools->writer = NULL;
	for (size_t i = 0; !hangs && i < HVG_ELEMENTS(stored); i++)
		hvg_poolstore_free(pools->stores[stored[i]]);
}

/* Preparing: in the thread, before the first request. What it finds is told on the loop. */

struct finding {
	int code; /* of recover, and of reading */
	struct hvg_poolstore_recovery recovery;
	int stale; /* of discard_stale */
};

struct prepare_job {
	struct hvg_job job;
	struct kvpd_pools *pools;
	kvpd_pool_done_fn *done;
	void *userdata;
	struct finding findings[HVG_N_POOLS];
};

static bool is_the_hosts(enum hvg_pool pool)
{
	return pool == HVG_POOL_EXTERNAL || pool == HVG_POOL_AUTO_EXTERNAL;
}

static void set_mode(unsigned int mode)
{
	char path[PATH_MAX];
	struct stat st;

	render_path(HVG_POOL_EXTERNAL, path);
	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 07777) != mode)
		(void)chmod(path, mode);
}

/* With a disk that does not answer, that takes long. */
struct mode_job {
	struct hvg_job job;
	unsigned int mode;
};

static int run_mode(struct hvg_job *job)
{
	set_mode(((struct mode_job *)job)->mode);
	return 0;
}

static void mode_done(struct hvg_job *job, int result)
{
	free(job);
}

void kvpd_pools_set_mode(const struct kvpd_pools *pools)
{
	struct mode_job *job = calloc(1, sizeof(*job));

	if (!job)
		return;
	*job = (struct mode_job){ { .run = run_mode, .done = mode_done }, pools->settings->pool_mode };
	if (hvg_worker_submit(pools->writer, &job->job) < 0)
		free(job);
}

static int drop_stale(struct hvg_poolstore *store)
{
	uint64_t boot_time_us;
	int r = hvg_boot_time(&boot_time_us);

	return r < 0 ? r : hvg_poolstore_discard_stale(store, boot_time_us);
}

/* Reading finds an empty pool where there is no file; the host's first change would find out. */
static int check(struct hvg_poolstore *store, enum hvg_pool pool)
{
	char path[PATH_MAX];
	uint32_t count;
	struct stat st;
	int r = hvg_poolstore_count(store, true, &count);

	if (r < 0)
		return r;
	render_path(pool, path);
	return lstat(path, &st) < 0 ? -errno : 0;
}

static void look_at(struct hvg_poolstore *store, enum hvg_pool pool, bool drops_stale, struct finding *ret)
{
	ret->code = hvg_poolstore_recover(store, &ret->recovery);
	if (drops_stale)
		ret->stale = drop_stale(store);
	if (ret->code >= 0)
		ret->code = check(store, pool);
}

static int prepare(struct hvg_job *job)
{
	struct prepare_job *prepare = (struct prepare_job *)job;
	struct kvpd_pools *pools = prepare->pools;
	bool first = pools->settings->drop_stale && kvpd_is_first_start(), is_over = true;

	for (size_t i = 0; i < HVG_ELEMENTS(stored); i++) {
		struct finding *finding = &prepare->findings[stored[i]];

		look_at(pools->stores[stored[i]], stored[i], first && is_the_hosts(stored[i]), finding);
		is_over &= finding->stale >= 0;
	}
	set_mode(pools->settings->pool_mode);
	if (is_over) /* or else the next start tries to drop what is stale */
		kvpd_remember_start();
	return 0;
}

static void log_about(int level, const char *id, enum hvg_pool pool, const char *text)
{
	char path[PATH_MAX];

	render_path(pool, path);
	hvg_log_entry(
		&(struct hvg_log_entry){
			level,
			id,
			HVG_FIELDS({ "HVGUEST_POOL", hvg_pool_name(pool) }, { "HVGUEST_PATH", path }),
		},
		"Pool %s (%s): %s.", hvg_pool_name(pool), path, text);
}

static void log_recovery(enum hvg_pool pool, const struct hvg_poolstore_recovery *recovery)
{
	char text[128];

	snprintf(text, sizeof(text), "completed %u changes that a crash had cut short", recovery->n_replayed);
	if (recovery->n_replayed > 0)
		log_about(LOG_NOTICE, HVG_MSG_JOURNAL_REPLAYED, pool, text);
	snprintf(text, sizeof(text), "left out %u changes that others have overwritten since", recovery->n_dropped);
	if (recovery->n_dropped > 0)
		log_about(LOG_NOTICE, HVG_MSG_JOURNAL_REPLAYED, pool, text);
	snprintf(text, sizeof(text), "%u pages of the journal are unreadable and ignored", recovery->n_corrupt);
	if (recovery->n_corrupt > 0)
		log_about(LOG_WARNING, HVG_MSG_JOURNAL_REPLAYED, pool, text);
}

static void log_finding(enum hvg_pool pool, const struct finding *finding)
{
	char text[256];

	snprintf(text, sizeof(text), "it cannot be used: %s; its requests fail until it can",
		finding->code == -ENOENT ? "there is no file (systemd-tmpfiles --create makes it)" :
					   hvg_poolstore_explain(finding->code));
	if (finding->code < 0)
		log_about(LOG_WARNING, HVG_MSG_POOL_UNUSABLE, pool, text);
	log_recovery(pool, &finding->recovery);
	if (finding->stale > 0)
		log_about(LOG_INFO, NULL, pool, "dropped what the host wrote before this boot");
	snprintf(text, sizeof(text), "it may hold what the host wrote before this boot: %s",
		hvg_poolstore_explain(finding->stale));
	if (finding->stale < 0)
		log_about(LOG_WARNING, HVG_MSG_POOL_UNUSABLE, pool, text);
}

static void prepared(struct hvg_job *job, int result)
{
	struct prepare_job *prepare = (struct prepare_job *)job;

	for (size_t i = 0; result >= 0 && i < HVG_ELEMENTS(stored); i++)
		log_finding(stored[i], &prepare->findings[stored[i]]);
	prepare->done(prepare->userdata, result, NULL);
	free(prepare);
}

int kvpd_pools_prepare(struct kvpd_pools *pools, kvpd_pool_done_fn *done, void *userdata)
{
	struct prepare_job *job = calloc(1, sizeof(*job));
	int r;

	if (!job)
		return -ENOMEM;
	*job = (struct prepare_job){
		.job = { .run = prepare, .done = prepared },
		.pools = pools,
		.done = done,
		.userdata = userdata,
	};
	r = hvg_worker_submit(pools->writer, &job->job);
	if (r < 0)
		free(job);
	return r;
}

/* Requests. */

struct pool_job {
	struct hvg_job job;
	struct kvpd_pools *pools;
	struct kvpd_pool_request request;
	kvpd_pool_done_fn *done;
	void *userdata;
	int outcome; /* of run, whether somebody still waits for it or not */
	struct hvg_pool_record copy; /* of the request's key and value */
	struct hvg_pool_record *records;
	size_t n_records;
};

static int read_record(struct hvg_poolstore *store, const struct kvpd_pool_request *request, bool may_wait,
	struct hvg_pool_record *ret)
{
	int r;

	if (request->op == KVPD_POOL_FIND)
		return hvg_poolstore_find(store, request->key, may_wait, ret);
	if (request->begins) {
		r = hvg_poolstore_rewind(store, may_wait);
		if (r < 0)
			return r;
	}
	return hvg_poolstore_at(store, request->index, may_wait, ret);
}

int kvpd_pools_read(struct kvpd_pools *pools, const struct kvpd_pool_request *request,
	struct hvg_pool_record *ret)
{
	return read_record(pools->stores[request->pool], request, false, ret);
}

static size_t size_on_bus(const struct hvg_pool_record *record)
{
	return strlen(record->key) + strlen(record->value) + LIST_RECORD_BYTES;
}

static int list(struct pool_job *job)
{
	struct hvg_poolstore *store = job->pools->stores[job->request.pool];
	size_t sum = 0;
	uint32_t count;
	int r;

	r = hvg_poolstore_count(store, true, &count);
	if (r < 0)
		return r;
	job->records = calloc(count > 0 ? count : 1, sizeof(*job->records));
	if (!job->records)
		return -ENOMEM;
	for (uint32_t slot = 0; slot < count; slot++) {
		r = hvg_poolstore_slot(store, slot, true, &job->records[job->n_records]);
		if (r == -ENOENT)
			break;
		if (r < 0)
			return r;
		sum += size_on_bus(&job->records[job->n_records]);
		if (sum > KVPD_LIST_MAX)
			return -EFBIG;
		job->n_records += *job->records[job->n_records].key != '\0';
	}
	return 0;
}

static int read_one(struct pool_job *job)
{
	job->records = calloc(1, sizeof(*job->records));
	if (!job->records)
		return -ENOMEM;
	job->n_records = 1;
	return read_record(job->pools->stores[job->request.pool], &job->request, true, job->records);
}

static int perform(struct pool_job *job)
{
	struct hvg_poolstore *store = job->pools->stores[job->request.pool];

	switch (job->request.op) {
	case KVPD_POOL_SET:
		return hvg_poolstore_set(store, job->request.key, job->request.value);
	case KVPD_POOL_UNSET:
		return hvg_poolstore_unset(store, job->request.key);
	case KVPD_POOL_FIND:
	case KVPD_POOL_AT:
		return read_one(job);
	case KVPD_POOL_LIST:
		return list(job);
	}
	return -EINVAL;
}

static int run(struct hvg_job *base)
{
	struct pool_job *job = (struct pool_job *)base;

	job->outcome = perform(job);
	return job->outcome;
}

/* A change that came too late for whoever asked for it is a change all the same. */
static void tell_of_change(const struct pool_job *job)
{
	const struct kvpd_pools *pools = job->pools;

	if (job->outcome >= 0 && job->request.op == KVPD_POOL_SET)
		pools->changed(pools->userdata, job->request.pool, job->request.key, "set");
	if (job->outcome >= 0 && job->request.op == KVPD_POOL_UNSET)
		pools->changed(pools->userdata, job->request.pool, job->request.key, "unset");
}

static void done(struct hvg_job *base, int result)
{
	struct pool_job *job = (struct pool_job *)base;
	struct kvpd_pool_answer answer = { job->records, job->n_records };

	tell_of_change(job);
	job->done(job->userdata, result, &answer);
	free(job->records);
	free(job);
}

static struct hvg_worker *worker_of(const struct pool_job *job)
{
	bool writes = job->request.op == KVPD_POOL_SET || job->request.op == KVPD_POOL_UNSET;

	return writes ? job->pools->writer : job->pools->reader;
}

int kvpd_pools_submit(struct kvpd_pools *pools, const struct kvpd_pool_request *request,
	kvpd_pool_done_fn *done_fn, void *userdata, struct hvg_job **ret_job)
{
	struct pool_job *job = calloc(1, sizeof(*job));
	int r;

	if (!job)
		return -ENOMEM;
	*job = (struct pool_job){
		.job = { .run = run, .done = done },
		.pools = pools,
		.request = *request,
		.done = done_fn,
		.userdata = userdata,
		.outcome = -ECANCELED,
	};
	snprintf(job->copy.key, sizeof(job->copy.key), "%s", request->key ? request->key : "");
	snprintf(job->copy.value, sizeof(job->copy.value), "%s", request->value ? request->value : "");
	job->request.key = job->copy.key;
	job->request.value = job->copy.value;
	r = hvg_worker_submit(worker_of(job), &job->job);
	if (r < 0) {
		free(job);
		return r;
	}
	*ret_job = &job->job;
	return 0;
}

void kvpd_pools_cancel(struct hvg_job *job)
{
	hvg_worker_cancel(worker_of((struct pool_job *)job), job);
}
