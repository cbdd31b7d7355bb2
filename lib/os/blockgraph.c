// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * From each mounted superblock down, once for each device. sysfs names devices by number
 * (/sys/dev/block/7:0), and tells what one stands on by its folder: slaves, loop/backing_file, and for a
 * partition the folder above.
 */

#include "os/blockgraph.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Devices are stacked by hand, and not deeply. */
#define DEPTH_MAX 16

struct walk {
	struct hvg_blockgraph *graph;
	const char *root;
	const struct hvg_mount *mounts;
	size_t n_mounts;
};

static int grow(void *list, size_t *max, size_t n, size_t size)
{
	void **at = list, *more;

	if (n < *max)
		return 0;
	more = reallocarray(*at, *max ? 2 * *max : 16, size);
	if (!more)
		return -ENOMEM;
	*at = more;
	*max = *max ? 2 * *max : 16;
	return 0;
}

static int add_edge(struct hvg_blockgraph *graph, struct hvg_devno upper, struct hvg_devno lower)
{
	for (size_t i = 0; i < graph->n_edges; i++)
		if (hvg_devno_is(graph->edges[i].upper, upper) && hvg_devno_is(graph->edges[i].lower, lower))
			return 0;
	if (grow(&graph->edges, &graph->max_edges, graph->n_edges, sizeof(*graph->edges)) < 0)
		return -ENOMEM;
	graph->edges[graph->n_edges++] = (struct hvg_blockedge){ .upper = upper, .lower = lower };
	return 1;
}

static int add_network(struct hvg_blockgraph *graph, struct hvg_devno dev)
{
	if (grow(&graph->network, &graph->max_network, graph->n_network, sizeof(*graph->network)) < 0)
		return -ENOMEM;
	graph->network[graph->n_network++] = dev;
	return 0;
}

/* The first line of a file of sysfs; false if there is none. */
static bool read_line(const char *path, char *ret, size_t ret_size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");

	if (!file || !fgets(ret, (int)ret_size, file))
		return false;
	ret[strcspn(ret, "\n")] = '\0';
	return true;
}

static bool read_devno(const char *folder, const char *name, struct hvg_devno *ret)
{
	char path[PATH_MAX + NAME_MAX + 8], line[32];

	(void)snprintf(path, sizeof(path), "%s/%s/dev", folder, name);
	return read_line(path, line, sizeof(line)) && sscanf(line, "%u:%u", &ret->major, &ret->minor) == 2;
}

static int walk_device(const struct walk *walk, struct hvg_devno dev, int depth);

/* A device is walked when its first edge is found. */
static int stand_on(const struct walk *walk, struct hvg_devno upper, struct hvg_devno lower, int depth)
{
	int r = add_edge(walk->graph, upper, lower);

	return r > 0 ? walk_device(walk, lower, depth - 1) : r;
}

