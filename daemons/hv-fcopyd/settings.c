// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hv-fcopyd's settings. The sample file is this table, printed; a meta test compares them.
 */

#include "hv-fcopyd/settings.h"

#include "base/units.h"

static const struct hvg_setting rows[] = {
	{
		"Policy", "AllowPaths", "/",
		"Folders that the host may copy into, with all that is below them, separated by blanks. "
		"Change it to a drop folder if the host's administrators are not yours.",
		HVG_LIST(struct fcopyd_settings, allow_paths),
	},
	{
		"Policy", "DenyPaths", "/proc /sys /dev /run/hvguest /var/lib/hvguest /var/lib/hyperv",
		"Folders that it may not copy into, even if they are allowed above. The kernel's file "
		"systems are never written to, wherever they are mounted.",
		HVG_LIST(struct fcopyd_settings, deny_paths),
	},
	{
		"Policy", "MaxSize", "0",
		"The largest file that is taken, in MiB; 0 for any. The host is told that the disk is full.",
		HVG_UNSIGNED(struct fcopyd_settings, max_size),
		.largest = 0x7fffffff,
	},
	{
		"Files", "Owner", "root",
		"Whose the copied files and the folders made for them are: a user's name or number.",
		HVG_TEXT(struct fcopyd_settings, owner),
		.largest = 64,
	},
	{
		"Files", "Group", "root",
		"Their group.",
		HVG_TEXT(struct fcopyd_settings, group),
		.largest = 64,
	},
	{
		"Files", "FileMode", "0644",
		"The mode of copied files. 0744 is what the kernel tree's daemon gave them; take 0600 if "
		"secrets are sent that way.",
		HVG_MODE(struct fcopyd_settings, file_mode),
		.largest = 0777,
	},
	{
		"Files", "DirectoryMode", "0755",
		"The mode of folders that are made on the way (Copy-VMFile -CreateFullPath).",
		HVG_MODE(struct fcopyd_settings, directory_mode),
		.largest = 0777,
	},
	{
		"Files", "Fsync", "yes",
		"Whether a file is on the disk before the host is told that it was copied. Without it a "
		"loss of power may take it away again.",
		HVG_BOOL(struct fcopyd_settings, fsync),
	},
	{
		"Files", "Checksum", "no",
		"Whether the log tells the SHA-256 of each file. It costs a few seconds of a CPU for each GiB.",
		HVG_BOOL(struct fcopyd_settings, checksum),
	},
	{
		"Hook", "PostCopyHook", "",
		"A program to be run after each file, with the file's path as its argument. It runs as a "
		"transient unit of systemd, as root, for five minutes at most.",
		HVG_TEXT(struct fcopyd_settings, post_copy_hook),
		.largest = 190,
	},
};

const struct hvg_config fcopyd_config = {
	.name = "fcopy",
	.settings = rows,
	.n_settings = HVG_ELEMENTS(rows),
	.size = sizeof(struct fcopyd_settings),
};
