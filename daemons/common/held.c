// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A message is the number of its fields, their sizes, and their bytes, one behind the other.
 */

#include "common/held.h"

#include <string.h>

static size_t size_of(const struct iovec *fields, int n)
{
	size_t size = sizeof(uint32_t);

	for (int i = 0; i < n; i++)
		size += sizeof(uint32_t) + fields[i].iov_len;
	return size;
}

static void put(struct hvg_held *held, const void *bytes, size_t size)
{
	if (size > 0)
		memcpy(held->bytes + held->used, bytes, size);
	held->used += size;
}

static void put_number(struct hvg_held *held, size_t number)
{
	uint32_t small = (uint32_t)number;

	put(held, &small, sizeof(small));
}

void hvg_held_add(struct hvg_held *held, const struct iovec *fields, int n)
{
	if (n > HVG_HELD_FIELDS || size_of(fields, n) > sizeof(held->bytes) - held->used) {
		held->n_dropped++;
		return;
	}
	put_number(held, (size_t)n);
	for (int i = 0; i < n; i++) {
		put_number(held, fields[i].iov_len);
		put(held, fields[i].iov_base, fields[i].iov_len);
	}
}

static size_t take_number(const struct hvg_held *held, size_t *at)
{
	uint32_t number;

	memcpy(&number, held->bytes + *at, sizeof(number));
	*at += sizeof(number);
	return number;
}

unsigned int hvg_held_release(struct hvg_held *held, void (*take)(void *userdata, const struct iovec *fields, int n),
	void *userdata)
{
	unsigned int n_dropped = held->n_dropped;
	struct iovec fields[HVG_HELD_FIELDS];

	for (size_t at = 0; at < held->used;) {
		int n = (int)take_number(held, &at);

		for (int i = 0; i < n; i++) {
			fields[i].iov_len = take_number(held, &at);
			fields[i].iov_base = held->bytes + at;
			at += fields[i].iov_len;
		}
		take(userdata, fields, n);
	}
	held->used = 0;
	held->n_dropped = 0;
	return n_dropped;
}
