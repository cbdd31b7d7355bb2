/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_DISK_H
#define HVG_HVCTL_DISK_H

/* hvctl disk: its subcommands, and what they share. */

#include "hvctl/disk/look.h"
#include "hvctl/disk/plan.h"
#include "hvctl/hvctl.h"

enum { DISK_DRY_RUN, DISK_YES }; /* of disk_options */

int disk_rescan_verb(struct hvctl *hvctl, int argc, char *argv[]);
int disk_grow_verb(struct hvctl *hvctl, int argc, char *argv[]);

/*
 * names.c: what the words name, or without words every virtual disk of the host. An exit code,
 * after having said what is wrong. The caller frees.
 */
int disk_targets(char *const words[], struct disk_target **ret, size_t *ret_n);

/* A disk that is to grow: as it was found, what is to be done, and what came of it. */
struct disk_growth {
	struct disk_target target;
	struct disk_layout layout;
	struct disk_plan plan;
	const char *result;  /* "planned", "nothing to do", "refused", "grown" or "failed" */
	char reason[1024];   /* of a refusal or a failure */
	uint64_t size_after; /* of the content; 0: that is not known */
};

/* show.c */
void disk_show_plan(const struct disk_growth *growth);
void disk_show_result(const struct disk_growth *growth);
json_t *disk_json(const struct disk_growth *growth);

#endif
