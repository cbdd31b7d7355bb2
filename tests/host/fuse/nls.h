/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FUSE_NLS_H
#define HVG_TESTS_HOST_FUSE_NLS_H

/*
 * Text as the kernel converts it between a Hyper-V host (UTF-16LE) and user space (UTF-8): the
 * behaviour of utf16s_to_utf8s and utf8s_to_utf16s (fs/nls/nls_base.c), seen from outside.
 * UTF-16 is given as bytes, because it lies at odd addresses in the packed messages.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * Ends at a NUL unit, after n_units, or before the first character that does not fit (newest
 * kernels; older ones look for a smaller one behind it). Lone surrogates are dropped. Writes no
 * NUL; returns the bytes written.
 */
size_t nls_from_utf16(const void *units, size_t n_units, void *ret_text, size_t ret_size);

/*
 * Ends at a NUL, after text_size bytes, or when max_units are written. Returns the units
 * written, or -EINVAL for ill-formed text, but only if it is reached. Writes no NUL.
 */
int nls_to_utf16(const void *text, size_t text_size, void *ret_units, size_t max_units);

#endif
