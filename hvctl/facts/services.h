/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_SERVICES_H
#define HVG_HVCTL_SERVICES_H

/*
 * The integration services, and the daemons that serve some of them, ours and others'.
 */

#include "hvctl/facts/guest.h"

struct service {
	const char *class_guid, *instance;
	const char *module;    /* its driver's */
	const char *host_name; /* as Enable-VMIntegrationService -Name wants it; NULL: no
				  service of that kind */
	const char *host_fix;  /* then: how the host gives it */

	/* Where a daemon serves it; lists end with NULL. */
	const char *node;             /* "/dev/vmbus/hv_kvp"; NULL: the kernel alone does */
	const char *const *processes; /* as /proc/PID/comm has them, ours first */
	const char *const *units;     /* ours first */
};

extern const struct service service_shutdown, service_time, service_heartbeat, service_kvp,
	service_vss, service_fcopy, service_memory, service_mouse, service_keyboard,
	service_video;

/* A daemon that serves. */
struct attached {
	char name[32]; /* "hv-kvpd" */
	bool is_ours;
	bool is_certain; /* it was seen to hold the device open, which takes root */
	struct fact evidence;
};

/* Whether a daemon of the service runs; the one that holds the device, if that can be seen. */
bool service_find_daemon(
	const struct guest *guest, const struct service *service, struct attached *ret);

/* How many of its daemons run, by process. */
size_t service_count_daemons(const struct guest *guest, const struct service *service);

/*
 * A unit's state as systemd tells it: "active", "inactive", …; "masked"; missing if it has no such
 * unit.
 */
struct fact unit_fact(const struct guest *guest, const char *unit);
bool unit_is_active(const struct guest *guest, const char *unit);

/* Whether a process of that name (15 characters at most) runs. */
bool process_runs(const struct guest *guest, const char *name, struct fact *ret);

/* How often the host has signalled on all channels of a device; -1 if the kernel does not
 * count. */
int64_t device_signals(
	const struct guest *guest, const struct device *device, struct fact *ret);

#endif
