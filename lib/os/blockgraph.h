/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_BLOCKGRAPH_H
#define HVG_OS_BLOCKGRAPH_H

/*
 * What the mounted file systems stand on, from sysfs: parts of device mapper and md devices, disks of
 * partitions, files of loop devices, disks of a btrfs; and which disks are reached over a network.
 */

#include "format/blockedge.h"

struct hvg_blockgraph {
	struct hvg_blockedge *edges;
	size_t n_edges, max_edges;
	struct hvg_devno *network;
	size_t n_network, max_network;
};

/*
 * root: "" or a folder, below which /sys and the sources of the mounts (/dev/sdc) are looked at. What
 * cannot be read stands on nothing. The graph is to be zeroes, and to be given to done in any case;
 * -ENOMEM is the only error.
 */
int hvg_blockgraph_read(struct hvg_blockgraph *graph, const char *root, const struct hvg_mount *mounts,
	size_t n_mounts);
void hvg_blockgraph_done(struct hvg_blockgraph *graph);

#endif
