// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The folder is watched and not its files, which may be made or replaced later. IN_CLOSE_WRITE tells
 * of others only: we keep our descriptors open, and they close theirs when they have written.
 */

#include "hv-kvpd/watch.h"

#include <string.h>
#include <sys/inotify.h>

static const enum hvg_pool watched[] = { HVG_POOL_EXTERNAL, HVG_POOL_GUEST, HVG_POOL_AUTO_EXTERNAL };

static int on_event(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
	struct kvpd_watch *watch = userdata;

	for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
		if (event->mask & IN_Q_OVERFLOW ||
			(event->len > 0 && strcmp(event->name, hvg_pool_file_name(watched[i])) == 0))
			watch->written(watch->userdata, watched[i]);
	return 0;
}

void kvpd_watch_init(struct kvpd_watch *watch, sd_event *event,
	void (*written)(void *userdata, enum hvg_pool pool), void *userdata)
{
	*watch = (struct kvpd_watch){ .written = written, .userdata = userdata };
	(void)sd_event_add_inotify(event, &watch->source, HVG_POOL_DIR, IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR,
		on_event, watch);
}

void kvpd_watch_done(struct kvpd_watch *watch)
{
	watch->source = sd_event_source_disable_unref(watch->source);
}
