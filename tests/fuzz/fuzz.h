/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_FUZZ_H
#define HVG_TESTS_FUZZ_H

/* What libFuzzer calls, and what every fuzzer asserts with: it must hold in all builds. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define hvg_always(condition)		\
	do {				\
		if (!(condition))	\
			abort();	\
	} while (0)

#endif
