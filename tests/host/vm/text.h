/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_TEXT_H
#define HVG_TESTS_HOST_VM_TEXT_H

/* A line that is put together of parts; what does not fit is left out. All zero is an empty
 * one. */

#include <stddef.h>
#include <stdint.h>

#define TEXT_SIZE 4000

struct text {
	char bytes[TEXT_SIZE];
	size_t n;
};

void text_print(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Little-endian UTF-16 up to a NUL or the end, in quotes; what cannot be shown as \uXXXX. */
void text_quote_utf16(struct text *text, const uint8_t *units, size_t max_units);

#endif
