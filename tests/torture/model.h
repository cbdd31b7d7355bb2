/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_TORTURE_MODEL_H
#define HVG_TESTS_TORTURE_MODEL_H

/*
 * What a pool should hold: records, byte by byte, and for each key in which order. It knows
 * nothing of slots and journals. Where a record lies among those of other keys is the store's
 * affair.
 */

#include "hvguest/pool.h"
#include "place.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum change_kind {
	CHANGE_SET,
	CHANGE_UNSET,
	CHANGE_SETTLE,
	CHANGE_DISCARD,         /* all of it, as content of another boot */
	CHANGE_FOREIGN_APPEND,  /* somebody else's, at the end */
	CHANGE_FOREIGN_REPLACE, /* the key's last record, in its place */
	CHANGE_FOREIGN_CUT,     /* the file's last record, which is the key's last one */
};

struct change {
	enum change_kind kind;
	char key[HVG_POOL_KEY_SIZE + 1];
	unsigned int serial; /* of the value; no two changes have the same */
};

bool change_is_foreign(const struct change *change);

/* A value that differs from every other key's and serial's in each sector that it fills. */
void change_value(const struct change *change, char ret[static HVG_POOL_VALUE_SIZE]);
void change_record(const struct change *change, uint8_t ret[static HVG_POOL_RECORD_SIZE]);

struct model {
	uint8_t (*records)[HVG_POOL_RECORD_SIZE];
	size_t n;
	size_t n_tail_bytes; /* somebody else's, at the end; the next record may replace them */
};

/* A file as it is, duplicates, blank records, tail and all. */
void model_load(struct model *model, const struct image *file);
void model_free(struct model *model);
struct model model_copy(const struct model *model);

void model_apply(struct model *model, const struct change *change);
bool model_has(const struct model *model, const char *key);

/* What the file may differ in. */
struct tolerance {
	const struct change *in_flight; /* wholly or not at all; NULL: no change was */
	const char *free_keys; /* letters; of these, and of blank records, nothing is said */
};

/* Whether a file holds what it should; if not, ret_why tells. */
bool model_compare(const struct model *model, const struct tolerance *tolerance,
	const struct image *file, char ret_why[static 256]);

#endif
