/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_NETD_H
#define HVG_NETD_H

/*
 * The daemon: requests come over the bus or the socket, one after the other they become transactions
 * in the worker's thread, and their answers go back. With nothing to do for a while it ends.
 */

#include "common/bus.h"
#include "common/loop.h"
#include "common/options.h"
#include "common/worker.h"
#include "hv-netd/settings.h"
#include "hv-netd/transaction.h"

struct netd_peer;

/* What is to be looked at later. */
enum netd_wait {
	NETD_WAIT_MANAGER,  /* what was written before it was there is to be in force */
	NETD_WAIT_GATEWAYS, /* what is in force: they are to answer */
	NETD_WAIT_RETURN,   /* the manager is owed the former files */
};

struct netd_pending {
	enum netd_wait wait;
	struct netd_outcome outcome;
	uint64_t until_us; /* 0: nothing is pending */
	bool is_told;	   /* the manager, to take it */
};

#define NETD_PENDING_MAX 8

struct netd {
	struct hvg_options options;
	const char *sysfs, *state; /* for tests: other places */
	bool is_rolling_back; /* --roll-back: do that, and end */
	const char *appeared; /* --restore: the adapter; do that, and end */
	struct netd_settings settings;
	struct hvg_loop *loop;
	struct hvg_worker *worker;
	struct hvg_bus *bus;
	struct netd_peer *peers;
	sd_event_source *listening, *idle, *look_again;
	unsigned int n_jobs;
	struct netd_pending pending[NETD_PENDING_MAX];
};

/* job.c: one request. */

enum netd_job_kind {
	NETD_JOB_APPLY,
	NETD_JOB_PREVIEW,
	NETD_JOB_ROLL_BACK,
	NETD_JOB_STATUS,
	NETD_JOB_LOOK,	  /* no request: at what is pending */
	NETD_JOB_RECOVER, /* no request: at the start */
};

struct netd_status {
	struct netd_target target;
	const char *backend;
	enum netd_presence presence;
	bool is_allowed;
	char configuration[512]; /* what was applied last, or "" */
};

struct netd_job {
	struct hvg_job job;
	struct netd *netd;
	enum netd_job_kind kind;
	struct netd_pending *pending; /* LOOK */
	bool is_patient; /* the caller wants to hear of gateways that do not answer */
	uint64_t deadline_us;

	/* The request. */
	char *adapter;
	uint8_t families;
	bool dhcp;
	char **addresses, **subnets, **gateways, **dns;

	/* What came of it. */
	struct netd_outcome outcome;
	struct netd_transaction preview;
	struct netd_status *statuses;
	size_t n_statuses;

	/* Called on the loop, before the job is freed. */
	void (*finished)(struct netd_job *job, bool is_cancelled);
	sd_bus_message *message; /* that waits for an answer, or NULL */
};

struct netd_job *netd_job_new(struct netd *netd, enum netd_job_kind kind);
void netd_job_free(struct netd_job *job);

/* Takes the job, also if it fails. */
int netd_job_submit(struct netd_job *job);

/* In the thread of the caller, for --roll-back. */
void netd_job_run_now(struct netd_job *job);

/* bus.c: org.hvguest.Network1 */
int netd_bus_init(struct netd *netd);
int netd_bus_add(struct netd *netd, sd_bus *bus); /* the object, on any connection */
void netd_bus_tell(struct netd *netd, const struct netd_outcome *outcome);

/* peer.c: connections without a bus */
int netd_peers_init(struct netd *netd);
void netd_peers_done(struct netd *netd);
bool netd_peers_has(const struct netd *netd, sd_bus *bus);

/* main.c */
void netd_busy(struct netd *netd); /* something happened: the end is put off */
void netd_finished(struct netd *netd, const struct netd_outcome *outcome);

#endif
