/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SCENARIOS_CALLS_H
#define HVG_TESTS_SCENARIOS_CALLS_H

/* Kinds of system calls that fail, and services that must live with it. */

#include "scenario.h"

#define CALL_ERRORS	3
#define INJECTION_BYTES 512
#define CALLS_TRACE	"/run/calls" /* what strace says; it runs as the daemon does, or as root */

struct call_kind {
	const char *calls;		 /* as strace wants them */
	const char *errors[CALL_ERRORS]; /* which the kernel has for them, too */
	bool is_rare;			 /* a daemon makes few of them */
	bool is_once;			 /* never several in a row */
	bool is_memory;			 /* ld.so does not survive it; nor does anybody take any while he serves */
	bool is_mute;			 /* whoever cannot do that can perhaps not say so either */
};

extern const struct call_kind call_memory, call_opening, call_reading, call_writing, call_naming, call_talking,
	call_arming, call_waiting, call_commanding, call_starting;

/* Random from HVG_SEED on; and the trace, which is empty. */
void begin_calls(struct machine *m);

/* What strace is to do: one call, or one and each Nth after it. */
void choose_calls(struct machine *m, const struct call_kind *kind, bool is_start, char ret[static INJECTION_BYTES]);

unsigned int n_failed_calls(struct machine *m);

struct call_service {
	void (*begin)(struct machine *m); /* a daemon serves */

	/* What the host asks for in this round, and is told; nothing of that is an expectation. */
	uint32_t (*ask)(struct machine *m, unsigned int round);

	/*
	 * A daemon was left or started. It serves, at the latest soon. What was asked for has happened, or, unless
	 * the status is success, has not; and it is asked for something else, so that the next round's can be told.
	 */
	void (*check)(struct machine *m, unsigned int round, uint32_t status);
};

struct call_test {
	const struct call_service *service;
	const struct call_kind *kind;
};

/* An answer to what the host has begun; HOST_NO_ANSWER if the daemon ends, or has not come to it. */
uint32_t wait_for_answer(struct machine *m, uint64_t id,
	uint32_t (*end_within)(struct machine *m, uint64_t id, unsigned int seconds));

void play_calls(struct machine *m, const struct call_test *test);

#endif
