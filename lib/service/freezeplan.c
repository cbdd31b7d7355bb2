// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * First a verdict for each superblock, then heights: an edge is as high as the frozen file systems
 * that lie below its upper end, this way, one upon the other. Heights grow along the edges until none changes; in a graph
 * with a circle, which no kernel has, that ends after as many rounds as there are edges.
 */

#include "service/freezeplan.h"

#include "base/units.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/*
 * What is known by its name. Anything else is tried if it stands on a disk of its own (the kernel says
 * EOPNOTSUPP), and taken for virtual if it does not. Some of these must not even be opened: a
 * server that does not answer, or an automounter, would keep us waiting.
 */
enum type_class {
	VIRTUAL,
	ON_DISKS, /* freezes, although its number is none of a disk */
	NO_FREEZE,
	OVER_NETWORK,
};

static const struct {
	const char *type;
	enum type_class class;
} types[] = {
	{ "9p", OVER_NETWORK },	     { "afs", OVER_NETWORK },	  { "bcachefs", ON_DISKS },
	{ "beegfs", OVER_NETWORK },  { "btrfs", ON_DISKS },	  { "ceph", OVER_NETWORK },
	{ "cifs", OVER_NETWORK },    { "coda", OVER_NETWORK },	  { "cramfs", NO_FREEZE },
	{ "erofs", NO_FREEZE },	     { "exfat", NO_FREEZE },	  { "fuseblk", NO_FREEZE },
	{ "hfs", NO_FREEZE },	     { "hfsplus", NO_FREEZE },	  { "iso9660", NO_FREEZE },
	{ "lustre", OVER_NETWORK },  { "minix", NO_FREEZE },	  { "msdos", NO_FREEZE },
	{ "nfs", OVER_NETWORK },     { "nfs4", OVER_NETWORK },	  { "ntfs", NO_FREEZE },
	{ "ntfs3", NO_FREEZE },	     { "romfs", NO_FREEZE },	  { "smb3", OVER_NETWORK },
	{ "smbfs", OVER_NETWORK },   { "squashfs", NO_FREEZE },	  { "udf", NO_FREEZE },
	{ "vboxsf", OVER_NETWORK },  { "vfat", NO_FREEZE },	  { "virtiofs", OVER_NETWORK },
	{ "zfs", NO_FREEZE },
};

static enum type_class class_of(const struct hvg_mount *mount)
{
	for (size_t i = 0; i < HVG_ELEMENTS(types); i++)
		if (hvg_span_is(mount->type, types[i].type))
			return types[i].class;
	return mount->dev.major == 0 ? VIRTUAL : ON_DISKS;
}

static bool matches(struct hvg_span escaped, char *const *patterns)
{
	char text[4096];

	if (!patterns || hvg_mount_unescape(escaped, text, sizeof(text)) < 0)
		return false;
	for (; *patterns; patterns++)
		if (fnmatch(*patterns, text, 0) == 0)
			return true;
	return false;
}

/* Whether any mount of the superblock is at a point, or of a source, that the patterns name. */
static bool any_point_matches(const struct hvg_freezeplan_facts *facts, struct hvg_devno dev,
	char *const *patterns)
{
	for (size_t i = 0; i < facts->n_mounts; i++)
		if (hvg_devno_is(facts->mounts[i].dev, dev) && matches(facts->mounts[i].point, patterns))
			return true;
	return false;
}

/* The whole of it rather than a part; then the shortest way. NULL if none can be reached. */
static const struct hvg_mount *choose_mount(const struct hvg_freezeplan_facts *facts, struct hvg_devno dev)
{
	const struct hvg_mount *best = NULL;

	for (size_t i = 0; i < facts->n_mounts; i++) {
		const struct hvg_mount *mount = &facts->mounts[i];
		bool is_whole = hvg_span_is(mount->root, "/"), best_is_whole = best && hvg_span_is(best->root, "/");

		if (!hvg_devno_is(mount->dev, dev) ||
			!hvg_mount_is_reachable(mount, facts->mounts, facts->n_mounts))
			continue;
		if (!best || (is_whole && !best_is_whole) ||
			(is_whole == best_is_whole && mount->point.size < best->point.size))
			best = mount;
	}
	return best;
}

/* Whether the device itself, or anything that it stands on without a file in between, is in the list. */
static bool stands_on_network(const struct hvg_freezeplan_facts *facts, struct hvg_devno dev, size_t depth)
{
	for (size_t i = 0; i < facts->n_network; i++)
		if (hvg_devno_is(facts->network[i], dev))
			return true;
	for (size_t i = 0; depth > 0 && i < facts->n_edges; i++)
		if (hvg_devno_is(facts->edges[i].upper, dev) &&
			stands_on_network(facts, facts->edges[i].lower, depth - 1))
			return true;
	return false;
}

