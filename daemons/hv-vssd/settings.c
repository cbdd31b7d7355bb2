// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hv-vssd's settings. The sample file is this table, printed; a meta test compares them.
 */

#include "hv-vssd/settings.h"

#include "base/units.h"

static const char *const if_busy[] = { "fail", "skip", NULL };

static const char *const on_hook_failure[] = { "abort", "continue", NULL };

static const struct hvg_setting rows[] = {
	{
		"FileSystems", "Include", "",
		"Mount points to freeze: shell patterns, separated by blanks, in which a star also matches "
		"slashes. If there are any, nothing else is frozen. Set it where a backup needs but a few "
		"of many disks.",
		HVG_LIST(struct vssd_settings, include),
	},
	{
		"FileSystems", "Exclude", "",
		"Mount points, or devices such as /dev/sdc1, not to freeze: patterns as above. The host's "
		"snapshot contains them all the same, as they are at that moment.",
		HVG_LIST(struct vssd_settings, exclude),
	},
	{
		"FileSystems", "SkipTypes", "",
		"Types of file systems not to freeze. Those that have no freeze (vfat, exfat, ntfs3, squashfs "
		"and more) are known.",
		HVG_LIST(struct vssd_settings, skip_types),
	},
	{
		"FileSystems", "RequireAll", "no",
		"Whether a backup is refused when a file system that is written to cannot be frozen. By "
		"default it is left out, and told. An EFI system partition (vfat) is such a one: exclude "
		"it then.",
		HVG_BOOL(struct vssd_settings, require_all),
	},
	{
		"FileSystems", "AlreadyFrozen", "fail",
		"What to do with a file system that somebody else has frozen: fail, because it may be thawed "
		"before the host has its snapshot, or skip. It is never thawed by us.",
		HVG_WORD(struct vssd_settings, if_busy, if_busy),
	},
	{
		"FileSystems", "FreezeNetworkDisks", "no",
		"Whether to freeze disks that are reached over a network (iSCSI, NVMe over fabrics, nbd, rbd). "
		"The host's snapshot does not contain them.",
		HVG_BOOL(struct vssd_settings, freezes_network),
	},
	{
		"Freeze", "FreezeTimeoutSec", "55s",
		"How long file systems stay frozen at most. Then they are thawed without the host, which is "
		"told that its backup failed. Windows gives itself 60 seconds.",
		HVG_TIMESPAN(struct vssd_settings, freeze_timeout_us),
		.smallest = 1 * HVG_USEC_PER_SEC,
		.largest = 600 * HVG_USEC_PER_SEC,
	},
	{
		"Freeze", "SyncTimeoutSec", "30s",
		"How long dirty data may be written before the freeze, while programs still run. More dirty "
		"data than that is written while they wait. 0 freezes at once.",
		HVG_TIMESPAN(struct vssd_settings, sync_timeout_us),
		.largest = 60 * HVG_USEC_PER_SEC,
	},
	{
		"Hooks", "HookTimeoutSec", "10s",
		"How long one program in /etc/hvguest/vss.d may take before the freeze, and after it, and how "
		"long applications may take that have registered over the bus.",
		HVG_TIMESPAN(struct vssd_settings, hook_timeout_us),
		.smallest = 1 * HVG_USEC_PER_SEC,
		.largest = 120 * HVG_USEC_PER_SEC,
	},
	{
		"Hooks", "HookBudgetSec", "30s",
		"How long all of them together may take before the freeze. The host waits meanwhile.",
		HVG_TIMESPAN(struct vssd_settings, hook_budget_us),
		.smallest = 1 * HVG_USEC_PER_SEC,
		.largest = 120 * HVG_USEC_PER_SEC,
	},
	{
		"Hooks", "OnHookFailure", "abort",
		"What a hook that fails before the freeze, or an application that is not ready, means: abort, so "
		"that the host is told that no backup can be taken, or continue.",
		HVG_WORD(struct vssd_settings, on_hook_failure, on_hook_failure),
	},
	{
		"Hooks", "CompatHooks", "",
		"Whose hooks to run as well, in their own words: qemu (/etc/qemu/fsfreeze-hook), vmware "
		"(/etc/vmware-tools/backupScripts.d, and pre-freeze-script and post-thaw-script "
		"in /usr/sbin) and azure (what /etc/azure/VMSnapshotScriptPluginConfig.json "
		"names).",
		HVG_LIST(struct vssd_settings, compat_hooks),
	},
	{
		"Report", "PublishResult", "yes",
		"Whether the result of the last backup is published to the host as key-value pairs "
		"(HvguestBackup…, by hv-kvpd). The host itself shows no reason when a backup fails.",
		HVG_BOOL(struct vssd_settings, publishes),
	},
};

const struct hvg_config vssd_config = {
	.name = "vss",
	.settings = rows,
	.n_settings = HVG_ELEMENTS(rows),
	.size = sizeof(struct vssd_settings),
};
