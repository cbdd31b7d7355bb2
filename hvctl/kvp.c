// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl kvp: lists, reads, writes and watches the pools of key-value pair exchange. Everything goes
 * through hv-kvpd; when it is not running, the pool files themselves are read (kvp-files.c).
 */

#include "hvctl/hvctl.h"
#include "hvctl/kvp.h"

#include "base/units.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SERVICE	  "org.hvguest.Kvp1"
#define PATH	  "/org/hvguest/Kvp1"
#define INTERFACE "org.hvguest.Kvp1"

/* In the order in which `get KEY` looks for a key, and `list` lists. */
static const char *const pools[] = { "external", "guest", "auto", "host" };

/* One pool through the bus: 0 or negative errno with the bus's error. */
static int list_pool(sd_bus *bus, const char *pool, struct kvp_sink *sink, sd_bus_error *error)
{
	sd_bus_message *reply = NULL;
	const char *key, *value;
	int r;

	r = sd_bus_call_method(bus, SERVICE, PATH, INTERFACE, "List", error, &reply, "s", pool);
	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "(ss)");
	while (r >= 0 && (r = sd_bus_message_read(reply, "(ss)", &key, &value)) > 0)
		sink->add(sink, pool, key, value);
	sd_bus_message_unref(reply);
	return r;
}

/* Through the bus, or from the file if nobody is on the bus. Returns an exit code. */
static int read_pool(struct hvctl *hvctl, const char *pool, struct kvp_sink *sink)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus *bus = hvctl_bus(hvctl);
	int r = bus ? list_pool(bus, pool, sink, &error) : -ENOTCONN;
	int status = HVCTL_OK;

	if (r < 0 && (!bus || hvctl_is_absent(&error)))
		status = kvp_read_file(pool, sink);
	else if (r < 0)
		status = hvctl_bus_failed(&error, r, pool);
	sd_bus_error_free(&error);
	return status;
}

/* list */

struct list_sink {
	struct kvp_sink sink;
	struct hvctl_table *table;
	json_t *records;
};

static void add_to_list(struct kvp_sink *sink, const char *pool, const char *key, const char *value)
{
	struct list_sink *list = (struct list_sink *)sink;

	if (list->table)
		hvctl_table_add(list->table, (const char *const[]){ pool, key, value });
	else
		json_array_append_new(list->records, json_pack("{ss so so}", "pool", pool, "key",
			hvctl_json_text(key), "value", hvctl_json_text(value)));
}

static int list(struct hvctl *hvctl, int argc, char *argv[])
{
	static const char *const headings[] = { "POOL", "KEY", "VALUE", NULL };
	struct list_sink list = { .sink.add = add_to_list };
	int worst = HVCTL_OK;

	if (hvctl->json)
		list.records = json_array();
	else
		list.table = hvctl_table_new(hvctl, headings);
	for (size_t i = 0; i < HVG_ELEMENTS(pools); i++) {
		if (argc > 1 && strcmp(pools[i], kvp_pool_name(argv[1])) != 0)
			continue;
		worst = HVG_MAX(worst, read_pool(hvctl, pools[i], &list.sink));
	}
	if (hvctl->json)
		return HVG_MAX(worst, hvctl_print_json(list.records, false));
	hvctl_pager_begin(hvctl);
	worst = HVG_MAX(worst, hvctl_table_print(list.table));
	hvctl_pager_end(hvctl);
	return worst;
}

/* get: the last record of that key counts, as for every other reader of the files */

struct get_sink {
	struct kvp_sink sink;
	const char *wanted;
	char value[4096];
	bool found;
};

static void look_for_key(struct kvp_sink *sink, const char *pool, const char *key, const char *value)
{
	struct get_sink *get = (struct get_sink *)sink;

	if (strcmp(key, get->wanted) != 0)
		return;
	get->found = true;
	snprintf(get->value, sizeof(get->value), "%s", value);
}

