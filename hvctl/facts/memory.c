// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hvctl/facts/memory.h"

#include "hvctl/facts/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BLOCKS "/sys/devices/system/memory"

struct memory_blocks memory_blocks(const struct guest *guest)
{
	struct memory_blocks blocks = { 0 };
	struct facts_child child = { 0 };

	while (facts_next_child(guest->facts, BLOCKS, &child)) {
		struct fact state = fact(guest->facts, BLOCKS "/%s/state", child.name);

		blocks.n += state.kind == FACT_FILE;
		if (!fact_is(&state, "offline"))
			continue;
		if (blocks.n_offline++ == 0)
			blocks.first_offline = state;
	}
	return blocks;
}

struct fact memory_policy(const struct guest *guest)
{
	return fact(guest->facts, BLOCKS "/auto_online_blocks");
}

static bool brings_online(const struct fact *rules)
{
	return strstr(rules->text, "SUBSYSTEM==\"memory\"") && strstr(rules->text, "online");
}

bool memory_comes_online(const struct guest *guest, struct fact *ret)
{
	*ret = memory_policy(guest);
	if (ret->kind == FACT_FILE && strncmp(ret->text, "online", strlen("online")) == 0)
		return true;
	return rules_find(guest, brings_online, ret);
}

/* "pages_added : 262144", a line of drivers/hv/hv_balloon.c */
static int64_t value_of(const struct fact *balloon, const char *key)
{
	const char *line = strstr(balloon->text, key);
	int64_t value;

	return line && sscanf(line + strlen(key), " : %" SCNd64, &value) == 1 ? value : -1;
}

struct memory_added memory_added(const struct guest *guest)
{
	struct fact balloon = fact(guest->facts, "/sys/kernel/debug/hv-balloon");

	return (struct memory_added){
		.added = value_of(&balloon, "pages_added"),
		.onlined = value_of(&balloon, "pages_onlined"),
		.ballooned = value_of(&balloon, "pages_ballooned"),
	};
}
