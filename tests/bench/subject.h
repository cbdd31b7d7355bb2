/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_BENCH_SUBJECT_H
#define HVG_TESTS_BENCH_SUBJECT_H

/*
 * Something that answers the host, on a machine of its own, with its pools on a disk: timed
 * from the host's end. Figures are the median of many exchanges, because this machine has other
 * work.
 */

#include "host/host.h"

struct subject {
	const char *name;
	const char *daemon; /* of the host double: "none" is a bare echo */
	const char *path;   /* of its program; NULL: the usual one */
};

struct figure {
	uint64_t n;
	double median_us; /* of one exchange, on the wall */
	double cpu_us;    /* of the subject, per exchange, on average */
};

/* A subject that nobody asks anything. */
struct idleness {
	unsigned int seconds;
	double start_us; /* from exec to contact */
	unsigned long private_dirty_kib, pss_kib, rss_kib;
	unsigned long wakeups; /* of all its threads, in these seconds */
};

/* A machine with n_records in pool 0 ("key0" …), its state in the folder, and the subject started. */
struct machine *subject_start(
	const struct subject *subject, const char *folder, unsigned int n_records);
void subject_stop(struct machine *machine);

/* Fills in the i-th request of a series. */
typedef void (*subject_request)(struct host_kvp_message *ret, unsigned int i);

/*
 * Sends request after request for the time given, at least min_n; before each one the undo
 * request, untimed, if there is one. Every answer must be HV_S_OK.
 */
struct figure subject_time(struct machine *machine, subject_request request,
	subject_request undo, unsigned int min_n);

/*
 * Does some work on a machine in a process of its own, because a machine cannot be left but by ending,
 * with a folder below parent that is removed after it. Results are written to shared memory.
 */
typedef void (*subject_work)(const struct subject *subject, const char *folder);
void subject_apart(subject_work work, const struct subject *subject, const char *parent);

/* Starts the subject anew on a machine with empty pools, and lets it rest. */
struct idleness subject_rest(const struct subject *subject, const char *folder, unsigned int seconds);

#endif
