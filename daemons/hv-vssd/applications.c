// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The application has the writing end of a pipe, we have the other: it hangs up when the last copy of
 * theirs is closed, however that came. What they write is never read.
 */

#include "hv-vssd/applications.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static void set_asked(struct vssd_applications *list, struct vssd_application *application, bool is_asked)
{
	list->n_asked -= application->is_asked;
	list->n_asked += is_asked;
	application->is_asked = is_asked;
}

static void remove_application(struct vssd_application *application)
{
	struct vssd_applications *list = application->list;
	struct vssd_application **at = &list->first;

	while (*at != application)
		at = &(*at)->next;
	*at = application->next;
	set_asked(list, application, false);
	list->n--;
	(void)sd_event_source_disable_unref(application->source);
	free(application);
}

static void stop_asking(struct vssd_applications *list)
{
	list->is_asking = false;
	(void)sd_event_source_set_enabled(list->timer, SD_EVENT_OFF);
	for (struct vssd_application *at = list->first; at; at = at->next)
		set_asked(list, at, false);
}

static void tell_if_all_are_ready(struct vssd_applications *list)
{
	if (!list->is_asking || list->n_asked > 0)
		return;
	stop_asking(list);
	list->ready(list->userdata, NULL);
}

static int on_closed(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct vssd_application *application = userdata;
	struct vssd_applications *list = application->list;

	remove_application(application);
	list->changed(list->userdata);
	tell_if_all_are_ready(list);
	return 0;
}

static const struct vssd_application *first_asked(const struct vssd_applications *list)
{
	const struct vssd_application *at = list->first;

	while (at && !at->is_asked)
		at = at->next;
	return at;
}

/* Who is too late has heard of it once, and registers again if it still wants to. */
static void remove_asked(struct vssd_applications *list)
{
	struct vssd_application *next;

	for (struct vssd_application *at = list->first; at; at = next) {
		next = at->next;
		if (at->is_asked)
			remove_application(at);
	}
	list->changed(list->userdata);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct vssd_applications *list = userdata;
	char laggard[VSSD_APPLICATION_NAME_MAX + 1];

	(void)strcpy(laggard, first_asked(list)->name);
	remove_asked(list);
	stop_asking(list);
	list->ready(list->userdata, laggard);
	return 0;
}

/* It is logged, and told to administrators: a line of its own, and no tricks with the terminal. */
static bool is_name(const char *name)
{
	size_t size = strlen(name);

	for (const char *at = name; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return false;
	return size > 0 && size <= VSSD_APPLICATION_NAME_MAX;
}

static int open_pipe(struct vssd_application *application, int *ret_fd)
{
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	r = sd_event_add_io(application->list->event, &application->source, fds[0], 0, on_closed, application);
	if (r < 0) {
		(void)hvg_close(fds[0]);
		(void)hvg_close(fds[1]);
		return r;
	}
	(void)sd_event_source_set_io_fd_own(application->source, true);
	*ret_fd = fds[1];
	return 0;
}

static void enlist(struct vssd_application *application)
{
	struct vssd_applications *list = application->list;

	application->next = list->first;
	list->first = application;
	list->n++;
	list->changed(list->userdata);
}

int vssd_applications_add(struct vssd_applications *list, const char *name, int *ret_fd)
{
	struct vssd_application *application;
	int r;

	if (!is_name(name))
		return -EINVAL;
	if (list->n >= VSSD_APPLICATIONS_MAX)
		return -ENOSPC;
	application = calloc(1, sizeof(*application));
	if (!application)
		return -ENOMEM;
	application->list = list;
	(void)strcpy(application->name, name);
	r = open_pipe(application, ret_fd);
	if (r < 0)
		free(application);
	else
		enlist(application);
	return r;
}

bool vssd_applications_ask(struct vssd_applications *list, uint64_t limit_us)
{
	for (struct vssd_application *at = list->first; at; at = at->next)
		set_asked(list, at, true);
	list->is_asking = list->n_asked > 0;
	if (!list->is_asking)
		return false;
	(void)sd_event_source_set_time_relative(list->timer, limit_us);
	(void)sd_event_source_set_enabled(list->timer, SD_EVENT_ONESHOT);
	return true;
}

void vssd_applications_cancel(struct vssd_applications *list)
{
	stop_asking(list);
}

static void remove_all(struct vssd_applications *list)
{
	while (list->first)
		remove_application(list->first);
}

void vssd_applications_forget(struct vssd_applications *list)
{
	remove_all(list);
	tell_if_all_are_ready(list);
}

int vssd_applications_init(struct vssd_applications *list, sd_event *event)
{
	int r;

	list->event = sd_event_ref(event);
	r = sd_event_add_time(event, &list->timer, CLOCK_MONOTONIC, HVG_NEVER, 0, on_time, list);
	return r < 0 ? r : sd_event_source_set_enabled(list->timer, SD_EVENT_OFF);
}

void vssd_applications_done(struct vssd_applications *list)
{
	remove_all(list);
	list->timer = sd_event_source_disable_unref(list->timer);
	list->event = sd_event_unref(list->event);
}
