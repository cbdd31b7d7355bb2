// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "hvctl/disk/plan.h"

#include "base/units.h"

#include <stdio.h>
#include <string.h>

#define MIB       (UINT64_C(1) << 20)
#define GIB       (UINT64_C(1) << 30)
#define ALL_TOOLS ((1u << DISK_N_TOOLS) - 1)

static struct disk_layout layout;
static struct disk_plan plan;

static void add_part(unsigned int number, uint64_t start, uint64_t size)
{
	struct disk_part *part = &layout.parts[layout.n_parts++];

	*part = (struct disk_part){
		.number = number, .start = start, .size = size, .known = size
	};
	(void)snprintf(part->device, sizeof(part->device), "/dev/sda%u", number);
}

static void set_content(const char *device, const char *type, const char *mount, uint64_t size)
{
	struct disk_content *content = &layout.content;

	(void)snprintf(content->device, sizeof(content->device), "%s", device);
	(void)snprintf(content->type, sizeof(content->type), "%s", type);
	(void)snprintf(content->mount, sizeof(content->mount), "%s", mount);
	content->size = size;
}

/*
 * As Debian's images have it: the root is number 1, and behind the others. It was 32 GiB, and
 * is 40.
 */
static void setup(void)
{
	layout = (struct disk_layout){
		.disk = "/dev/sda",
		.size = 40 * GIB,
		.sector = 512,
		.table = DISK_TABLE_GPT,
		.table_name = "gpt",
		.table_end = 32 * GIB,
		.tools = ALL_TOOLS,
	};
	add_part(14, 1 * MIB, 3 * MIB);
	add_part(15, 4 * MIB, 124 * MIB);
	add_part(1, 128 * MIB, 32 * GIB - 129 * MIB);
	set_content("/dev/sda1", "ext4", "/", 32 * GIB - 129 * MIB);
}

/* "sfdisk … /dev/sda; resize2fs /dev/sda1", or why not. */
static const char *planned(void)
{
	static char text[8192];
	size_t used = 0;

	disk_plan_make(&layout, &plan);
	text[0] = '\0';
	for (size_t i = 0; i < plan.n_steps; i++) {
		ck_assert_ptr_nonnull(plan.steps[i].deed);
		ck_assert((plan.steps[i].input != NULL) ==
			(strcmp(plan.steps[i].words[3], "-N") == 0));
		for (size_t word = 0; word < DISK_WORDS_MAX && plan.steps[i].words[word][0];
			word++)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
				used == 0           ? ""
					: word == 0 ? "; "
						    : " ",
				plan.steps[i].words[word]);
	}
	ck_assert(plan.refusal[0] == '\0' || plan.n_steps == 0);
	return plan.refusal[0] ? plan.refusal : text;
}

static void expect_refusal(const char *part)
{
	const char *text = planned();

	ck_assert_msg(plan.refusal[0] && strstr(text, part), "'%s' is not refused for '%s'",
		text, part);
}

#define TABLE "sfdisk --no-reread --no-tell-kernel --relocate gpt-bak-std /dev/sda"
#define PART(n)                                                                                \
	"sfdisk --no-reread --no-tell-kernel -N " n " /dev/sda; partx --update --nr " n        \
	" /dev/sda"

START_TEST(grows_table_partition_and_file_system_of_a_disk_that_has_grown)
{
	ck_assert_str_eq(planned(), TABLE "; " PART("1") "; resize2fs /dev/sda1");
	ck_assert_str_eq(plan.steps[1].input, ", +\n");
}
END_TEST

START_TEST(leaves_a_disk_alone_that_is_full)
{
	layout.size = 32 * GIB;
	ck_assert_str_eq(planned(), "");
}
END_TEST

