/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_CHANNEL_DRIVER_H
#define HVG_DAEMONS_CHANNEL_DRIVER_H

/*
 * One device of hv_utils on an event loop: performs what service/channel decides.
 *
 *	kernel <-> device node <-> channel driver <-> the daemon's service
 */

#include "service/channel.h"
#include "transport/transport.h"

#include <systemd/sd-event.h>

/* What the driver tells the service. Each is called from the event loop. */
struct hvg_channel_service {
	/* The kernel's answer to the registration: 0, or negative errno to start over. */
	int (*accept)(void *userdata, const void *bytes, size_t size);

	/* A request. It may be answered inside the call. The bytes live until the next request. */
	void (*serve)(void *userdata, const void *bytes, size_t size);

	/* The device is about to be closed: a request that has no answer yet is dead. */
	void (*lost)(void *userdata);

	/* Something that the status tells about has changed. */
	void (*changed)(void *userdata);
};

struct hvg_channel_driver_config {
	const char *name;   /* for the log: "Data Exchange" */
	const char *path;   /* the device node */
	bool looks_for_path; /* whether to look for it every 250 ms, or to be told (appeared) */
	struct hvg_transport transport; /* what carries the messages; none: the node is a character device */
	const void *registration;
	size_t registration_size;
	uint64_t patience_us; /* the kernel's */
	const struct hvg_channel_service *service;
	void *userdata;
};

struct hvg_channel_driver;

/* The strings and the registration must outlive the driver. Opening begins in the loop. */
int hvg_channel_driver_new(sd_event *event, const struct hvg_channel_driver_config *config,
	struct hvg_channel_driver **ret);

/* Closes the device, of which the service is told (lost). Takes NULL. */
struct hvg_channel_driver *hvg_channel_driver_free(struct hvg_channel_driver *driver);

/* Inside serve: the kernel waits this long for the answer, rather than the configured time. */
void hvg_channel_driver_set_patience(struct hvg_channel_driver *driver, uint64_t patience_us);

/*
 * Sends the answer to the last request. Whatever goes wrong has been seen to: -ETIMEDOUT and -ESTALE
 * if the kernel has given up on that request, -EPROTO if the device was lost meanwhile.
 */
int hvg_channel_driver_send(struct hvg_channel_driver *driver, const void *bytes, size_t size);

/*
 * The device on loan, from inside serve on: the loop does not look at it, and another thread reads it
 * (wait) and answers (send) through the transport, until it is taken back. lost may come before that,
 * and must not return before the thread has let go of the device.
 *
 * result: 0 if all requests were answered, -EINPROGRESS if the last one, read at received_us, is still
 * to be (by hvg_channel_driver_send), another error if the device is of no more use.
 */
void hvg_channel_driver_lend(struct hvg_channel_driver *driver);
void hvg_channel_driver_take_back(struct hvg_channel_driver *driver, int result, uint64_t received_us);

/*
 * To be called every hvg_channel_tick_us at least, with the watchdog's tick for instance: it tells a
 * stall from idleness.
 */
void hvg_channel_driver_tick(struct hvg_channel_driver *driver);

void hvg_channel_driver_appeared(struct hvg_channel_driver *driver);
void hvg_channel_driver_sleep(struct hvg_channel_driver *driver);
void hvg_channel_driver_awaken(struct hvg_channel_driver *driver);

/* For the status; the pointer is good as long as the driver. */
const struct hvg_channel *hvg_channel_driver_channel(const struct hvg_channel_driver *driver);

#endif
