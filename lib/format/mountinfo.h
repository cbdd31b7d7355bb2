/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_MOUNTINFO_H
#define HVG_FORMAT_MOUNTINFO_H

/*
 * /proc/PID/mountinfo, as proc(5) describes it: what is mounted where, and which superblock it is.
 *
 *	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 *	id parent dev root point options  optional   type source     super options
 *
 * The device number here is the only one that tells superblocks apart: the subvolumes of one btrfs
 * differ in st_dev and in f_fsid. And whether a superblock can be written to stands in its own
 * options only: each mount may be read-only by itself, as all of them are in a sandbox.
 */

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hvg_devno {
	uint32_t major, minor;
};

bool hvg_devno_is(struct hvg_devno a, struct hvg_devno b);

/* "98:0", and nothing else. */
bool hvg_devno_parse(struct hvg_span text, struct hvg_devno *ret);

/* One line. The texts lie in it, with blanks and the like still escaped (\040). */
struct hvg_mount {
	uint32_t id, parent;
	struct hvg_devno dev;
	struct hvg_span root, point, type, source, super_options;
};

/*
 * How many mounts stand in text; the first max of them are stored. A line that is none is skipped.
 */
size_t hvg_mountinfo_parse(const char *text, size_t size, struct hvg_mount *ret, size_t max);

/* A text of a mount without its escapes; -ENOSPC if it does not fit, -EBADMSG if it hides a NUL. */
int hvg_mount_unescape(struct hvg_span text, char *ret, size_t ret_size);

/* Whether the superblock has an option such as "ro". */
bool hvg_mount_has_super_option(const struct hvg_mount *mount, const char *option);

/* Whether path is point or lies below it: "/a/b" in "/a", "/" in "/", not "/ab" in "/a". */
bool hvg_path_is_in(struct hvg_span path, struct hvg_span point);

/*
 * Whether opening the mount's point leads to this mount: nothing is mounted over it or over a folder
 * on the way to it.
 */
bool hvg_mount_is_reachable(const struct hvg_mount *mount, const struct hvg_mount *mounts, size_t n);

/* The mount that a path leads into, or NULL. The path has no escapes, and no links. */
const struct hvg_mount *hvg_mount_of_path(const char *path, const struct hvg_mount *mounts, size_t n);

#endif
