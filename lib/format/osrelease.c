// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * One line, one assignment: KEY=, then a word as a shell would read it, except that nothing is
 * expanded and blanks need no quotes (as in systemd's parser: people forget them). A quote that
 * does not end makes its line no assignment, so that it cannot swallow the lines that follow.
 */

#include "format/osrelease.h"

#include "base/text.h"
#include "base/units.h"
#include "base/utf16.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Longer values are cut before they are cut to the size of their field. */
#define VALUE_SIZE 1024

struct value {
	char text[VALUE_SIZE];
	size_t size;
	size_t kept; /* size without the unquoted blanks at the end */
};

static void put(struct value *value, char c)
{
	if (value->size < sizeof(value->text))
		value->text[value->size++] = c;
}

static char take(struct hvg_span *rest)
{
	char c = rest->start[0];

	rest->start++;
	rest->size--;
	return c;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* At the front only: a blank at the end may have a backslash before it. */
static struct hvg_span skip_blanks(struct hvg_span span)
{
	while (span.size > 0 && is_blank(span.start[0]))
		(void)take(&span);
	return span;
}

/* Up to the closing quote, which is taken too; false if there is none. */
static bool take_quoted(struct hvg_span *rest, char quote, struct value *value)
{
	while (rest->size > 0) {
		char c = take(rest);

		if (c == quote) {
			value->kept = value->size;
			return true;
		}
		if (c == '\\' && quote == '"' && rest->size > 0 && strchr("$\"\\`", rest->start[0]))
			c = take(rest);
		put(value, c);
	}
	return false;
}

static void take_plain(struct hvg_span *rest, char c, struct value *value)
{
	if (c == '\\' && rest->size > 0) {
		put(value, take(rest));
		value->kept = value->size;
		return;
	}
	put(value, c);
	if (!is_blank(c))
		value->kept = value->size;
}

/* A '#' begins a comment where a word could begin. */
static bool is_comment(char c, const struct value *value)
{
	return c == '#' && value->size > value->kept;
}

static bool take_value(struct hvg_span rest, struct value *ret)
{
	*ret = (struct value){ 0 };
	while (rest.size > 0) {
		char c = take(&rest);

		if (is_comment(c, ret))
			break;
		if (c == '"' || c == '\'') {
			if (!take_quoted(&rest, c, ret))
				return false;
		} else {
			take_plain(&rest, c, ret);
		}
	}
	return true;
}

#define N_FIELDS 4

struct field {
	const char *key;
	char *text;
	size_t size;
};

static void assign(struct hvg_span key, struct hvg_span rest, const struct field fields[N_FIELDS])
{
	struct value value;

	for (size_t i = 0; i < N_FIELDS; i++)
		if (hvg_span_is(key, fields[i].key) && take_value(skip_blanks(rest), &value))
			(void)hvg_utf8_fit(value.text, value.kept, SIZE_MAX, fields[i].text,
				fields[i].size);
}

void hvg_osrelease_parse(const char *text, size_t size, struct hvg_osrelease *ret)
{
	struct hvg_osrelease release = { 0 };
	const struct field fields[N_FIELDS] = {
		{ "ID", release.id, sizeof(release.id) },
		{ "NAME", release.name, sizeof(release.name) },
		{ "VERSION_ID", release.version_id, sizeof(release.version_id) },
		{ "PRETTY_NAME", release.pretty_name, sizeof(release.pretty_name) },
	};
	struct hvg_span rest = { text, size }, line, key;

	while (hvg_span_cut(&rest, '\n', &line)) {
		line = skip_blanks(line);
		if (memchr(line.start, '=', line.size) && hvg_span_cut(&line, '=', &key))
			assign(key, line, fields);
	}
	*ret = release;
}
