/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_FEATURES_PRINT_H
#define HVG_HVCTL_FEATURES_PRINT_H

/* The long forms of hvctl features. */

#include "hvctl/features/feature.h"
#include "hvctl/hvctl.h"

/* For hvctl_row_paint. */
const char *feature_state_color(enum feature_state state);

/* A paragraph with everything; behind another one, an empty line first. */
void features_print_full(
	const struct feature *feature, const struct verdict *verdict, bool is_behind_another);

json_t *features_json(const struct feature *feature, const struct verdict *verdict);

/* A table of states and of what has which feature since when. */
int features_print_references(struct hvctl *hvctl, const struct guest *guest);

/* What a system has by itself: "debian-12". An exit code. */
int features_print_for(struct hvctl *hvctl, const char *system);

#endif