/* Each entry of the folder is a device that upper stands on. */
static int walk_folder(const struct walk *walk, struct hvg_devno upper, const char *path, int depth)
{
	_cleanup_closedir_ DIR *folder = opendir(path);
	struct hvg_devno lower;
	struct dirent *entry;
	int r = 0;

	while (r >= 0 && folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.' && read_devno(path, entry->d_name, &lower))
			r = stand_on(walk, upper, lower, depth);
	return r;
}

/* The file's path is one of the mounts', or of nobody's any more: then it holds nothing up. */
static int walk_loop(const struct walk *walk, struct hvg_devno upper, const char *device)
{
	char path[PATH_MAX + 32], file[PATH_MAX];
	const struct hvg_mount *mount;
	int r;

	(void)snprintf(path, sizeof(path), "%s/loop/backing_file", device);
	if (!read_line(path, file, sizeof(file)))
		return 0;
	mount = hvg_mount_of_path(file, walk->mounts, walk->n_mounts);
	if (!mount)
		return 0;
	r = add_edge(walk->graph, upper, mount->dev);
	return r < 0 ? r : 0; /* that superblock is walked as the mount that it is */
}

/* iSCSI sessions, NVMe over fabrics, and drivers of network disks, by where or how sysfs names them. */
static bool is_on_network(const char *resolved)
{
	static const char *const marks[] = { "/session", "/nvme-fabrics/", "/block/nbd", "/rbd/", "/block/drbd" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strstr(resolved, marks[i]))
			return true;
	return false;
}

static int walk_partition(const struct walk *walk, struct hvg_devno upper, const char *device, int depth)
{
	char path[PATH_MAX + 16];
	struct hvg_devno disk;

	(void)snprintf(path, sizeof(path), "%s/partition", device);
	if (access(path, F_OK) < 0 || !read_devno(device, "..", &disk))
		return 0;
	return stand_on(walk, upper, disk, depth);
}

static int walk_device(const struct walk *walk, struct hvg_devno dev, int depth)
{
	char link[PATH_MAX], device[PATH_MAX], slaves[PATH_MAX + 8];
	int r = 0;

	if (depth == 0)
		return 0;
	(void)snprintf(link, sizeof(link), "%s/sys/dev/block/%u:%u", walk->root, dev.major, dev.minor);
	if (!realpath(link, device))
		return 0;
	if (is_on_network(device))
		r = add_network(walk->graph, dev);
	if (r >= 0)
		r = walk_partition(walk, dev, device, depth);
	if (r >= 0)
		r = walk_loop(walk, dev, device);
	(void)snprintf(slaves, sizeof(slaves), "%s/slaves", device);
	return r < 0 ? r : walk_folder(walk, dev, slaves, depth);
}

/* Superblocks with a number of their own. */

static bool source_devno(const struct walk *walk, const char *source, struct hvg_devno *ret)
{
	char path[2 * PATH_MAX];
	struct stat file;

	(void)snprintf(path, sizeof(path), "%s%s", walk->root, source);
	if (stat(path, &file) < 0 || !S_ISBLK(file.st_mode))
		return false;
	*ret = (struct hvg_devno){ major(file.st_rdev), minor(file.st_rdev) };
	return true;
}

static bool folder_has(const char *path, struct hvg_devno dev)
{
	_cleanup_closedir_ DIR *folder = opendir(path);
	struct hvg_devno found;
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.' && read_devno(path, entry->d_name, &found) && hvg_devno_is(found, dev))
			return true;
	return false;
}

/* All disks of the btrfs that has this one: /sys/fs/btrfs/UUID/devices. */
static int walk_btrfs(const struct walk *walk, struct hvg_devno upper, struct hvg_devno disk)
{
	char top[PATH_MAX], path[PATH_MAX + NAME_MAX + 16];
	_cleanup_closedir_ DIR *folder = NULL;
	struct dirent *entry;
	int r = 0;

	(void)snprintf(top, sizeof(top), "%s/sys/fs/btrfs", walk->root);
	folder = opendir(top);
	while (r >= 0 && folder && (entry = readdir(folder))) {
		(void)snprintf(path, sizeof(path), "%s/%s/devices", top, entry->d_name);
		if (entry->d_name[0] != '.' && folder_has(path, disk))
			r = walk_folder(walk, upper, path, DEPTH_MAX);
	}
	return r;
}

/* The source names one disk, or several with colons between them (bcachefs). */
static int walk_sources(const struct walk *walk, const struct hvg_mount *mount)
{
	char source[PATH_MAX], *rest = source, *word;
	struct hvg_devno disk;
	int r = 0;

	if (hvg_mount_unescape(mount->source, source, sizeof(source)) < 0 || *source != '/')
		return 0;
	while (r >= 0 && (word = strsep(&rest, ":"))) {
		if (!source_devno(walk, word, &disk))
			continue;
		r = stand_on(walk, mount->dev, disk, DEPTH_MAX);
		if (r >= 0 && hvg_span_is(mount->type, "btrfs"))
			r = walk_btrfs(walk, mount->dev, disk);
	}
	return r;
}

static bool was_walked(const struct walk *walk, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (hvg_devno_is(walk->mounts[i].dev, walk->mounts[at].dev))
			return true;
	return false;
}

/* A source is only looked at for types that are known to be on disks: others name what they like. */
static bool has_sources(const struct hvg_mount *mount)
{
	return hvg_span_is(mount->type, "btrfs") || hvg_span_is(mount->type, "bcachefs");
}

int hvg_blockgraph_read(struct hvg_blockgraph *graph, const char *root, const struct hvg_mount *mounts,
	size_t n_mounts)
{
	struct walk walk = { graph, root, mounts, n_mounts };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n_mounts; i++) {
		if (was_walked(&walk, i))
			continue;
		if (mounts[i].dev.major != 0)
			r = walk_device(&walk, mounts[i].dev, DEPTH_MAX);
		else if (has_sources(&mounts[i]))
			r = walk_sources(&walk, &mounts[i]);
	}
	return r < 0 ? r : 0;
}

void hvg_blockgraph_done(struct hvg_blockgraph *graph)
{
	free(graph->edges);
	free(graph->network);
	*graph = (struct hvg_blockgraph){ 0 };
}
