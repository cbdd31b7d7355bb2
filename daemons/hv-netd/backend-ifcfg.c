// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * ifcfg files of Red Hat's initscripts, where NetworkManager has nothing to do with the adapter.
 */

#include "hv-netd/backend.h"
#include "hv-netd/systemd.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "format/ifcfg.h"
#include "os/ifcfgs.h"
#include "os/netfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IFUP   HVG_IFCFG_FOLDER "/ifup"
#define IFDOWN HVG_IFCFG_FOLDER "/ifdown"

#define PATIENCE_US (12 * HVG_USEC_PER_SEC)

static enum netd_presence detect(struct netd_context *context, const struct netd_target *target)
{
	char path[256];

	if (hvg_ifcfgs_find(&target->match, path, sizeof(path)) < 0)
		return NETD_ABSENT;
	return access(IFUP, X_OK) == 0 && netd_bus_has(context, "org.freedesktop.systemd1") ? NETD_PRESENT : NETD_COLD;
}

static int edit(struct netd_transaction *transaction, const char *path, struct hvg_span old)
{
	size_t room = old.size + HVG_IPCONFIG_TEXT_SIZE;
	_cleanup_free_ char *text = malloc(room);
	struct hvg_printer printer;
	int r;

	if (!text)
		return -ENOMEM;
	hvg_printer_init(&printer, text, room);
	r = hvg_ifcfg_edit(old, &transaction->target.match, &transaction->config, &printer);
	return r < 0 ? r : netd_edit_print(transaction, path, &printer, 0644);
}

static void warn_about_gateways(struct netd_transaction *transaction)
{
	for (size_t i = 0; i < transaction->config.n_gateways; i++)
		if (hvg_gateway_is_fallback(&transaction->config.gateways[i])) {
			netd_warn(transaction, "ifcfg files have one default gateway; the others are left out");
			return;
		}
}

static int prepare(struct netd_transaction *transaction)
{
	_cleanup_free_ char *old = NULL;
	size_t size = 0;
	char path[256];
	int r;

	if (hvg_ifcfgs_find(&transaction->target.match, path, sizeof(path)) < 0)
		snprintf(path, sizeof(path), HVG_IFCFG_FOLDER "/ifcfg-%s", transaction->target.match.name);
	r = hvg_netfile_read(path, &old, &size);
	if (r < 0 && r != -ENOENT)
		return netd_fail(transaction, r, "%s cannot be read", path);
	warn_about_gateways(transaction);
	netd_warn_about_cloud_init(transaction, path, old ? old : "");
	return edit(transaction, path, (struct hvg_span){ old ? old : "", size });
}

static int leave(struct netd_transaction *transaction)
{
	const char *const argv[] = { IFDOWN, transaction->target.match.name, NULL };

	(void)netd_run(transaction->context, argv, PATIENCE_US, 0); /* it fails for what is not up */
	return 0;
}

static int enter(struct netd_transaction *transaction)
{
	const char *const argv[] = { IFUP, transaction->target.match.name, NULL };
	int r = netd_run(transaction->context, argv, PATIENCE_US, 0);

	return r < 0 ? netd_fail(transaction, r, "ifup %s failed", argv[1]) : 0;
}

const struct netd_backend netd_ifcfg = {
	.name = "ifcfg",
	.detect = detect,
	.prepare = prepare,
	.leave = leave,
	.enter = enter,
};
