/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FUSE_SERVER_H
#define HVG_TESTS_HOST_FUSE_SERVER_H

/*
 * A folder of devices (/dev/vmbus), served by libfuse in a thread of this process. The
 * semantics are the drivers' (driver.h); here is only what a file system has to do for them:
 * sleeping readers, interrupts, poll notification, the driver's clock.
 *
 * Drivers are guarded by the server's lock. Whoever touches one from the host's side does so
 * between server_lock and server_unlock; the latter lets readers and pollers see what changed.
 */

#include "host/fuse/driver.h"

#include <pthread.h>
#include <sys/types.h>

struct server;

/*
 * Needs /dev/fuse. No other process may get a copy of that descriptor: a guest that closes a
 * file waits for an answer until the last one is closed.
 */
int server_start(const char *folder, struct server **ret);

/* Nobody may have a file open any more, or gets ENOTCONN. */
void server_stop(struct server *server);

uint64_t server_lock(struct server *server); /* returns the time */
void server_unlock(struct server *server);

/*
 * With the lock held: sleeps until something happens, or deadline_us. -ETIMEDOUT after that.
 * Whatever the guest did in between is done.
 */
int server_wait(struct server *server, uint64_t deadline_us);

/* With the lock held: a close() that has returned is known to the driver afterwards. */
void server_wait_for_close(struct server *server, const char *name);

struct server_device {
	const char *name;
	uid_t owner; /* udev's doing */
	const struct driver_ops *ops;
	void *driver;
};

/*
 * With the lock held. The node appears with mode 0600, and goes by itself once its driver is_gone.
 * The driver must live as long.
 */
int server_add(struct server *server, const struct server_device *device);
bool server_has(const struct server *server, const char *name);

/* Microseconds of CLOCK_MONOTONIC. */
uint64_t server_now(void);

#endif
