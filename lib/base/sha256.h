/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_BASE_SHA256_H
#define HVG_BASE_SHA256_H

/* SHA-256 (FIPS 180-4), as bytes come. */

#include <stddef.h>
#include <stdint.h>

#define HVG_SHA256_SIZE	     32
#define HVG_SHA256_TEXT_SIZE (2 * HVG_SHA256_SIZE + 1)

struct hvg_sha256 {
	uint32_t state[8];
	uint64_t n_bytes;
	uint8_t block[64]; /* what is no whole block yet */
};

void hvg_sha256_init(struct hvg_sha256 *hash);
void hvg_sha256_add(struct hvg_sha256 *hash, const void *bytes, size_t n);

/* In hex, as sha256sum prints it. The hash is used up. */
void hvg_sha256_finish(struct hvg_sha256 *hash, char ret[static HVG_SHA256_TEXT_SIZE]);

#endif
