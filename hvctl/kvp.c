// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl kvp: lists, reads, writes and watches the pools of key-value pair exchange. A table of
 * subcommands, and what all of them check of their arguments.
 */

#include "hvctl/hvctl.h"
#include "hvctl/kvp.h"

#include "base/units.h"
#include "base/utf16.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct hvctl_service kvp_service = { KVP_SERVICE, "hv-kvpd", "kvp" };

static const struct hvctl_subcommand subcommands[] = {
	{ "list", 1, 2, "list [POOL]               all records, of one pool or of all", kvp_list },
	{ "get", 2, 3, "get [POOL] KEY            one value", kvp_get },
	{ "set", 4, 4, "set POOL KEY VALUE        publish or change a value", kvp_set },
	{ "unset", 3, 3, "unset POOL KEY            take a key away", kvp_unset },
	{ "watch", 1, 2, "watch [POOL]              print changes as they happen", kvp_watch },
	{ NULL },
};

static const char words[] =
	"Pools: external (0, what the host's administrator sent), guest (1, what this guest\n"
	"publishes), auto (2, what hv-kvpd reports by itself), host (3, what the host says of\n"
	"itself).\n"
	"\n"
	"A key or a value that begins with a dash stands behind \"--\". On a terminal, and in watch,\n"
	"control characters are shown as \\n, \\e or \\xNN, and a backslash as \\\\.\n"
	"\n"
	"Example: hvctl kvp set guest status 'deployment complete'\n";

/* The pool in argv[1], if there is one; -EINVAL if it is none. */
static int check_pool(int argc, char *argv[])
{
	bool is_get_without_pool = strcmp(argv[0], "get") == 0 && argc == 2;

	if (argc < 2 || is_get_without_pool || kvp_pool_name(argv[1]))
		return 0;
	hvctl_complain("there is no pool '%s'; the pools are external, guest, auto and host", argv[1]);
	return -EINVAL;
}

/* The bus would refuse it without a word. */
static int check_text(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		if (!hvg_utf8_is_valid(argv[i])) {
			hvctl_complain("keys and values are UTF-8, and argument %d is not", i);
			return -EINVAL;
		}
	return 0;
}

int hvctl_kvp(struct hvctl *hvctl, int argc, char *argv[])
{
	int code;
	const struct hvctl_subcommand *found = hvctl_subcommand_find(subcommands, words, argc, argv, &code);

	if (!found)
		return code;
	if (check_pool(argc - 1, argv + 1) < 0 || check_text(argc - 1, argv + 1) < 0)
		return HVCTL_USAGE;
	return found->run(hvctl, argc - 1, argv + 1);
}
