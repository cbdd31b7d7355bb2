// SPDX-License-Identifier: LGPL-2.1-or-later

/* A line at a time: passed on when it ends, is too long, or somebody flushes. */

#include "host/vm/console.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Warnings are not here: Debian's kernels print one about the size of the processor's state
 * under software emulation.
 */
static const char *const alarms[] = {
	"BUG: ",
	"Oops: ",
	"Kernel panic",
	"general protection fault",
	"double fault",
	"Unable to handle kernel",
	"kernel BUG at",
	"unchecked MSR access",
	"detected stall",
	"blocked for more than",
	"refcount_t: ",
	"list_add corruption",
	"list_del corruption",
	"Out of memory: ",
};

/* Not in the middle of a word: DEBUG is no BUG. */
bool console_is_alarming(const char *line)
{
	for (size_t i = 0; i < sizeof(alarms) / sizeof(alarms[0]); i++) {
		const char *at = strstr(line, alarms[i]);

		if (at && (at == line || !isalpha((unsigned char)at[-1])))
			return true;
	}
	return false;
}

bool console_has_unsent(const struct console *console)
{
	return console->n > console->n_sent;
}

void console_flush(struct console *console)
{
	if (!console_has_unsent(console))
		return;
	outbox_put(console->outbox, CONTROL_CONSOLE, console->line + console->n_sent,
		console->n - console->n_sent);
	console->n_sent = console->n;
}

static void end_line(struct console *console)
{
	console_flush(console);
	console->line[console->n] = '\0';
	console->line[strcspn(console->line, "\r\n")] = '\0';
	if (console_is_alarming(console->line))
		outbox_fault(console->outbox, "the guest's kernel: %s", console->line);
	strcpy(console->tail[console->n_lines++ % CONSOLE_TAIL], console->line);
	console->n = console->n_sent = 0;
}

char *console_tail(const struct console *console)
{
	size_t n = console->n_lines < CONSOLE_TAIL ? console->n_lines : CONSOLE_TAIL, size = 0;
	char *text = malloc(CONSOLE_TAIL * (CONSOLE_LINE + 1) + 1);

	if (!text)
		abort();
	text[0] = '\0';
	for (size_t i = console->n_lines - n; i < console->n_lines; i++)
		size += (size_t)sprintf(text + size, "%s\n", console->tail[i % CONSOLE_TAIL]);
	return text;
}

void console_put(struct console *console, uint8_t byte)
{
	if (byte == '\0')
		return;
	console->line[console->n++] = (char)byte;
	if (byte == '\n' || console->n == CONSOLE_LINE - 1)
		end_line(console);
}
