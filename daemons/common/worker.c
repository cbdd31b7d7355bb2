// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Two lists under one lock: what is to be run, and what the loop is to be told. An eventfd wakes the
 * loop, a condition wakes the thread. Whoever of thread and owner goes last frees the worker.
 */

#include "common/worker.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

/* Ours: the deepest job needs a few pages of path names and buffers. */
#define STACK_BYTES (256 * 1024)

/* Of a job, as the lock protects it. */
enum {
	NEW,
	QUEUED,
	RUNNING,
	FINISHED, /* the loop is to be told */
};

struct list {
	struct hvg_job *first, **end;
};

struct hvg_worker {
	struct hvg_worker_config config;
	sd_event_source *source;
	int fd;
	pthread_t thread;
	bool has_thread;

	pthread_mutex_t lock; /* everything below */
	pthread_cond_t changed;
	struct list queue, finished;
	bool is_stopping, is_gone, is_abandoned; /* gone: the thread; abandoned: by its owner */
	bool has_worked;			 /* since the idle job ran */
};

static void list_init(struct list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static void list_append(struct list *list, struct hvg_job *job)
{
	job->next = NULL;
	*list->end = job;
	list->end = &job->next;
}

static struct hvg_job *list_take(struct list *list)
{
	struct hvg_job *job = list->first;

	if (!job)
		return NULL;
	list->first = job->next;
	if (!list->first)
		list->end = &list->first;
	return job;
}

static void list_remove(struct list *list, struct hvg_job *job)
{
	struct hvg_job **at = &list->first;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	if (!*at)
		list->end = at;
}

/* Moves a job to those that the loop is to be told of. */
static void finish(struct hvg_worker *worker, struct hvg_job *job, int result)
{
	uint64_t one = 1;

	job->result = job->is_cancelled ? -ECANCELED : result;
	job->state = FINISHED;
	list_append(&worker->finished, job);
	(void)!write(worker->fd, &one, sizeof(one)); /* fails only beyond 2^64 - 2 */
}

static void after(uint64_t span_us, struct timespec *ret)
{
	(void)clock_gettime(CLOCK_MONOTONIC, ret);
	ret->tv_sec += (time_t)(span_us / HVG_USEC_PER_SEC);
	ret->tv_nsec += (long)(span_us % HVG_USEC_PER_SEC * HVG_NSEC_PER_USEC);
	if (ret->tv_nsec >= 1000000000) {
		ret->tv_sec++;
		ret->tv_nsec -= 1000000000;
	}
}

/* Whether the idle job has something to do, and is not still waiting for its done. */
static bool wants_idle(const struct hvg_worker *worker)
{
	return worker->config.idle && worker->has_worked && worker->config.idle->state == NEW;
}

/* The next job for the thread, which sleeps until there is one; NULL at the end. */
static struct hvg_job *next_job(struct hvg_worker *worker)
{
	struct timespec idle_at;
	int error = 0;

	after(worker->config.idle_after_us, &idle_at);
	while (!worker->is_stopping && !worker->queue.first && error != ETIMEDOUT)
		error = wants_idle(worker) ?
			pthread_cond_timedwait(&worker->changed, &worker->lock, &idle_at) :
			pthread_cond_wait(&worker->changed, &worker->lock);
	if (worker->is_stopping || worker->queue.first)
		return worker->is_stopping ? NULL : list_take(&worker->queue);
	worker->has_worked = false;
	return worker->config.idle;
}

static void destroy(struct hvg_worker *worker)
{
	(void)pthread_cond_destroy(&worker->changed);
	(void)pthread_mutex_destroy(&worker->lock);
	(void)hvg_close(worker->fd);
	free(worker);
}

static void *work(void *userdata)
{
	struct hvg_worker *worker = userdata;
	struct hvg_job *job;
	bool is_abandoned;
	int result;

	(void)pthread_mutex_lock(&worker->lock);
	while ((job = next_job(worker))) {
		job->state = RUNNING;
		(void)pthread_mutex_unlock(&worker->lock);
		result = job->run(job);
		(void)pthread_mutex_lock(&worker->lock);
		worker->has_worked |= job != worker->config.idle;
		if (!worker->is_abandoned)
			finish(worker, job, result);
	}
	worker->is_gone = true;
	is_abandoned = worker->is_abandoned;
	(void)pthread_cond_broadcast(&worker->changed);
	(void)pthread_mutex_unlock(&worker->lock);
	if (is_abandoned)
		destroy(worker);
	return NULL;
}

/* Tells the callers of jobs that are finished now; not of those that finish meanwhile. */
static void tell_finished(struct hvg_worker *worker)
{
	unsigned int n = 0;
	struct hvg_job *job;

	(void)pthread_mutex_lock(&worker->lock);
	for (job = worker->finished.first; job; job = job->next)
		n++;
	for (; n > 0; n--) {
		int result;

		job = list_take(&worker->finished);
		job->state = NEW;
		result = job->result;
		if (job == worker->config.idle)
			(void)pthread_cond_broadcast(&worker->changed); /* it can run again */
		(void)pthread_mutex_unlock(&worker->lock);
		if (job->done)
			job->done(job, result);
		(void)pthread_mutex_lock(&worker->lock);
	}
	(void)pthread_mutex_unlock(&worker->lock);
}

static int on_finished(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	uint64_t n;

	(void)!read(fd, &n, sizeof(n));
	tell_finished(userdata);
	return 0;
}

static int start_thread(struct hvg_worker *worker)
{
	pthread_attr_t attributes;
	sigset_t all, former;
	int error;

	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &former);
	error = pthread_create(&worker->thread, &attributes, work, worker);
	(void)pthread_sigmask(SIG_SETMASK, &former, NULL);
	(void)pthread_attr_destroy(&attributes);
	if (error)
		return -error;
	(void)pthread_setname_np(worker->thread, worker->config.name);
	worker->has_thread = true;
	return 0;
}

