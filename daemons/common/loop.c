// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * sd_event_new, not sd_event_default: the default loop belongs to the thread that made it, and tests
 * run several loops in their time.
 */

#include "common/loop.h"

#include "base/units.h"
#include "common/line.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

/* A boot must not wait for a host that does not offer the device. */
#define READY_AFTER_US (2 * HVG_USEC_PER_SEC)
#define ACCURACY_US    (100 * HVG_USEC_PER_MSEC)

#define STATUS_SIZE 256

struct hvg_loop {
	struct hvg_loop_config config;
	sd_event *event;
	sd_event_source *ready_timer;
	uint64_t watchdog_us;
	bool is_ready, is_stopping;
	char status[STATUS_SIZE];
};

static void tell_stopping(struct hvg_loop *loop)
{
	if (!loop->is_stopping)
		(void)sd_notify(false, "STOPPING=1");
	loop->is_stopping = true;
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct hvg_loop *loop = userdata;

	if (loop->is_stopping)
		return 0;
	tell_stopping(loop);
	if (loop->config.stop)
		loop->config.stop(loop->config.userdata);
	else
		hvg_loop_exit(loop, 0);
	return 0;
}

/* systemd wants to hear of a reload only from a service that was ready (sd_notify(3)). */
static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct hvg_loop *loop = userdata;
	uint64_t now_us;

	if (!loop->config.reload || loop->is_stopping)
		return 0;
	if (loop->is_ready && sd_event_now(loop->event, CLOCK_MONOTONIC, &now_us) >= 0)
		(void)sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, now_us);
	loop->config.reload(loop->config.userdata);
	if (loop->is_ready)
		(void)sd_notify(false, "READY=1");
	return 0;
}

static int on_patience(sd_event_source *source, uint64_t now_us, void *userdata)
{
	hvg_loop_ready(userdata);
	return 0;
}

static int block_signals(void)
{
	sigset_t ours;

	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGTERM);
	(void)sigaddset(&ours, SIGINT);
	(void)sigaddset(&ours, SIGHUP);
	(void)sigaddset(&ours, SIGPIPE);
	return -pthread_sigmask(SIG_BLOCK, &ours, NULL);
}

static int add_sources(struct hvg_loop *loop)
{
	uint64_t patience_us = loop->config.ready_after_us ? loop->config.ready_after_us : READY_AFTER_US;
	int r;

	r = sd_event_add_signal(loop->event, NULL, SIGTERM, on_stop, loop);
	if (r < 0)
		return r;
	r = sd_event_add_signal(loop->event, NULL, SIGINT, on_stop, loop);
	if (r < 0)
		return r;
	r = sd_event_add_signal(loop->event, NULL, SIGHUP, on_reload, loop);
	if (r < 0)
		return r;
	return sd_event_add_time_relative(loop->event, &loop->ready_timer, CLOCK_MONOTONIC, patience_us,
		ACCURACY_US, on_patience, loop);
}

static uint64_t read_watchdog_us(void)
{
	uint64_t timeout_us;

	return sd_watchdog_enabled(false, &timeout_us) > 0 ? timeout_us / 2 : 0;
}

int hvg_loop_new(const struct hvg_loop_config *config, struct hvg_loop **ret)
{
	struct hvg_loop *loop = calloc(1, sizeof(*loop));
	int r;

	if (!loop)
		return -ENOMEM;
	loop->config = *config;
	loop->watchdog_us = read_watchdog_us();
	r = block_signals();
	if (r == 0)
		r = sd_event_new(&loop->event);
	if (r >= 0)
		r = add_sources(loop);
	if (r < 0) {
		(void)hvg_loop_free(loop);
		return r;
	}
	*ret = loop;
	return 0;
}

struct hvg_loop *hvg_loop_free(struct hvg_loop *loop)
{
	if (!loop)
		return NULL;
	(void)sd_event_source_disable_unref(loop->ready_timer);
	(void)sd_event_unref(loop->event);
	free(loop);
	return NULL;
}

sd_event *hvg_loop_event(struct hvg_loop *loop)
{
	return loop->event;
}

int hvg_loop_run(struct hvg_loop *loop)
{
	return sd_event_loop(loop->event);
}

void hvg_loop_exit(struct hvg_loop *loop, int code)
{
	tell_stopping(loop);
	(void)sd_event_exit(loop->event, code);
}

void hvg_loop_ready(struct hvg_loop *loop)
{
	loop->ready_timer = sd_event_source_disable_unref(loop->ready_timer);
	if (loop->is_ready || loop->is_stopping)
		return;
	loop->is_ready = true;
	(void)sd_notify(false, "READY=1");
}

void hvg_loop_status(struct hvg_loop *loop, const char *format, ...)
{
	char raw[STATUS_SIZE], status[STATUS_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	hvg_line_escape(raw, status, sizeof(status)); /* a line break would be a message of its own */
	if (strcmp(status, loop->status) == 0)
		return;
	memcpy(loop->status, status, sizeof(status));
	(void)sd_notifyf(false, "STATUS=%s", status);
}

uint64_t hvg_loop_watchdog_us(const struct hvg_loop *loop)
{
	return loop->watchdog_us;
}

void hvg_loop_alive(struct hvg_loop *loop)
{
	(void)sd_notify(false, "WATCHDOG=1");
}
