// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Machines as their mountinfo and their stacks of devices. A plan is shown as text: levels in the order
 * of freezing, separated by " | ", then what is skipped, with its verdict.
 */

#include "suites.h"

#include "base/units.h"
#include "random.h"
#include "service/freezeplan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX 64

static struct hvg_mount mounts[MAX];
static struct hvg_blockedge edges[MAX];
static struct hvg_devno network[4];
static struct hvg_freezeplan_item items[MAX];
static struct hvg_freezeplan_facts facts;
static struct hvg_freezeplan_rules rules;
static struct hvg_freezeplan plan;
static char shown[4096];

static void machine(const char *text)
{
	facts = (struct hvg_freezeplan_facts){ .mounts = mounts, .edges = edges, .network = network };
	facts.n_mounts = hvg_mountinfo_parse(text, strlen(text), mounts, MAX);
	rules = (struct hvg_freezeplan_rules){ 0 };
}

static void stands_on(unsigned int upper_major, unsigned int upper_minor, unsigned int lower_major,
	unsigned int lower_minor)
{
	edges[facts.n_edges++] = (struct hvg_blockedge){
		.upper = { upper_major, upper_minor },
		.lower = { lower_major, lower_minor },
	};
}

static void show(const char *separator, const struct hvg_freezeplan_item *item)
{
	size_t used = strlen(shown);

	(void)snprintf(shown + used, sizeof(shown) - used, "%s%.*s", separator, (int)item->mount->point.size,
		item->mount->point.start);
}

static const char *make(void)
{
	static const char *const verdicts[] = { "", ":ro", ":excluded", ":not-included", ":skip-type",
		":cannot", ":network", ":hidden", ":no-loop", ":forbidden" };

	plan = (struct hvg_freezeplan){ .items = items, .max = MAX };
	*shown = '\0';
	ck_assert_int_eq(hvg_freezeplan_make(&plan, &facts, &rules), 0);
	for (size_t i = 0; i < plan.n; i++) {
		bool is_next = i > 0 && i < plan.n_freeze && items[i].level == items[i - 1].level + 1;

		show(i == 0 ? "" : i == plan.n_freeze ? " ; " : is_next ? " | " : " ", &items[i]);
		strcat(shown, verdicts[items[i].verdict]);
	}
	return shown;
}

#define ROOT "28 1 8:1 / / rw - ext4 /dev/sda1 rw\n"

START_TEST(freezes_disks_first_and_the_root_last)
{
	machine(ROOT "30 28 8:17 / /data rw - xfs /dev/sdb1 rw\n"
		     "31 28 8:33 / /srv rw - ext4 /dev/sdc1 rw\n"
		     "22 28 0:21 / /proc rw - proc proc rw\n"
		     "23 28 0:22 / /tmp rw - tmpfs tmpfs rw\n"
		     "24 28 0:23 / /merged rw - overlay overlay rw\n"
		     "25 28 0:24 / /gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw\n");
	ck_assert_str_eq(make(), "/data /srv | /");
	ck_assert_uint_eq(plan.n_levels, 2);
	ck_assert_uint_eq(plan.n_freeze, 3);
}
END_TEST

START_TEST(freezes_a_superblock_once)
{
	machine(ROOT "30 28 8:17 /part /bind rw - ext4 /dev/sdb1 rw\n"
		     "31 28 8:17 / /data rw - ext4 /dev/sdb1 rw\n"
		     "32 28 8:17 / /a/longer/way rw - ext4 /dev/sdb1 rw\n"
		     "33 28 0:40 /sub1 /b rw - btrfs /dev/sdc rw\n"
		     "34 28 0:40 /sub2 /bb rw - btrfs /dev/sdc rw\n");
	ck_assert_str_eq(make(), "/data /b | /");
}
END_TEST

START_TEST(freezes_loops_before_what_holds_their_files)
{
	machine(ROOT "30 28 7:0 / /one rw - ext4 /dev/loop0 rw\n"
		     "31 28 7:1 / /two rw - ext4 /dev/loop1 rw\n"
		     "32 28 8:17 / /data rw - ext4 /dev/sdb1 rw\n"
		     "33 28 7:2 / /three rw - ext4 /dev/loop2 rw\n");
	stands_on(7, 0, 7, 1);	/* the file of loop0 lies on loop1 */
	stands_on(7, 1, 8, 17); /* and so on */
	stands_on(7, 2, 8, 1);
	ck_assert_str_eq(make(), "/one | /two /three | /data | /");
}
END_TEST

