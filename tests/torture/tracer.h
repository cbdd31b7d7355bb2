/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_TORTURE_TRACER_H
#define HVG_TESTS_TORTURE_TRACER_H

/*
 * A child that stops at the entry and at the exit of each of its system calls, to be looked at,
 * to be tampered with, and to be killed there.
 */

#include "place.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct tracer {
	const struct place *place;
	pid_t pid; /* 0: it is over */
	int status;
	char offence[128]; /* what the store must never do, if the child did it */

	/* Where it stopped. */
	bool is_entry;
	long call;
	uint64_t arguments[6]; /* of the call that begins or ends here */
	int64_t result;        /* at the exit */
};

/*
 * Starts a child that calls deed(data) and ends. It runs freely until it calls tracer_begin(),
 * and stands there when this returns.
 */
void tracer_start(
	struct tracer *tracer, const struct place *place, void (*deed)(void *data), void *data);
void tracer_begin(void);

/* To its next stop; false if it is over. */
bool tracer_next(struct tracer *tracer);

/* At an entry: the call gets another third argument, or is not made and fails. */
void tracer_shorten(struct tracer *tracer, uint64_t size_bytes);
void tracer_fail(struct tracer *tracer, int error);

/* SIGKILL, where it stands. At an entry, the call is not made any more. */
void tracer_kill(struct tracer *tracer);

/* Lets it go until it is over. True if it ended by itself, without a complaint of its own. */
bool tracer_finish(struct tracer *tracer);

/* Whether the call's first argument is a descriptor of that file. */
bool tracer_is_of(const struct tracer *tracer, enum place_file file);

/* The call changes a file, or makes one durable. */
bool tracer_is_deed(const struct tracer *tracer);

/* "entry of pwrite64", for complaints. */
const char *tracer_describe(const struct tracer *tracer);

/* The child says something by a call that nobody makes by accident; it is seen at its entry. */
void tracer_say(unsigned int word);
bool tracer_heard(const struct tracer *tracer, unsigned int *ret_word);

#endif
