// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Any mountinfo and any stacks: a plan comes out, each superblock once, levels without gaps. The first
 * byte says how many edges follow, four bytes each (upper, lower); the rest is mountinfo.
 */

#include "fuzz.h"

#include "base/units.h"
#include "service/freezeplan.h"

#define MOUNTS 16
#define EDGES  5

static void check(const struct hvg_freezeplan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct hvg_freezeplan_item *item = &plan->items[i];

		hvg_always((item->verdict == HVG_FREEZEPLAN_FREEZE) == (i < plan->n_freeze));
		hvg_always(hvg_devno_is(item->mount->dev, item->dev));
		if (i < plan->n_freeze)
			hvg_always(item->level == (i == 0 ? 0 : item[-1].level) || item->level == item[-1].level + 1);
		for (size_t other = 0; other < i; other++)
			hvg_always(!hvg_devno_is(plan->items[other].dev, item->dev));
	}
	hvg_always(plan->n_levels == (plan->n_freeze ? plan->items[plan->n_freeze - 1].level + 1 : 0));
}

static size_t read_edges(const uint8_t *bytes, size_t size, struct hvg_blockedge *ret)
{
	size_t n = HVG_MIN((size_t)(size > 0 ? bytes[0] % (EDGES + 1) : 0), size > 0 ? (size - 1) / 4 : 0);

	for (size_t i = 0; i < n; i++) {
		const uint8_t *at = bytes + 1 + 4 * i;

		ret[i] = (struct hvg_blockedge){ .upper = { at[0], at[1] }, .lower = { at[2], at[3] } };
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct hvg_devno network = { 8, 16 };
	struct hvg_mount mounts[MOUNTS];
	struct hvg_blockedge edges[EDGES];
	struct hvg_freezeplan_item items[MOUNTS];
	struct hvg_freezeplan_facts facts = {
		.mounts = mounts,
		.edges = edges,
		.n_edges = read_edges(bytes, size, edges),
		.network = &network,
		.n_network = 1,
	};
	struct hvg_freezeplan plan = { .items = items, .max = MOUNTS };
	struct hvg_freezeplan_rules rules = { 0 };
	size_t skip = HVG_MIN(size, 1 + 4 * facts.n_edges);

	facts.n_mounts = hvg_mountinfo_parse((const char *)bytes + skip, size - skip, mounts, MOUNTS);
	facts.n_mounts = HVG_MIN(facts.n_mounts, (size_t)MOUNTS);
	hvg_always(hvg_freezeplan_make(&plan, &facts, &rules) == 0);
	check(&plan);
	rules.only_major = 7;
	hvg_always(hvg_freezeplan_make(&plan, &facts, &rules) == 0);
	check(&plan);
	(void)hvg_freezeplan_objection(&plan);
	return 0;
}
