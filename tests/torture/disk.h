/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_TORTURE_DISK_H
#define HVG_TESTS_TORTURE_DISK_H

/*
 * A disk that loses its power. It hears what a traced process writes and flushes, and tells
 * what may then be found: what was flushed, and of everything since, any part.
 *
 * A file has any size it had since its last flush, and each sector what it held at any moment
 * since then, independently of the others. That is more than real file systems do to anybody.
 */

#include "place.h"
#include "tracer.h"
#include "unit/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_SECTOR_SIZE 512

struct disk_event {
	enum place_file file;
	enum { DISK_WRITE, DISK_RESIZE, DISK_FLUSH } kind;
	uint64_t at; /* the offset, or the size */
	struct image bytes;
};

struct disk {
	struct images before; /* all of that is on the disk */
	struct disk_event *events;
	size_t n;
};

void disk_begin(struct disk *disk, struct images before);
void disk_end(struct disk *disk);

/* At the exit of a call: whether it did anything to the disk. */
bool disk_hear(struct disk *disk, const struct tracer *tracer);

/* What somebody else does to the pool file. */
void disk_write(struct disk *disk, uint64_t at, const void *bytes, size_t size);
void disk_resize(struct disk *disk, uint64_t size);
void disk_flush(struct disk *disk);

/*
 * What may be found if the power is lost now: a number of dimensions, each a sector or a size
 * that can be one of several.
 */
struct disk_dimension {
	enum place_file file;
	size_t sector;     /* or DISK_SIZE */
	unsigned int n;    /* choices, from the oldest to the newest */
	uint16_t *moments; /* for each choice, the first moment of which it is */
	uint16_t *choices; /* for each moment, what it was then */
};

#define DISK_SIZE SIZE_MAX

struct disk_loss {
	struct image *moments[PLACE_N_FILES]; /* since the last flush */
	size_t n_moments[PLACE_N_FILES];
	struct disk_dimension *dimensions;
	size_t n;
	unsigned int *chosen; /* one choice for each dimension */
};

void disk_lose(const struct disk *disk, struct disk_loss *ret);
void disk_loss_free(struct disk_loss *loss);

/* How many states there are, or limit if they are more. */
unsigned long disk_loss_count(const struct disk_loss *loss, unsigned long limit);

/*
 * All of them in turn, from the oldest, which is what is chosen at first: false after the
 * newest.
 */
bool disk_loss_next(struct disk_loss *loss);

/*
 * Any of them. What was written together (a sector, a record, a page, a file) is of one moment.
 */
void disk_loss_choose(struct disk_loss *loss, struct hvg_random *random);
void disk_loss_choose_newest(struct disk_loss *loss);

/* Pages say of which boot they are: to those who come after a power loss, it is a former one. */
void disk_end_boot(struct image *journal);

/* What is chosen, as another boot finds it. */
struct images disk_loss_images(const struct disk_loss *loss);

#endif
