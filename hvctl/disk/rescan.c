// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl disk rescan: has the kernel ask disks for their sizes, which it otherwise hears of when
 * it uses them next. Nothing on the disks changes.
 */

#include "hvctl/disk/disk.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct rescan {
	uint64_t before, after;
	bool was_asked; /* or else its driver hears of it by itself */
};

static const char *news_of(const struct rescan *rescan)
{
	if (rescan->after > rescan->before)
		return "has grown: hvctl disk grow";
	if (rescan->after < rescan->before)
		return "has become smaller";
	return rescan->was_asked ? "as before" : "its driver hears of changes by itself";
}

static void add_row(struct hvctl_table *table, const char *disk, const struct rescan *rescan)
{
	char before[HVCTL_SIZE_SIZE], after[HVCTL_SIZE_SIZE];

	hvctl_render_size((double)rescan->before, before);
	hvctl_render_size((double)rescan->after, after);
	hvctl_table_add(table, (const char *const[]){ disk, after, before, news_of(rescan) });
}

static json_t *json_of(const char *disk, const struct rescan *rescan)
{
	return json_pack("{so sb sI sI}", "disk", hvctl_json_text(disk), "asked",
		rescan->was_asked, "before", (json_int_t)rescan->before, "size",
		(json_int_t)rescan->after);
}

static int ask(const struct disk_target *target, struct rescan *ret)
{
	const char *disk = target->disk;
	int r;

	if (target->kind != DISK_IS_DISK) {
		hvctl_complain("%s: no disk", disk);
		return HVCTL_WRONG;
	}
	ret->before = disk_size(disk);
	r = disk_rescan(disk);
	if (r < 0) {
		hvctl_complain("%s: %s", disk, strerror(-r));
		return r == -EACCES ? HVCTL_NOT_PERMITTED : HVCTL_WRONG;
	}
	ret->was_asked = r > 0;
	ret->after = disk_size(disk);
	return HVCTL_OK;
}

int disk_rescan_verb(struct hvctl *hvctl, int argc, char *argv[])
{
	static const char *const headings[] = { "DISK", "SIZE", "BEFORE", "NEWS", NULL };
	_cleanup_free_ struct disk_target *targets = NULL;
	size_t n = 0;
	int code = disk_targets(argv + 1, &targets, &n);
	struct hvctl_table *table = hvctl->json ? NULL : hvctl_table_new(hvctl, headings);
	json_t *array = hvctl->json ? json_array() : NULL;

	for (size_t i = 0; i < n; i++) {
		struct rescan rescan;
		int asked = ask(&targets[i], &rescan);

		if (asked != HVCTL_OK)
			code = asked;
		else if (array)
			json_array_append_new(array, json_of(targets[i].disk, &rescan));
		else
			add_row(table, targets[i].disk, &rescan);
	}
	if (array)
		(void)hvctl_print_json(array, false);
	else
		(void)hvctl_table_print(table);
	return code;
}