/* On a disk that is full, nothing is refused, whatever is on it. */
START_TEST(leaves_a_full_disk_alone_whatever_is_on_it)
{
	layout.size = 32 * GIB;
	set_content("/dev/sda1", "zfs_member", "", 0);
	ck_assert_str_eq(planned(), "");
	layout.table = DISK_TABLE_MBR;
	layout.parts[2].is_logical = true;
	ck_assert_str_eq(planned(), "");
	layout.parts[2].is_logical = false;
	layout.parts[2].is_extended = true;
	layout.parts[2].known = 1024;
	ck_assert_str_eq(planned(), "");
	layout.n_parts = 0;
	ck_assert_str_eq(planned(), "");
	layout.table = DISK_TABLE_NONE;
	set_content("/dev/sda", "", "", 0);
	ck_assert_str_eq(planned(), "");
}
END_TEST

START_TEST(takes_up_where_somebody_has_stopped)
{
	layout.table_end = 40 * GIB;
	ck_assert_str_eq(planned(), PART("1") "; resize2fs /dev/sda1");
	layout.parts[2].size = layout.size - layout.parts[2].start - MIB;
	ck_assert_str_eq(planned(), "partx --update --nr 1 /dev/sda; resize2fs /dev/sda1");
	layout.parts[2].known = layout.parts[2].size;
	ck_assert_str_eq(planned(), "resize2fs /dev/sda1");
	layout.content.size = layout.parts[2].size - 7 * MIB;
	ck_assert_str_eq(planned(), "");
	layout.table_end = 32 * GIB;
	ck_assert_str_eq(planned(), TABLE);
	layout.n_parts = 0;
	ck_assert_str_eq(planned(), TABLE);
}
END_TEST

/* Up to 2 MiB are alignment, and the second table. */
START_TEST(takes_no_alignment_for_room)
{
	layout.table_end = layout.size = 32 * GIB + MIB;
	ck_assert_str_eq(planned(), "");
	layout.table_end = layout.size = 32 * GIB + MIB + 512;
	ck_assert_str_eq(planned(), PART("1") "; resize2fs /dev/sda1");
}
END_TEST

START_TEST(grows_each_kind_by_its_own_tool)
{
	static const struct {
		const char *type, *mount, *command;
	} cases[] = {
		{ "ext2", "/", "resize2fs /dev/sda1" },
		{ "ext3", "/", "resize2fs /dev/sda1" },
		{ "xfs", "/srv/my data", "xfs_growfs /srv/my data" },
		{ "btrfs", "/data", "btrfs filesystem resize 3:max /data" },
		{ "LVM2_member", "", "pvresize /dev/sda1" },
	};

	for (size_t i = 0; i < HVG_ELEMENTS(cases); i++) {
		char expected[1024];

		set_content("/dev/sda1", cases[i].type, cases[i].mount, 31 * GIB);
		layout.content.id = 3;
		(void)snprintf(expected, sizeof(expected), TABLE "; " PART("1") "; %s",
			cases[i].command);
		ck_assert_str_eq(planned(), expected);
	}
}
END_TEST

START_TEST(grows_what_is_on_a_disk_without_partitions)
{
	layout.table = DISK_TABLE_NONE;
	layout.n_parts = 0;
	layout.table_end = 0;
	set_content("/dev/sda", "xfs", "/data", 32 * GIB);
	ck_assert_str_eq(planned(), "xfs_growfs /data");
	set_content("/dev/sda", "xfs", "", 32 * GIB);
	expect_refusal("the xfs on /dev/sda is not mounted");
	set_content("/dev/sda", "xfs", "/data", 40 * GIB);
	ck_assert_str_eq(planned(), "");
	set_content("/dev/sda", "LVM2_member", "", 32 * GIB);
	ck_assert_str_eq(planned(), "pvresize /dev/sda");
}
END_TEST

START_TEST(knows_the_table_of_old)
{
	layout.table = DISK_TABLE_MBR;
	layout.table_end = 0;
	ck_assert_str_eq(planned(), PART("1") "; resize2fs /dev/sda1");
	layout.size = (UINT64_C(1) << 32) * 512;
	expect_refusal("(MBR) reaches as far as 2047 GiB");
	layout.sector = 4096;
	ck_assert_str_eq(planned(), PART("1") "; resize2fs /dev/sda1");
}
END_TEST

