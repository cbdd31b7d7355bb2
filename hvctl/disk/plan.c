// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hvctl/disk/plan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MIB             UINT64_C(1048576)

/* Behind a partition less is alignment, and the second table of GPT. */
#define PART_ROOM       (2 * MIB)

/*
 * ext leaves out a last group that its own tables would fill: less than this, with any of
 * mkfs.ext4's defaults.
 */
#define CONTENT_ROOM    (8 * MIB)

#define MBR_SECTORS_MAX UINT64_C(0xffffffff)

const struct disk_tool_row disk_tools[DISK_N_TOOLS] = {
	[DISK_SFDISK] = { "sfdisk", "fdisk (or util-linux)" },
	[DISK_PARTX] = { "partx", "util-linux" },
	[DISK_RESIZE2FS] = { "resize2fs", "e2fsprogs" },
	[DISK_XFS_GROWFS] = { "xfs_growfs", "xfsprogs" },
	[DISK_BTRFS] = { "btrfs", "btrfs-progs" },
	[DISK_PVRESIZE] = { "pvresize", "lvm2" },
};

/* What can be grown, and by what. */
static const struct kind_row {
	const char *type;
	enum disk_tool tool;
	bool needs_mount;
} kinds[] = {
	{ "ext2", DISK_RESIZE2FS, true },
	{ "ext3", DISK_RESIZE2FS, true },
	{ "ext4", DISK_RESIZE2FS, true },
	{ "xfs", DISK_XFS_GROWFS, true },
	{ "btrfs", DISK_BTRFS, true },
	{ "LVM2_member", DISK_PVRESIZE, false },
	{ NULL },
};

static const struct kind_row *kind_of(const struct disk_content *content)
{
	const struct kind_row *row = kinds;

	while (row->type && strcmp(row->type, content->type) != 0)
		row++;
	return row->type ? row : NULL;
}

/* Partitions. */

static uint64_t end_of(const struct disk_part *part)
{
	return part->start + part->size;
}

const struct disk_part *disk_last_part(const struct disk_layout *layout)
{
	const struct disk_part *last = NULL;

	for (size_t i = 0; i < layout->n_parts; i++) {
		const struct disk_part *part = &layout->parts[i];

		/*
		 * An extended one ends where the last one in it does, which is the one to speak
		 * of.
		 */
		if (!last || end_of(part) > end_of(last) ||
			(end_of(part) == end_of(last) && part->is_logical))
			last = part;
	}
	return last;
}

const struct disk_part *disk_wanted_part(const struct disk_layout *layout)
{
	for (size_t i = 0; layout->wanted > 0 && i < layout->n_parts; i++)
		if (layout->parts[i].number == layout->wanted)
			return &layout->parts[i];
	return layout->wanted > 0 ? NULL : disk_last_part(layout);
}

/* Room that no partition has; 0 if it is not worth a word. */
static uint64_t room_behind(const struct disk_layout *layout, const struct disk_part *last)
{
	uint64_t end = end_of(last);

	return layout->size > end && layout->size - end > PART_ROOM ? layout->size - end : 0;
}

/* Refusals. */

static bool __attribute__((format(printf, 2, 3)))
refuse(struct disk_plan *plan, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(plan->refusal, sizeof(plan->refusal), format, arguments);
	va_end(arguments);
	plan->n_steps = 0;
	return true;
}

static bool refuse_kind(const struct disk_layout *layout, struct disk_plan *plan)
{
	switch (layout->kind) {
	case DISK_IS_DISK:
		return false;
	case DISK_IS_LVM:
		return refuse(plan,
			"it is a logical volume: grow the disk below it, then lvextend --resizefs -l +100%%FREE");
	case DISK_IS_CRYPT:
		return refuse(plan,
			"it is encrypted: grow the disk below it, then cryptsetup resize, then the file system");
	case DISK_IS_RAID:
		return refuse(
			plan, "it is a RAID: mdadm --grow, when all its disks have grown");
	case DISK_IS_SOMETHING_ELSE:
		return refuse(
			plan, "it stands on no disk, or on something that hvctl does not know");
	}
	return false;
}