static void init_lock(struct hvg_worker *worker)
{
	pthread_condattr_t attributes;

	(void)pthread_mutex_init(&worker->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&worker->changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
}

int hvg_worker_new(sd_event *event, const struct hvg_worker_config *config, struct hvg_worker **ret)
{
	struct hvg_worker *worker = calloc(1, sizeof(*worker));
	int r;

	if (!worker)
		return -ENOMEM;
	worker->config = *config;
	list_init(&worker->queue);
	list_init(&worker->finished);
	init_lock(worker);
	worker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = worker->fd < 0 ? -errno : 0;
	if (r == 0)
		r = sd_event_add_io(event, &worker->source, worker->fd, EPOLLIN, on_finished, worker);
	if (r < 0) {
		destroy(worker);
		return r;
	}
	*ret = worker;
	return 0;
}

int hvg_worker_submit(struct hvg_worker *worker, struct hvg_job *job)
{
	int r = worker->has_thread ? 0 : start_thread(worker);

	if (r < 0)
		return r;
	(void)pthread_mutex_lock(&worker->lock);
	job->state = QUEUED;
	job->is_cancelled = false;
	list_append(&worker->queue, job);
	(void)pthread_cond_broadcast(&worker->changed);
	(void)pthread_mutex_unlock(&worker->lock);
	return 0;
}

void hvg_worker_cancel(struct hvg_worker *worker, struct hvg_job *job)
{
	(void)pthread_mutex_lock(&worker->lock);
	job->is_cancelled = true;
	job->result = -ECANCELED;
	if (job->state == QUEUED) {
		list_remove(&worker->queue, job);
		finish(worker, job, -ECANCELED);
	}
	(void)pthread_mutex_unlock(&worker->lock);
}

static void cancel_queue(struct hvg_worker *worker)
{
	struct hvg_job *job;

	while ((job = list_take(&worker->queue)))
		finish(worker, job, -ECANCELED);
}

/*
 * Whether the thread has ended within this time; if not, the worker is the thread's alone from now
 * on. The jobs whose callers are still to be told come out as a chain.
 */
static bool stop_thread(struct hvg_worker *worker, uint64_t patience_us, struct hvg_job **ret_finished)
{
	struct timespec deadline;
	bool is_gone;
	int error = 0;

	after(patience_us, &deadline);
	(void)pthread_mutex_lock(&worker->lock);
	worker->is_stopping = true;
	cancel_queue(worker);
	(void)pthread_cond_broadcast(&worker->changed);
	while (worker->has_thread && !worker->is_gone && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&worker->changed, &worker->lock, &deadline);
	is_gone = !worker->has_thread || worker->is_gone;
	worker->is_abandoned = !is_gone;
	*ret_finished = worker->finished.first;
	(void)pthread_mutex_unlock(&worker->lock);
	return is_gone;
}

int hvg_worker_free(struct hvg_worker *worker, uint64_t patience_us)
{
	struct hvg_job *job, *next;
	pthread_t thread;
	bool has_thread, has_stopped;

	if (!worker)
		return 0;
	worker->source = sd_event_source_disable_unref(worker->source);
	thread = worker->thread;
	has_thread = worker->has_thread;
	has_stopped = stop_thread(worker, patience_us, &job);
	if (has_thread)
		(void)(has_stopped ? pthread_join(thread, NULL) : pthread_detach(thread));
	if (has_stopped)
		destroy(worker);
	for (; job; job = next) {
		next = job->next;
		job->state = NEW;
		if (job->done)
			job->done(job, job->result);
	}
	return has_stopped ? 0 : -ETIMEDOUT;
}
