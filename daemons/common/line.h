/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_LINE_H
#define HVG_DAEMONS_LINE_H

/* Text that others wrote (the host, a file) as one harmless line for a log or a terminal. */

#include <stddef.h>

#define HVG_LINE_SIZE 2048 /* LINE_MAX of POSIX; what is longer is cut */

/*
 * Copies text into ret, cut at a character to fit, always NUL-terminated. Control characters (of
 * ASCII and U+0080 to U+009F) become \xNN, ill-formed UTF-8 becomes U+FFFD. ret_size is at least 1.
 */
void hvg_line_escape(const char *text, char *ret, size_t ret_size);

#endif
