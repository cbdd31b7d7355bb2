// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Paths component by component. "." is left out, ".." is refused wherever it stands: no administrator
 * needs it, and nobody has to think about what it would mean behind a link.
 */

#include "service/fcopy-target.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

static const char *check_component(struct hvg_span component)
{
	if (hvg_span_is(component, ".."))
		return "the destination has '..' in it";
	if (component.size > NAME_MAX)
		return "a name in the destination is too long";
	return NULL;
}

static const char *add_component(struct hvg_span component, char *path)
{
	size_t used = strlen(path);

	if (used + 1 + component.size >= HVG_FCOPY_PATH_SIZE)
		return "the destination is too long";
	path[used] = '/';
	memcpy(path + used + 1, component.start, component.size);
	path[used + 1 + component.size] = '\0';
	return NULL;
}

static const char *parse_path(const char *path, struct hvg_fcopy_target *target)
{
	struct hvg_span rest = hvg_span_of(path), component;
	const char *reason = NULL;

	if (path[0] != '/')
		return "the destination is not an absolute path";
	target->path[0] = '\0';
	while (!reason && hvg_span_cut(&rest, '/', &component)) {
		target->is_folder = component.size == 0 || hvg_span_is(component, ".");
		if (target->is_folder)
			continue;
		reason = check_component(component);
		if (!reason)
			reason = add_component(component, target->path);
	}
	if (target->path[0] == '\0')
		memcpy(target->path, "/", 2);
	if (path[strlen(path) - 1] == '/')
		target->is_folder = true;
	return reason;
}

static const char *parse_name(const char *name, struct hvg_fcopy_target *target)
{
	if (*name == '\0')
		return "the file has no name";
	if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "the file's name is none of a file";
	if (strlen(name) > NAME_MAX)
		return "the file's name is too long";
	memcpy(target->name, name, strlen(name) + 1);
	return NULL;
}

int hvg_fcopy_target_parse(const char *path, const char *name, struct hvg_fcopy_target *ret,
	const char **ret_reason)
{
	struct hvg_fcopy_target target = { .is_folder = false };
	const char *reason;

	reason = parse_path(path, &target);
	if (!reason)
		reason = parse_name(name, &target);
	if (reason) {
		*ret_reason = reason;
		return -EINVAL;
	}
	*ret = target;
	return 0;
}

/* "/srv" holds "/srv" and "/srv/x", but not "/srvx"; a slash at its end means nothing. */
static bool holds(const char *folder, const char *path)
{
	size_t n = strlen(folder);

	while (n > 0 && folder[n - 1] == '/')
		n--;
	return strncmp(folder, path, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool one_holds(const char *const *folders, const char *path)
{
	for (; *folders; folders++)
		if (holds(*folders, path))
			return true;
	return false;
}

bool hvg_fcopy_policy_allows(const struct hvg_fcopy_policy *policy, const char *path)
{
	return one_holds(policy->allow, path) && !one_holds(policy->deny, path);
}
