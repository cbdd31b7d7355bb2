/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_MEMORY_H
#define HVG_TESTS_HOST_VM_MEMORY_H

/* The guest's memory, from address 0 on. */

#include <stdint.h>

struct memory {
	uint8_t *bytes;
	uint64_t size;
};

/* Zeroed, and aligned for huge pages, which halve the time of a nested boot. -ENOMEM */
int memory_new(struct memory *memory, uint64_t size);
void memory_free(struct memory *memory);

/* NULL if not all of it is there. */
void *memory_at(const struct memory *memory, uint64_t address, uint64_t size);

/* The page of that number; or NULL. */
uint8_t *memory_page(const struct memory *memory, uint64_t number);

#endif