START_TEST(freezes_device_mapper_stacks_from_the_top)
{
	machine(ROOT "30 28 253:0 / /lv rw - xfs /dev/mapper/lv rw\n"
		     "31 28 8:17 / /data rw - ext4 /dev/sdb1 rw\n");
	stands_on(253, 0, 253, 1); /* the volume on a crypt device */
	stands_on(253, 1, 9, 0);   /* on a RAID */
	stands_on(9, 0, 7, 0);	   /* of two loop devices */
	stands_on(9, 0, 7, 1);
	stands_on(7, 0, 8, 17);
	stands_on(7, 1, 8, 17);
	ck_assert_str_eq(make(), "/lv | /data | /");
}
END_TEST

START_TEST(knows_the_disks_of_a_btrfs)
{
	machine(ROOT "30 28 0:40 / /pool rw - btrfs /dev/loop0 rw\n"
		     "31 28 0:41 / /below rw - btrfs /dev/sdc rw\n");
	stands_on(0, 40, 7, 0);
	stands_on(0, 40, 7, 1);
	stands_on(7, 1, 0, 41); /* its file lies on the other btrfs */
	ck_assert_str_eq(make(), "/pool | /below | /");
}
END_TEST

START_TEST(leaves_what_the_root_stands_on_for_the_end)
{
	machine("28 1 7:0 / / rw - ext4 /dev/loop0 rw\n"
		"30 28 8:1 / /host rw - ext4 /dev/sda1 rw\n"
		"31 28 8:17 / /data rw - ext4 /dev/sdb1 rw\n"
		"32 28 7:1 / /more rw - ext4 /dev/loop1 rw\n");
	stands_on(7, 0, 8, 1);
	stands_on(7, 1, 8, 1);
	ck_assert_str_eq(make(), "/more | /data | / | /host");
}
END_TEST

START_TEST(skips_what_cannot_or_need_not_be_frozen)
{
	machine(ROOT "30 28 8:2 / /boot/efi rw - vfat /dev/sda2 rw\n"
		     "31 28 7:3 / /snap rw - squashfs /dev/loop3 ro\n"
		     "32 28 11:0 / /cdrom ro - iso9660 /dev/sr0 ro\n"
		     "33 28 0:50 / /net rw - nfs4 server:/export rw\n"
		     "34 28 8:3 / /frozen-in-time rw - ext4 /dev/sda3 ro\n"
		     "35 28 8:4 / /win rw - fuseblk /dev/sda4 rw\n"
		     "36 28 8:5 / /shown-read-only ro - ext4 /dev/sda5 rw\n");
	ck_assert_str_eq(make(), "/shown-read-only | / ; /boot/efi:cannot /snap:ro /cdrom:ro /net:network "
				 "/frozen-in-time:ro /win:cannot");
	ck_assert_ptr_eq(hvg_freezeplan_objection(&plan), &items[2]);
}
END_TEST

START_TEST(tries_types_that_it_does_not_know)
{
	machine(ROOT "30 28 8:2 / /new rw - newfs /dev/sda2 rw\n"
		     "31 28 0:60 / /strange rw - strangefs none rw\n");
	ck_assert_str_eq(make(), "/new | /");
}
END_TEST

START_TEST(knows_what_the_kernel_has_refused)
{
	char strange[] = "strange", *types[] = { strange, NULL };

	machine(ROOT "30 28 8:2 / /new rw - strange /dev/sda2 rw\n"
		     "31 28 8:3 / /newer rw - stranger /dev/sda3 rw\n");
	rules.unfreezable = types;
	ck_assert_str_eq(make(), "/newer | / ; /new:cannot");
	ck_assert_ptr_eq(hvg_freezeplan_objection(&plan), &items[2]);
}
END_TEST

START_TEST(skips_disks_on_a_network)
{
	machine(ROOT "30 28 8:17 / /iscsi rw - ext4 /dev/sdb1 rw\n"
		     "31 28 253:0 / /crypt rw - ext4 /dev/mapper/crypt rw\n");
	network[facts.n_network++] = (struct hvg_devno){ 8, 16 };
	stands_on(8, 17, 8, 16);
	stands_on(253, 0, 8, 17);
	ck_assert_str_eq(make(), "/ ; /iscsi:network /crypt:network");
	ck_assert_ptr_null(hvg_freezeplan_objection(&plan));
	rules.freezes_network = true;
	ck_assert_str_eq(make(), "/crypt | /iscsi | /");
}
END_TEST

