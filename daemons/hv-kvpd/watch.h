/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_KVPD_WATCH_H
#define HVG_KVPD_WATCH_H

/*
 * Notices when another program has written to a pool file, so that those who watch the bus hear of
 * it. Reading never depends on this: the store looks for itself.
 */

#include "hvguest/pool.h"

#include <systemd/sd-event.h>

struct kvpd_watch {
	sd_event_source *source;
	void (*written)(void *userdata, enum hvg_pool pool);
	void *userdata;
};

/* Without the folder nothing is watched. */
void kvpd_watch_init(struct kvpd_watch *watch, sd_event *event,
	void (*written)(void *userdata, enum hvg_pool pool), void *userdata);
void kvpd_watch_done(struct kvpd_watch *watch);

#endif