static bool refuse_table(const struct disk_layout *layout, struct disk_plan *plan)
{
	const struct disk_part *last = disk_last_part(layout);

	if (layout->is_ambiguous)
		return refuse(plan,
			"it looks like several things at once; wipefs %s lists them",
			layout->disk);
	if (layout->table_end > layout->size || (last && end_of(last) > layout->size))
		return refuse(plan,
			"it has become smaller than its partition table says; what was at its end is lost");
	if (layout->table == DISK_TABLE_OTHER)
		return refuse(plan, "hvctl does not know partition tables of the kind %s",
			layout->table_name);
	if (layout->table == DISK_TABLE_GPT && layout->table_end == 0)
		return refuse(plan,
			"its first partition table is damaged; sfdisk --verify %s tells more",
			layout->disk);
	if (layout->has_more_parts)
		return refuse(plan, "it has more than %d partitions", DISK_PARTS_MAX);
	return false;
}

static bool refuse_place(
	const struct disk_layout *layout, const struct disk_part *part, struct disk_plan *plan)
{
	const struct disk_part *last = disk_last_part(layout);

	if (part->is_logical || part->is_extended)
		return refuse(plan, "%s is %s extended partition, which hvctl does not grow",
			part->device, part->is_extended ? "an" : "in an");
	if (part != last)
		return refuse(plan, "%s is not at the end of the disk: %s lies behind it",
			part->device, last->device);
	if (layout->table == DISK_TABLE_MBR && layout->size / layout->sector > MBR_SECTORS_MAX)
		return refuse(plan,
			"its partition table (MBR) reaches as far as %" PRIu64
			" GiB, and the disk is larger",
			(MBR_SECTORS_MAX * layout->sector) >> 30);
	return false;
}

/* What the kernel does not know cannot be looked into. */
static bool refuse_unseen(const struct disk_layout *layout, struct disk_plan *plan)
{
	if (*layout->content.device)
		return false;
	return refuse(plan,
		"the kernel does not know the partition that is to grow; partx --update %s tells it",
		layout->disk);
}

/* What has no size of its own is told in the same words, whatever it is. */
static bool refuse_type(const struct disk_content *content, struct disk_plan *plan)
{
	if (strcmp(content->type, "crypto_LUKS") == 0)
		return refuse(plan,
			"%s is encrypted: grow the partition, then cryptsetup resize, then the file system",
			content->device);
	if (strcmp(content->type, "swap") == 0)
		return refuse(plan, "%s is swap space, which has no need to be larger",
			content->device);
	if (strcmp(content->type, "linux_raid_member") == 0)
		return refuse(plan,
			"%s belongs to a RAID: mdadm --grow, when all its disks have grown",
			content->device);
	if (*content->type == '\0')
		return refuse(plan, "%s holds nothing that hvctl knows", content->device);
	return refuse(
		plan, "%s holds %s, which hvctl does not grow", content->device, content->type);
}

static bool refuse_content(const struct disk_content *content, struct disk_plan *plan)
{
	const struct kind_row *kind = kind_of(content);

	if (!kind)
		return refuse_type(content, plan);
	if (kind->needs_mount && *content->mount == '\0')
		return refuse(plan, "the %s on %s is not mounted, and grows while it is",
			content->type, content->device);
	if (kind->needs_mount && content->is_read_only)
		return refuse(plan, "%s is mounted read-only", content->mount);
	if (content->is_spread)
		return refuse(plan,
			"%s is a btrfs of several disks: btrfs filesystem resize ID:max %s for each",
			content->mount, content->mount);
	return false;
}

/* Steps. */

/* words end with NULL. */
static void add(
	struct disk_plan *plan, const char *deed, const char *input, const char *const words[])
{
	struct disk_step *step = &plan->steps[plan->n_steps++];

	step->deed = deed;
	step->input = input;
	for (size_t i = 0; words[i]; i++)
		(void)snprintf(step->words[i], sizeof(step->words[0]), "%s", words[i]);
}

#define ADD(plan, deed, input, ...)                                                            \
	add(plan, deed, input, (const char *const[]){ __VA_ARGS__, NULL })

/*
 * The kernel is told afterwards, by itself: a disk in use cannot be read anew, and one
 * partition can.
 */
#define QUIETLY "--no-reread", "--no-tell-kernel"

static void add_table(const struct disk_layout *layout, struct disk_plan *plan)
{
	ADD(plan, "move the second partition table to the end", NULL, "sfdisk", QUIETLY,
		"--relocate", "gpt-bak-std", layout->disk);
}

