// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl disk: what is to be done after the host has made a virtual disk larger.
 */

#include "hvctl/disk/disk.h"

static const struct hvctl_subcommand subcommands[] = {
	{ "rescan", 1, 64,
		"rescan [DISK…]                                have the kernel look at the sizes of disks",
		disk_rescan_verb },
	{ "grow", 1, 4, "grow [DISK|MOUNTPOINT] [--dry-run] [--yes]    use all of a disk",
		disk_grow_verb },
	{ NULL },
};

static const char words[] =
	"Without DISK, every virtual disk of the host. grow shows what it is about to do, command by\n"
	"command, and asks before it does that, or is told --yes: the second partition table goes to\n"
	"the end of the disk, and the last partition and the file system in it grow (ext2 to ext4, XFS,\n"
	"btrfs, physical volumes of LVM). Nothing has to be unmounted. What it does not understand it\n"
	"refuses, with the reason.\n"
	"\n"
	"Example: hvctl disk grow / --dry-run\n";

int hvctl_disk(struct hvctl *hvctl, int argc, char *argv[])
{
	return hvctl_subcommand_run(hvctl, subcommands, words, argc, argv);
}
