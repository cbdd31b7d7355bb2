// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Pieces of text. A span never owns and never writes what it points at.
 */

#include "base/text.h"

#include <errno.h>
#include <string.h>

struct hvg_span hvg_span_of(const char *text)
{
	return (struct hvg_span){ .start = text, .size = strlen(text) };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct hvg_span hvg_span_trim(struct hvg_span span)
{
	while (span.size > 0 && is_blank(span.start[0])) {
		span.start++;
		span.size--;
	}
	while (span.size > 0 && is_blank(span.start[span.size - 1]))
		span.size--;
	return span;
}

bool hvg_span_is(struct hvg_span span, const char *text)
{
	return strlen(text) == span.size && memcmp(span.start, text, span.size) == 0;
}

bool hvg_span_cut(struct hvg_span *rest, char separator, struct hvg_span *ret_piece)
{
	const char *end;

	if (rest->size == 0)
		return false;
	end = memchr(rest->start, separator, rest->size);
	if (!end) {
		*ret_piece = *rest;
		*rest = (struct hvg_span){ .start = rest->start + rest->size };
		return true;
	}
	*ret_piece = (struct hvg_span){ rest->start, (size_t)(end - rest->start) };
	rest->size -= ret_piece->size + 1;
	rest->start = end + 1;
	return true;
}

int hvg_span_copy(struct hvg_span span, char *ret, size_t ret_size)
{
	if (span.size >= ret_size)
		return -ENOSPC;
	memcpy(ret, span.start, span.size);
	ret[span.size] = '\0';
	return 0;
}

int hvg_text_append(char *buffer, size_t buffer_size, const char *text)
{
	size_t used = strnlen(buffer, buffer_size), left = buffer_size - used;
	size_t more = strnlen(text, left);

	if (more >= left)
		return -ENOSPC;
	memcpy(buffer + used, text, more);
	buffer[used + more] = '\0';
	return 0;
}
