/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_TORTURE_WRITER_H
#define HVG_TESTS_TORTURE_WRITER_H

/*
 * Children that change the pool as fast as they can until they are killed: ours, through a
 * store, and somebody else's, who appends under a lock. They acknowledge each change through a
 * pipe; what they do comes from a seed, so the parent knows what was acknowledged.
 */

#include "model.h"
#include "place.h"
#include "unit/random.h"

#include <stdbool.h>
#include <sys/types.h>

struct writer {
	pid_t pid;
	int fd;
	unsigned int seed;
	unsigned int n_done; /* known once it is dead */
};

/* seed: no two writers of one file have the same. */
void writer_start(struct writer *writer, const struct place *place, unsigned int seed);

/* Waits until it has acknowledged something, and then for so long. */
void writer_wait(const struct writer *writer, unsigned int us);
void writer_kill(struct writer *writer);

/*
 * What a dead writer has acknowledged goes into the model, the change after that into
 * ret_in_flight. False if a change had a result that it should not have.
 */
bool writer_replay(struct writer *writer, struct model *model, struct change *ret_in_flight);

/* Somebody else. The keys of its records begin with an F. */
void foreigner_start(struct writer *writer, const struct place *place, enum place_lock lock,
	unsigned int seed);

/* It ends with the record it is at. */
void foreigner_stop(struct writer *writer);

/*
 * What a dead one has appended; the last record may be in the file although it was not
 * acknowledged.
 */
void foreigner_replay(struct writer *writer, struct model *model, const struct image *file);

#endif
