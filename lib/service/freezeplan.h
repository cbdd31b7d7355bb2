/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_FREEZEPLAN_H
#define HVG_SERVICE_FREEZEPLAN_H

/*
 * Which file systems a backup freezes, and in which order.
 *
 * One item per superblock. Those to be frozen come first, cut into levels: whatever is written to a
 * file system of level 1 can only come from level 0, and so on, so level 0 is frozen first, all of a
 * level at once, and levels are thawed in reverse. A loop device's file, the parts of a device
 * mapper or md device and the disks of a btrfs are what stacks are made of. The root comes after
 * everything but what it stands on itself.
 */

#include "format/blockedge.h"
#include "format/mountinfo.h"

#include <stdbool.h>
#include <stddef.h>

struct hvg_freezeplan_facts {
	const struct hvg_mount *mounts;
	size_t n_mounts;
	struct hvg_blockedge *edges;
	size_t n_edges;
	const struct hvg_devno *network; /* disks that are reached over a network (iSCSI, nbd, rbd) */
	size_t n_network;
};

/* What the administrator wants. Lists end with NULL, or are NULL. Patterns are those of a shell. */
struct hvg_freezeplan_rules {
	char *const *include;	 /* mount points: if there are any, nothing else is frozen */
	char *const *exclude;	 /* mount points, or sources */
	char *const *skip_types; /* types of file systems */
	char *const *unfreezable; /* types that the kernel has refused to freeze */
	bool freezes_network;
	bool freezes_nothing; /* applications alone are made ready */
	uint32_t only_major; /* for tests: nothing but devices of this number (LOOP_MAJOR); 0: all */
};

enum hvg_freezeplan_verdict {
	HVG_FREEZEPLAN_FREEZE,
	HVG_FREEZEPLAN_READ_ONLY,
	HVG_FREEZEPLAN_EXCLUDED,
	HVG_FREEZEPLAN_NOT_INCLUDED,
	HVG_FREEZEPLAN_SKIPPED_TYPE, /* by SkipTypes= */
	HVG_FREEZEPLAN_CANNOT,	     /* its type has no freeze */
	HVG_FREEZEPLAN_NETWORK,
	HVG_FREEZEPLAN_UNREACHABLE, /* mounted, but hidden below other mounts */
	HVG_FREEZEPLAN_NOT_FOR_TESTS,
	HVG_FREEZEPLAN_FORBIDDEN, /* by freezes_nothing */
};

struct hvg_freezeplan_item {
	struct hvg_devno dev;
	const struct hvg_mount *mount; /* the one to open it by */
	enum hvg_freezeplan_verdict verdict;
	unsigned int level; /* FREEZE: 0 is frozen first */

	/* The plan's own notes. */
	unsigned int group, height;
};

struct hvg_freezeplan {
	struct hvg_freezeplan_item *items; /* the caller's */
	size_t max;
	size_t n;	 /* of all items; without room for them, how many there would be */
	size_t n_freeze; /* the first of them */
	unsigned int n_levels;
};

/*
 * items and max are given, the rest is filled in. The mounts must live as long as the plan. Virtual
 * file systems (proc, tmpfs, overlay) are no items. -ENOSPC if there is no room.
 */
int hvg_freezeplan_make(struct hvg_freezeplan *plan, const struct hvg_freezeplan_facts *facts,
	const struct hvg_freezeplan_rules *rules);

/* What RequireAll= objects to: the first item that is written to and not frozen against its owner's
 * will; or NULL. */
const struct hvg_freezeplan_item *hvg_freezeplan_objection(const struct hvg_freezeplan *plan);

/* Why an item is not frozen, as the end of a sentence; "" for FREEZE. */
const char *hvg_freezeplan_reason(enum hvg_freezeplan_verdict verdict);

#endif
