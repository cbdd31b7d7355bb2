// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Nobody manages the adapter: the kernel is told by us, now and at each boot (`hv-netd --restore`),
 * from a file of ours for each adapter.
 */

#include "hv-netd/backend.h"

#include "base/cleanup.h"
#include "os/netfile.h"
#include "os/netset.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static enum netd_presence detect(struct netd_context *context, const struct netd_target *target)
{
	return NETD_PRESENT;
}

static int prepare(struct netd_transaction *transaction)
{
	char text[HVG_IPCONFIG_TEXT_SIZE], path[256];
	struct hvg_printer printer;

	if (transaction->config.ipv4 == HVG_IPV4_DHCP)
		return netd_fail(transaction, -EOPNOTSUPP, "no network manager is here that could do DHCP");
	hvg_printer_init(&printer, text, sizeof(text));
	hvg_print(&printer, "# Written by hv-netd(8): the IP configuration that the Hyper-V host injected.\n");
	hvg_ipconfig_render(&transaction->config, &printer);
	snprintf(path, sizeof(path), "%s/static/%s", transaction->context->state, transaction->target.guid);
	return netd_edit_print(transaction, path, &printer, 0600);
}

static int enter(struct netd_transaction *transaction)
{
	const struct hvg_ipconfig *config = transaction->is_undoing ? &transaction->before : &transaction->config;
	int r = hvg_netset_apply(transaction->context->netaddr, transaction->target.index, config);

	return r < 0 ? netd_fail(transaction, r, "the kernel refuses it: %s", strerror(-r)) : 0;
}

const struct netd_backend netd_none = {
	.name = "none",
	.detect = detect,
	.prepare = prepare,
	.enter = enter,
};
