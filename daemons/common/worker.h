/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_WORKER_H
#define HVG_DAEMONS_WORKER_H

/*
 * One thread for what may block (a disk, a resolver), one job after the other.
 *
 *	loop:	submit(job) ----.			.---> done(job, result)
 *	thread:			 '---> run(job) ------'
 *
 * A job is the first member of a struct of the caller's, who allocates it. From submit until done
 * it is the worker's. done is called exactly once for each job, from the event loop, never from
 * inside submit or cancel: that is the place to free it. Nothing here has a deadline: a caller that
 * cannot wait cancels, answers without the result, and frees in done.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct hvg_job {
	/* In the thread; must not touch what the loop uses meanwhile. */
	int (*run)(struct hvg_job *job);

	/* On the loop. The result of run; -ECANCELED if the job was cancelled, even if it has run. */
	void (*done)(struct hvg_job *job, int result);

	/* The worker's own. Zeroes before submit. */
	struct hvg_job *next;
	int state, result;
	bool is_cancelled;
};

struct hvg_worker_config {
	const char *name; /* of the thread, at most 15 characters */

	/*
	 * What to do when the queue has been empty for this long after a job, once: the worker's for
	 * its whole life, and done (or NULL) is called each time. NULL: nothing.
	 */
	struct hvg_job *idle;
	uint64_t idle_after_us;
};

struct hvg_worker;

/* The thread itself begins with the first job, with all signals blocked. */
int hvg_worker_new(sd_event *event, const struct hvg_worker_config *config, struct hvg_worker **ret);

/* Jobs run in the order of submission. After an error the job is still the caller's. */
int hvg_worker_submit(struct hvg_worker *worker, struct hvg_job *job);

/* A job that has not begun never will; one that has is not waited for. For submitted jobs only. */
void hvg_worker_cancel(struct hvg_worker *worker, struct hvg_job *job);

/*
 * Cancels what has not begun, waits at most this long for what has, and calls done for all of them.
 * Neither to be called from a done, nor is a done inside it to use the worker. Takes NULL.
 *
 * -ETIMEDOUT if the running job hangs (in the kernel, on a frozen disk). Then the thread is left to
 * itself: its job gets no done, and the job and all that it uses must be left alone for ever. Close
 * devices before: a thread that hangs in the kernel keeps a process that has ended from going away.
 */
int hvg_worker_free(struct hvg_worker *worker, uint64_t patience_us);

#endif
