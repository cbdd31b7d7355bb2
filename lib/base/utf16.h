/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_BASE_UTF16_H
#define HVG_BASE_UTF16_H

/*
 * UTF-8 text on its way to a host that counts UTF-16 units, and UTF-16 on its way from one.
 *
 * The kernel converts what we hand it, and refuses the whole message for one bad byte
 * (utf8s_to_utf16s in fs/nls/nls_base.c). So text is repaired, and cut where it must be, here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What hvg_utf8_fit had to do, or-ed together. */
#define HVG_UTF8_CUT	  1 /* something did not fit and was left out */
#define HVG_UTF8_REPAIRED 2 /* ill-formed bytes became U+FFFD */

/* As text_size: all of the text, up to its NUL. */
#define HVG_UTF8_TO_NUL ((size_t)PTRDIFF_MAX)

/* True for well-formed UTF-8 (Unicode 15, table 3-7): no surrogates, nothing overlong. */
bool hvg_utf8_is_valid(const char *text);

/*
 * Copies text (up to a NUL or text_size bytes) into ret, at most ret_size - 1 bytes and max_chars
 * UTF-16 units of it, cut at a character; ret is always NUL-terminated and well-formed. Returns 0
 * or the flags above. ret_size must be at least 1.
 */
int hvg_utf8_fit(const char *text, size_t text_size, size_t max_chars, char *ret,
	size_t ret_size) __attribute__((nonnull));

/*
 * UTF-16LE units, up to a NUL or all n_units of them, as NUL-terminated UTF-8. -EILSEQ for half of a
 * surrogate pair, -EMSGSIZE if ret is too small (3 * n_units + 1 bytes never are). What ret
 * holds after a failure means nothing.
 */
int hvg_utf8_from_utf16(const uint8_t *units, size_t n_units, char *ret, size_t ret_size);

#endif
