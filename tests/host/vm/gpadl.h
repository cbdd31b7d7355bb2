/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_GPADL_H
#define HVG_TESTS_HOST_VM_GPADL_H

/*
 * Lists of guest pages that the guest has lent to a channel (guest physical address descriptor
 * lists). They come in several messages, when they are long.
 */

#include "host/vm/memory.h"

#include <stdbool.h>
#include <stddef.h>

/* hv_netvsc's receive buffer has 4096; uio_hv_generic's, the largest, 7936. */
#define GPADL_MAX_PAGES 16384

struct gpadl {
	uint32_t id, relid;
	size_t n_pages, n_seen;
	uint8_t **pages;
	struct gpadl *next;
};

struct gpadls {
	const struct memory *memory;
	struct gpadl *first;
};

/*
 * The GPADL_HEADER and GPADL_BODY messages, whole. ret: the list that they belong to; it is
 * complete when n_seen is n_pages. -EBADMSG: nonsense, or pages that are not there.
 */
int gpadls_begin(struct gpadls *gpadls, const uint8_t *bytes, size_t size, struct gpadl **ret);
int gpadls_continue(
	struct gpadls *gpadls, const uint8_t *bytes, size_t size, struct gpadl **ret);

/* A complete one of that channel; or NULL. */
const struct gpadl *gpadls_find(const struct gpadls *gpadls, uint32_t relid, uint32_t id);

/* false: there is none. */
bool gpadls_drop(struct gpadls *gpadls, uint32_t relid, uint32_t id);
void gpadls_drop_channel(struct gpadls *gpadls, uint32_t relid);
void gpadls_drop_all(struct gpadls *gpadls);

#endif