START_TEST(grows_what_is_in_front_only_within_its_partition)
{
	layout.wanted = 15;
	set_content("/dev/sda15", "ext4", "/boot", 124 * MIB);
	expect_refusal("/dev/sda15 is not at the end of the disk: /dev/sda1 lies behind it");
	layout.table_end = 40 * GIB;
	layout.content.size = 100 * MIB;
	ck_assert_str_eq(planned(), "resize2fs /dev/sda15");
	layout.wanted = 16;
	expect_refusal("no partition 16");
}
END_TEST

static void make_logical(void)
{
	layout.table = DISK_TABLE_MBR;
	layout.table_end = 0;
	layout.n_parts = 0;
	add_part(1, MIB, 20 * GIB);
	add_part(2, 21 * GIB, 11 * GIB);
	layout.parts[1].is_extended = true;
}

START_TEST(refuses_extended_partitions)
{
	make_logical();
	expect_refusal("/dev/sda2 is an extended partition");
	add_part(5, 21 * GIB + MIB, 11 * GIB - MIB);
	layout.parts[2].is_logical = true;
	expect_refusal("/dev/sda5 is in an extended partition");
	layout.wanted = 1;
	expect_refusal("/dev/sda5 lies behind it");
}
END_TEST

START_TEST(refuses_content_that_it_does_not_know)
{
	static const struct {
		const char *type, *reason;
	} cases[] = {
		{ "crypto_LUKS", "/dev/sda1 is encrypted" },
		{ "swap", "/dev/sda1 is swap space" },
		{ "linux_raid_member", "/dev/sda1 belongs to a RAID" },
		{ "ntfs", "/dev/sda1 holds ntfs, which hvctl does not grow" },
		{ "", "/dev/sda1 holds nothing that hvctl knows" },
	};

	for (size_t i = 0; i < HVG_ELEMENTS(cases); i++) {
		set_content("/dev/sda1", cases[i].type, "", 0);
		expect_refusal(cases[i].reason);
	}
}
END_TEST

/* It is in the table, and in no /dev. */
START_TEST(refuses_a_partition_that_the_kernel_does_not_know)
{
	layout.parts[2].known = 0;
	layout.content = (struct disk_content){ 0 };
	expect_refusal("partx --update /dev/sda tells it");
	layout.size = layout.table_end;
	expect_refusal("partx --update /dev/sda tells it");
}
END_TEST

START_TEST(refuses_content_that_cannot_grow_as_it_is)
{
	layout.content.is_read_only = true;
	expect_refusal("/ is mounted read-only");
	layout.content.is_read_only = false;
	set_content("/dev/sda1", "btrfs", "/data", 31 * GIB);
	layout.content.is_spread = true;
	expect_refusal("/data is a btrfs of several disks");
}
END_TEST

START_TEST(refuses_a_disk_that_has_shrunk)
{
	layout.size = 31 * GIB;
	expect_refusal("smaller than its partition table");
	layout.n_parts = 2;
	expect_refusal("smaller than its partition table");
	layout.table = DISK_TABLE_NONE; /* as libblkid has it then */
	expect_refusal("smaller than its partition table");
	layout.n_parts = 3;
	layout.table = DISK_TABLE_MBR;
	layout.table_end = 0;
	expect_refusal("smaller than its partition table");
}
END_TEST

START_TEST(refuses_tables_that_it_does_not_know)
{
	layout.table_end = 0;
	expect_refusal("first partition table is damaged");
	layout.table = DISK_TABLE_OTHER;
	(void)snprintf(layout.table_name, sizeof(layout.table_name), "bsd");
	expect_refusal("of the kind bsd");
	layout.table = DISK_TABLE_GPT;
	layout.table_end = 32 * GIB;
	layout.has_more_parts = true;
	expect_refusal("more than 128 partitions");
	layout.is_ambiguous = true;
	expect_refusal("several things at once; wipefs /dev/sda");
}
END_TEST

