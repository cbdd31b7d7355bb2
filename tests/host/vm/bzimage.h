/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_BZIMAGE_H
#define HVG_TESTS_HOST_VM_BZIMAGE_H

/* A Linux kernel as distributions ship it: Documentation/arch/x86/boot.rst, 64-bit entry. */

#include "host/vm/memory.h"

#include <stdbool.h>
#include <stddef.h>

struct bzimage {
	const uint8_t *header; /* the setup header, as it goes into the zero page */
	size_t header_size;
	const uint8_t *code; /* the protected-mode part */
	size_t code_size;
	uint64_t
		memory_size; /* what it uses from its load address on, before it has unpacked */
};

/* false: it is none that we can start. */
bool bzimage_parse(const uint8_t *bytes, size_t size, struct bzimage *ret);

/* Kernel, initrd, command line and zero page into memory. -ENOSPC: they do not fit. */
int bzimage_load(const struct bzimage *image, const uint8_t *initrd, size_t initrd_size,
	const char *command_line, const struct memory *memory);

#endif
