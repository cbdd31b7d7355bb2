/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_TORTURE_SCRIPT_H
#define HVG_TESTS_TORTURE_SCRIPT_H

/*
 * Changes that a child makes while its tracer looks on. A script is a pool file and changes:
 *
 *	file	"abc^"	a record for each letter, its key; ^ for half a record at the end
 *
 *	changes	"=a"	set			"+a"	appended by somebody else
 *		"-a"	unset			"*a"	replaced by somebody else
 *		"!."	settle			"<."	cut by somebody else
 *		"0."	discard
 *
 * The child says how each change ended. What somebody else does, its tracer does, when the
 * child says that it is time.
 */

#include "model.h"
#include "torture.h"
#include "tracer.h"

struct script {
	const char *name;
	const char *file;
	const char *changes;
	unsigned int n_before; /* changes of the file's first key before that, not looked at */
	bool is_cold;          /* the child is looked at from the opening of its store on */
	bool others_flush;     /* what somebody else does is durable at once */
};

extern const struct script scripts[];
extern const size_t n_scripts;

unsigned int script_length(const struct script *script);
struct change script_change(const struct script *script, unsigned int i);

/* A script being played, and the model of what was acknowledged. */
struct play {
	const struct script *script;
	const struct place *place;
	bool is_whole;
	struct tracer tracer;
	struct model model;
	bool is_ready;         /* the script itself has begun */
	bool has_heard;        /* this stop is a word of the child */
	unsigned int n_done;   /* changes acknowledged, or done by somebody else, or failed */
	unsigned int n_failed; /* of those */
	struct change foreign; /* what somebody else did last, and where */
	uint64_t foreign_at;
};

/*
 * The child stands where the script begins; or, if it is to be seen as a whole, before all it
 * does.
 */
void play_begin(struct play *play, const struct script *script, const struct place *place,
	bool is_whole);

/* To the next stop; false if the script is over. Acknowledgements go into the model. */
bool play_next(struct play *play);

/* The change that was begun and not acknowledged. */
struct tolerance play_tolerance(const struct play *play, struct change *in_flight);

/* Kills the child if it still lives. */
void play_end(struct play *play);

#endif
