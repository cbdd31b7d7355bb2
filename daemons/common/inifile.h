/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_INIFILE_H
#define HVG_DAEMONS_INIFILE_H

/*
 * Settings in an INI file that is in memory, by inih, without the surprises that inih has.
 *
 * Each line stands alone: leading blanks mean nothing, nothing continues on the next line. Comments
 * (# or ;) are lines of their own. What inih would cut, split or drop without a word is told as
 * trouble, and left out: a line of HVG_INIFILE_LINE_MAX bytes or more, one that holds " ;" (inih
 * takes the rest for a comment), one without "=", control characters, ill-formed UTF-8. After a
 * section header that is no good, everything up to the next one is left out.
 */

#include <stddef.h>

/* With its end of line and a NUL it fills INI_MAX_LINE of distributions' builds of inih, which split there or drop the rest. */
#define HVG_INIFILE_LINE_MAX 199

struct hvg_inifile_reader {
	/* A setting; its section is "" before the first header. Negative errno ends the parsing. */
	int (*setting)(void *userdata, unsigned int line, const char *const words[static 3]);

	/* What is wrong with a line. */
	void (*trouble)(void *userdata, unsigned int line, const char *what);
	void *userdata;
};

/* The places of words[] above. */
enum {
	HVG_INIFILE_SECTION,
	HVG_INIFILE_KEY,
	HVG_INIFILE_VALUE,
};

/* 0, or what setting() returned. A UTF-8 byte order mark at the front is skipped. */
int hvg_inifile_parse(const char *text, size_t size, const struct hvg_inifile_reader *reader);

#endif
