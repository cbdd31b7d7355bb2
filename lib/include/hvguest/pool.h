/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_POOL_H
#define HVGUEST_POOL_H

/*
 * KVP pools: what they are called and how their files are written.
 *
 * A pool file is a sequence of records of 2560 bytes and nothing else: a key of 512 bytes and a
 * value of 2048, both UTF-8, filled up with NULs (struct kvp_record of tools/hv/hv_kvp_daemon.c).
 * What is left at the end of a file, shorter than a record, belongs to a writer that was
 * interrupted. A key may stand in several records: readers take the last, the host is shown all.
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* enum hv_kvp_exchg_pool of <linux/hyperv.h> */
enum hvg_pool {
	HVG_POOL_EXTERNAL = 0,	    /* "external": the host's administrator -> guest */
	HVG_POOL_GUEST = 1,	    /* "guest": guest -> host */
	HVG_POOL_AUTO = 2,	    /* "auto": guest -> host, made by hv-kvpd itself */
	HVG_POOL_AUTO_EXTERNAL = 3, /* "host": the host itself -> guest */
	HVG_POOL_AUTO_INTERNAL = 4, /* "internal": never on the wire */
};

#define HVG_N_POOLS 5

#define HVG_POOL_KEY_SIZE    512  /* HV_KVP_EXCHANGE_MAX_KEY_SIZE of <linux/hyperv.h> */
#define HVG_POOL_VALUE_SIZE  2048 /* HV_KVP_EXCHANGE_MAX_VALUE_SIZE */
#define HVG_POOL_RECORD_SIZE (HVG_POOL_KEY_SIZE + HVG_POOL_VALUE_SIZE)

/* Ours: the file takes 160 MiB then, and an index of it 2 MiB of memory. */
#define HVG_POOL_MAX_RECORDS 65536

/* Other writers may fill a field to its last byte: there is always room for a NUL here. */
struct hvg_pool_record {
	char key[HVG_POOL_KEY_SIZE + 1];
	char value[HVG_POOL_VALUE_SIZE + 1];
};

/* Never fails. The key is empty if the file's writer left it so. */
void hvg_pool_record_decode(const uint8_t bytes[HVG_POOL_RECORD_SIZE], struct hvg_pool_record *ret);

/*
 * Fills every byte. -EINVAL for an empty key; -EMSGSIZE if key or value leave no room for the NUL
 * that readers expect, so at most 511 and 2047 bytes.
 */
int hvg_pool_record_encode(const char *key, const char *value, uint8_t ret[HVG_POOL_RECORD_SIZE]);

/* Whole records in a file of that size. */
uint64_t hvg_pool_records_in(uint64_t size_bytes);

/* The name as above; "unknown" for what is no pool. */
const char *hvg_pool_name(enum hvg_pool pool);

/* ".kvp_pool_0" ...; NULL for what is no pool. They lie in /var/lib/hyperv. */
const char *hvg_pool_file_name(enum hvg_pool pool);

/* A name as above, or the number. -EINVAL for anything else. */
int hvg_pool_parse(const char *text, enum hvg_pool *ret);

#ifdef __cplusplus
}
#endif

#endif
