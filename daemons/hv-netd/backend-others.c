// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Managers that are known, and not supported: an adapter is not taken from them, and the host
 * is told whose it is. `Script=` in net.conf is the way to serve them.
 */

#include "hv-netd/backend.h"
#include "hv-netd/systemd.h"

#include "base/units.h"
#include "os/unitfiles.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* Each manages all adapters that it is not told to leave alone. */
static const struct other {
	const char *name, *unit;
	const char *bus_name; /* or NULL */
	const char *pid_file; /* or NULL */
} others[] = {
	{ "ConnMan", "connman.service", "net.connman", NULL },
	{ "dhcpcd", "dhcpcd.service", NULL, "/run/dhcpcd/pid" },
	{ "wicked", "wickedd.service", "org.opensuse.Network", NULL },
};

static bool runs(struct netd_context *context, const struct other *other)
{
	if (other->bus_name && netd_bus_has(context, other->bus_name))
		return true;
	return other->pid_file && access(other->pid_file, F_OK) == 0;
}

static const struct other *find(struct netd_context *context, enum netd_presence *ret_presence)
{
	for (size_t i = 0; i < HVG_ELEMENTS(others); i++) {
		*ret_presence = runs(context, &others[i])      ? NETD_PRESENT
			: hvg_unit_is_enabled(others[i].unit) ? NETD_COLD
							       : NETD_ABSENT;
		if (*ret_presence != NETD_ABSENT)
			return &others[i];
	}
	return NULL;
}

static enum netd_presence detect(struct netd_context *context, const struct netd_target *target)
{
	enum netd_presence presence;

	return find(context, &presence) ? presence : NETD_ABSENT;
}

static int prepare(struct netd_transaction *transaction)
{
	enum netd_presence presence;
	const struct other *other = find(transaction->context, &presence);

	return netd_fail(transaction, -EOPNOTSUPP,
		"%s manages %s, and is not supported; Script= may do it",
		other ? other->name : "somebody", transaction->target.match.name);
}

/* Nothing was ever changed, so there is nothing to go back from. */
static int enter(struct netd_transaction *transaction)
{
	return -EOPNOTSUPP;
}

const struct netd_backend netd_others = {
	.name = "unsupported",
	.detect = detect,
	.prepare = prepare,
	.enter = enter,
};
