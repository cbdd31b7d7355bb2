// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * netplan: a file of our own with a definition of its own (format/netplan.h says why), and Apply over
 * its bus. Behind it is networkd or NetworkManager, and which of them has the adapter decides.
 */

#include "hv-netd/backend.h"
#include "hv-netd/systemd.h"

#include "base/units.h"
#include "format/netplan.h"
#include "os/unitfiles.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SERVICE "io.netplan.Netplan"
#define PATH	"/io/netplan/Netplan"
#define PROGRAM "/usr/sbin/netplan"

/* netplan is written in Python, and starts when it is called. */
#define PATIENCE_US (15 * HVG_USEC_PER_SEC)

/* What goes back is not ended with us: the manager behind netplan may hang for a while. */
#define GO_BACK_US (90 * HVG_USEC_PER_SEC)

static bool has_files(void)
{
	static const char *const patterns[] = { "/etc/netplan/*.yaml", "/usr/lib/netplan/*.yaml", "/run/netplan/*.yaml" };

	for (size_t i = 0; i < HVG_ELEMENTS(patterns); i++)
		if (hvg_any_file(patterns[i]))
			return true;
	return false;
}

static enum netd_presence detect(struct netd_context *context, const struct netd_target *target)
{
	enum netd_presence networkmanager, networkd;

	if (access(PROGRAM, X_OK) < 0 || !has_files() || target->is_master)
		return NETD_ABSENT;
	networkmanager = netd_networkmanager.detect(context, target);
	networkd = netd_networkd.detect(context, target);
	if (networkmanager == NETD_SILENT || networkd == NETD_SILENT)
		return NETD_SILENT;
	if (networkmanager == NETD_PRESENT || networkd == NETD_PRESENT)
		return NETD_PRESENT;
	return networkmanager == NETD_COLD || networkd == NETD_COLD ? NETD_COLD : NETD_ABSENT;
}

/* Who has it now; else who will: networkd is netplan's own default. */
static const char *choose_renderer(const struct netd_transaction *transaction)
{
	enum netd_presence networkd = netd_networkd.detect(transaction->context, &transaction->target);
	enum netd_presence networkmanager = netd_networkmanager.detect(transaction->context, &transaction->target);

	if (networkmanager == NETD_PRESENT || (networkmanager == NETD_COLD && networkd == NETD_ABSENT))
		return "NetworkManager";
	return "networkd";
}

static int prepare(struct netd_transaction *transaction)
{
	char text[HVG_IPCONFIG_TEXT_SIZE], path[128], key[HVG_MAC_TEXT_SIZE];
	struct hvg_printer printer;

	hvg_printer_init(&printer, text, sizeof(text));
	hvg_netplan_render(&transaction->target.match, choose_renderer(transaction), &transaction->config, &printer);
	netd_target_key(&transaction->target, key);
	snprintf(path, sizeof(path), "/etc/netplan/95-hvguest-%s.yaml", key);
	return netd_edit_print(transaction, path, &printer, 0600);
}

static int go_forward(struct netd_transaction *transaction)
{
	const struct netd_call call = { SERVICE, PATH, SERVICE, "Apply", PATIENCE_US, transaction->reason };
	sd_bus_message *reply = NULL;
	int r, is_done = 0;

	r = netd_call(transaction->context, &call, &reply, "");
	if (r >= 0)
		r = sd_bus_message_read(reply, "b", &is_done);
	sd_bus_message_unref(reply);
	if (r < 0)
		return r;
	return is_done ? 0 : netd_fail(transaction, -EIO, "netplan refuses it");
}

/*
 * Not over the bus: netplan does one Apply after the other, and does not do one whose caller has left. An
 * Apply that hangs would end with the new files in force, and ours behind it would never begin.
 */
static int go_back(struct netd_transaction *transaction)
{
	const char *const argv[] = { PROGRAM, "apply", NULL };
	int r = netd_run(transaction->context, argv, PATIENCE_US, GO_BACK_US);

	if (r == -EINPROGRESS) {
		netd_warn(transaction, "netplan is still going back");
		return 0;
	}
	return r;
}

static int enter(struct netd_transaction *transaction)
{
	return transaction->is_undoing ? go_back(transaction) : go_forward(transaction);
}

const struct netd_backend netd_netplan = {
	.name = "netplan",
	.may_return = true,
	.detect = detect,
	.prepare = prepare,
	.enter = enter,
};
