// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Nobody manages the adapter: the kernel is told by us, now and whenever the adapter appears (`hv-netd
 * --restore`, which udev's rule has started), from a file of ours for each adapter.
 */

#include "hv-netd/transaction.h"

#include "base/cleanup.h"
#include "os/netfile.h"
#include "os/netset.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void file_path(const struct netd_transaction *transaction, char ret[static NETD_TEXT_SIZE])
{
	snprintf(ret, NETD_TEXT_SIZE, "%s/static/%s", transaction->context->state, transaction->target.guid);
}

static enum netd_presence detect(struct netd_context *context, const struct netd_target *target)
{
	return NETD_PRESENT;
}

static int prepare(struct netd_transaction *transaction)
{
	char text[HVG_IPCONFIG_TEXT_SIZE], path[NETD_TEXT_SIZE];
	struct hvg_printer printer;

	if (transaction->config.ipv4 == HVG_IPV4_DHCP)
		return netd_fail(transaction, -EOPNOTSUPP, "no network manager is here that could do DHCP");
	hvg_printer_init(&printer, text, sizeof(text));
	hvg_print(&printer, "# Written by hv-netd(8): the IP configuration that the Hyper-V host injected.\n");
	hvg_ipconfig_render(&transaction->config, &printer);
	file_path(transaction, path);
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

/* An adapter that has appeared. */

static int read_config(struct netd_transaction *transaction)
{
	_cleanup_free_ char *text = NULL;
	char path[NETD_TEXT_SIZE];
	size_t size;
	int r;

	file_path(transaction, path);
	r = hvg_netfile_read(path, &text, &size);
	return r < 0 ? r : hvg_ipconfig_parse(text, size, &transaction->config);
}

/* 1: there is something to put on it. 0: nothing was injected, or somebody manages it since. */
static int find(struct netd_transaction *transaction, const char *adapter)
{
	struct netd_context *context = transaction->context;
	enum netd_presence presence;
	int r = netd_target_find(context, adapter, &transaction->target);

	if (r < 0)
		return r;
	r = read_config(transaction);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return netd_backend_choose(context, &transaction->target, &presence) == &netd_none;
}

void netd_restore(struct netd_context *context, const char *adapter, struct netd_outcome *ret)
{
	struct netd_transaction transaction = { .context = context, .backend = &netd_none };
	enum netd_result result = NETD_UNCHANGED;
	int r = find(&transaction, adapter);

	if (r > 0) {
		r = enter(&transaction);
		result = NETD_APPLIED;
	}
	if (r == -ENODEV) { /* it has gone again */
		r = 0;
		result = NETD_UNCHANGED;
	}
	netd_report(&transaction, r < 0 ? NETD_FAILED : result, r, ret);
}
