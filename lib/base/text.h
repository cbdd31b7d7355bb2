/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_BASE_TEXT_H
#define HVG_BASE_TEXT_H

/*
 * Pieces of text that stay where they are, and text that is put together in a given buffer.
 */

#include <stdbool.h>
#include <stddef.h>

/* Not NUL-terminated; start is never NULL in a span that a function here returned. */
struct hvg_span {
	const char *start;
	size_t size;
};

struct hvg_span hvg_span_of(const char *text);

/* Without blanks and tabs at either end. */
struct hvg_span hvg_span_trim(struct hvg_span span);

bool hvg_span_is(struct hvg_span span, const char *text);

/* Cuts the piece up to the separator off the front of rest; false once rest is used up. */
bool hvg_span_cut(struct hvg_span *rest, char separator, struct hvg_span *ret_piece);

/* A copy with a NUL; -ENOSPC if it does not fit. */
int hvg_span_copy(struct hvg_span span, char *ret, size_t ret_size);

/* Appends all of text to the string in buffer, or nothing of it and returns -ENOSPC. */
int hvg_text_append(char *buffer, size_t buffer_size, const char *text);

#endif
