// SPDX-License-Identifier: LGPL-2.1-or-later

/* Lines of parts. */

#include "host/vm/text.h"
#include "host/vm/bytes.h"

#include <stdarg.h>
#include <stdio.h>

void text_print(struct text *text, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text->bytes + text->n, sizeof(text->bytes) - text->n, format, ap);
	va_end(ap);
	if (n > 0)
		text->n += (size_t)n;
	if (text->n > sizeof(text->bytes) - 1)
		text->n = sizeof(text->bytes) - 1;
}

static void put_unit(struct text *text, uint16_t unit)
{
	if (unit < 0x20 || (unit >= 0xd800 && unit < 0xe000))
		text_print(text, "\\u%04x", unit);
	else if (unit == '"' || unit == '\\')
		text_print(text, "\\%c", unit);
	else if (unit < 0x80)
		text_print(text, "%c", unit);
	else if (unit < 0x800)
		text_print(text, "%c%c", 0xc0 | unit >> 6, 0x80 | (unit & 0x3f));
	else
		text_print(text, "%c%c%c", 0xe0 | unit >> 12, 0x80 | (unit >> 6 & 0x3f),
			0x80 | (unit & 0x3f));
}

void text_quote_utf16(struct text *text, const uint8_t *units, size_t max_units)
{
	text_print(text, "\"");
	for (size_t i = 0; i < max_units && get_le16(units + 2 * i) != 0; i++)
		put_unit(text, get_le16(units + 2 * i));
	text_print(text, "\"");
}