START_TEST(does_what_the_administrator_says)
{
	static const char text[] = ROOT "30 28 8:17 / /data/a rw - ext4 /dev/sdb1 rw\n"
					"31 28 8:18 / /data/b\\040c rw - xfs /dev/sdb2 rw\n"
					"32 28 8:17 / /also/a rw - ext4 /dev/sdb1 rw\n";
	char a[] = "/also/*", b[] = "/data/b c", source[] = "/dev/sdb?", xfs[] = "xfs", none[] = "/nothing";
	char *one[2] = { 0 };

	machine(text);
	rules.include = one;
	ck_assert_str_eq(make(), "/data/a /data/b\\040c | /"); /* an empty list is none */
	one[0] = a;
	ck_assert_str_eq(make(), "/data/a ; /:not-included /data/b\\040c:not-included");
	one[0] = none;
	ck_assert_str_eq(make(), "/:not-included /data/a:not-included /data/b\\040c:not-included");
	ck_assert_uint_eq(plan.n_levels, 0);
	ck_assert_ptr_null(hvg_freezeplan_objection(&plan));

	machine(text);
	rules.exclude = one;
	one[0] = a;
	ck_assert_str_eq(make(), "/data/b\\040c | / ; /data/a:excluded");
	one[0] = b;
	ck_assert_str_eq(make(), "/data/a | / ; /data/b\\040c:excluded");
	one[0] = source;
	ck_assert_str_eq(make(), "/ ; /data/a:excluded /data/b\\040c:excluded");
	ck_assert_ptr_null(hvg_freezeplan_objection(&plan));

	machine(text);
	rules.skip_types = one;
	one[0] = xfs;
	ck_assert_str_eq(make(), "/data/a | / ; /data/b\\040c:skip-type");
}
END_TEST

START_TEST(freezes_nothing_if_told_so)
{
	machine(ROOT "30 28 8:2 / /boot/efi rw - vfat /dev/sda2 rw\n");
	rules.freezes_nothing = true;
	ck_assert_str_eq(make(), "/:forbidden /boot/efi:forbidden");
	ck_assert_ptr_null(hvg_freezeplan_objection(&plan));
}
END_TEST

START_TEST(excludes_what_is_included_too)
{
	char all[] = "*", data[] = "/data";
	char *include[] = { all, NULL }, *exclude[] = { data, NULL };

	machine(ROOT "30 28 8:17 / /data rw - ext4 /dev/sdb1 rw\n");
	rules.include = include;
	rules.exclude = exclude;
	ck_assert_str_eq(make(), "/ ; /data:excluded");
}
END_TEST

START_TEST(tells_what_is_hidden)
{
	machine(ROOT "30 28 8:17 / /data rw - ext4 /dev/sdb1 rw\n"
		     "31 30 8:18 / /data rw - ext4 /dev/sdb2 rw\n"
		     "32 28 8:17 /part /other rw - ext4 /dev/sdb1 rw\n");
	ck_assert_str_eq(make(), "/data /other | /"); /* by its other mount */
	machine(ROOT "30 28 8:17 / /data rw - ext4 /dev/sdb1 rw\n"
		     "31 30 0:50 / /data rw - tmpfs none rw\n");
	ck_assert_str_eq(make(), "/ ; /data:hidden");
	ck_assert_ptr_eq(hvg_freezeplan_objection(&plan), &items[1]);
}
END_TEST

/* What keeps tests from freezing the machine that they run on. */
START_TEST(touches_nothing_but_loops_in_tests)
{
	machine(ROOT "30 28 7:0 / /loop rw - ext4 /dev/loop0 rw\n"
		     "31 28 0:40 / /loops rw - btrfs /dev/loop1 rw\n"
		     "32 28 0:41 / /mixed rw - btrfs /dev/loop2 rw\n"
		     "33 28 0:42 / /unknown rw - btrfs /dev/loop3 rw\n"
		     "34 28 253:0 / /dm rw - ext4 /dev/mapper/a rw\n"
		     "35 28 8:17 / /disk rw - ext4 /dev/sdb1 rw\n");
	rules.only_major = 7;
	stands_on(7, 0, 8, 1);
	stands_on(0, 40, 7, 1);
	stands_on(0, 40, 7, 4);
	stands_on(0, 41, 7, 2);
	stands_on(0, 41, 8, 17);
	stands_on(253, 0, 7, 5);
	ck_assert_str_eq(make(),
		"/loop /loops /dm ; /:no-loop /mixed:no-loop /unknown:no-loop /disk:no-loop");
}
END_TEST

START_TEST(says_how_much_room_it_needs)
{
	machine(ROOT "30 28 8:17 / /a rw - ext4 a rw\n31 28 8:18 / /b rw - ext4 b rw\n");
	plan = (struct hvg_freezeplan){ .items = items, .max = 2 };
	ck_assert_int_eq(hvg_freezeplan_make(&plan, &facts, &rules), -ENOSPC);
	ck_assert_uint_eq(plan.n, 3);
	plan.max = 3;
	ck_assert_int_eq(hvg_freezeplan_make(&plan, &facts, &rules), 0);
}
END_TEST

START_TEST(plans_nothing_for_a_machine_without_disks)
{
	machine("22 1 0:21 / / rw - tmpfs tmpfs rw\n");
	ck_assert_str_eq(make(), "");
	ck_assert_uint_eq(plan.n_freeze, 0);
	ck_assert_uint_eq(plan.n_levels, 0);
}
END_TEST

