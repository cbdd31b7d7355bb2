// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The driver is one loop, drive(): ask the channel what to do, do it, tell how it went. Everything
 * that happens (the device is readable, time has passed, somebody calls) tells the channel first,
 * and then drives.
 */

#include "common/channel-driver.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "common/journal.h"
#include "common/message-ids.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

/* How often to look for a device that nobody will announce. */
#define LOOK_US (250 * HVG_USEC_PER_MSEC)

#define ACCURACY_US (10 * HVG_USEC_PER_MSEC)

struct hvg_channel_driver {
	struct hvg_channel_driver_config config;
	struct hvg_transport transport;
	struct hvg_chardev_transport chardev; /* the transport, if no other was given */
	struct hvg_channel channel;
	sd_event *event;
	sd_event_source *io, *timer;
	int sent;	   /* how the last SEND went */
	uint64_t armed_us; /* when the timer is due */
	bool told_registered;
	int told_error;
};

/* Not sd_event_now(): a stall inside an iteration must be seen too. */
static uint64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC;
}

static void drive(struct hvg_channel_driver *driver);

/* One message. */
static void receive(struct hvg_channel_driver *driver)
{
	const void *bytes;
	int n = driver->transport.ops->recv(driver->transport.at, &bytes);

	if (n > 0)
		hvg_channel_recv(&driver->channel, bytes, (size_t)n, now_us());
	else if (n < 0 && n != -EINTR && n != -EAGAIN)
		hvg_channel_hangup(&driver->channel, n);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct hvg_channel_driver *driver = userdata;

	if (!hvg_channel_wake(&driver->channel, now_us())) {
		/* One read for each time it is readable: these devices block on the next. */
		if (events & (EPOLLHUP | EPOLLERR))
			hvg_channel_hangup(&driver->channel, -ENODEV);
		else
			receive(driver);
	}
	drive(driver);
	return 0;
}

static int open_device(struct hvg_channel_driver *driver)
{
	const struct hvg_transport *transport = &driver->transport;
	int is_ready, r;

	is_ready = transport->ops->open(transport->at);
	if (is_ready < 0)
		return is_ready;
	r = sd_event_add_io(driver->event, &driver->io, transport->ops->get_fd(transport->at), EPOLLIN, on_io,
		driver);
	if (r < 0) {
		transport->ops->close(transport->at);
		return r;
	}
	return is_ready;
}

static void close_device(struct hvg_channel_driver *driver)
{
	driver->io = sd_event_source_disable_unref(driver->io);
	driver->config.service->lost(driver->config.userdata);
	driver->transport.ops->close(driver->transport.at);
}

static int perform(struct hvg_channel_driver *driver, const struct hvg_channel_action *action)
{
	const struct hvg_channel_driver_config *config = &driver->config;

	switch (action->kind) {
	case HVG_CHANNEL_OPEN:
		return open_device(driver);
	case HVG_CHANNEL_REGISTER:
		return driver->transport.ops->send(driver->transport.at, config->registration,
			config->registration_size);
	case HVG_CHANNEL_ACCEPT:
		return config->service->accept(config->userdata, action->bytes, action->size);
	case HVG_CHANNEL_SERVE:
		config->service->serve(config->userdata, action->bytes, action->size);
		return 0;
	case HVG_CHANNEL_SEND:
		driver->sent = driver->transport.ops->reply(driver->transport.at, action->bytes, action->size);
		return driver->sent;
	case HVG_CHANNEL_CLOSE:
		close_device(driver);
		return 0;
	case HVG_CHANNEL_WAIT:
		break;
	}
	return 0;
}

static void log_device(const struct hvg_channel_driver *driver, int level, const char *id, const char *what)
{
	const char *path = driver->config.path;

	hvg_log_entry(&(struct hvg_log_entry){ level, id, HVG_FIELDS({ "HVGUEST_DEVICE", path }) }, "%s (%s) %s.",
		driver->config.name, path, what);
}

static void log_error(const struct hvg_channel_driver *driver)
{
	int error = driver->channel.error;
	char text[128];

	switch (-error) {
	case 0:
		break;
	case ENOENT:
		log_device(driver, LOG_NOTICE, HVG_MSG_DEVICE_ABSENT, "is not offered by the host; waiting for it");
		break;
	case ENODEV:
		log_device(driver, LOG_NOTICE, HVG_MSG_DEVICE_WITHDRAWN, "was withdrawn by the host; waiting for it");
		break;
	case EBUSY:
		log_device(driver, LOG_WARNING, HVG_MSG_DEVICE_BUSY,
			"is held by another program (the kernel tree's daemon, an initramfs tool?); trying again until it is free");
		break;
	case ESTALE:
		log_device(driver, LOG_WARNING, HVG_MSG_STALLED,
			"is opened anew, and what it held is not served: we were stopped for longer than the kernel waits");
		break;
	default:
		(void)snprintf(text, sizeof(text), "failed: %s; trying again", strerror(-error));
		log_device(driver, LOG_WARNING, HVG_MSG_DEVICE_FAILED, text);
		break;
	}
}