static bool stands_on_major(const struct hvg_freezeplan_facts *facts, struct hvg_devno dev, uint32_t major, size_t depth)
{
	bool has_lower = false;

	if (dev.major == major)
		return true;
	for (size_t i = 0; depth > 0 && i < facts->n_edges; i++) {
		if (!hvg_devno_is(facts->edges[i].upper, dev))
			continue;
		if (!stands_on_major(facts, facts->edges[i].lower, major, depth - 1))
			return false;
		has_lower = true;
	}
	return has_lower;
}

/* Real stacks (a file on LVM on RAID on partitions) have less; it bounds a graph that is none. */
#define DEPTH_MAX 8

static enum hvg_freezeplan_verdict judge(const struct hvg_mount *mount, const struct hvg_freezeplan_facts *facts,
	const struct hvg_freezeplan_rules *rules)
{
	enum type_class class = class_of(mount);

	if (any_point_matches(facts, mount->dev, rules->exclude) || matches(mount->source, rules->exclude))
		return HVG_FREEZEPLAN_EXCLUDED;
	if (rules->include && *rules->include && !any_point_matches(facts, mount->dev, rules->include))
		return HVG_FREEZEPLAN_NOT_INCLUDED;
	if (matches(mount->type, rules->skip_types))
		return HVG_FREEZEPLAN_SKIPPED_TYPE;
	if (rules->freezes_nothing)
		return HVG_FREEZEPLAN_FORBIDDEN;
	if (hvg_mount_has_super_option(mount, "ro"))
		return HVG_FREEZEPLAN_READ_ONLY;
	if (class == OVER_NETWORK)
		return HVG_FREEZEPLAN_NETWORK;
	if (class == NO_FREEZE || matches(mount->type, rules->unfreezable))
		return HVG_FREEZEPLAN_CANNOT;
	if (!rules->freezes_network && stands_on_network(facts, mount->dev, DEPTH_MAX))
		return HVG_FREEZEPLAN_NETWORK;
	if (rules->only_major > 0 && !stands_on_major(facts, mount->dev, rules->only_major, DEPTH_MAX))
		return HVG_FREEZEPLAN_NOT_FOR_TESTS;
	return HVG_FREEZEPLAN_FREEZE;
}

static bool is_first_of_its_superblock(const struct hvg_freezeplan_facts *facts, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (hvg_devno_is(facts->mounts[i].dev, facts->mounts[at].dev))
			return false;
	return true;
}

static void add_item(struct hvg_freezeplan *plan, const struct hvg_mount *mount,
	const struct hvg_freezeplan_facts *facts, const struct hvg_freezeplan_rules *rules)
{
	const struct hvg_mount *chosen = choose_mount(facts, mount->dev);
	struct hvg_freezeplan_item item = {
		.dev = mount->dev,
		.mount = chosen ? chosen : mount,
		.verdict = judge(mount, facts, rules),
	};

	if (item.verdict == HVG_FREEZEPLAN_FREEZE && !chosen)
		item.verdict = HVG_FREEZEPLAN_UNREACHABLE;
	if (plan->n < plan->max)
		plan->items[plan->n] = item;
	plan->n++;
}

static int collect(struct hvg_freezeplan *plan, const struct hvg_freezeplan_facts *facts,
	const struct hvg_freezeplan_rules *rules)
{
	plan->n = 0;
	for (size_t i = 0; i < facts->n_mounts; i++)
		if (class_of(&facts->mounts[i]) != VIRTUAL && is_first_of_its_superblock(facts, i))
			add_item(plan, &facts->mounts[i], facts, rules);
	return plan->n <= plan->max ? 0 : -ENOSPC;
}

/* The order. */

static bool is_frozen(const struct hvg_freezeplan *plan, struct hvg_devno dev)
{
	for (size_t i = 0; i < plan->n; i++)
		if (hvg_devno_is(plan->items[i].dev, dev))
			return plan->items[i].verdict == HVG_FREEZEPLAN_FREEZE;
	return false;
}

static unsigned int height_of(const struct hvg_freezeplan_facts *facts, struct hvg_devno dev)
{
	unsigned int height = 0;

	for (size_t i = 0; i < facts->n_edges; i++)
		if (hvg_devno_is(facts->edges[i].upper, dev))
			height = HVG_MAX(height, facts->edges[i].height);
	return height;
}

static bool grow_heights(const struct hvg_freezeplan *plan, const struct hvg_freezeplan_facts *facts)
{
	bool has_grown = false;

	for (size_t i = 0; i < facts->n_edges; i++) {
		struct hvg_blockedge *edge = &facts->edges[i];
		unsigned int height = height_of(facts, edge->lower) + is_frozen(plan, edge->lower);

		has_grown |= height > edge->height;
		edge->height = HVG_MAX(height, edge->height);
	}
	return has_grown;
}

static bool is_below_root(const struct hvg_freezeplan_facts *facts, struct hvg_devno dev)
{
	for (size_t i = 0; i < facts->n_edges; i++)
		if (facts->edges[i].is_below_root && hvg_devno_is(facts->edges[i].lower, dev))
			return true;
	return false;
}

