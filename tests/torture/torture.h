/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_TORTURE_H
#define HVG_TESTS_TORTURE_H

/*
 * What all kinds of torture have in common: a kind is some tests, each of them does something
 * terrible many times, and looks each time whether the pool is what it should be.
 */

#include "model.h"
#include "place.h"
#include "unit/random.h"

#include <stdbool.h>
#include <stddef.h>

struct torture {
	struct place place;
	struct hvg_random random;
	unsigned int seed;
	unsigned long n_checks; /* states that were looked at */
	const char *test;       /* for complaints: the test, */
	char where[256];        /* and how it came to this */
};

struct torture_kind {
	const char *name;
	size_t (*count)(void);
	const char *(*name_of)(size_t i);
	bool (*run)(struct torture *torture, size_t i);
	bool takes_turns; /* everything is traced, and nothing runs at the same time */
};

extern const struct torture_kind torture_kill, torture_cut, torture_fail, torture_random,
	torture_power, torture_foreign, torture_trace;

/* Says what is wrong, and where. Always false. */
bool complain(const struct torture *torture, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* How it came to this, for what is said later. */
void set_where(struct torture *torture, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Of something that is never enough: few, or many with ./dev test --full. */
unsigned int how_often(unsigned int few, unsigned int many);

/*
 * After a crash: a fresh store makes the file whole and can go on, nobody is locked out, and
 * the file holds what the model says.
 */
bool check_after(
	struct torture *torture, const struct model *model, const struct tolerance *tolerance);

/*
 * The same; but before that, recoveries are killed at each of their deeds. In few runs, not
 * always.
 */
bool check_after_killed_recoveries(
	struct torture *torture, const struct model *model, const struct tolerance *tolerance);

#endif
