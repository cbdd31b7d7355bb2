// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hvctl/options.h"

#include "hvctl/hvctl.h"

#include <errno.h>
#include <string.h>

const struct hvctl_option hvctl_no_options[] = { { NULL } };

/* The row that a word names; *ret_value is what stands behind '=' in it, or NULL. -1 if it is
 * none. */
static int find(const struct hvctl_option options[], const char *word, const char **ret_value)
{
	size_t size = strcspn(word, "=");

	*ret_value = word[size] == '=' ? word + size + 1 : NULL;
	for (int i = 0; options[i].name; i++) {
		if (word[1] == '-' && strlen(options[i].name) == size - 2 &&
			strncmp(options[i].name, word + 2, size - 2) == 0)
			return i;
		if (word[1] != '-' && word[1] == options[i].letter && word[2] == '\0')
			return i;
	}
	return -1;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* The option at *at, with its argument; moves *at to the last word that it takes. */
static int take(
	const struct hvctl_option options[], char *argv[], int *at, struct hvctl_given *ret)
{
	const char *word = argv[*at], *value;
	int i = find(options, word, &value);

	if (i < 0) {
		hvctl_complain("there is no option '%s'; behind \"--\" it would be none", word);
		return -EINVAL;
	}
	if (!options[i].argument && value) {
		hvctl_complain("--%s takes no argument", options[i].name);
		return -EINVAL;
	}
	if (options[i].argument && !value)
		value = argv[*at + 1] ? argv[++*at] : NULL;
	if (options[i].argument && !value) {
		hvctl_complain("--%s wants %s", options[i].name, options[i].argument);
		return -EINVAL;
	}
	ret->value[i] = value ? value : "";
	return 0;
}

int hvctl_take_options(
	const struct hvctl_option options[], int *argc, char *argv[], struct hvctl_given *ret)
{
	int kept = 1;

	*ret = (struct hvctl_given){ 0 };
	for (int at = 1; at < *argc; at++) {
		if (!is_option(argv[at]))
			argv[kept++] = argv[at];
		else if (take(options, argv, &at, ret) < 0)
			return -EINVAL;
	}
	argv[kept] = NULL;
	*argc = kept;
	return 0;
}
