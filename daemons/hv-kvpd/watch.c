// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * IN_CLOSE_WRITE tells of others only: we keep our descriptors open, and they close theirs when they
 * have written.
 */

#include "hv-kvpd/watch.h"

#include <limits.h>
#include <stdio.h>
#include <sys/inotify.h>

static int on_event(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
	struct kvpd_watch *watch = userdata;

	for (size_t i = 0; i < HVG_N_POOLS; i++)
		if (watch->sources[i] == source)
			watch->written(watch->userdata, (enum hvg_pool)i);
	return 0;
}

void kvpd_watch_init(struct kvpd_watch *watch, sd_event *event,
	void (*written)(void *userdata, enum hvg_pool pool), void *userdata)
{
	static const enum hvg_pool pools[] = { HVG_POOL_EXTERNAL, HVG_POOL_GUEST, HVG_POOL_AUTO_EXTERNAL };

	*watch = (struct kvpd_watch){ .written = written, .userdata = userdata };
	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s", HVG_POOL_DIR, hvg_pool_file_name(pools[i]));
		(void)sd_event_add_inotify(event, &watch->sources[pools[i]], path,
			IN_CLOSE_WRITE | IN_DONT_FOLLOW, on_event, watch);
	}
}

void kvpd_watch_done(struct kvpd_watch *watch)
{
	for (size_t i = 0; i < HVG_N_POOLS; i++)
		watch->sources[i] = sd_event_source_disable_unref(watch->sources[i]);
}
