/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_GUID_H
#define HVG_TESTS_HOST_VM_GUID_H

/* GUIDs: 16 bytes in the order of their text, and as Windows has them in memory. */

#include <stdbool.h>
#include <stdint.h>

#define GUID_SIZE 16
#define GUID_TEXT 37

/* "f8615163-df3e-46c5-913f-f2d2f965ed0e"; false: it is none. */
bool guid_parse(const char *text, uint8_t ret[GUID_SIZE]);
void guid_print(const uint8_t guid[GUID_SIZE], char ret[GUID_TEXT]);

/* The first three groups are numbers, and so little endian. Either way. */
void guid_swap(const uint8_t guid[GUID_SIZE], uint8_t ret[GUID_SIZE]);

#endif
