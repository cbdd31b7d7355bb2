// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Two words of mountinfo a line. The point is all that follows the first blank: it has none itself.
 */

#include "format/freezenote.h"

#include <errno.h>
#include <stdio.h>

int hvg_freezenote_render(const struct hvg_mount *mount, char *ret, size_t ret_size)
{
	int n = snprintf(ret, ret_size, "%u:%u %.*s\n", mount->dev.major, mount->dev.minor,
		(int)mount->point.size, mount->point.start);

	return n >= 0 && (size_t)n < ret_size ? n : -ENOSPC;
}

static bool parse_line(struct hvg_span line, struct hvg_freezenote_entry *ret)
{
	struct hvg_span dev;

	if (!hvg_span_cut(&line, ' ', &dev) || !hvg_devno_parse(dev, &ret->dev))
		return false;
	ret->point = line;
	return line.size > 0 && line.start[0] == '/';
}

size_t hvg_freezenote_parse(const char *text, size_t size, struct hvg_freezenote_entry *ret, size_t max)
{
	struct hvg_span rest = { text, size }, line;
	struct hvg_freezenote_entry entry;
	size_t n = 0;

	while (hvg_span_cut(&rest, '\n', &line)) {
		if (!parse_line(line, &entry))
			continue;
		if (n < max)
			ret[n] = entry;
		n++;
	}
	return n;
}