/* Only ever moved forward: a deadline that is over when the timer comes does no harm. */
static void arm(struct hvg_channel_driver *driver)
{
	if (driver->channel.deadline_us >= driver->armed_us)
		return;
	driver->armed_us = driver->channel.deadline_us;
	(void)sd_event_source_set_time(driver->timer, driver->armed_us);
	(void)sd_event_source_set_enabled(driver->timer, SD_EVENT_ONESHOT);
}

/* Whatever the status tells about: whether we are registered, and why not. */
static void tell(struct hvg_channel_driver *driver)
{
	bool is_registered = hvg_channel_is_registered(&driver->channel);
	int error = driver->channel.error;

	if (is_registered == driver->told_registered && error == driver->told_error)
		return;
	if (error != driver->told_error)
		log_error(driver);
	driver->told_registered = is_registered;
	driver->told_error = error;
	driver->config.service->changed(driver->config.userdata);
}

static void perform_all(struct hvg_channel_driver *driver)
{
	struct hvg_channel_action action;

	while (action = hvg_channel_next(&driver->channel, now_us()), action.kind != HVG_CHANNEL_WAIT) {
		int result = perform(driver, &action);

		hvg_channel_done(&driver->channel, action.serial, result, now_us());
	}
}

static bool has_more(const struct hvg_channel_driver *driver)
{
	const struct hvg_transport *transport = &driver->transport;

	return transport->ops->has_more && driver->channel.state == HVG_CHANNEL_READY &&
	       transport->ops->has_more(transport->at);
}

static void drive(struct hvg_channel_driver *driver)
{
	perform_all(driver);
	while (has_more(driver)) {
		receive(driver);
		perform_all(driver);
	}
	arm(driver);
	tell(driver);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct hvg_channel_driver *driver = userdata;

	driver->armed_us = HVG_NEVER;
	hvg_channel_driver_tick(driver);
	return 0;
}

int hvg_channel_driver_new(sd_event *event, const struct hvg_channel_driver_config *config,
	struct hvg_channel_driver **ret)
{
	struct hvg_channel_config channel = {
		.patience_us = config->patience_us,
		.look_us = config->looks_for_path ? LOOK_US : 0,
	};
	struct hvg_channel_driver *driver = calloc(1, sizeof(*driver));
	int r;

	if (!driver)
		return -ENOMEM;
	driver->config = *config;
	hvg_chardev_transport_init(&driver->chardev, config->path);
	driver->transport = config->transport.ops ? config->transport : hvg_chardev_transport(&driver->chardev);
	driver->armed_us = 0;
	driver->event = sd_event_ref(event);
	hvg_channel_init(&driver->channel, &channel, now_us());
	r = sd_event_add_time(event, &driver->timer, CLOCK_MONOTONIC, 0, ACCURACY_US, on_time, driver);
	if (r < 0) {
		(void)hvg_channel_driver_free(driver);
		return r;
	}
	*ret = driver;
	return 0;
}

struct hvg_channel_driver *hvg_channel_driver_free(struct hvg_channel_driver *driver)
{
	if (!driver)
		return NULL;
	hvg_channel_stop(&driver->channel);
	drive(driver);
	(void)sd_event_source_disable_unref(driver->timer);
	(void)sd_event_unref(driver->event);
	free(driver);
	return NULL;
}

void hvg_channel_driver_set_patience(struct hvg_channel_driver *driver, uint64_t patience_us)
{
	hvg_channel_set_patience(&driver->channel, patience_us);
}

int hvg_channel_driver_send(struct hvg_channel_driver *driver, const void *bytes, size_t size)
{
	int r = hvg_channel_send(&driver->channel, bytes, size, now_us());

	if (r < 0)
		return r;
	drive(driver);
	return driver->sent;
}

void hvg_channel_driver_lend(struct hvg_channel_driver *driver)
{
	(void)sd_event_source_set_enabled(driver->io, SD_EVENT_OFF);
}

/* A device that cannot be watched is as good as lost: it is opened anew. */
void hvg_channel_driver_take_back(struct hvg_channel_driver *driver, int result, uint64_t received_us)
{
	int r = driver->io ? sd_event_source_set_enabled(driver->io, SD_EVENT_ON) : 0;

	if (r < 0)
		result = r;
	if (result == -EINPROGRESS)
		hvg_channel_resume(&driver->channel, received_us);
	else if (result < 0)
		hvg_channel_hangup(&driver->channel, result);
	else
		hvg_channel_answered(&driver->channel);
	drive(driver);
}

void hvg_channel_driver_tick(struct hvg_channel_driver *driver)
{
	(void)hvg_channel_wake(&driver->channel, now_us());
	drive(driver);
}

void hvg_channel_driver_appeared(struct hvg_channel_driver *driver)
{
	hvg_channel_appeared(&driver->channel);
	drive(driver);
}

void hvg_channel_driver_sleep(struct hvg_channel_driver *driver)
{
	hvg_channel_sleep(&driver->channel);
	drive(driver);
}

void hvg_channel_driver_awaken(struct hvg_channel_driver *driver)
{
	hvg_channel_awaken(&driver->channel);
	drive(driver);
}

const struct hvg_channel *hvg_channel_driver_channel(const struct hvg_channel_driver *driver)
{
	return &driver->channel;
}
