// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The bus is a connection of its own, not the loop's: here calls wait for their answers.
 */

#include "hv-netd/context.h"

#include "base/cleanup.h"
#include "base/guid.h"
#include "base/units.h"
#include "os/synthetic.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A call is never given less: its answer may lie there already. */
#define MOMENT_US (100 * HVG_USEC_PER_MSEC)

/* For calls that do no more than answer. */
#define ANSWER_US (5 * HVG_USEC_PER_SEC)

#define SYSTEM_BUS_SOCKET "/run/dbus/system_bus_socket"

uint64_t netd_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC;
}

uint64_t netd_patience_us(const struct netd_context *context, uint64_t patience_us)
{
	uint64_t now_us = netd_now_us();
	uint64_t left_us = context->deadline_us > now_us ? context->deadline_us - now_us : 0;

	return HVG_MAX(HVG_MIN(left_us, patience_us), MOMENT_US);
}

/* A socket that nobody listens on yet would make us wait. */
static void open_bus(struct netd_context *context)
{
	if (!secure_getenv("DBUS_SYSTEM_BUS_ADDRESS") && access(SYSTEM_BUS_SOCKET, F_OK) < 0)
		return;
	if (sd_bus_open_system(&context->bus) < 0)
		context->bus = NULL;
	else
		(void)sd_bus_set_method_call_timeout(context->bus, netd_patience_us(context, ANSWER_US));
}

int netd_context_open(struct netd_context *context)
{
	int r = hvg_netaddr_new(&context->netaddr);

	if (r < 0)
		return r;
	r = hvg_netaddr_refresh(context->netaddr);
	if (r < 0)
		return r;
	open_bus(context);
	return 0;
}

void netd_context_close(struct netd_context *context)
{
	context->bus = sd_bus_flush_close_unref(context->bus);
	context->netaddr = hvg_netaddr_free(context->netaddr);
}

/* Adapters. */

static void describe_match(const struct hvg_netif *netif, bool is_master, struct hvg_netmatch *ret)
{
	*ret = (struct hvg_netmatch){ 0 };
	snprintf(ret->name, sizeof(ret->name), "%s", netif->name);
	if (is_master)
		return;
	ret->mac_is_permanent = netif->permanent_mac.is_known;
	ret->mac = ret->mac_is_permanent ? netif->permanent_mac : netif->mac;
	hvg_netif_driver(netif->name, ret->driver, sizeof(ret->driver));
}

static void describe(const struct hvg_adapter *adapter, const char *guid, struct netd_target *ret)
{
	struct hvg_guid parsed;

	*ret = (struct netd_target){ .index = adapter->bearer->index };
	if (hvg_guid_parse(guid, &parsed) >= 0)
		hvg_guid_render(&parsed, ret->guid);
	snprintf(ret->adapter, sizeof(ret->adapter), "%s", adapter->netif->name);
	ret->is_master = adapter->bearer != adapter->netif;
	ret->has_carrier = adapter->bearer->flags & IFF_RUNNING;
	describe_match(adapter->bearer, ret->is_master, &ret->match);
}

static uint32_t rank_of(const struct hvg_synthetics *synthetics, uint32_t index)
{
	uint32_t rank = 0;

	for (size_t i = 0; i < synthetics->n; i++)
		rank += synthetics->items[i].index < index;
	return rank;
}

static const char *guid_of(const struct hvg_synthetics *synthetics, uint32_t index)
{
	for (size_t i = 0; i < synthetics->n; i++)
		if (synthetics->items[i].index == index)
			return synthetics->items[i].guid;
	return "";
}

static void free_synthetics(struct hvg_synthetics *synthetics)
{
	free((void *)(uintptr_t)synthetics->items);
}

/* An interface's name stands for its GUID. */
static const char *resolve(const struct hvg_synthetics *synthetics, const char *id)
{
	unsigned int index = strlen(id) < IFNAMSIZ ? if_nametoindex(id) : 0;
	const char *guid = index ? guid_of(synthetics, index) : "";

	return *guid ? guid : id;
}

static int refresh(struct netd_context *context, struct hvg_synthetics *ret)
{
	int r = hvg_netaddr_refresh(context->netaddr);

	if (r < 0)
		return r;
	r = hvg_synthetic_list(context->sysfs, ret);
	return r == -ENOENT ? -ENODEV : r;
}

int netd_target_find(struct netd_context *context, const char *id, struct netd_target *ret)
{
	_cleanup_(free_synthetics) struct hvg_synthetics synthetics = { 0 };
	struct hvg_adapter adapter;
	int r = refresh(context, &synthetics);

	if (r < 0)
		return r;
	r = hvg_adapter_find(hvg_netaddr_facts(context->netaddr), &synthetics, resolve(&synthetics, id), &adapter);
	if (r < 0)
		return r == -EINVAL ? -ENODEV : r;
	describe(&adapter, guid_of(&synthetics, adapter.netif->index), ret);
	ret->rank = rank_of(&synthetics, adapter.netif->index);
	return 0;
}

bool netd_target_has_carrier(struct netd_context *context, const struct netd_target *target)
{
	struct netd_target now;

	return netd_target_find(context, target->guid, &now) >= 0 && now.has_carrier;
}

int netd_target_list(struct netd_context *context, struct netd_target **ret, size_t *ret_n)
{
	_cleanup_(free_synthetics) struct hvg_synthetics synthetics = { 0 };
	_cleanup_free_ struct netd_target *targets = NULL;
	size_t n = 0;
	int r = refresh(context, &synthetics);

	if (r < 0 && r != -ENODEV)
		return r;
	targets = calloc(synthetics.n + 1, sizeof(*targets));
	if (!targets)
		return -ENOMEM;
	for (size_t i = 0; i < synthetics.n; i++) {
		struct hvg_adapter adapter;

		if (hvg_adapter_find(hvg_netaddr_facts(context->netaddr), &synthetics, synthetics.items[i].guid, &adapter) >= 0)
			describe(&adapter, synthetics.items[i].guid, &targets[n++]);
	}
	*ret_n = n;
	*ret = hvg_take_ptr(targets);
	return 0;
}
