// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * FIPS 180-4, sections 4 to 6, with the names of that document. Speed is not the point: a disk is
 * slower, and who wants no checksum gets none.
 */

#include "base/sha256.h"

#include <string.h>

#define BLOCK 64

/* Section 4.2.2: the cube roots of the first 64 primes; 5.3.3: the square roots of the first 8. */
static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
static const uint32_t H[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t rotate(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

static uint32_t read_be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Section 6.2.2, step 1. */
static void schedule(const uint8_t block[static BLOCK], uint32_t W[static 64])
{
	for (size_t t = 0; t < 16; t++)
		W[t] = read_be32(block + 4 * t);
	for (size_t t = 16; t < 64; t++) {
		uint32_t s0 = rotate(W[t - 15], 7) ^ rotate(W[t - 15], 18) ^ W[t - 15] >> 3;
		uint32_t s1 = rotate(W[t - 2], 17) ^ rotate(W[t - 2], 19) ^ W[t - 2] >> 10;

		W[t] = s1 + W[t - 7] + s0 + W[t - 16];
	}
}

/* Steps 2 to 4. v holds a to h. */
static void compress(uint32_t state[static 8], const uint8_t block[static BLOCK])
{
	uint32_t W[64], v[8];

	schedule(block, W);
	memcpy(v, state, sizeof(v));
	for (size_t t = 0; t < 64; t++) {
		uint32_t S1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
		uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
		uint32_t T1 = v[7] + S1 + choice + K[t] + W[t];
		uint32_t S0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
		uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += T1;
		v[0] = T1 + S0 + majority;
	}
	for (size_t i = 0; i < 8; i++)
		state[i] += v[i];
}

void hvg_sha256_init(struct hvg_sha256 *hash)
{
	*hash = (struct hvg_sha256){ .n_bytes = 0 };
	memcpy(hash->state, H, sizeof(H));
}

void hvg_sha256_add(struct hvg_sha256 *hash, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	size_t used = hash->n_bytes % BLOCK;

	hash->n_bytes += n;
	while (n > 0) {
		size_t part = BLOCK - used < n ? BLOCK - used : n;

		memcpy(hash->block + used, at, part);
		at += part;
		n -= part;
		used += part;
		if (used == BLOCK) {
			compress(hash->state, hash->block);
			used = 0;
		}
	}
}

/* Section 5.1.1: a bit, zeroes, and the length in bits. */
static void pad(struct hvg_sha256 *hash)
{
	static const uint8_t padding[BLOCK] = { 0x80 };
	uint64_t n_bits = hash->n_bytes * 8;
	uint8_t length[8];

	for (size_t i = 0; i < 8; i++)
		length[i] = (uint8_t)(n_bits >> (56 - 8 * i));
	hvg_sha256_add(hash, padding, 1 + (BLOCK + 55 - hash->n_bytes % BLOCK) % BLOCK);
	hvg_sha256_add(hash, length, sizeof(length));
}

void hvg_sha256_finish(struct hvg_sha256 *hash, char ret[static HVG_SHA256_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	pad(hash);
	for (size_t i = 0; i < 2 * HVG_SHA256_SIZE; i++)
		ret[i] = digits[hash->state[i / 8] >> (28 - 4 * (i % 8)) & 0xf];
	ret[2 * HVG_SHA256_SIZE] = '\0';
}
