// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What somebody names, and what is meant when nobody names anything: every virtual disk of the
 * host.
 */

#include "hvctl/disk/disk.h"

#include "hvctl/facts/collect.h"
#include "hvctl/facts/disks.h"
#include "hvctl/subject.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int find_named(char *const words[], struct disk_target **ret, size_t *ret_n)
{
	_cleanup_free_ struct disk_target *targets = NULL;
	size_t n = 0;

	while (words[n])
		n++;
	targets = calloc(n, sizeof(*targets));
	for (size_t i = 0; i < n; i++) {
		int r = targets ? disk_target_find(words[i], &targets[i]) : -ENOMEM;

		if (r < 0) {
			hvctl_complain("%s: %s", words[i],
				r == -ENOTBLK ? "neither a disk nor a mount point"
					      : strerror(-r));
			return r == -EACCES ? HVCTL_NOT_PERMITTED : HVCTL_WRONG;
		}
	}
	*ret = hvg_take_ptr(targets);
	*ret_n = n;
	return HVCTL_OK;
}

static int find_all(struct disk_target **ret, size_t *ret_n)
{
	struct subject subject = { 0 };
	struct disk_target *targets = NULL;
	const char *disk;
	size_t at = 0, n = 0;
	int code = subject_open(&subject, NULL, FACTS_DEVICES | FACTS_PARTS);

	while (code == HVCTL_OK && (disk = disks_next(&subject.guest, &at))) {
		struct disk_target *more = reallocarray(targets, n + 1, sizeof(*targets));

		if (!more) {
			hvctl_complain("%s", strerror(ENOMEM));
			code = HVCTL_WRONG;
			break;
		}
		targets = more;
		targets[n] = (struct disk_target){ 0 };
		(void)snprintf(targets[n++].disk, DISK_NAME_SIZE, "%s", disk);
	}
	subject_done(&subject);
	if (code == HVCTL_OK && n == 0) {
		hvctl_complain("there is no virtual disk of Hyper-V's here");
		code = HVCTL_WRONG;
	}
	*ret = targets;
	*ret_n = n;
	return code;
}

int disk_targets(char *const words[], struct disk_target **ret, size_t *ret_n)
{
	return words[0] ? find_named(words, ret, ret_n) : find_all(ret, ret_n);
}
