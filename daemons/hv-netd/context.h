/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_NETD_CONTEXT_H
#define HVG_NETD_CONTEXT_H

/*
 * What a transaction works with: settings, places, a connection to the bus, the kernel's tables, and
 * the time by which it must be over. It lives in the worker's thread, where waiting is allowed.
 */

#include "format/ipconfig.h"
#include "hv-netd/settings.h"
#include "os/netaddr.h"
#include "service/adapter.h"

#include <systemd/sd-bus.h>

struct netd_context {
	const struct netd_settings *settings;
	const char *sysfs;    /* "/sys" */
	const char *state;    /* "/var/lib/hvguest/net" */
	uint64_t deadline_us; /* CLOCK_MONOTONIC */
	uint64_t undo_us;     /* what going back may take after that */
	sd_bus *bus;	      /* NULL: there is none (yet) */
	bool is_subscribed;   /* to systemd's signals */
	struct hvg_netaddr *netaddr;
};

/* One adapter, in words that stay when the kernel's tables change. */
struct netd_target {
	char guid[40];	  /* lower case, no braces */
	char adapter[HVG_NETIF_NAME_SIZE]; /* the synthetic interface */
	uint32_t index;			   /* of the bearer */
	struct hvg_netmatch match;	   /* of the bearer: where addresses live */
	bool is_master;			   /* the bearer is a bridge, bond or team */
	bool has_carrier;
	uint32_t rank; /* among the synthetic adapters, by index: the first has the default route */
};

/* The bus and the tables are opened; the caller has filled in the rest. */
int netd_context_open(struct netd_context *context);
void netd_context_close(struct netd_context *context);

uint64_t netd_now_us(void);

/* What is left until the deadline, at most patience_us and at least a moment. */
uint64_t netd_patience_us(const struct netd_context *context, uint64_t patience_us);

/* Refreshes the tables. id is a GUID, a MAC, or the name of a synthetic interface. -ENODEV */
int netd_target_find(struct netd_context *context, const char *id, struct netd_target *ret);

/* Now, and not when it was found. */
bool netd_target_has_carrier(struct netd_context *context, const struct netd_target *target);

/* All synthetic adapters; the caller frees *ret. */
int netd_target_list(struct netd_context *context, struct netd_target **ret, size_t *ret_n);

#endif
