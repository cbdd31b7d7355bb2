/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_H
#define HVG_VSSD_H

/*
 * The daemon: the VSS service on an event loop, between the channel driver on the host's side and the
 * deeds of a backup on the guest's.
 */

#include "common/bus.h"
#include "common/channel-driver.h"
#include "common/loop.h"
#include "common/options.h"
#include "common/sleep.h"
#include "hv-vssd/backup.h"
#include "hv-vssd/settings.h"
#include "hvguest/vmbus.h"
#include "service/vss.h"

/* Of the command line, besides those of every daemon. */
struct vssd_options {
	const char *freezer; /* the program */
	uint32_t only_major;
	bool thaws_leftovers;
};

/* Somebody on the bus who waits for the end of a rehearsal. */
struct vssd_waiter {
	struct vssd_waiter *next;
	sd_bus_message *message;
	const struct vssd_report *report; /* once it is over, but for its hooks */
};

struct vssd {
	struct hvg_options options;
	struct vssd_options own;
	struct vssd_settings settings;
	struct hvg_loop *loop;
	struct hvg_channel_driver *driver;
	struct hvg_vmbus_monitor *monitor;
	sd_event_source *monitor_source, *deadline, *tick, *ending;
	char device[64];
	uint8_t registration[HVG_VSS_MESSAGE_SIZE];

	struct hvg_vss vss;
	uint64_t armed_us;
	bool is_pumping, is_stopping;
	enum hvg_vss_state told_state;

	struct vssd_backup backup;
	struct hvg_sleep sleep;
	struct hvg_bus *bus;
	struct vssd_waiter *waiters;
};

/* service.c: the law loop. */
int vssd_service_init(struct vssd *vssd);
void vssd_pump(struct vssd *vssd);
extern const struct hvg_channel_service vssd_channel_service;

/* A deed has ended. To be followed by vssd_pump, outside of perform. */
void vssd_finish(struct vssd *vssd, uint64_t serial, int code);

/* What the settings say, in the service. */
void vssd_service_configure(struct vssd *vssd);

/* bus.c: org.hvguest.Vss1 */
int vssd_bus_init(struct vssd *vssd);
void vssd_bus_done(struct vssd *vssd);
void vssd_bus_state_changed(struct vssd *vssd);
void vssd_bus_applications_changed(struct vssd *vssd);
void vssd_bus_prepare(struct vssd *vssd, const struct vssd_report *report, uint64_t limit_us);
void vssd_bus_thawed(struct vssd *vssd, const struct vssd_report *report, bool has_failed);
void vssd_bus_reported(struct vssd *vssd, const struct vssd_report *report);

/* For those who wait for a rehearsal: it was reported, and its hooks have ended. */
void vssd_bus_rehearsed(struct vssd *vssd, const struct vssd_report *report);

/* publish.c: the result as key-value pairs for the host, by hv-kvpd. */
void vssd_publish(struct vssd *vssd, const struct vssd_report *report);

/* The device's state in a word: "registered", "absent", … */
const char *vssd_device_state(const struct vssd *vssd);

#endif
