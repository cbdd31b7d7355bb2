// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl kvp list and get: every pool, or the one that was named, printed for people or programs.
 */

#include "hvctl/hvctl.h"
#include "hvctl/kvp.h"

#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In the order in which `get KEY` looks for a key, and `list` lists. */
static const char *const pools[] = { "external", "guest", "auto", "host" };

/* list */

struct list_sink {
	struct kvp_sink sink;
	struct hvctl_table *table;
	json_t *records;
};

static json_t *json_record(const char *pool, const char *key, const char *value)
{
	return json_pack("{ss so so}", "pool", pool, "key", hvctl_json_text(key), "value",
		hvctl_json_text(value));
}

static void add_to_list(struct kvp_sink *sink, const char *pool, const char *key, const char *value)
{
	struct list_sink *list = (struct list_sink *)sink;

	if (list->table)
		hvctl_table_add(list->table, (const char *const[]){ pool, key, value });
	else
		json_array_append_new(list->records, json_record(pool, key, value));
}

int kvp_list(struct hvctl *hvctl, int argc, char *argv[])
{
	static const char *const headings[] = { "POOL", "KEY", "VALUE", NULL };
	struct kvp_source source = { .hvctl = hvctl };
	struct list_sink list = { .sink.add = add_to_list };
	int worst = HVCTL_OK;

	if (hvctl->json)
		list.records = json_array();
	else
		list.table = hvctl_table_new(hvctl, headings);
	for (size_t i = 0; i < HVG_ELEMENTS(pools); i++) {
		if (argc > 1 && strcmp(pools[i], kvp_pool_name(argv[1])) != 0)
			continue;
		worst = HVG_MAX(worst, kvp_source_list(&source, pools[i], &list.sink));
	}
	if (hvctl->json)
		return HVG_MAX(worst, hvctl_print_json(list.records, false));
	hvctl_pager_begin(hvctl);
	worst = HVG_MAX(worst, hvctl_table_print(list.table));
	hvctl_pager_end(hvctl);
	return worst;
}

/* get */

/* As it is into a pipe; on a terminal nothing but text. */
static int print_value(const char *value)
{
	char *escaped;

	if (!isatty(STDOUT_FILENO)) {
		printf("%s\n", value);
		return HVCTL_OK;
	}
	escaped = hvctl_escape(value);
	if (!escaped)
		return HVCTL_WRONG;
	printf("%s\n", escaped);
	free(escaped);
	return HVCTL_OK;
}

/* Tries one pool or each; ret_pool is the one that has the key. An exit code. */
static int find(struct kvp_source *source, const char *wanted, const char *key, const char **ret_pool,
	char **ret_value)
{
	int worst = HVCTL_OK;

	for (size_t i = 0; i < HVG_ELEMENTS(pools) && !*ret_value; i++) {
		if (wanted && strcmp(pools[i], wanted) != 0)
			continue;
		*ret_pool = pools[i];
		worst = HVG_MAX(worst, kvp_source_get(source, pools[i], key, ret_value));
	}
	return worst;
}

int kvp_get(struct hvctl *hvctl, int argc, char *argv[])
{
	struct kvp_source source = { .hvctl = hvctl };
	const char *pool = NULL, *key = argv[argc - 1];
	char *value = NULL;
	int status;

	status = find(&source, argc > 2 ? kvp_pool_name(argv[1]) : NULL, key, &pool, &value);
	if (!value) {
		if (status == HVCTL_OK)
			hvctl_complain("there is no key '%s'", key);
		return HVG_MAX(status, HVCTL_WRONG);
	}
	if (hvctl->json)
		status = HVG_MAX(status, hvctl_print_json(json_record(pool, key, value), false));
	else
		status = HVG_MAX(status, print_value(value));
	free(value);
	return status;
}