START_TEST(survives_stacks_in_a_circle)
{
	machine(ROOT "30 28 7:0 / /a rw - ext4 /dev/loop0 rw\n31 28 7:1 / /b rw - ext4 /dev/loop1 rw\n");
	stands_on(7, 0, 7, 1);
	stands_on(7, 1, 7, 0);
	stands_on(8, 1, 8, 1);
	(void)make();
	ck_assert_uint_eq(plan.n_freeze, 3);
}
END_TEST

START_TEST(gives_a_reason_for_each_verdict)
{
	for (int verdict = HVG_FREEZEPLAN_READ_ONLY; verdict <= HVG_FREEZEPLAN_NOT_FOR_TESTS; verdict++)
		ck_assert_uint_gt(strlen(hvg_freezeplan_reason((enum hvg_freezeplan_verdict)verdict)), 0);
	ck_assert_str_eq(hvg_freezeplan_reason(HVG_FREEZEPLAN_FREEZE), "");
}
END_TEST

/* Any stacks without circles: whatever lies below is in a later level. */
static bool reaches(size_t upper, size_t lower)
{
	for (size_t i = 0; i < facts.n_edges; i++)
		if (edges[i].upper.minor == upper &&
			(edges[i].lower.minor == lower || reaches(edges[i].lower.minor, lower)))
			return true;
	return false;
}

static void make_random_machine(struct hvg_random *random)
{
	static char text[4096];
	unsigned int n = 2 + hvg_random_below(random, 7);

	*text = '\0';
	for (unsigned int i = 0; i < n; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
			"%u 100 8:%u / /%s%.0u rw - %s x rw\n", 10 + i, i, i == 0 ? "" : "m", i,
			hvg_random_below(random, 4) == 0 ? "vfat" : "ext4");
	machine(text);
	for (unsigned int i = 0; i < hvg_random_below(random, 8); i++) {
		unsigned int upper = hvg_random_below(random, n), lower = hvg_random_below(random, n);

		/* One order of all, or there would be circles; the root is somewhere within it. */
		if ((upper + n / 2) % n < (lower + n / 2) % n)
			stands_on(8, upper, 8, lower);
	}
}

START_TEST(walks_through_any_stacks)
{
	struct hvg_random random = hvg_random_from((unsigned int)_i);

	for (unsigned int step = 0; step < hvg_random_steps(200); step++) {
		make_random_machine(&random);
		(void)make();
		for (size_t a = 0; a < plan.n_freeze; a++)
			for (size_t b = 0; b < plan.n_freeze; b++) {
				bool b_is_root = items[b].dev.minor == 0, a_is_root = items[a].dev.minor == 0;

				if (reaches(items[a].dev.minor, items[b].dev.minor))
					ck_assert_uint_lt(items[a].level, items[b].level);
				else if (b_is_root && !a_is_root && !reaches(0, items[a].dev.minor))
					ck_assert_uint_lt(items[a].level, items[b].level);
			}
	}
}
END_TEST

Suite *hvg_suite_service_freezeplan(void)
{
	Suite *suite = suite_create("freezeplan");
	TCase *tcase = hvg_suite_case(suite, "freezeplan");

	tcase_add_test(tcase, freezes_disks_first_and_the_root_last);
	tcase_add_test(tcase, freezes_a_superblock_once);
	tcase_add_test(tcase, freezes_loops_before_what_holds_their_files);
	tcase_add_test(tcase, freezes_device_mapper_stacks_from_the_top);
	tcase_add_test(tcase, knows_the_disks_of_a_btrfs);
	tcase_add_test(tcase, leaves_what_the_root_stands_on_for_the_end);
	tcase_add_test(tcase, skips_what_cannot_or_need_not_be_frozen);
	tcase_add_test(tcase, tries_types_that_it_does_not_know);
	tcase_add_test(tcase, knows_what_the_kernel_has_refused);
	tcase_add_test(tcase, skips_disks_on_a_network);
	tcase_add_test(tcase, does_what_the_administrator_says);
	tcase_add_test(tcase, freezes_nothing_if_told_so);
	tcase_add_test(tcase, excludes_what_is_included_too);
	tcase_add_test(tcase, tells_what_is_hidden);
	tcase_add_test(tcase, touches_nothing_but_loops_in_tests);
	tcase_add_test(tcase, says_how_much_room_it_needs);
	tcase_add_test(tcase, plans_nothing_for_a_machine_without_disks);
	tcase_add_test(tcase, survives_stacks_in_a_circle);
	tcase_add_test(tcase, gives_a_reason_for_each_verdict);
	tcase_add_loop_test(tcase, walks_through_any_stacks, 0, 10);
	return suite;
}
