// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Files are followed as ifupdown does; what cannot be read has no stanza.
 */

#include "os/ifupdown.h"

#include "base/cleanup.h"
#include "format/interfaces.h"
#include "os/netfile.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#define IFSTATE     "/run/network/ifstate"

/* ifupdown's own limit is 5 files deep as well. */
#define DEPTH_MAX   5

#define STANZA_SIZE 64

struct search {
	const char *name;
	char *path;
	size_t path_size;
	bool found;
};

static void look_into(struct search *search, const char *path, unsigned int depth);

static void look_into_all(
	struct search *search, struct hvg_span pattern, const char *below, unsigned int depth)
{
	glob_t found = { 0 };
	char text[256];

	if ((size_t)snprintf(text, sizeof(text), "%s%.*s%s",
		    pattern.size && *pattern.start == '/' ? "" : "/etc/network/",
		    (int)pattern.size, pattern.start, below) >= sizeof(text))
		return;
	if (glob(text, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			look_into(search, found.gl_pathv[i], depth + 1);
	globfree(&found);
}

static void follow_sources(struct search *search, struct hvg_span text, unsigned int depth)
{
	struct hvg_interfaces_line line;
	struct hvg_span word;

	while (!search->found && hvg_interfaces_next(&text, &line)) {
		struct hvg_span rest = line.value;

		while (hvg_span_is(line.word, "source") && hvg_interfaces_word(&rest, &word))
			look_into_all(search, word, "", depth);
		if (hvg_span_is(line.word, "source-directory") &&
			hvg_interfaces_word(&rest, &word))
			look_into_all(search, word, "/*", depth);
	}
}

static void look_into(struct search *search, const char *path, unsigned int depth)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (search->found || depth > DEPTH_MAX || hvg_netfile_read(path, &text, &size) < 0)
		return;
	search->found = hvg_interfaces_has(text, size, search->name);
	if (search->found)
		(void)snprintf(search->path, search->path_size, "%s", path);
	else
		follow_sources(search, (struct hvg_span){ text, size }, depth);
}

int hvg_ifupdown_find(const char *name, char *ret_path, size_t ret_path_size)
{
	struct search search = { name, ret_path, ret_path_size, false };

	look_into(&search, HVG_INTERFACES_FILE, 0);
	return search.found ? 0 : -ENOENT;
}

/* "eth0=home" in a line of its own: ifup brought it up by the stanza "home". */
static bool find_stanza(const char *name, char *ret, size_t ret_size)
{
	_cleanup_free_ char *text = NULL;
	struct hvg_span rest, line, up;
	size_t size;

	if (hvg_netfile_read(IFSTATE, &text, &size) < 0)
		return false;
	rest = (struct hvg_span){ text, size };
	while (hvg_span_cut(&rest, '\n', &line))
		if (hvg_span_cut(&line, '=', &up) && hvg_span_is(up, name))
			return hvg_span_copy(line, ret, ret_size) >= 0;
	return false;
}

bool hvg_ifupdown_is_up(const char *name)
{
	char stanza[STANZA_SIZE];

	return find_stanza(name, stanza, sizeof(stanza));
}

/* The file with the stanza that an interface was brought up by, and that stanza's name. */
static int read_stanza(const char *name, char ret_stanza[static STANZA_SIZE], char **ret_text,
	size_t *ret_size)
{
	char path[256];
	int r;

	if (!find_stanza(name, ret_stanza, STANZA_SIZE))
		return -ENOENT;
	r = hvg_ifupdown_find(ret_stanza, path, sizeof(path));
	return r < 0 ? r : hvg_netfile_read(path, ret_text, ret_size);
}

enum hvg_dhcp_word hvg_ifupdown_dhcp(const char *name)
{
	_cleanup_free_ char *text = NULL;
	char stanza[STANZA_SIZE];
	size_t size;

	if (read_stanza(name, stanza, &text, &size) < 0)
		return HVG_DHCP_UNSAID;
	return hvg_dhcpword_interfaces((struct hvg_span){ text, size }, stanza);
}

int hvg_ifupdown_read(const char *name, struct hvg_ipconfig *ret)
{
	_cleanup_free_ char *text = NULL;
	char stanza[STANZA_SIZE];
	size_t size;
	int r = read_stanza(name, stanza, &text, &size);

	return r < 0 ? r : hvg_interfaces_parse(text, size, stanza, ret);
}
