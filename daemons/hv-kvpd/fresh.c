// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The note is a file in /run, which goes with the boot. It is the unit's runtime directory, which
 * systemd keeps when the daemon is restarted. No directory: no note, and nothing is dropped.
 */

#include "hv-kvpd/fresh.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <sys/stat.h>

#define FOLDER "/run/hvguest/kvp"
#define NOTE   FOLDER "/started"

bool kvpd_is_first_start(void)
{
	struct stat st;

	return stat(FOLDER, &st) == 0 && stat(NOTE, &st) < 0 && errno == ENOENT;
}

void kvpd_remember_start(void)
{
	_cleanup_close_ int fd = open(NOTE, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	(void)fd;
}
