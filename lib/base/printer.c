// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Once full, nothing more is taken: what is there is whole pieces from the front.
 */

#include "base/printer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void hvg_printer_init(struct hvg_printer *printer, char *text, size_t size)
{
	*printer = (struct hvg_printer){ .text = text, .size = size };
	text[0] = '\0';
}

/* Takes a piece that has been put at the end, or takes it back. */
static void keep(struct hvg_printer *printer, size_t more)
{
	if (more >= printer->size - printer->used) {
		printer->text[printer->used] = '\0';
		printer->is_full = true;
		return;
	}
	printer->used += more;
}

void hvg_print(struct hvg_printer *printer, const char *format, ...)
{
	va_list arguments;
	int more;

	if (printer->is_full)
		return;
	va_start(arguments, format);
	more = vsnprintf(printer->text + printer->used, printer->size - printer->used, format,
		arguments);
	va_end(arguments);
	keep(printer, more < 0 ? printer->size : (size_t)more);
}

void hvg_print_span(struct hvg_printer *printer, struct hvg_span span)
{
	size_t left = printer->size - printer->used;

	if (printer->is_full)
		return;
	if (span.size < left) {
		memcpy(printer->text + printer->used, span.start, span.size);
		printer->text[printer->used + span.size] = '\0';
	}
	keep(printer, span.size);
}

int hvg_printer_result(const struct hvg_printer *printer)
{
	return printer->is_full ? -ENOSPC : (int)printer->used;
}
