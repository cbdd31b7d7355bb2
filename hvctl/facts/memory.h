/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_MEMORY_H
#define HVG_HVCTL_MEMORY_H

/* Memory that the host adds and takes back. */

#include "hvctl/facts/guest.h"

/* Blocks of memory: Documentation/admin-guide/mm/memory-hotplug.rst. */
struct memory_blocks {
	size_t n, n_offline;
	struct fact first_offline;
};
struct memory_blocks memory_blocks(const struct guest *guest);

/* What becomes of a block that is added: "offline", or "online" in one way or another. */
struct fact memory_policy(const struct guest *guest);

/* Whether it comes into use, by the kernel's policy or by a rule of udev; which one it is. */
bool memory_comes_online(const struct guest *guest, struct fact *ret);

/* Pages of 4 KiB, as hv_balloon counts them in debugfs; -1 where that cannot be read. */
struct memory_added {
	int64_t added, onlined, ballooned;
};
struct memory_added memory_added(const struct guest *guest);

#endif
