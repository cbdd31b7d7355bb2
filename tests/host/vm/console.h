/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_CONSOLE_H
#define HVG_TESTS_HOST_VM_CONSOLE_H

/*
 * What the guest's kernel prints: passed on in pieces of a line, and read for what no healthy
 * kernel prints.
 */

#include "host/vm/outbox.h"

#include <stdbool.h>

#define CONSOLE_LINE 512
#define CONSOLE_TAIL 20

struct console {
	struct outbox *outbox;
	char line[CONSOLE_LINE];
	size_t n, n_sent; /* of the line: so far, and already passed on */
	char tail[CONSOLE_TAIL][CONSOLE_LINE];
	size_t n_lines; /* ever; the last CONSOLE_TAIL of them are in the tail */
};

void console_put(struct console *console, uint8_t byte);

/* Passes on the part of a line that there is. */
void console_flush(struct console *console);
bool console_has_unsent(const struct console *console);

/* The last lines that it said, "\n" between them; the caller frees. */
char *console_tail(const struct console *console);

/* Is a line of the kernel's a report of its own failure? */
bool console_is_alarming(const char *line);

#endif
