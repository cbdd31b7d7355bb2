// SPDX-License-Identifier: LGPL-2.1-or-later

/* struct vmbus_channel_gpadl_header and …_body of include/linux/hyperv.h */

#include "host/vm/gpadl.h"
#include "host/vm/bytes.h"
#include "host/vm/layout.h"

#include <errno.h>
#include <stdlib.h>

#define AT_RELID        8
#define AT_ID           12
#define AT_RANGES       18
#define AT_BYTE_COUNT   20
#define AT_BYTE_OFFSET  24
#define AT_HEADER_PAGES 28
#define AT_BODY_PAGES   16

static struct gpadl *find(const struct gpadls *gpadls, uint32_t id)
{
	struct gpadl *gpadl = gpadls->first;

	while (gpadl && gpadl->id != id)
		gpadl = gpadl->next;
	return gpadl;
}

/* Page numbers, as many as the message has and the list wants. */
static int add_pages(
	const struct gpadls *gpadls, struct gpadl *gpadl, const uint8_t *numbers, size_t size)
{
	for (; size >= 8 && gpadl->n_seen < gpadl->n_pages; size -= 8, numbers += 8) {
		uint8_t *page = memory_page(gpadls->memory, get_le64(numbers));

		if (!page)
			return -EBADMSG;
		gpadl->pages[gpadl->n_seen++] = page;
	}
	return 0;
}

static struct gpadl *new_gpadl(size_t n_pages)
{
	struct gpadl *gpadl = calloc(1, sizeof(*gpadl));

	if (!gpadl)
		abort();
	gpadl->n_pages = n_pages;
	gpadl->pages = calloc(n_pages, sizeof(*gpadl->pages));
	if (!gpadl->pages)
		abort();
	return gpadl;
}

int gpadls_begin(struct gpadls *gpadls, const uint8_t *bytes, size_t size, struct gpadl **ret)
{
	struct gpadl *gpadl;
	uint64_t n_pages;

	if (size < AT_HEADER_PAGES || get_le16(bytes + AT_RANGES) != 1 ||
		find(gpadls, get_le32(bytes + AT_ID)))
		return -EBADMSG;
	n_pages = ((uint64_t)get_le32(bytes + AT_BYTE_OFFSET) +
			  get_le32(bytes + AT_BYTE_COUNT) + LAYOUT_PAGE - 1) /
		LAYOUT_PAGE;
	if (n_pages == 0 || n_pages > GPADL_MAX_PAGES)
		return -EBADMSG;
	gpadl = new_gpadl((size_t)n_pages);
	gpadl->relid = get_le32(bytes + AT_RELID);
	gpadl->id = get_le32(bytes + AT_ID);
	gpadl->next = gpadls->first;
	gpadls->first = gpadl;
	*ret = gpadl;
	return add_pages(gpadls, gpadl, bytes + AT_HEADER_PAGES, size - AT_HEADER_PAGES);
}

int gpadls_continue(
	struct gpadls *gpadls, const uint8_t *bytes, size_t size, struct gpadl **ret)
{
	struct gpadl *gpadl;

	if (size < AT_BODY_PAGES)
		return -EBADMSG;
	gpadl = find(gpadls, get_le32(bytes + AT_ID));
	if (!gpadl || gpadl->n_seen == gpadl->n_pages)
		return -EBADMSG;
	*ret = gpadl;
	return add_pages(gpadls, gpadl, bytes + AT_BODY_PAGES, size - AT_BODY_PAGES);
}

const struct gpadl *gpadls_find(const struct gpadls *gpadls, uint32_t relid, uint32_t id)
{
	const struct gpadl *gpadl = find(gpadls, id);

	if (!gpadl || gpadl->relid != relid || gpadl->n_seen < gpadl->n_pages)
		return NULL;
	return gpadl;
}

/* Drops what matches, or everything of the channel, or everything. */
static bool drop(struct gpadls *gpadls, const uint32_t *relid, const uint32_t *id)
{
	struct gpadl **at = &gpadls->first;
	bool is_dropped = false;

	while (*at) {
		struct gpadl *gpadl = *at;

		if ((relid && gpadl->relid != *relid) || (id && gpadl->id != *id)) {
			at = &gpadl->next;
			continue;
		}
		*at = gpadl->next;
		free(gpadl->pages);
		free(gpadl);
		is_dropped = true;
	}
	return is_dropped;
}

bool gpadls_drop(struct gpadls *gpadls, uint32_t relid, uint32_t id)
{
	return drop(gpadls, &relid, &id);
}

void gpadls_drop_channel(struct gpadls *gpadls, uint32_t relid)
{
	(void)drop(gpadls, &relid, NULL);
}

void gpadls_drop_all(struct gpadls *gpadls)
{
	(void)drop(gpadls, NULL, NULL);
}