START_TEST(refuses_what_stands_on_disks)
{
	static const struct {
		enum disk_kind kind;
		const char *reason;
	} cases[] = {
		{ DISK_IS_LVM, "lvextend" },
		{ DISK_IS_CRYPT, "cryptsetup" },
		{ DISK_IS_RAID, "mdadm" },
		{ DISK_IS_SOMETHING_ELSE, "on no disk" },
	};

	for (size_t i = 0; i < HVG_ELEMENTS(cases); i++) {
		layout.kind = cases[i].kind;
		expect_refusal(cases[i].reason);
	}
}
END_TEST

START_TEST(refuses_before_anything_is_done_if_a_tool_is_missing)
{
	static const struct {
		enum disk_tool tool;
		const char *reason;
	} cases[] = {
		{ DISK_SFDISK, "sfdisk is missing; it is in the package fdisk" },
		{ DISK_PARTX, "partx is missing; it is in the package util-linux" },
		{ DISK_RESIZE2FS, "resize2fs is missing; it is in the package e2fsprogs" },
	};

	for (size_t i = 0; i < HVG_ELEMENTS(cases); i++) {
		layout.tools = ALL_TOOLS & ~(1u << cases[i].tool);
		expect_refusal(cases[i].reason);
	}
	layout.tools = 1u << DISK_SFDISK | 1u << DISK_PARTX | 1u << DISK_RESIZE2FS;
	ck_assert_str_eq(planned(), TABLE "; " PART("1") "; resize2fs /dev/sda1");
}
END_TEST

START_TEST(tells_plans_apart)
{
	struct disk_plan other;

	disk_plan_make(&layout, &other);
	(void)planned();
	ck_assert(disk_plan_is_same(&plan, &other));
	layout.parts[2].number = 2;
	(void)planned();
	ck_assert(!disk_plan_is_same(&plan, &other));
	layout.kind = DISK_IS_RAID;
	(void)planned();
	ck_assert(!disk_plan_is_same(&plan, &other));
}
END_TEST

Suite *hvg_suite_hvctl_disk_plan(void)
{
	Suite *suite = suite_create("hvctl/disk-plan");
	TCase *tcase = hvg_suite_case(suite, "disk-plan");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, grows_table_partition_and_file_system_of_a_disk_that_has_grown);
	tcase_add_test(tcase, leaves_a_disk_alone_that_is_full);
	tcase_add_test(tcase, leaves_a_full_disk_alone_whatever_is_on_it);
	tcase_add_test(tcase, takes_up_where_somebody_has_stopped);
	tcase_add_test(tcase, takes_no_alignment_for_room);
	tcase_add_test(tcase, grows_each_kind_by_its_own_tool);
	tcase_add_test(tcase, grows_what_is_on_a_disk_without_partitions);
	tcase_add_test(tcase, knows_the_table_of_old);
	tcase_add_test(tcase, grows_what_is_in_front_only_within_its_partition);
	tcase_add_test(tcase, refuses_extended_partitions);
	tcase_add_test(tcase, refuses_content_that_it_does_not_know);
	tcase_add_test(tcase, refuses_a_partition_that_the_kernel_does_not_know);
	tcase_add_test(tcase, refuses_content_that_cannot_grow_as_it_is);
	tcase_add_test(tcase, refuses_a_disk_that_has_shrunk);
	tcase_add_test(tcase, refuses_tables_that_it_does_not_know);
	tcase_add_test(tcase, refuses_what_stands_on_disks);
	tcase_add_test(tcase, refuses_before_anything_is_done_if_a_tool_is_missing);
	tcase_add_test(tcase, tells_plans_apart);
	return suite;
}
