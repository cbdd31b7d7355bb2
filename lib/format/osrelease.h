/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_OSRELEASE_H
#define HVG_FORMAT_OSRELEASE_H

/*
 * os-release(5): what the operating system calls itself.
 */

#include <stddef.h>

/* No more of a file need be read; real ones have some 500 bytes. */
#define HVG_OSRELEASE_SIZE_MAX 16384

/* Well-formed UTF-8; empty where the file says nothing, cut at a character where it says too much. */
struct hvg_osrelease {
	char id[64];
	char name[256];
	char version_id[64];
	char pretty_name[256];
};

/* Lines that are no assignment are skipped; of several assignments the last one counts. */
void hvg_osrelease_parse(const char *text, size_t size, struct hvg_osrelease *ret);

#endif
