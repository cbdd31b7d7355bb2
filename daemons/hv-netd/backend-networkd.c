// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * systemd-networkd: a .network file of our own that sorts before the site's, then Reload and
 * ReconfigureLink. The daemon is never restarted: other interfaces do not notice.
 */

#include "hv-netd/backend.h"
#include "hv-netd/systemd.h"

#include "base/units.h"
#include "format/networkd.h"
#include "os/unitfiles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE "org.freedesktop.network1"
#define PATH	"/org/freedesktop/network1"
#define MANAGER "org.freedesktop.network1.Manager"
#define LINK	"org.freedesktop.network1.Link"
#define UNIT	"systemd-networkd.service"

#define PATIENCE_US (5 * HVG_USEC_PER_SEC)

/* "unmanaged", "configured", …; -ENODEV if networkd does not know the link. */
static int read_state(struct netd_context *context, const struct netd_target *target, char *ret, size_t ret_size)
{
	const struct netd_call by_index = { SERVICE, PATH, MANAGER, "GetLinkByIndex", PATIENCE_US };
	sd_bus_message *reply = NULL;
	const char *name, *path;
	char *state = NULL;
	int r;

	r = netd_call(context, &by_index, &reply, "i", (int)target->index);
	if (r >= 0)
		r = sd_bus_message_read(reply, "so", &name, &path);
	if (r >= 0)
		r = sd_bus_get_property_string(context->bus, SERVICE, path, LINK, "AdministrativeState", NULL, &state);
	sd_bus_message_unref(reply);
	if (r < 0)
		return r;
	snprintf(ret, ret_size, "%s", state);
	free(state);
	return 0;
}

static enum netd_presence detect(struct netd_context *context, const struct netd_target *target)
{
	char state[32];
	int r;

	if (!netd_bus_has(context, SERVICE))
		return hvg_unit_is_enabled(UNIT) ? NETD_COLD : NETD_ABSENT;
	r = read_state(context, target, state, sizeof(state));
	if (r < 0)
		return r == -ETIMEDOUT ? NETD_SILENT : NETD_ABSENT;
	return strcmp(state, "unmanaged") == 0 || strcmp(state, "linger") == 0 ? NETD_ABSENT : NETD_PRESENT;
}

static int prepare(struct netd_transaction *transaction)
{
	char text[HVG_IPCONFIG_TEXT_SIZE], path[128], key[HVG_MAC_TEXT_SIZE];
	struct hvg_ipconfig again;
	struct hvg_printer printer;

	hvg_printer_init(&printer, text, sizeof(text));
	hvg_networkd_render(&transaction->target.match, &transaction->config, &printer);
	if (hvg_networkd_parse(text, printer.used, &again) < 0 || !hvg_ipconfig_is_equal(&again, &transaction->config))
		return netd_fail(transaction, -EOPNOTSUPP, "this cannot be written as a .network file");
	netd_target_key(&transaction->target, key);
	snprintf(path, sizeof(path), "/etc/systemd/network/05-hvguest-%s.network", key);
	return netd_edit_print(transaction, path, &printer, 0644);
}

static int enter(struct netd_transaction *transaction)
{
	struct netd_context *context = transaction->context;
	const struct netd_call reload = { SERVICE, PATH, MANAGER, "Reload", PATIENCE_US, transaction->reason };
	const struct netd_call reconfigure = { SERVICE, PATH, MANAGER, "ReconfigureLink", PATIENCE_US,
		transaction->reason };
	int r = netd_call(context, &reload, NULL, "");

	return r < 0 ? r : netd_call(context, &reconfigure, NULL, "i", (int)transaction->target.index);
}

const struct netd_backend netd_networkd = {
	.name = "networkd",
	.may_return = true,
	.detect = detect,
	.prepare = prepare,
	.enter = enter,
};
