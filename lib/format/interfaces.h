/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_INTERFACES_H
#define HVG_FORMAT_INTERFACES_H

/*
 * interfaces(5) of ifupdown, which is the administrator's file: the stanzas of one interface are
 * replaced where they stand, and everything else stays byte for byte.
 *
 * In those stanzas, too, options that say nothing of addresses stay (mtu, scripts), as do comments.
 */

#include "format/ipconfig.h"

/* One line as ifupdown sees it: with its continuations, which a backslash joins. */
struct hvg_interfaces_line {
	struct hvg_span whole;	/* all of its bytes, line breaks too */
	struct hvg_span word;	/* the first word; empty for a comment or an empty line */
	struct hvg_span value;	/* the rest of its first line */
};

/* Cuts the next line off; false at the end. */
bool hvg_interfaces_next(struct hvg_span *rest, struct hvg_interfaces_line *ret);

/* The next word of a value; false if there is none. */
bool hvg_interfaces_word(struct hvg_span *rest, struct hvg_span *ret);

/* Whether a line with that word begins a stanza, or stands outside of all. */
bool hvg_interfaces_begins(struct hvg_span word);

/* Whether the text has a stanza for that interface. */
bool hvg_interfaces_has(const char *text, size_t size, const char *name);

/*
 * The text with the stanzas of that interface replaced. -ENOENT if it has none, -EOPNOTSUPP if one of
 * them is of a shape that only ifupdown itself understands (it inherits, or has no method).
 */
int hvg_interfaces_edit(struct hvg_span text, const char *name, const struct hvg_ipconfig *config,
	struct hvg_printer *printer);

/* A file for an interface that has no stanza anywhere. */
void hvg_interfaces_render(const char *name, const struct hvg_ipconfig *config, struct hvg_printer *printer);

/* What the stanzas of an interface say, as far as it can be said here. -ENOENT, -EBADMSG. */
int hvg_interfaces_parse(const char *text, size_t size, const char *name, struct hvg_ipconfig *ret);

#endif
