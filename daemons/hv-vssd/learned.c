// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hv-vssd/learned.h"

#include <stdlib.h>
#include <string.h>

/* Where the type is, or is to be put. */
static size_t find(const struct vssd_learned *learned, const char *type)
{
	size_t at = 0;

	while (learned->types[at] && strcmp(learned->types[at], type) != 0)
		at++;
	return at;
}

static void add(struct vssd_learned *learned, const char *type)
{
	size_t at = find(learned, type);

	if (at < VSSD_LEARNED_MAX && !learned->types[at])
		learned->types[at] = strdup(type);
}

void vssd_learned_add(struct vssd_learned *learned, const struct vssd_report *report)
{
	for (size_t i = 0; i < report->n; i++)
		if (report->fs[i].is_unfreezable)
			add(learned, report->fs[i].type);
}

void vssd_learned_done(struct vssd_learned *learned)
{
	for (size_t i = 0; i < VSSD_LEARNED_MAX; i++)
		free(learned->types[i]);
	*learned = (struct vssd_learned){ 0 };
}
