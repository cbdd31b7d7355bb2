// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Runs a program that freezes whatever it sees: in a mount namespace of its own, from which everything
 * of the machine that the tests run on is unmounted, and only if a look at what is left shows no disk but
 * the test's own (loop and zram devices). 77: there is another, and nothing was run.
 */

#include "host/guest/tool.h"

#include <errno.h>
#include <linux/major.h>
#include <mntent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define REFUSED 77

/* zram has a number of its own on each machine. */
static bool is_zram(unsigned int number)
{
	FILE *devices = fopen("/proc/devices", "re");
	unsigned int found;
	char name[64], line[128];
	bool is = false;

	while (devices && fgets(line, sizeof(line), devices))
		if (sscanf(line, "%u %63s", &found, name) == 2 && found == number && strcmp(name, "zram") == 0)
			is = true;
	if (devices)
		(void)fclose(devices);
	return is;
}

static bool is_ours(dev_t device)
{
	return major(device) == LOOP_MAJOR || is_zram(major(device));
}

/* By what it says its source is, and by what it really is on. */
static bool is_harmless(const struct mntent *entry)
{
	struct stat source, folder;

	if (strncmp(entry->mnt_fsname, "/dev/", 5) == 0 &&
		(stat(entry->mnt_fsname, &source) < 0 || !S_ISBLK(source.st_mode) || !is_ours(source.st_rdev)))
		return false;
	return stat(entry->mnt_dir, &folder) < 0 || major(folder.st_dev) == 0 || is_ours(folder.st_dev);
}

/* Each round takes one away, because the list changes with it; what stays is refused below. */
static void unmount_what_is_not_ours(void)
{
	bool found = true;

	for (int rounds = 0; found && rounds < 100; rounds++) {
		FILE *mounts = setmntent("/proc/self/mounts", "re");
		struct mntent *entry;

		found = false;
		while (mounts && !found && (entry = getmntent(mounts)))
			found = !is_harmless(entry) && umount2(entry->mnt_dir, MNT_DETACH) == 0;
		if (mounts)
			(void)endmntent(mounts);
	}
}

static bool everything_is_harmless(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	bool is = mounts != NULL;

	while (is && (entry = getmntent(mounts))) {
		is = is_harmless(entry);
		if (!is)
			fprintf(stderr, "alone: refused, because of %s on %s\n", entry->mnt_fsname, entry->mnt_dir);
	}
	if (mounts)
		(void)endmntent(mounts);
	return is;
}

int tool_alone(int argc, char *argv[])
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		perror("alone");
		return 1;
	}
	unmount_what_is_not_ours();
	if (!everything_is_harmless())
		return REFUSED;
	(void)execv(argv[0], argv);
	perror(argv[0]);
	return 127;
}