static void mark_below_root(const struct hvg_freezeplan_facts *facts, struct hvg_devno root)
{
	bool has_grown = true;

	while (has_grown) {
		has_grown = false;
		for (size_t i = 0; i < facts->n_edges; i++) {
			struct hvg_blockedge *edge = &facts->edges[i];
			bool is = hvg_devno_is(edge->upper, root) || is_below_root(facts, edge->upper);

			has_grown |= is && !edge->is_below_root;
			edge->is_below_root |= is;
		}
	}
}

/* Before the root, the root, and what it stands on. */
static unsigned int group_of(const struct hvg_freezeplan_facts *facts, struct hvg_devno dev,
	const struct hvg_mount *root)
{
	if (!root)
		return 0;
	if (hvg_devno_is(dev, root->dev))
		return 1;
	return is_below_root(facts, dev) ? 2 : 0;
}

static void measure(struct hvg_freezeplan *plan, const struct hvg_freezeplan_facts *facts)
{
	const struct hvg_mount *root = hvg_mount_of_path("/", facts->mounts, facts->n_mounts);

	for (size_t i = 0; i < facts->n_edges; i++) {
		facts->edges[i].height = 0;
		facts->edges[i].is_below_root = false;
	}
	for (size_t rounds = 0; rounds <= facts->n_edges && grow_heights(plan, facts); rounds++)
		;
	if (root)
		mark_below_root(facts, root->dev);
	for (size_t i = 0; i < plan->n; i++) {
		plan->items[i].height = height_of(facts, plan->items[i].dev);
		plan->items[i].group = group_of(facts, plan->items[i].dev, root);
	}
}

/* The mounts lie in one array: their places make the order complete. */
static int by_turn(const void *left, const void *right)
{
	const struct hvg_freezeplan_item *a = left, *b = right;
	bool a_skipped = a->verdict != HVG_FREEZEPLAN_FREEZE, b_skipped = b->verdict != HVG_FREEZEPLAN_FREEZE;

	if (a_skipped != b_skipped)
		return a_skipped ? 1 : -1;
	if (!a_skipped && a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (!a_skipped && a->height != b->height)
		return a->height > b->height ? -1 : 1;
	return a->mount < b->mount ? -1 : a->mount > b->mount;
}

static void number_levels(struct hvg_freezeplan *plan)
{
	plan->n_freeze = 0;
	plan->n_levels = 0;
	for (size_t i = 0; i < plan->n && plan->items[i].verdict == HVG_FREEZEPLAN_FREEZE; i++) {
		struct hvg_freezeplan_item *item = &plan->items[i];
		bool begins = i == 0 || item[-1].group != item->group || item[-1].height != item->height;

		plan->n_levels += begins;
		plan->n_freeze++;
		item->level = plan->n_levels - 1;
	}
}

int hvg_freezeplan_make(struct hvg_freezeplan *plan, const struct hvg_freezeplan_facts *facts,
	const struct hvg_freezeplan_rules *rules)
{
	int r = collect(plan, facts, rules);

	if (r < 0)
		return r;
	measure(plan, facts);
	if (plan->n > 0)
		qsort(plan->items, plan->n, sizeof(*plan->items), by_turn);
	number_levels(plan);
	return 0;
}

const struct hvg_freezeplan_item *hvg_freezeplan_objection(const struct hvg_freezeplan *plan)
{
	for (size_t i = plan->n_freeze; i < plan->n; i++)
		if (plan->items[i].verdict == HVG_FREEZEPLAN_CANNOT ||
			plan->items[i].verdict == HVG_FREEZEPLAN_UNREACHABLE)
			return &plan->items[i];
	return NULL;
}

const char *hvg_freezeplan_reason(enum hvg_freezeplan_verdict verdict)
{
	switch (verdict) {
	case HVG_FREEZEPLAN_FREEZE:
		return "";
	case HVG_FREEZEPLAN_READ_ONLY:
		return "it is read-only";
	case HVG_FREEZEPLAN_EXCLUDED:
		return "Exclude= names it";
	case HVG_FREEZEPLAN_NOT_INCLUDED:
		return "Include= does not name it";
	case HVG_FREEZEPLAN_SKIPPED_TYPE:
		return "SkipTypes= names its type";
	case HVG_FREEZEPLAN_CANNOT:
		return "its type cannot be frozen";
	case HVG_FREEZEPLAN_NETWORK:
		return "it is reached over a network";
	case HVG_FREEZEPLAN_UNREACHABLE:
		return "other mounts hide it";
	case HVG_FREEZEPLAN_NOT_FOR_TESTS:
		return "tests may not freeze its device";
	case HVG_FREEZEPLAN_FORBIDDEN:
		return "fsFreezeEnabled of Azure's scripts is false";
	}
	return "";
}
