/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FILE_BYTES_H
#define HVG_TESTS_HOST_FILE_BYTES_H

/*
 * What a file holds that was given no bytes: the host makes them as it sends them, and a program in the guest
 * makes them again to compare. At each place a byte of a number that counts the 4 bytes before it: no period that
 * a mistake could hide in.
 */

#include <stddef.h>
#include <stdint.h>

static inline void host_make_bytes(uint64_t offset, uint8_t *ret, size_t n)
{
	for (uint64_t at = offset; at < offset + n; at++) {
		uint64_t number = (at / 4 + 1) * UINT64_C(0x9e3779b97f4a7c15);

		*ret++ = (uint8_t)(number >> (32 + 8 * (at % 4)));
	}
}

#endif
