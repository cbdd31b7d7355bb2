// SPDX-License-Identifier: LGPL-2.1-or-later

/* mountinfo: texts lie in the input, and every question about any tree of mounts has an answer. */

#include "fuzz.h"

#include "base/units.h"
#include "format/mountinfo.h"

#include <string.h>

#define MAX 16

static const char *first, *last;

static void check_span(struct hvg_span span)
{
	hvg_always(span.start >= first && span.start + span.size <= last);
}

static void check_mount(const struct hvg_mount *mount, const struct hvg_mount *mounts, size_t n)
{
	const struct hvg_mount *found;
	char point[64];

	check_span(mount->root);
	check_span(mount->point);
	check_span(mount->type);
	check_span(mount->source);
	check_span(mount->super_options);
	(void)hvg_mount_has_super_option(mount, "ro");
	if (hvg_mount_unescape(mount->point, point, sizeof(point)) < 0)
		return;
	hvg_always(strlen(point) < sizeof(point) && strlen(point) <= mount->point.size);
	found = hvg_mount_of_path(point, mounts, n);
	hvg_always(!found || hvg_mount_is_reachable(found, mounts, n));
	if (*point == '/' && hvg_mount_is_reachable(mount, mounts, n))
		hvg_always(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct hvg_mount mounts[MAX];
	size_t n;

	first = (const char *)bytes;
	last = first + size;
	n = hvg_mountinfo_parse(first, size, mounts, MAX);
	n = HVG_MIN(n, (size_t)MAX);
	for (size_t i = 0; i < n; i++)
		check_mount(&mounts[i], mounts, n);
	return 0;
}
