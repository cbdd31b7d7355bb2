/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_LOOP_H
#define HVG_DAEMONS_LOOP_H

/*
 * A daemon's event loop and what it says to systemd (sd_notify).
 *
 *	new	SIGTERM, SIGINT and SIGHUP are blocked, and become calls of stop and reload
 *	run	READY=1 when ready is called, or after two seconds: a boot must not wait for a host
 *	free
 *
 * The signals stay blocked for good, so that a second SIGTERM does not cut the end short; SIGPIPE
 * is blocked with them, so that a closed terminal is no death. Call new before any thread begins.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct hvg_loop_config {
	/* SIGHUP: read the configuration again. systemd is told before and after. NULL: ignored. */
	void (*reload)(void *userdata);

	/*
	 * SIGTERM or SIGINT, once: leave the guest sane, then call hvg_loop_exit, now or later. NULL:
	 * the loop ends at once.
	 */
	void (*stop)(void *userdata);
	void *userdata;
	uint64_t ready_after_us; /* 0: two seconds */
};

struct hvg_loop;

int hvg_loop_new(const struct hvg_loop_config *config, struct hvg_loop **ret);

/* Takes NULL, returns NULL. */
struct hvg_loop *hvg_loop_free(struct hvg_loop *loop);

sd_event *hvg_loop_event(struct hvg_loop *loop);

/* Until hvg_loop_exit; the code it was given, or negative errno. */
int hvg_loop_run(struct hvg_loop *loop);
void hvg_loop_exit(struct hvg_loop *loop, int code);

/* READY=1, once: the device is registered. */
void hvg_loop_ready(struct hvg_loop *loop);

/* STATUS=: what the daemon is doing, in words; sent if it has changed. */
void hvg_loop_status(struct hvg_loop *loop, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* How often hvg_loop_alive is to be called: half of WatchdogSec=; 0 if nobody watches. */
uint64_t hvg_loop_watchdog_us(const struct hvg_loop *loop);

/* WATCHDOG=1 */
void hvg_loop_alive(struct hvg_loop *loop);

#endif
