/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_AML_H
#define HVG_TESTS_HOST_VM_AML_H

/*
 * Writes ACPI machine language (ACPI 6.5, chapter 20), as much of it as names a few devices.
 * Blocks nest: what comes between a begin and its end is inside.
 */

#include <stddef.h>
#include <stdint.h>

struct aml {
	uint8_t *bytes;
	size_t n, room; /* n may grow beyond room: then nothing was written there */
};

/* A block's begin returns what its end needs. */
size_t aml_scope(struct aml *aml, const char *name); /* "\\" or four letters */
size_t aml_device(struct aml *aml, const char *name);
void aml_end(struct aml *aml, size_t begin);

/* Name(NAME, …) */
void aml_name_text(struct aml *aml, const char *name, const char *text);
void aml_name_number(struct aml *aml, const char *name, uint32_t number);
void aml_name_buffer(struct aml *aml, const char *name, const uint8_t *bytes, size_t size);
void aml_name_package(struct aml *aml, const char *name, const uint8_t *numbers, size_t n);

#endif
