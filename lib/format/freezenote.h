/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_FREEZENOTE_H
#define HVG_FORMAT_FREEZENOTE_H

/*
 * The note of what is frozen, for whoever finds it after the daemon's death. It lies in /run, which
 * cannot be frozen. One line for each file system, in the order of freezing:
 *
 *	MAJOR:MINOR POINT
 *
 * as mountinfo has them, blanks and the like in POINT escaped.
 */

#include "format/mountinfo.h"

#define HVG_FREEZENOTE_PATH "/run/hvguest/vss/frozen"

struct hvg_freezenote_entry {
	struct hvg_devno dev;
	struct hvg_span point; /* escaped; lies in the text */
};

/* The line for a mount, with its newline; -ENOSPC if it does not fit. Its size. */
int hvg_freezenote_render(const struct hvg_mount *mount, char *ret, size_t ret_size);

/* How many entries stand in text; the first max are stored. Lines that are none are skipped. */
size_t hvg_freezenote_parse(const char *text, size_t size, struct hvg_freezenote_entry *ret, size_t max);

#endif
