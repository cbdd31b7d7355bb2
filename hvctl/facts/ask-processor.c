// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What the hypervisor says of itself, which any program may ask: Hypervisor Top-Level
 * Functional Specification, section 2.4 (CPUID leaves). arm64 has nothing like it.
 */

#include "hvctl/facts/asks.h"

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>
#include <stdio.h>

#define LEAF_FEATURES   1
#define HYPERVISOR_BIT  31 /* of ECX there: there is one */
#define LEAF_HYPERVISOR 0x40000000
#define LEAF_LAST       0x40000006

static int add_leaf(struct facts *facts, unsigned int leaf, unsigned int *ret_eax)
{
	unsigned int eax, ebx, ecx, edx;
	char path[32];

	__cpuid(leaf, eax, ebx, ecx, edx);
	(void)snprintf(path, sizeof(path), "cpuid/%08x", leaf);
	*ret_eax = eax;
	return ask_add(facts, path, "%08x %08x %08x %08x", eax, ebx, ecx, edx);
}

static bool has_hypervisor(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid(LEAF_FEATURES, &eax, &ebx, &ecx, &edx) &&
		(ecx >> HYPERVISOR_BIT & 1);
}

int ask_processor(struct facts *facts)
{
	unsigned int last, ignored;
	int r;

	if (!has_hypervisor())
		return 0;
	r = add_leaf(facts, LEAF_HYPERVISOR, &last);
	if (last > LEAF_LAST)
		last = LEAF_LAST;
	for (unsigned int leaf = LEAF_HYPERVISOR + 1; leaf <= last && r == 0; leaf++)
		r = add_leaf(facts, leaf, &ignored);
	return r;
}

#else

int ask_processor(struct facts *facts)
{
	return 0;
}

#endif
