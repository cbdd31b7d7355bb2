/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_JUDGEMENT_H
#define HVG_HVCTL_JUDGEMENT_H

/*
 * What somebody concludes from facts: a sentence, the facts it rests on, and what to do about
 * it.
 */

#include "hvctl/facts/facts.h"

#define JUDGEMENT_EVIDENCE_MAX 8

struct evidence {
	char path[FACT_PATH_SIZE];
	char text[128]; /* "missing", "cannot be read (EACCES)" or what stands there */
};

struct judgement {
	char text[256]; /* no capital letter, no full stop */
	char fix[640];  /* lines; what is to be done on the host begins with "host: " */
	size_t n_evidence;
	struct evidence
		evidence[JUDGEMENT_EVIDENCE_MAX]; /* what is more than that is left out */
};

void judgement_say(struct judgement *judgement, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* It rests on this fact; or on something that was counted, which is told in words. */
void judgement_because(struct judgement *judgement, struct fact fact);
void judgement_because_of(struct judgement *judgement, const char *path, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* One line more of what to do. */
void judgement_fix(struct judgement *judgement, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
