/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TIMED_SOURCE_H
#define HVG_TIMED_SOURCE_H

/*
 * The host's clock on the event loop: found, opened, read, lost and found again. By its name, or
 * by a path that is looked for every second.
 */

#include "os/ptp.h"

#include <stdbool.h>
#include <systemd/sd-event.h>

struct timed_source {
	const char *path;             /* NULL: by name */
	char node[HVG_PTP_NODE_SIZE]; /* of the open clock, or "" */
	int fd;
	void (*changed)(void *userdata); /* opened or lost */
	void *userdata;
	int error; /* why it is not open; 0: there is none */

	sd_event_source *look, *events;
};

/* Looks for the clock in the loop. The path must outlive the source. */
int timed_source_init(struct timed_source *source, sd_event *event, const char *path,
	void (*changed)(void *userdata), void *userdata);
void timed_source_done(struct timed_source *source);

/* As hvg_ptp_read; a clock that has gone is closed, after which changed is called from the
 * loop. */
int timed_source_read(struct timed_source *source, struct hvg_clock_reading *ret, size_t n);

#endif
