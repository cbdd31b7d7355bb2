/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_TORTURE_PLACE_H
#define HVG_TESTS_TORTURE_PLACE_H

/*
 * A folder of this process's own, with a pool file and perhaps a journal, and files as bytes.
 * The pool file stays the same inode, whatever is put into it: the store must keep it, too.
 */

#include "hvguest/poolstore.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum place_file { PLACE_POOL, PLACE_JOURNAL, PLACE_N_FILES };

struct place {
	char folder[64];
	char paths[PLACE_N_FILES][96];
	ino_t inode; /* of the pool file */
};

/* These end the program if they fail: nothing can be said then. */
void place_make(struct place *place);
void place_remove(const struct place *place);
struct hvg_poolstore *place_open(const struct place *place);

struct image {
	uint8_t *bytes;
	size_t size;
};

struct image image_of(const void *bytes, size_t size);
struct image image_read(const char *path);
void image_write(const char *path, const struct image *image);
void image_free(struct image *image);

/* Makes it longer by zeroes, or shorter. */
void image_resize(struct image *image, size_t size);

/* Both files at once. A journal without bytes is none. */
struct images {
	struct image of[PLACE_N_FILES];
};

struct images images_read(const struct place *place);
void images_write(const struct place *place, const struct images *images);
void images_free(struct images *images);

/* What lies in the folder is what should, and the pool file is the one of the beginning. */
bool place_is_unchanged(const struct place *place);

enum place_lock { PLACE_FLOCK, PLACE_OFD_LOCK, PLACE_POSIX_LOCK, PLACE_N_LOCKS };

/* As another program: waits for it; or only tries, and lets go at once. */
bool place_lock(int fd, enum place_lock lock);
void place_unlock(int fd, enum place_lock lock);
bool place_is_locked(const struct place *place, enum place_lock lock);

unsigned int count_descriptors(pid_t pid);

#endif
