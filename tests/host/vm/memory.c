// SPDX-License-Identifier: LGPL-2.1-or-later

/* The guest's memory: one mapping of ours. */

#include "host/vm/memory.h"
#include "host/vm/layout.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#define HUGE_PAGE ((uintptr_t)2 << 20)

/* A mapping that is larger by a huge page has an aligned one inside; the rest is never touched.
 */
int memory_new(struct memory *memory, uint64_t size)
{
	uint8_t *bytes = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uintptr_t offset;

	if (bytes == MAP_FAILED)
		return -errno;
	offset = (HUGE_PAGE - (uintptr_t)bytes % HUGE_PAGE) % HUGE_PAGE;
	if (offset > 0)
		(void)munmap(bytes, offset);
	(void)munmap(bytes + offset + size, HUGE_PAGE - offset);
	(void)madvise(bytes + offset, size, MADV_HUGEPAGE);
	*memory = (struct memory){ .bytes = bytes + offset, .size = size };
	return 0;
}

void memory_free(struct memory *memory)
{
	if (memory->bytes)
		(void)munmap(memory->bytes, memory->size);
	*memory = (struct memory){ 0 };
}

void *memory_at(const struct memory *memory, uint64_t address, uint64_t size)
{
	if (address > memory->size || size > memory->size - address)
		return NULL;
	return memory->bytes + address;
}

uint8_t *memory_page(const struct memory *memory, uint64_t number)
{
	return number < memory->size / LAYOUT_PAGE ? memory->bytes + number * LAYOUT_PAGE
						   : NULL;
}
