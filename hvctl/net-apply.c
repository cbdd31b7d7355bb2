// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl net apply: a file says what a host would, key by key, with lists as a host writes them. A dry
 * run shows the plan, and the files as they would differ.
 */

#include "hvctl/net.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "hvguest/ipinfo.h"
#include "os/netfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines around a difference. */
#define CONTEXT 3

enum { ADDRESSES, SUBNETS, GATEWAYS, DNS, N_LISTS };

struct request {
	char *adapter;
	int dhcp;
	char *lists[N_LISTS];
};

static void free_request(struct request *request)
{
	free(request->adapter);
	for (size_t i = 0; i < N_LISTS; i++)
		free(request->lists[i]);
}

/* Where a key's value goes; NULL if there is no such key. */
static char **place_of(struct request *request, struct hvg_span key)
{
	static const char *const names[N_LISTS] = { "addresses", "subnets", "gateways", "dns" };

	if (hvg_span_is(key, "adapter"))
		return &request->adapter;
	for (size_t i = 0; i < N_LISTS; i++)
		if (hvg_span_is(key, names[i]))
			return &request->lists[i];
	return NULL;
}

static int take_line(struct request *request, struct hvg_span line)
{
	struct hvg_span key;
	char **place;

	line = hvg_span_trim(line);
	if (line.size == 0 || line.start[0] == '#')
		return 0;
	(void)hvg_span_cut(&line, '=', &key);
	key = hvg_span_trim(key);
	line = hvg_span_trim(line);
	if (hvg_span_is(key, "dhcp")) {
		request->dhcp = hvg_span_is(line, "yes");
		return request->dhcp || hvg_span_is(line, "no") ? 0 : -EINVAL;
	}
	place = place_of(request, key);
	if (!place || *place)
		return -EINVAL;
	*place = strndup(line.start, line.size);
	return *place ? 0 : -ENOMEM;
}

static int read_request(const char *path, struct request *ret)
{
	_cleanup_free_ char *text = NULL;
	struct hvg_span rest, line;
	unsigned int n = 0;
	size_t size;
	int r = hvg_netfile_read(path, &text, &size);

	if (r < 0) {
		hvctl_complain("%s: %s", path, strerror(-r));
		return r;
	}
	rest = (struct hvg_span){ text, size };
	while (r >= 0 && hvg_span_cut(&rest, '\n', &line)) {
		n++;
		r = take_line(ret, line);
	}
	if (r >= 0 && ret->adapter)
		return 0;
	if (r < 0)
		hvctl_complain("%s:%u: expected adapter=, dhcp=yes or no, addresses=, subnets=, gateways= or dns=, each once",
			path, n);
	else
		hvctl_complain("%s: adapter= is missing", path);
	return -EINVAL;
}

static int append_list(sd_bus_message *message, const char *list)
{
	char entry[HVG_IPINFO_ENTRY_SIZE];
	int r = sd_bus_message_open_container(message, 'a', "s"), found;

	for (size_t n = 0; r >= 0 && (found = hvg_ipinfo_entry(list ? list : "", n, entry)) != -ENOENT; n++)
		r = sd_bus_message_append(message, "s", found < 0 ? "" : entry);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_request(sd_bus_message *message, const struct request *request)
{
	int r = sd_bus_message_append(message, "syb", request->adapter, HVG_IPINFO_IPV4 | HVG_IPINFO_IPV6, request->dhcp);

	for (size_t i = 0; r >= 0 && i < N_LISTS; i++)
		r = append_list(message, request->lists[i]);
	return r;
}

/* Differences. */

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text = strchrnul(text, '\n'), text += *text == '\n')
		n++;
	return n;
}

static struct hvg_span line_at(const char *text, size_t n)
{
	while (n-- > 0)
		text = strchr(text, '\n') + 1;
	return (struct hvg_span){ text, strcspn(text, "\n") };
}

static bool is_same_line(const char *old, size_t at, const char *new, size_t other)
{
	struct hvg_span a = line_at(old, at), b = line_at(new, other);

	return a.size == b.size && memcmp(a.start, b.start, a.size) == 0;
}

static void print_lines(char mark, const char *text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		struct hvg_span line = line_at(text, i);

		printf("%c%.*s\n", mark, (int)line.size, line.start);
	}
}

/* One hunk: what is the same at the front and at the end is left out, but for some lines around. */
static void print_difference(const char *path, const char *old, const char *new)
{
	size_t n_old = count_lines(old), n_new = count_lines(new), same = 0, end = 0, before;

	while (same < n_old && same < n_new && is_same_line(old, same, new, same))
		same++;
	while (end < n_old - same && end < n_new - same && is_same_line(old, n_old - 1 - end, new, n_new - 1 - end))
		end++;
	before = HVG_MIN(same, (size_t)CONTEXT);
	printf("--- %s\n+++ %s\n@@ -%zu,%zu +%zu,%zu @@\n", n_old ? path : "/dev/null", n_new ? path : "/dev/null",
		same - before + (n_old > 0), n_old - same - end + before + HVG_MIN(end, (size_t)CONTEXT),
		same - before + (n_new > 0), n_new - same - end + before + HVG_MIN(end, (size_t)CONTEXT));
	print_lines(' ', old, same - before, same);
	print_lines('-', old, same, n_old - end);
	print_lines('+', new, same, n_new - end);
	print_lines(' ', new, n_new - end, n_new - end + HVG_MIN(end, (size_t)CONTEXT));
}

static int print_files(sd_bus_message *reply)
{
	const char *configuration, *path, *old, *new;
	int r = sd_bus_message_read(reply, "s", &configuration);

	if (r >= 0) {
		printf("\n%s\n", configuration);
		r = sd_bus_message_enter_container(reply, 'a', "(sss)");
	}
	while (r >= 0 && (r = sd_bus_message_read(reply, "(sss)", &path, &old, &new)) > 0) {
		if (strcmp(old, new) == 0)
			printf("%s stays as it is\n", path);
		else
			print_difference(path, old, new);
	}
	return r < 0 ? HVCTL_WRONG : HVCTL_OK;
}

int net_apply(struct hvctl *hvctl, int argc, char *argv[])
{
	_cleanup_(free_request) struct request request = { 0 };
	bool is_dry = argc == 3;
	sd_bus_message *message = NULL, *reply = NULL;
	int code;

	if (is_dry && strcmp(argv[2], "--dry-run") != 0) {
		hvctl_complain("usage: hvctl net apply FILE [--dry-run]");
		return HVCTL_USAGE;
	}
	if (read_request(argv[1], &request) < 0)
		return HVCTL_USAGE;
	code = net_message(hvctl, is_dry ? "Preview" : "Apply", request.adapter, &message);
	if (code != HVCTL_OK)
		return code;
	if (append_request(message, &request) < 0) {
		sd_bus_message_unref(message);
		return HVCTL_WRONG;
	}
	code = net_call(hvctl, message, request.adapter, &reply);
	if (code == HVCTL_OK)
		code = net_print_outcome(hvctl, reply, request.adapter);
	if (code == HVCTL_OK && is_dry && !hvctl->json)
		code = print_files(reply);
	sd_bus_message_unref(reply);
	return code;
}
