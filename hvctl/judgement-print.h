/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_JUDGEMENT_PRINT_H
#define HVG_HVCTL_JUDGEMENT_PRINT_H

/* Judgements as people and programs read them. */

#include "hvctl/facts/judgement.h"
#include "hvctl/hvctl.h"

/* "   Evidence: …" and "        Fix: …", or nothing of what there is none of. */
void judgement_print(const struct judgement *judgement);

/* One line "      Label: text", which is broken between words on a terminal. */
void judgement_print_line(const char *label, const char *text);

json_t *judgement_json_evidence(
	const struct judgement *judgement);                    /* objects with path and value */
json_t *judgement_json_fix(const struct judgement *judgement); /* lines */

#endif
