// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * look() is the one way to open the clock: at the start, by a timer, when its node appears. It is
 * also what follows a loss, so that losing and finding are told in one place.
 *
 * Nodes are watched for in /dev and not by udev's events: these come by netlink, which is nothing
 * for a process that has no network (PrivateNetwork= of the unit).
 */

#include "hv-timed/source.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define CLOCK_NAME  "hyperv" /* ptp_hyperv_info of drivers/hv/hv_util.c */

#define DEV	    "/dev/"

#define LOOK_US     (1 * HVG_USEC_PER_SEC)
#define ACCURACY_US (100 * HVG_USEC_PER_MSEC)

static int find(struct timed_source *source, char ret_node[static HVG_PTP_NODE_SIZE])
{
	if (!source->path)
		return hvg_ptp_find(CLOCK_NAME, ret_node);
	(void)snprintf(ret_node, HVG_PTP_NODE_SIZE, "%s", source->path);
	return 0;
}

static int open_clock(struct timed_source *source)
{
	char node[HVG_PTP_NODE_SIZE];
	int r = find(source, node);

	if (r >= 0)
		r = hvg_ptp_open(source->path ? source->path : node);
	if (r < 0)
		return r;
	source->fd = r;
	memcpy(source->node, node, sizeof(node));
	return 0;
}

static void look_again(struct timed_source *source, uint64_t after_us)
{
	(void)sd_event_source_set_time_relative(source->look, after_us);
	(void)sd_event_source_set_enabled(source->look, SD_EVENT_ONESHOT);
}

static void close_clock(struct timed_source *source)
{
	source->fd = hvg_close(source->fd);
	source->node[0] = '\0';
}

/* /dev tells when there is one; a path that was given has to be looked at. */
static void look(struct timed_source *source)
{
	int r;

	if (source->fd >= 0)
		return;
	r = open_clock(source);
	source->error = r == -ENOENT || r == -ENODEV || r == -ENXIO ? 0 : r;
	if (r < 0 && source->path)
		look_again(source, LOOK_US);
	source->changed(source->userdata);
}

static int on_look(sd_event_source *event_source, uint64_t usec, void *userdata)
{
	look(userdata);
	return 0;
}

static void lose(struct timed_source *source)
{
	close_clock(source);
	look_again(source, 0);
}

int timed_source_read(struct timed_source *source, struct hvg_clock_reading *ret, size_t n)
{
	int r = source->fd >= 0 ? hvg_ptp_read(source->fd, ret, n) : -ENODEV;

	if (r == -ENODEV && source->fd >= 0)
		lose(source);
	return r;
}

/* Where udevd runs, what its rules make once they have given the node its owner. */
static const char *awaited(void)
{
	return access("/run/udev/control", F_OK) == 0 ? "ptp_" CLOCK_NAME : "ptp";
}

static int on_event(sd_event_source *event_source, const struct inotify_event *event, void *userdata)
{
	struct timed_source *source = userdata;
	const char *name = event->len > 0 ? event->name : "", *wanted = awaited();

	if (event->mask & IN_DELETE) {
		if (source->fd >= 0 && strcmp(source->node + strlen(DEV), name) == 0)
			lose(source);
	} else if (event->mask & IN_Q_OVERFLOW || strncmp(name, wanted, strlen(wanted)) == 0) {
		look(source);
	}
	return 0;
}

static int watch(struct timed_source *source, sd_event *event)
{
	return sd_event_add_inotify(event, &source->events, DEV,
		IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR, on_event, source);
}

int timed_source_init(struct timed_source *source, sd_event *event, const char *path,
	void (*changed)(void *userdata), void *userdata)
{
	int r = 0;

	*source = (struct timed_source){
		.path = path,
		.fd = -EBADF,
		.changed = changed,
		.userdata = userdata,
	};
	if (!path)
		r = watch(source, event);
	if (r < 0)
		return r;
	return sd_event_add_time_relative(
		event, &source->look, CLOCK_MONOTONIC, 0, ACCURACY_US, on_look, source);
}

void timed_source_done(struct timed_source *source)
{
	close_clock(source);
	source->events = sd_event_source_disable_unref(source->events);
	source->look = sd_event_source_disable_unref(source->look);
}
