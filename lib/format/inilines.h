/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_INILINES_H
#define HVG_FORMAT_INILINES_H

/*
 * The lines of the INI files that network managers read: [Section], Key=Value, comments. Just enough
 * to read back what we have written there ourselves.
 */

#include "base/text.h"

#include <stdbool.h>

struct hvg_inilines {
	struct hvg_span rest;
	struct hvg_span section; /* of the current line; empty before the first header */
	struct hvg_span key;	 /* empty: the line is a header */
	struct hvg_span value;
	bool bad;		 /* a line is neither header, assignment nor comment */
};

void hvg_inilines_init(struct hvg_inilines *lines, const char *text, size_t size);

/* The next header or assignment; false at the end, or once a line is bad. */
bool hvg_inilines_next(struct hvg_inilines *lines);

/* Whether the current line is Key= in [Section]. */
bool hvg_inilines_is(const struct hvg_inilines *lines, const char *section, const char *key);

#endif
