// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Text that others wrote (the host, any program of the guest), made harmless: it must neither command
 * the terminal nor look like a line of ours. Nothing is lost: what was escaped can be told from what
 * only looks so, because the backslash is escaped too.
 */

#include "hvctl/hvctl.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROWTH 4 /* "\xNN" */

static bool is_between(uint8_t byte, uint8_t first, uint8_t last)
{
	return byte >= first && byte <= last;
}

/*
 * How many bytes the character at the start has if it must not be printed, or else 0: controls of
 * ASCII and U+0080 to U+009F, line separators, and what turns the direction of text (U+2028 to
 * U+202E, U+2066 to U+2069). The text is well-formed.
 */
static size_t unprintable_size(const char *text)
{
	const uint8_t *at = (const uint8_t *)text;

	if (at[0] < 0x20 || at[0] == 0x7f || at[0] == '\\')
		return 1;
	if (at[0] == 0xc2 && at[1] < 0xa0)
		return 2;
	if (at[0] == 0xe2 && ((at[1] == 0x80 && is_between(at[2], 0xa8, 0xae)) ||
				     (at[1] == 0x81 && is_between(at[2], 0xa6, 0xa9))))
		return 3;
	return 0;
}

/* Appends the byte as hvctl(1) tells, and returns the new end. */
static char *append_escape(char *end, char byte)
{
	static const char special[] = "\n\r\t\033\\", letters[] = "nrte\\";
	const char *found = strchr(special, byte);

	if (found)
		return end + sprintf(end, "\\%c", letters[found - special]);
	return end + sprintf(end, "\\x%02x", (uint8_t)byte);
}

char *hvctl_escape(const char *text)
{
	char *repaired = hvctl_repair(text), *escaped = NULL, *end;

	if (repaired)
		escaped = end = malloc(GROWTH * strlen(repaired) + 1);
	if (!escaped) {
		free(repaired);
		return NULL;
	}
	for (const char *at = repaired; *at;) {
		size_t size = unprintable_size(at);

		if (size == 0)
			*end++ = *at++;
		for (; size > 0; size--)
			end = append_escape(end, *at++);
	}
	*end = '\0';
	free(repaired);
	return escaped;
}
