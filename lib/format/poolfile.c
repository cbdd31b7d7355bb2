// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Records of pool files, and the names of pools: one table.
 */

#include "hvguest/pool.h"

#include "base/bytes.h"
#include "base/units.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	const char *number;
	const char *file_name;
} pools[HVG_N_POOLS] = {
	[HVG_POOL_EXTERNAL] = { "external", "0", ".kvp_pool_0" },
	[HVG_POOL_GUEST] = { "guest", "1", ".kvp_pool_1" },
	[HVG_POOL_AUTO] = { "auto", "2", ".kvp_pool_2" },
	[HVG_POOL_AUTO_EXTERNAL] = { "host", "3", ".kvp_pool_3" },
	[HVG_POOL_AUTO_INTERNAL] = { "internal", "4", ".kvp_pool_4" },
};

const char *hvg_pool_name(enum hvg_pool pool)
{
	return (unsigned int)pool < HVG_N_POOLS ? pools[pool].name : "unknown";
}

const char *hvg_pool_file_name(enum hvg_pool pool)
{
	return (unsigned int)pool < HVG_N_POOLS ? pools[pool].file_name : NULL;
}

int hvg_pool_parse(const char *text, enum hvg_pool *ret)
{
	for (size_t i = 0; i < HVG_ELEMENTS(pools); i++)
		if (strcmp(text, pools[i].name) == 0 || strcmp(text, pools[i].number) == 0) {
			*ret = (enum hvg_pool)i;
			return 0;
		}
	return -EINVAL;
}

uint64_t hvg_pool_records_in(uint64_t size_bytes)
{
	return size_bytes / HVG_POOL_RECORD_SIZE;
}

static void copy_field(struct hvg_reader *reader, size_t field_size, char *ret)
{
	const char *field = (const char *)hvg_read_bytes(reader, field_size);
	size_t n = strnlen(field, field_size);

	memcpy(ret, field, n);
	ret[n] = '\0';
}

void hvg_pool_record_decode(const uint8_t bytes[HVG_POOL_RECORD_SIZE], struct hvg_pool_record *ret)
{
	struct hvg_reader reader;

	hvg_reader_init(&reader, bytes, HVG_POOL_RECORD_SIZE);
	copy_field(&reader, HVG_POOL_KEY_SIZE, ret->key);
	copy_field(&reader, HVG_POOL_VALUE_SIZE, ret->value);
}

int hvg_pool_record_encode(const char *key, const char *value, uint8_t ret[HVG_POOL_RECORD_SIZE])
{
	size_t n_key = strlen(key), n_value = strlen(value);
	struct hvg_writer writer;

	if (n_key == 0)
		return -EINVAL;
	if (n_key >= HVG_POOL_KEY_SIZE || n_value >= HVG_POOL_VALUE_SIZE)
		return -EMSGSIZE;

	hvg_writer_init(&writer, ret, HVG_POOL_RECORD_SIZE);
	hvg_write_bytes(&writer, key, n_key);
	hvg_write_skip(&writer, HVG_POOL_KEY_SIZE - n_key);
	hvg_write_bytes(&writer, value, n_value);
	return 0;
}
