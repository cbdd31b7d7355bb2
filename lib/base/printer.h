/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_BASE_PRINTER_H
#define HVG_BASE_PRINTER_H

/*
 * Text that is put together piece by piece in a given buffer. A piece that does not fit makes the
 * printer full for good, so that the writer asks once, at the end, whether all of it is there.
 */

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct hvg_printer {
	char *text; /* always NUL-terminated */
	size_t size, used;
	bool is_full;
};

/* size must be at least 1. */
void hvg_printer_init(struct hvg_printer *printer, char *text, size_t size);

void hvg_print(struct hvg_printer *printer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void hvg_print_span(struct hvg_printer *printer, struct hvg_span span);

/* How many bytes there are, without the NUL; -ENOSPC if something did not fit. */
int hvg_printer_result(const struct hvg_printer *printer);

#endif
