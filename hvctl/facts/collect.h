/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_COLLECT_H
#define HVG_HVCTL_COLLECT_H

/*
 * Facts of a machine: everything that sources.c lists is looked at once, below a root. A folder
 * that holds a copy of another machine's /sys and /proc is a root as good as "/"; what only a
 * kernel can be asked (asks.c) stays unknown then.
 */

#include "hvctl/facts/facts.h"

/* What somebody wants to know; a set. */
enum {
	FACTS_DEVICES = 1 << 0,  /* what VMBus has, and the names of what Linux made of it */
	FACTS_PARTS = 1 << 1,    /* what that is, beyond its name */
	FACTS_CHANNELS = 1 << 2, /* counters and rings of each channel */
	FACTS_HOST = 1 << 3,     /* what tells about host and virtual machine */
	FACTS_SYSTEM = 1 << 4,   /* settings, services, disks, memory, … */
	FACTS_REPORT = 1 << 5,   /* what nobody here concludes anything from */
	FACTS_ALL = (1 << 6) - 1,
};

/*
 * One row of what is looked at: in each folder that matches, each of the names. In a folder's
 * path a component may be a pattern of fnmatch(3). Names are separated by blanks:
 *
 *	name	a file
 *	name>	where a link leads
 *	name/	what is in a folder
 *	name?	whether it is there
 *	*, *>	any of these kinds of everything in the folder
 */
struct fact_source {
	unsigned int wanted; /* FACTS_… that need it */
	const char *folder, *names;

	/* Makes a text of a file's bytes, in place, of which only what is wanted is left; or
	 * NULL. */
	void (*filter)(char *bytes, size_t size);
};

extern const struct fact_source fact_sources[]; /* ends with a row without a folder */

/* root: "" or a folder without '/' at its end. The caller frees. -ENOMEM is the only error. */
int facts_collect(const char *root, unsigned int wanted, struct facts **ret);

/* asks.c: what no text file tells. Of another machine's root, that is what its pools say. */
int facts_ask(const char *root, struct facts *facts, unsigned int wanted);

#endif
