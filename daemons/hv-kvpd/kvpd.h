/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_KVPD_H
#define HVG_KVPD_H

/*
 * The daemon: the KVP service on an event loop, between the channel driver on the host's side and
 * the pools, the facts and hv-netd on the guest's.
 */

#include "common/bus.h"
#include "common/channel-driver.h"
#include "common/loop.h"
#include "common/options.h"
#include "common/sleep.h"
#include "hv-kvpd/facts.h"
#include "hv-kvpd/link.h"
#include "hv-kvpd/netd.h"
#include "hv-kvpd/pools.h"
#include "hv-kvpd/settings.h"
#include "hv-kvpd/watch.h"
#include "hvguest/vmbus.h"
#include "service/kvp.h"

/* What the bus tells about the last request. */
struct kvpd_last {
	uint64_t realtime_us; /* 0: there was none */
	char request[64];     /* "SET guest" */
	char error[128];      /* of the last request that failed, or "" */
};

struct kvpd {
	struct hvg_options options;
	struct kvpd_settings settings;
	struct hvg_loop *loop;
	bool is_ending; /* nothing begins any more */
	struct hvg_channel_driver *driver;
	struct hvg_vmbus_monitor *monitor;
	sd_event_source *monitor_source, *deadline, *opening, *tick;
	char device[64];
	uint8_t registration[HVG_KVP_MESSAGE_SIZE];

	struct hvg_kvp kvp;
	struct hvg_job *job; /* of the pools, for the request that is being served */
	uint64_t job_serial, ip_serial, armed_us;

	struct kvpd_pools pools;
	struct kvpd_watch watch;
	struct kvpd_facts facts;
	struct kvpd_link link;
	struct kvpd_netd netd;
	struct hvg_sleep sleep;
	struct hvg_bus *bus;
	bool is_listing; /* a pool, for somebody on the bus */
	struct kvpd_last last;
};

/* service.c: the law loop. */
int kvpd_service_init(struct kvpd *kvpd);
extern const struct hvg_channel_service kvpd_channel_service;

/* bus.c: org.hvguest.Kvp1 */
int kvpd_bus_init(struct kvpd *kvpd);
void kvpd_bus_changed(struct kvpd *kvpd, enum hvg_pool pool, const char *key, const char *what);
void kvpd_bus_state_changed(struct kvpd *kvpd); /* the properties about the device */

void kvpd_bus_failed(struct kvpd *kvpd); /* a request of the host's: LastError */

/* The state in a word: "registered", "absent", … */
const char *kvpd_state(const struct kvpd *kvpd);

#endif
