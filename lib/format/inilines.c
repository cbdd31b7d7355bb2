// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * One line at a time; blanks around keys and values mean nothing.
 */

#include "format/inilines.h"

void hvg_inilines_init(struct hvg_inilines *lines, const char *text, size_t size)
{
	*lines = (struct hvg_inilines){ .rest = { text, size } };
	lines->section = (struct hvg_span){ text, 0 };
}

static bool take_header(struct hvg_inilines *lines, struct hvg_span line)
{
	if (line.start[line.size - 1] != ']')
		return false;
	lines->section = (struct hvg_span){ line.start + 1, line.size - 2 };
	lines->key = lines->value = (struct hvg_span){ line.start, 0 };
	return true;
}

static bool take_assignment(struct hvg_inilines *lines, struct hvg_span line)
{
	struct hvg_span key, whole = line;

	if (!hvg_span_cut(&line, '=', &key) || key.size == whole.size)
		return false;
	lines->key = hvg_span_trim(key);
	lines->value = hvg_span_trim(line);
	return lines->key.size > 0;
}

bool hvg_inilines_next(struct hvg_inilines *lines)
{
	struct hvg_span line;

	while (!lines->bad && hvg_span_cut(&lines->rest, '\n', &line)) {
		line = hvg_span_trim(line);
		if (line.size == 0 || line.start[0] == '#' || line.start[0] == ';')
			continue;
		lines->bad = !(line.start[0] == '[' ? take_header(lines, line) : take_assignment(lines, line));
		return !lines->bad;
	}
	return false;
}

bool hvg_inilines_is(const struct hvg_inilines *lines, const char *section, const char *key)
{
	return hvg_span_is(lines->section, section) && hvg_span_is(lines->key, key);
}
