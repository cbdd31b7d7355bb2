// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * ifupdown: the stanzas of the interface are replaced where they stand; ifdown with the old ones,
 * ifup with the new ones, as units of systemd's.
 */

#include "hv-netd/backend.h"
#include "hv-netd/systemd.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "format/interfaces.h"
#include "os/ifupdown.h"
#include "os/netfile.h"
#include "os/unitfiles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IFUP   "/sbin/ifup"
#define IFDOWN "/sbin/ifdown"
#define UNIT   "networking.service"

/* ifdown stops a DHCP client, ifup waits for the test for duplicates. */
#define IFDOWN_US (6 * HVG_USEC_PER_SEC)
#define IFUP_US	  (7 * HVG_USEC_PER_SEC)

/* A DHCP server may be slow: what waits for it is not ended with us. */
#define LEASE_US (90 * HVG_USEC_PER_SEC)

/* At boot it brings up the loopback first, and the others at the same time: it is there from then on. */
static bool has_run(const char *name)
{
	return hvg_ifupdown_is_up(name) || hvg_ifupdown_is_up("lo");
}

static enum netd_presence detect(struct netd_context *context, const struct netd_target *target)
{
	const char *name = target->match.name;
	char path[256];

	if (access(IFUP, X_OK) < 0 || hvg_ifupdown_find(name, path, sizeof(path)) < 0)
		return NETD_ABSENT;
	if (has_run(name) && netd_bus_has(context, "org.freedesktop.systemd1"))
		return NETD_PRESENT;
	return hvg_unit_is_enabled(UNIT) ? NETD_COLD : NETD_ABSENT;
}

static int check(struct netd_transaction *transaction, const struct hvg_printer *printer)
{
	struct hvg_ipconfig again;

	if (hvg_interfaces_parse(printer->text, printer->used, transaction->target.match.name, &again) < 0 ||
		!hvg_ipconfig_is_equal(&again, &transaction->config))
		return netd_fail(transaction, -EOPNOTSUPP, "this cannot be written into interfaces(5)");
	return 0;
}

/* The file with the stanzas replaced, or one of our own. */
static int render(struct netd_transaction *transaction, bool has_stanza, struct hvg_span old, struct hvg_printer *printer)
{
	const char *name = transaction->target.match.name;

	if (has_stanza)
		return hvg_interfaces_edit(old, name, &transaction->config, printer);
	hvg_interfaces_render(name, &transaction->config, printer);
	return 0;
}

static int edit(struct netd_transaction *transaction, const char *path, bool has_stanza, struct hvg_span old)
{
	size_t room = old.size + HVG_IPCONFIG_TEXT_SIZE;
	_cleanup_free_ char *text = malloc(room);
	struct hvg_printer printer;
	int r;

	if (!text)
		return -ENOMEM;
	hvg_printer_init(&printer, text, room);
	r = render(transaction, has_stanza, old, &printer);
	if (r == -EOPNOTSUPP)
		return netd_fail(transaction, r, "the stanza of %s in %s is of a kind that only ifupdown understands",
			transaction->target.match.name, path);
	if (r >= 0)
		r = check(transaction, &printer);
	return r < 0 ? r : netd_edit_print(transaction, path, &printer, 0644);
}

static int prepare(struct netd_transaction *transaction)
{
	const char *name = transaction->target.match.name;
	_cleanup_free_ char *old = NULL;
	char path[256];
	bool has_stanza = hvg_ifupdown_find(name, path, sizeof(path)) >= 0;
	size_t size = 0;
	int r;

	if (!has_stanza)
		snprintf(path, sizeof(path), "/etc/network/interfaces.d/hvguest-%s", name);
	r = has_stanza ? hvg_netfile_read(path, &old, &size) : 0;
	if (r < 0)
		return netd_fail(transaction, r, "%s cannot be read", path);
	netd_warn_about_cloud_init(transaction, path, old ? old : "");
	return edit(transaction, path, has_stanza, (struct hvg_span){ old ? old : "", size });
}

/* An interface that is not up is no failure. */
static int leave(struct netd_transaction *transaction)
{
	const char *name = transaction->target.match.name;
	const char *const argv[] = { IFDOWN, "--force", name, NULL };
	int r = netd_run(transaction->context, argv, IFDOWN_US, 0);

	if (r < 0 && hvg_ifupdown_is_up(name))
		return netd_fail(transaction, r, "ifdown %s failed; `journalctl -t ifdown` may tell more", name);
	return 0;
}

static int enter(struct netd_transaction *transaction)
{
	const char *name = transaction->target.match.name;
	const char *const argv[] = { IFUP, "--force", name, NULL };
	bool may_go_on = transaction->is_undoing || transaction->config.ipv4 == HVG_IPV4_DHCP;
	int r = netd_run(transaction->context, argv, IFUP_US, may_go_on ? LEASE_US : 0);

	if (r == -EINPROGRESS && may_go_on) {
		netd_warn(transaction, "ifup is still waiting for a lease");
		return 0;
	}
	return r < 0 ? netd_fail(transaction, r, "ifup %s %s", name, r == -ETIMEDOUT ? "took too long" : "failed") : 0;
}

const struct netd_backend netd_ifupdown = {
	.name = "ifupdown",
	.detect = detect,
	.prepare = prepare,
	.leave = leave,
	.enter = enter,
};
