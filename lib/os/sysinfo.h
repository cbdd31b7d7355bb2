/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_SYSINFO_H
#define HVG_OS_SYSINFO_H

/*
 * What this guest is: its kernel, its name, its operating system, and this boot of it.
 */

#include "base/guid.h"
#include "format/osrelease.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <time.h>

/* A file as it was when it was read. */
struct hvg_file_identity {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, changed;
};

struct hvg_sysinfo {
	struct utsname kernel;	 /* nodename is the host name */
	struct hvg_osrelease os; /* name is kernel.sysname where no file says better */
	const char *root;
	bool has_file; /* ours: os was read from the file that source identifies */
	struct hvg_file_identity source;
};

/* root is where etc/ and usr/ lie: "" in earnest. It is kept, not copied. */
void hvg_sysinfo_init(struct hvg_sysinfo *info, const char *root);

/* Brings everything up to date; os-release is read again only if it is another or was changed. */
void hvg_sysinfo_refresh(struct hvg_sysinfo *info);

/*
 * When the kernel started. It is the clock minus the uptime, so it moves whenever the clock is set:
 * compare it with times of files generously.
 */
int hvg_boot_time(uint64_t *ret_realtime_us);

/* Random for each boot, lower case, with hyphens. */
int hvg_boot_id(char ret[static HVG_GUID_TEXT_SIZE]);

#endif
