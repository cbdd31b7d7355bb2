/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_APPLICATIONS_H
#define HVG_VSSD_APPLICATIONS_H

/*
 * Programs that asked over the bus to be told before a freeze, as logind's delay inhibitors do it. Each
 * holds a descriptor, which keeps it registered, and closes it when it is ready, or dies:
 *
 *	add ---> REGISTERED ---> ask: ASKED ---> closed: gone. The last one: told, 0
 *				      `---> too late: gone, and told
 *
 * Who registers while others are being asked is registered for the next time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define VSSD_APPLICATIONS_MAX	  64 /* ours: more than any machine has services with data */
#define VSSD_APPLICATION_NAME_MAX 64 /* bytes */

struct vssd_application {
	struct vssd_application *next;
	struct vssd_applications *list;
	char name[VSSD_APPLICATION_NAME_MAX + 1];
	sd_event_source *source; /* of our end of the pipe, which it owns */
	bool is_asked;
};

struct vssd_applications {
	sd_event *event;
	sd_event_source *timer;
	struct vssd_application *first;
	size_t n, n_asked;
	bool is_asking;

	/* Somebody has come or gone. */
	void (*changed)(void *userdata);
	/* All that were asked are ready: NULL; or who was too late. */
	void (*ready)(void *userdata, const char *laggard);
	void *userdata;
};

int vssd_applications_init(struct vssd_applications *applications, sd_event *event);
void vssd_applications_done(struct vssd_applications *applications);

/* The descriptor is the application's. -EINVAL: no name that can be shown; -ENOSPC */
int vssd_applications_add(struct vssd_applications *applications, const char *name, int *ret_fd);

/* Whether there is anybody to be asked; if not, ready is not called. */
bool vssd_applications_ask(struct vssd_applications *applications, uint64_t limit_us);

/* Nobody waits for them any more: ready is not called. */
void vssd_applications_cancel(struct vssd_applications *applications);

/* They cannot be told of anything any more. If that was being waited for, ready is called. */
void vssd_applications_forget(struct vssd_applications *applications);

#endif
