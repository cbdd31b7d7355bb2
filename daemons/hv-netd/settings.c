// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hv-netd's settings. The sample file is this table, printed; a meta test compares them.
 */

#include "hv-netd/settings.h"

#include "base/units.h"

#include <fnmatch.h>

/* "auto", or the name of a back end. */
static const char *const backends[] = { "auto", "networkmanager", "networkd", "netplan", "ifupdown", "ifcfg",
	"none", NULL };

static const char *const verifications[] = {
	[NETD_VERIFY_NOTHING] = "no",
	[NETD_VERIFY_ADDRESS] = "address",
	[NETD_VERIFY_ROUTE] = "route",
	NULL,
};

static const struct hvg_setting rows[] = {
	{
		"Inject", "Enable", "yes",
		"Whether the host may change the IP configuration of this guest at all. If not, it is told "
		"that this is not supported.",
		HVG_BOOL(struct netd_settings, enable),
	},
	{
		"Inject", "Backend", "auto",
		"What writes the configuration: auto finds out, for each adapter, who manages it. Name one "
		"only if that is wrong: networkmanager, networkd, netplan, ifupdown, ifcfg, none.",
		HVG_WORD(struct netd_settings, backend, backends),
	},
	{
		"Inject", "Verify", "route",
		"What must be in force before a configuration counts as applied: its addresses, or its "
		"addresses and default routes. With \"no\" it is enough that the network manager took it.",
		HVG_WORD(struct netd_settings, verify, verifications),
	},
	{
		"Inject", "VerifySec", "8",
		"How long to wait for that before the former configuration is put back. The host waits for "
		"30 seconds in all.",
		HVG_TIMESPAN(struct netd_settings, verify_us),
		.smallest = HVG_USEC_PER_SEC / 10,
		.largest = 20 * HVG_USEC_PER_SEC,
	},
	{
		"Inject", "RollbackSec", "60",
		"When the former configuration is put back if hv-netd itself does not survive.",
		HVG_TIMESPAN(struct netd_settings, rollback_us),
		.smallest = 30 * HVG_USEC_PER_SEC,
		.largest = 3600 * HVG_USEC_PER_SEC,
	},
	{
		"Inject", "AllowAdapters", "*",
		"The adapters that the host may change: shell patterns for their interfaces, separated by "
		"blanks.",
		HVG_LIST(struct netd_settings, allow_adapters),
	},
	{
		"Inject", "Script", "",
		"A program of the site's that applies the configuration instead, with the arguments of "
		"hv_set_ifconfig of the kernel tree's daemon: an ifcfg file and a NetworkManager keyfile. "
		"It succeeds by exiting with 0. Empty: none.",
		HVG_TEXT(struct netd_settings, script),
		.largest = 4095,
	},
};

const struct hvg_config netd_config = {
	.name = "net",
	.settings = rows,
	.n_settings = HVG_ELEMENTS(rows),
	.size = sizeof(struct netd_settings),
};

const char *netd_settings_backend(const struct netd_settings *settings)
{
	return backends[settings->backend];
}

bool netd_settings_allow(const struct netd_settings *settings, const char *interface)
{
	for (char **pattern = settings->allow_adapters; *pattern; pattern++)
		if (fnmatch(*pattern, interface, 0) == 0)
			return true;
	return false;
}
