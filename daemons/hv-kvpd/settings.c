// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hv-kvpd's settings. The sample file is this table, printed; a meta test compares them.
 */

#include "hv-kvpd/settings.h"

#include "base/units.h"
#include "service/kvp-auto.h"

static const struct hvg_setting rows[] = {
	{
		"Pools", "AllowHostWritesToGuestPool", "no",
		"Whether the host may also set and delete what the guest publishes (pool 1, \"guest\"). "
		"Windows guests do not allow it. Change it only for management software that insists.",
		HVG_BOOL(struct kvpd_settings, allow_host_writes),
	},
	{
		"Pools", "MaxRecords", "16384",
		"How many records one pool file may hold before new keys are refused. Change it when "
		"software of yours publishes more than this.",
		HVG_UNSIGNED(struct kvpd_settings, max_records),
		.smallest = 16,
		.largest = 1000000,
	},
	{
		"Pools", "PoolMode", "0644",
		"Who may read pool 0, which holds what the host's administrator sent. Everybody may by "
		"default, because other software expects it; take 0640 or 0600 if secrets are sent that "
		"way.",
		HVG_MODE(struct kvpd_settings, pool_mode),
		.smallest = 0600,
		.largest = 0644,
	},
	{
		"Pools", "DropStale", "yes",
		"Whether what the host wrote before this boot (pools 0 and 3) is dropped at the first "
		"start. The host sends it again; a clone would otherwise show the names of the machine "
		"it was made from.",
		HVG_BOOL(struct kvpd_settings, drop_stale),
	},
	{
		"Addresses", "ExcludeInterfaces", HVG_KVP_EXCLUDE_DEFAULT,
		"Interfaces whose addresses are not reported to the host: shell patterns, separated by "
		"blanks. An empty value reports them all. One that the host asks for by its MAC is told "
		"in any case.",
		HVG_LIST(struct kvpd_settings, exclude_interfaces),
	},
};

const struct hvg_config kvpd_config = {
	.name = "kvp",
	.settings = rows,
	.n_settings = HVG_ELEMENTS(rows),
	.size = sizeof(struct kvpd_settings),
};
