/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_POOLCHANGE_H
#define HVG_OS_POOLCHANGE_H

/* The changes of a pool as its users know them, each made of steps of the writer. */

#include "os/poolwriter.h"

/* Contracts as in hvguest/poolstore.h. */
int hvg_poolchange_set(struct hvg_poolwriter *writer, const char *key, const char *value,
	uint32_t max_records);
int hvg_poolchange_unset(struct hvg_poolwriter *writer, const char *key);
int hvg_poolchange_discard_stale(struct hvg_poolwriter *writer, uint64_t boot_time_realtime_us);

#endif
