// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Text files that are replaced as a whole. An event is a line; its fields are separated by tabs,
 * which no field has.
 */

#include "hv-netd/record.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "common/line.h"
#include "os/netfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EVENT_SIZE 1024

static void record_path(const struct netd_context *context, const char *guid, char ret[static NETD_TEXT_SIZE])
{
	snprintf(ret, NETD_TEXT_SIZE, "%s/applied/%s", context->state, guid);
}

int netd_record_read(struct netd_context *context, const char *guid, struct hvg_ipconfig *ret)
{
	_cleanup_free_ char *text = NULL;
	char path[NETD_TEXT_SIZE];
	size_t size;
	int r;

	record_path(context, guid, path);
	r = hvg_netfile_read(path, &text, &size);
	return r < 0 ? r : hvg_ipconfig_parse(text, size, ret);
}

int netd_record_write(struct netd_context *context, const char *guid, const struct hvg_ipconfig *config)
{
	char path[NETD_TEXT_SIZE], text[HVG_IPCONFIG_TEXT_SIZE];
	struct hvg_printer printer;

	hvg_printer_init(&printer, text, sizeof(text));
	hvg_ipconfig_render(config, &printer);
	record_path(context, guid, path);
	return hvg_netfile_write(path, text, printer.used, 0600);
}

void netd_record_forget(struct netd_context *context, const char *guid)
{
	char path[NETD_TEXT_SIZE];

	record_path(context, guid, path);
	(void)hvg_netfile_remove(path);
}

/* The history. */

static uint64_t realtime_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC;
}

static void history_path(const char *state, char ret[static NETD_TEXT_SIZE])
{
	snprintf(ret, NETD_TEXT_SIZE, "%s/history", state);
}

/* Where the last n lines begin. */
static const char *last_lines(const char *text, size_t size, unsigned int n)
{
	const char *at = text + size;

	while (at > text) {
		const char *before = memrchr(text, '\n', (size_t)(at - text) - 1);

		if (n-- == 0)
			break;
		at = before ? before + 1 : text;
	}
	return at;
}

int netd_history_add(struct netd_context *context, const struct netd_outcome *outcome)
{
	_cleanup_free_ char *old = NULL;
	_cleanup_free_ char *new = NULL;
	char path[NETD_TEXT_SIZE], text[EVENT_SIZE / 2];
	size_t size = 0;
	const char *kept;
	int n;

	history_path(context->state, path);
	if (hvg_netfile_read(path, &old, &size) < 0)
		size = 0;
	kept = size > 0 ? last_lines(old, size, NETD_HISTORY_MAX - 1) : "";
	hvg_line_escape(outcome->text, text, sizeof(text));
	n = asprintf(&new, "%s%" PRIu64 "\t%s\t%s\t%s\t%s\t%s\n", kept, realtime_us(), outcome->guid,
		outcome->interface, outcome->backend, netd_result_name(outcome->result), text);
	return n < 0 ? -ENOMEM : hvg_netfile_write(path, new, (size_t)n, 0600);
}

static bool parse_event(char *line, struct netd_event *ret)
{
	const char *time = strsep(&line, "\t");

	ret->guid = strsep(&line, "\t");
	ret->interface = strsep(&line, "\t");
	ret->backend = strsep(&line, "\t");
	ret->result = strsep(&line, "\t");
	ret->text = line;
	ret->realtime_us = strtoull(time, NULL, 10);
	return ret->text != NULL;
}

int netd_history_read(const char *state, int (*one)(void *userdata, const struct netd_event *event), void *userdata)
{
	_cleanup_free_ char *text = NULL;
	char path[NETD_TEXT_SIZE], *rest;
	struct netd_event event;
	size_t size;
	int r;

	history_path(state, path);
	r = hvg_netfile_read(path, &text, &size);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = text;
	for (char *line; r >= 0 && (line = strsep(&rest, "\n"));)
		if (parse_event(line, &event))
			r = one(userdata, &event);
	return r;
}