static int get(struct hvctl *hvctl, int argc, char *argv[])
{
	struct get_sink get = { .sink.add = look_for_key, .wanted = argv[argc - 1] };
	const char *pool = NULL;
	int worst = HVCTL_OK;

	for (size_t i = 0; i < HVG_ELEMENTS(pools) && !get.found; i++) {
		pool = pools[i];
		if (argc > 2 && strcmp(pool, kvp_pool_name(argv[1])) != 0)
			continue;
		worst = HVG_MAX(worst, read_pool(hvctl, pool, &get.sink));
	}
	if (!get.found) {
		if (worst == HVCTL_OK)
			hvctl_complain("there is no key '%s'", get.wanted);
		return HVG_MAX(worst, HVCTL_WRONG);
	}
	if (hvctl->json)
		return hvctl_print_json(json_pack("{ss so so}", "pool", pool, "key",
			hvctl_json_text(get.wanted), "value", hvctl_json_text(get.value)), false);
	printf("%s\n", get.value);
	return HVCTL_OK;
}

/* set, unset */

static int change(struct hvctl *hvctl, const char *method, int argc, char *argv[])
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus *bus = hvctl_bus(hvctl);
	int r, status = HVCTL_OK;

	if (!bus) {
		hvctl_complain("the system bus cannot be reached; pools are written by hv-kvpd only");
		return HVCTL_WRONG;
	}
	if (argc == 4)
		r = sd_bus_call_method(bus, SERVICE, PATH, INTERFACE, method, &error, NULL, "sss",
			kvp_pool_name(argv[1]), argv[2], argv[3]);
	else
		r = sd_bus_call_method(bus, SERVICE, PATH, INTERFACE, method, &error, NULL, "ss",
			kvp_pool_name(argv[1]), argv[2]);
	if (r < 0)
		status = hvctl_bus_failed(&error, r, argv[2]);
	sd_bus_error_free(&error);
	return status;
}

static int set(struct hvctl *hvctl, int argc, char *argv[])
{
	return change(hvctl, "Set", argc, argv);
}

static int unset(struct hvctl *hvctl, int argc, char *argv[])
{
	return change(hvctl, "Unset", argc, argv);
}

/* The subcommands. */

static const struct {
	const char *name;
	int least, most; /* arguments, the name itself included */

	const char *usage;
	int (*run)(struct hvctl *hvctl, int argc, char *argv[]);
} subcommands[] = {
	{ "list", 1, 2, "list [POOL]               all records, of one pool or of all", list },
	{ "get", 2, 3, "get [POOL] KEY            one value", get },
	{ "set", 4, 4, "set POOL KEY VALUE        publish or change a value", set },
	{ "unset", 3, 3, "unset POOL KEY            take a key away", unset },
	{ "watch", 1, 2, "watch [POOL]              print changes as they happen", kvp_watch },
};

static void print_help(void)
{
	printf("usage: hvctl kvp SUBCOMMAND …\n\n");
	for (size_t i = 0; i < HVG_ELEMENTS(subcommands); i++)
		printf("  %s\n", subcommands[i].usage);
	printf("\n"
	       "Pools: external (0, what the host's administrator sent), guest (1, what this guest\n"
	       "publishes), auto (2, what hv-kvpd reports by itself), host (3, what the host says of\n"
	       "itself).\n"
	       "\n"
	       "A key or a value that begins with a dash stands behind \"--\".\n"
	       "\n"
	       "Example: hvctl kvp set guest status 'deployment complete'\n");
}

/* The pool in argv[1], if there is one; -EINVAL if it is none. */
static int check_pool(int argc, char *argv[])
{
	bool is_get_without_pool = strcmp(argv[0], "get") == 0 && argc == 2;

	if (argc < 2 || is_get_without_pool || kvp_pool_name(argv[1]))
		return 0;
	hvctl_complain("there is no pool '%s'; the pools are external, guest, auto and host", argv[1]);
	return -EINVAL;
}

int hvctl_kvp(struct hvctl *hvctl, int argc, char *argv[])
{
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		print_help();
		return HVCTL_OK;
	}
	for (size_t i = 0; argc > 1 && i < HVG_ELEMENTS(subcommands); i++) {
		if (strcmp(argv[1], subcommands[i].name) != 0)
			continue;
		if (argc - 1 < subcommands[i].least || argc - 1 > subcommands[i].most) {
			hvctl_complain("usage: hvctl kvp %s", subcommands[i].usage);
			return HVCTL_USAGE;
		}
		if (check_pool(argc - 1, argv + 1) < 0)
			return HVCTL_USAGE;
		return subcommands[i].run(hvctl, argc - 1, argv + 1);
	}
	hvctl_complain("usage: hvctl kvp list|get|set|unset|watch …; hvctl kvp --help tells more");
	return HVCTL_USAGE;
}
