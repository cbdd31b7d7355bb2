/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_LEARNED_H
#define HVG_VSSD_LEARNED_H

/*
 * Types of file systems that the kernel has refused to freeze. Nothing but a freeze tells, so that what
 * one backup has met with is known before the next: until we end, because another kernel may freeze it.
 */

#include "hv-vssd/report.h"

#define VSSD_LEARNED_MAX 64 /* ours: Linux has fewer types for disks */

struct vssd_learned {
	char *types[VSSD_LEARNED_MAX + 1]; /* ends with NULL */
};

void vssd_learned_add(struct vssd_learned *learned, const struct vssd_report *report);
void vssd_learned_done(struct vssd_learned *learned);

#endif