static void add_part(
	const struct disk_layout *layout, const struct disk_part *part, struct disk_plan *plan)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%u", part->number);
	ADD(plan, "have the partition end there, too", ", +\n", "sfdisk", QUIETLY, "-N", number,
		layout->disk);
}

static void add_news(
	const struct disk_layout *layout, const struct disk_part *part, struct disk_plan *plan)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%u", part->number);
	ADD(plan, "tell the kernel", NULL, "partx", "--update", "--nr", number, layout->disk);
}

static void add_content(const struct disk_content *content, struct disk_plan *plan)
{
	enum disk_tool tool = kind_of(content)->tool;
	char amount[32];

	(void)snprintf(amount, sizeof(amount), "%" PRIu64 ":max", content->id);
	if (tool == DISK_PVRESIZE)
		ADD(plan, "grow the physical volume", NULL, "pvresize", content->device);
	else if (tool == DISK_BTRFS)
		ADD(plan, "grow the file system", NULL, "btrfs", "filesystem", "resize", amount,
			content->mount);
	else if (tool == DISK_XFS_GROWFS)
		ADD(plan, "grow the file system", NULL, "xfs_growfs", content->mount);
	else
		ADD(plan, "grow the file system", NULL, "resize2fs", content->device);
}

static void require_tools(const struct disk_layout *layout, struct disk_plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		for (size_t tool = 0; tool < DISK_N_TOOLS; tool++)
			if (strcmp(plan->steps[i].words[0], disk_tools[tool].name) == 0 &&
				!(layout->tools & 1u << tool)) {
				(void)refuse(plan, "%s is missing; it is in the package %s",
					disk_tools[tool].name, disk_tools[tool].package);
				return;
			}
}

/* The plan. */

static bool can_be_larger(const struct disk_content *content, uint64_t room)
{
	return content->size > 0 && room > content->size && room - content->size > CONTENT_ROOM;
}

static void plan_content(const struct disk_layout *layout, struct disk_plan *plan)
{
	if (!refuse_unseen(layout, plan) && !refuse_content(&layout->content, plan))
		add_content(&layout->content, plan);
}

/* Of an extended partition the kernel has the head only. */
static bool is_news(const struct disk_part *part)
{
	return part->known != part->size && !part->is_extended;
}

static void plan_part(
	const struct disk_layout *layout, const struct disk_part *part, struct disk_plan *plan)
{
	bool has_room = room_behind(layout, disk_last_part(layout)) > 0,
	     has_room_inside = can_be_larger(&layout->content, part->size);

	if (has_room_inside && part != disk_last_part(layout))
		has_room = false; /* what is behind another one is not for this one */
	if (has_room && refuse_place(layout, part, plan))
		return;
	if (has_room)
		add_part(layout, part, plan);
	if (has_room || is_news(part))
		add_news(layout, part, plan);
	if (has_room || is_news(part) || has_room_inside)
		plan_content(layout, plan);
}

static void plan_table(const struct disk_layout *layout, struct disk_plan *plan)
{
	const struct disk_part *part = disk_wanted_part(layout);

	if (layout->table == DISK_TABLE_GPT && layout->table_end != layout->size)
		add_table(layout, plan);
	if (part)
		plan_part(layout, part, plan);
	else if (layout->wanted > 0)
		(void)refuse(plan, "its table has no partition %u", layout->wanted);
}

void disk_plan_make(const struct disk_layout *layout, struct disk_plan *ret)
{
	*ret = (struct disk_plan){ 0 };
	if (refuse_kind(layout, ret) || refuse_table(layout, ret))
		return;
	if (layout->table != DISK_TABLE_NONE)
		plan_table(layout, ret);
	else if (can_be_larger(&layout->content, layout->size))
		plan_content(layout, ret);
	require_tools(layout, ret);
}

bool disk_plan_is_same(const struct disk_plan *a, const struct disk_plan *b)
{
	if (a->n_steps != b->n_steps || strcmp(a->refusal, b->refusal) != 0)
		return false;
	for (size_t i = 0; i < a->n_steps; i++)
		if (memcmp(a->steps[i].words, b->steps[i].words, sizeof(a->steps[i].words)) !=
			0)
			return false;
	return true;
}
