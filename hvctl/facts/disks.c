// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hvctl/facts/disks.h"

#include "base/text.h"
#include "base/units.h"
#include "format/mountinfo.h"

#include <stdio.h>
#include <string.h>

#define SECTOR       512  /* what sysfs counts in, whatever the disk's own is */
#define ROOM_SECTORS 4096 /* 2 MiB: less is alignment to one, and the second table of GPT */

const char *disks_next(const struct guest *guest, size_t *at)
{
	while (*at < guest->n_parts) {
		const struct part *part = &guest->parts[(*at)++];
		struct fact vendor =
			fact(guest->facts, "/sys/block/%s/device/vendor", part->name);

		if (strcmp(part->kind, "block") == 0 && part->name[0] == 's' &&
			part->name[1] == 'd' && strncmp(vendor.text, "Msft", 4) == 0)
			return part->name;
	}
	return NULL;
}

/* The first sector behind a partition; 0 if the name is none's. */
static int64_t end_of(const struct guest *guest, const char *disk, const char *name)
{
	struct fact start = fact(guest->facts, "/sys/block/%s/%s/start", disk, name),
		    size = fact(guest->facts, "/sys/block/%s/%s/size", disk, name);

	return fact_is_there(&start) ? fact_number(&start, 0) + fact_number(&size, 0) : 0;
}

struct disk_room disk_room(const struct guest *guest, const char *disk)
{
	struct disk_room room = { .size = fact(guest->facts, "/sys/block/%s/size", disk) };
	struct facts_child child = { 0 };
	int64_t end = 0, size = fact_number(&room.size, 0);
	char folder[FACT_PATH_SIZE];

	(void)snprintf(folder, sizeof(folder), "/sys/block/%s", disk);
	while (facts_next_child(guest->facts, folder, &child)) {
		int64_t ends = end_of(guest, disk, child.name);

		if (ends <= end)
			continue;
		end = ends;
		room.last = fact(guest->facts, "/sys/block/%s/%s/size", disk, child.name);
		(void)snprintf(room.partition, sizeof(room.partition), "%.63s", child.name);
	}
	if (end > 0 && size - end > ROOM_SECTORS)
		room.bytes = (uint64_t)(size - end) * SECTOR;
	return room;
}

bool disks_are_trimmed(const struct guest *guest, struct fact *ret)
{
	static const char *const links[] = {
		"/etc/systemd/system/timers.target.wants/fstrim.timer",
		"/usr/lib/systemd/system/timers.target.wants/fstrim.timer"
	};

	*ret = fact(guest->facts, "units/fstrim.timer");
	if (fact_is_there(ret))
		return fact_is(ret, "active");
	for (size_t i = 0; i < HVG_ELEMENTS(links); i++) {
		*ret = fact(guest->facts, "%s", links[i]);
		if (fact_is_there(ret))
			return true;
	}
	return false;
}

/* Those with a freeze_fs of their own, in Linux 7.2 (vmware's and qemu's lists are shorter). */
static bool can_freeze(const char *type)
{
	static const char *const types[] = { "btrfs", "ext2", "ext3", "ext4", "f2fs", "gfs2",
		"jfs", "nilfs2", "xfs" };

	for (size_t i = 0; i < HVG_ELEMENTS(types); i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

static void describe(const struct hvg_mount *mount, struct mount_row *ret)
{
	*ret = (struct mount_row){
		.is_writable = !hvg_mount_has_super_option(mount, "ro"),
		.discards = hvg_mount_has_super_option(mount, "discard"),
	};
	(void)snprintf(ret->dev, sizeof(ret->dev), "%u:%u", mount->dev.major, mount->dev.minor);
	(void)hvg_mount_unescape(mount->point, ret->point, sizeof(ret->point));
	(void)hvg_mount_unescape(mount->source, ret->source, sizeof(ret->source));
	(void)snprintf(
		ret->type, sizeof(ret->type), "%.*s", (int)mount->type.size, mount->type.start);
	ret->is_on_disk = strncmp(ret->source, "/dev/", 5) == 0;
	ret->can_freeze = can_freeze(ret->type) ||
		strcmp(ret->type, "vfat") == 0; /* which the daemons leave out */
}

bool mounts_next(const struct guest *guest, size_t *at, struct mount_row *ret)
{
	struct fact mountinfo = fact(guest->facts, "/proc/self/mountinfo");
	size_t size = strlen(mountinfo.text);

	while (*at < size) {
		const char *line = mountinfo.text + *at;
		size_t length = strcspn(line, "\n");
		struct hvg_mount mount;

		*at += length + 1;
		if (hvg_mountinfo_parse(line, length, &mount, 1) != 1)
			continue;
		describe(&mount, ret);
		return true;
	}
	return false;
}

int64_t mount_bytes(const struct guest *guest, const struct mount_row *mount)
{
	struct fact bytes = fact(guest->facts, "filesystems/%s", mount->dev);

	return fact_number(&bytes, -1);
}
