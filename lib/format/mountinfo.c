// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A line is cut at its blanks; the kernel escapes those that belong to a name (show_mountinfo and
 * mangle in fs/proc_namespace.c). What covers what is told by the parents, not by the order of the
 * lines: a root that was switched to comes after the mounts that were moved into it.
 */

#include "format/mountinfo.h"

#include <errno.h>
#include <string.h>

bool hvg_devno_is(struct hvg_devno a, struct hvg_devno b)
{
	return a.major == b.major && a.minor == b.minor;
}

/* Decimal digits, up to the end of the span. */
static bool parse_number(struct hvg_span text, uint32_t *ret)
{
	uint64_t number = 0;

	if (text.size == 0 || text.size > 10)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		if (text.start[i] < '0' || text.start[i] > '9')
			return false;
		number = 10 * number + (uint64_t)(text.start[i] - '0');
	}
	*ret = (uint32_t)number;
	return number <= UINT32_MAX;
}

bool hvg_devno_parse(struct hvg_span text, struct hvg_devno *ret)
{
	struct hvg_span major;

	return hvg_span_cut(&text, ':', &major) && parse_number(major, &ret->major) &&
	       parse_number(text, &ret->minor);
}

static bool cut_word(struct hvg_span *line, struct hvg_span *ret)
{
	return hvg_span_cut(line, ' ', ret) && ret->size > 0;
}

/* The optional fields (propagation) end at a lone hyphen. */
static bool skip_optional_fields(struct hvg_span *line)
{
	struct hvg_span field;

	while (hvg_span_cut(line, ' ', &field))
		if (hvg_span_is(field, "-"))
			return true;
	return false;
}

static bool parse_line(struct hvg_span line, struct hvg_mount *ret)
{
	struct hvg_span id, parent, dev, options;

	if (!cut_word(&line, &id) || !parse_number(id, &ret->id) || !cut_word(&line, &parent) ||
		!parse_number(parent, &ret->parent) || !cut_word(&line, &dev) ||
		!hvg_devno_parse(dev, &ret->dev))
		return false;
	if (!cut_word(&line, &ret->root) || !cut_word(&line, &ret->point) || !cut_word(&line, &options) ||
		!skip_optional_fields(&line))
		return false;
	/* A source may be empty; the options then begin after two blanks. */
	return cut_word(&line, &ret->type) && hvg_span_cut(&line, ' ', &ret->source) &&
	       cut_word(&line, &ret->super_options);
}

size_t hvg_mountinfo_parse(const char *text, size_t size, struct hvg_mount *ret, size_t max)
{
	struct hvg_span rest = { text, size }, line;
	struct hvg_mount mount;
	size_t n = 0;

	while (hvg_span_cut(&rest, '\n', &line)) {
		if (!parse_line(line, &mount))
			continue;
		if (n < max)
			ret[n] = mount;
		n++;
	}
	return n;
}

/* The byte of \ooo at the beginning of text, or -1 if that is no escape. */
static int octal_at(const char *text, size_t left)
{
	int byte = 0;

	if (left < 4 || text[0] != '\\')
		return -1;
	for (int i = 1; i <= 3; i++) {
		if (text[i] < '0' || text[i] > '7')
			return -1;
		byte = 8 * byte + (text[i] - '0');
	}
	return byte <= 255 ? byte : -1;
}

int hvg_mount_unescape(struct hvg_span text, char *ret, size_t ret_size)
{
	size_t n = 0;

	for (size_t at = 0; at < text.size;) {
		int byte = octal_at(text.start + at, text.size - at);

		if (byte == 0 || text.start[at] == '\0')
			return -EBADMSG;
		if (n + 1 >= ret_size)
			return -ENOSPC;
		ret[n++] = byte > 0 ? (char)byte : text.start[at];
		at += byte > 0 ? 4 : 1;
	}
	if (ret_size == 0)
		return -ENOSPC;
	ret[n] = '\0';
	return 0;
}

bool hvg_mount_has_super_option(const struct hvg_mount *mount, const char *option)
{
	struct hvg_span rest = mount->super_options, word;

	while (hvg_span_cut(&rest, ',', &word))
		if (hvg_span_is(word, option))
			return true;
	return false;
}

bool hvg_path_is_in(struct hvg_span path, struct hvg_span point)
{
	if (point.size == 1 && point.start[0] == '/')
		return path.size > 0 && path.start[0] == '/';
	return path.size >= point.size && memcmp(path.start, point.start, point.size) == 0 &&
	       (path.size == point.size || path.start[point.size] == '/');
}

static bool is_same_text(struct hvg_span a, struct hvg_span b)
{
	return a.size == b.size && memcmp(a.start, b.start, a.size) == 0;
}

/* Whether other hides the folder at path, which lies in the mount with that id. */
static bool hides(const struct hvg_mount *other, uint32_t id, struct hvg_span path)
{
	return other->parent == id && other->id != id && hvg_path_is_in(path, other->point);
}

static const struct hvg_mount *find_mount(uint32_t id, const struct hvg_mount *mounts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mounts[i].id == id)
			return &mounts[i];
	return NULL;
}

/* A mount at the point itself, on this mount, is a second one on top of it. */
static bool is_covered(const struct hvg_mount *mount, const struct hvg_mount *mounts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mounts[i].parent == mount->id && mounts[i].id != mount->id &&
			is_same_text(mounts[i].point, mount->point))
			return true;
	return false;
}

/* Whether something on the same parent as the mount hides the way to it. */
static bool is_behind(const struct hvg_mount *mount, const struct hvg_mount *mounts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (&mounts[i] != mount && !is_same_text(mounts[i].point, mount->point) &&
			hides(&mounts[i], mount->parent, mount->point))
			return true;
	return false;
}

bool hvg_mount_is_reachable(const struct hvg_mount *mount, const struct hvg_mount *mounts, size_t n)
{
	const struct hvg_mount *at = mount;

	if (is_covered(mount, mounts, n))
		return false;
	/* Not more steps than mounts: parents that go round in a circle are no tree of a kernel's. */
	for (size_t steps = 0; at && steps <= n; steps++) {
		if (is_behind(at, mounts, n))
			return false;
		at = at->parent == at->id ? NULL : find_mount(at->parent, mounts, n);
	}
	return true;
}

/* Escapes are compared as they are written, so a point is unescaped on the fly. */
static bool leads_into(const char *path, const struct hvg_mount *mount)
{
	char point[4096];

	return hvg_mount_unescape(mount->point, point, sizeof(point)) == 0 &&
	       hvg_path_is_in(hvg_span_of(path), hvg_span_of(point));
}

const struct hvg_mount *hvg_mount_of_path(const char *path, const struct hvg_mount *mounts, size_t n)
{
	const struct hvg_mount *best = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!leads_into(path, &mounts[i]) || !hvg_mount_is_reachable(&mounts[i], mounts, n))
			continue;
		if (!best || mounts[i].point.size >= best->point.size)
			best = &mounts[i];
	}
	return best;
}
