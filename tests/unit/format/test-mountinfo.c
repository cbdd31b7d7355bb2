// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "format/mountinfo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX 32

static struct hvg_mount mounts[MAX];
static size_t n;

static void parse(const char *text)
{
	n = hvg_mountinfo_parse(text, strlen(text), mounts, MAX);
}

static void expect_span(struct hvg_span span, const char *expected)
{
	char text[256];

	ck_assert_int_eq(hvg_span_copy(span, text, sizeof(text)), 0);
	ck_assert_str_eq(text, expected);
}

START_TEST(reads_every_field)
{
	parse("36 35 98:7 /sub /mnt2 rw,noatime master:1 shared:22 - ext3 /dev/root ro,errors=continue\n");
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(mounts[0].id, 36);
	ck_assert_uint_eq(mounts[0].parent, 35);
	ck_assert_uint_eq(mounts[0].dev.major, 98);
	ck_assert_uint_eq(mounts[0].dev.minor, 7);
	expect_span(mounts[0].root, "/sub");
	expect_span(mounts[0].point, "/mnt2");
	expect_span(mounts[0].type, "ext3");
	expect_span(mounts[0].source, "/dev/root");
	expect_span(mounts[0].super_options, "ro,errors=continue");
}
END_TEST

START_TEST(reads_a_line_without_optional_fields_or_source)
{
	parse("1 1 0:2 / / rw - rootfs  rw");
	ck_assert_uint_eq(n, 1);
	expect_span(mounts[0].type, "rootfs");
	expect_span(mounts[0].source, "");
	expect_span(mounts[0].super_options, "rw");
}
END_TEST

static const char *const bad_lines[] = {
	"",
	"36",
	"x 35 98:0 / /mnt rw - ext3 /dev/root rw",
	"36 -5 98:0 / /mnt rw - ext3 /dev/root rw",
	"36 35 98 / /mnt rw - ext3 /dev/root rw",
	"36 35 :0 / /mnt rw - ext3 /dev/root rw",
	"36 35 98: / /mnt rw - ext3 /dev/root rw",
	"4294967296 35 98:0 / /mnt rw - ext3 /dev/root rw",
	"99999999999999999999 35 98:0 / /mnt rw - ext3 /dev/root rw",
	"36 35 98:0 / /mnt rw ext3 /dev/root rw",
	"36 35 98:0 / /mnt rw -",
	"36 35 98:0 / /mnt rw - ext3",
	"36 35 98:0 / /mnt rw - ext3 /dev/root",
	"36 35 98:0  /mnt rw - ext3 /dev/root rw",
};

START_TEST(skips_what_is_no_mount)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "%s\n1 1 0:2 / / rw - rootfs none rw\n", bad_lines[_i]);
	parse(text);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(mounts[0].id, 1);
}
END_TEST

START_TEST(counts_what_has_no_room)
{
	static const char text[] = "1 1 8:1 / / rw - ext4 a rw\n2 1 8:2 / /b rw - ext4 b rw\n";
	struct hvg_mount one[2] = { 0 };

	ck_assert_uint_eq(hvg_mountinfo_parse(text, strlen(text), one, 1), 2);
	ck_assert_uint_eq(one[0].id, 1);
	ck_assert_uint_eq(one[1].id, 0);
	ck_assert_uint_eq(hvg_mountinfo_parse(text, strlen(text), NULL, 0), 2);
	ck_assert_uint_eq(hvg_mountinfo_parse(NULL, 0, NULL, 0), 0);
}
END_TEST

static const struct {
	const char *text, *plain; /* NULL: refused */
} escapes[] = {
	{ "/mnt", "/mnt" },
	{ "/a\\040b\\011c\\012d\\134e", "/a b\tc\nd\\e" },
	{ "/a\\040", "/a " },
	{ "/a\\04", "/a\\04" },
	{ "/a\\", "/a\\" },
	{ "/a\\0400", "/a 0" },
	{ "/a\\777", "/a\\777" },
	{ "/a\\080", "/a\\080" },
	{ "/\\303\\244", "/\xc3\xa4" },
	{ "/a\\000b", NULL },
	{ "", "" },
};

START_TEST(undoes_escapes)
{
	char plain[64];
	int r = hvg_mount_unescape(hvg_span_of(escapes[_i].text), plain, sizeof(plain));

	ck_assert_int_eq(r, escapes[_i].plain ? 0 : -EBADMSG);
	if (escapes[_i].plain)
		ck_assert_str_eq(plain, escapes[_i].plain);
}
END_TEST

START_TEST(refuses_a_text_that_does_not_fit)
{
	char plain[5] = "xxxx";

	ck_assert_int_eq(hvg_mount_unescape(hvg_span_of("/abc"), plain, 5), 0);
	ck_assert_int_eq(hvg_mount_unescape(hvg_span_of("/abcd"), plain, 5), -ENOSPC);
	ck_assert_int_eq(hvg_mount_unescape(hvg_span_of("/abc\\040"), plain, 5), -ENOSPC);
	ck_assert_int_eq(hvg_mount_unescape(hvg_span_of(""), plain, 0), -ENOSPC);
}
END_TEST

START_TEST(finds_whole_options_only)
{
	parse("1 1 8:1 / / ro - ext4 /dev/sda1 rw,errors=remount-ro,user_xattr\n");
	ck_assert(hvg_mount_has_super_option(&mounts[0], "rw"));
	ck_assert(hvg_mount_has_super_option(&mounts[0], "user_xattr"));
	ck_assert(!hvg_mount_has_super_option(&mounts[0], "ro"));
	ck_assert(!hvg_mount_has_super_option(&mounts[0], "user"));
}
END_TEST

static const struct {
	const char *path, *point;
	bool is_in;
} paths[] = {
	{ "/a", "/", true },   { "/", "/", true },     { "/a", "/a", true },	 { "/a/b", "/a", true },
	{ "/ab", "/a", false }, { "/a", "/a/b", false }, { "/b", "/a", false }, { "", "/", false },
};

START_TEST(knows_what_lies_below)
{
	ck_assert(hvg_path_is_in(hvg_span_of(paths[_i].path), hvg_span_of(paths[_i].point)) == paths[_i].is_in);
}
END_TEST

/* The order is that of a machine whose initramfs has moved /proc into the real root. */
static const char covered[] = "22 28 0:21 / /proc rw - proc proc rw\n"
			      "28 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
			      "1 1 0:2 / / rw - rootfs none rw\n"
			      "30 28 8:2 / /srv rw - ext4 /dev/sdb rw\n"
			      "31 30 8:3 / /srv/deep rw - ext4 /dev/sdc rw\n"
			      "32 30 8:4 / /srv/old/inner rw - ext4 /dev/sdd rw\n"
			      "33 30 8:5 / /srv/old rw - ext4 /dev/sde rw\n"
			      "34 28 8:6 / /twice rw - ext4 /dev/sdf rw\n"
			      "35 34 8:7 / /twice rw - ext4 /dev/sdg rw\n"
			      "36 34 8:8 / /twice/under rw - ext4 /dev/sdh rw\n"
			      "37 28 8:9 / /srvice rw - ext4 /dev/sdi rw\n"
			      "38 28 8:10 / /with\\040blank rw - ext4 /dev/sdj rw\n";

static const struct {
	uint32_t id;
	bool is_reachable;
} reachable[] = {
	{ 22, true },  /* moved below a root that is listed later */
	{ 28, true },  /* the real root */
	{ 1, false },  /* the initramfs under it */
	{ 30, true },  { 31, true },
	{ 32, false }, /* /srv/old was mounted over it */
	{ 33, true },
	{ 34, false }, /* two at the same point: the upper one counts */
	{ 35, true },
	{ 36, false }, /* in the lower one of the two */
	{ 37, true },  { 38, true },
};

START_TEST(knows_what_can_be_reached)
{
	parse(covered);
	for (size_t i = 0; i < n; i++)
		if (mounts[i].id == reachable[_i].id)
			ck_assert(hvg_mount_is_reachable(&mounts[i], mounts, n) == reachable[_i].is_reachable);
}
END_TEST

START_TEST(survives_parents_in_a_circle)
{
	parse("1 2 8:1 / /a rw - ext4 a rw\n2 1 8:2 / /b rw - ext4 b rw\n");
	(void)hvg_mount_is_reachable(&mounts[0], mounts, n);
	(void)hvg_mount_is_reachable(&mounts[1], mounts, n);
}
END_TEST

static const struct {
	const char *path;
	uint32_t id;
} owners[] = {
	{ "/", 28 },		{ "/etc/passwd", 28 },	  { "/srv", 30 },    { "/srv/x", 30 },
	{ "/srv/deep/x", 31 },	{ "/srv/old/inner", 33 }, { "/srvice/x", 37 }, { "/srvices", 28 },
	{ "/twice/under/x", 35 }, { "/with blank/x", 38 },  { "/proc/1", 22 },
};

START_TEST(finds_the_mount_of_a_path)
{
	const struct hvg_mount *mount;

	parse(covered);
	mount = hvg_mount_of_path(owners[_i].path, mounts, n);
	ck_assert_ptr_nonnull(mount);
	ck_assert_uint_eq(mount->id, owners[_i].id);
	ck_assert_ptr_null(hvg_mount_of_path("relative", mounts, n));
}
END_TEST

Suite *hvg_suite_format_mountinfo(void)
{
	Suite *suite = suite_create("mountinfo");
	TCase *tcase = hvg_suite_case(suite, "mountinfo");

	tcase_add_test(tcase, reads_every_field);
	tcase_add_test(tcase, reads_a_line_without_optional_fields_or_source);
	tcase_add_loop_test(tcase, skips_what_is_no_mount, 0, HVG_ELEMENTS(bad_lines));
	tcase_add_test(tcase, counts_what_has_no_room);
	tcase_add_loop_test(tcase, undoes_escapes, 0, HVG_ELEMENTS(escapes));
	tcase_add_test(tcase, refuses_a_text_that_does_not_fit);
	tcase_add_test(tcase, finds_whole_options_only);
	tcase_add_loop_test(tcase, knows_what_lies_below, 0, HVG_ELEMENTS(paths));
	tcase_add_loop_test(tcase, knows_what_can_be_reached, 0, HVG_ELEMENTS(reachable));
	tcase_add_test(tcase, survives_parents_in_a_circle);
	tcase_add_loop_test(tcase, finds_the_mount_of_a_path, 0, HVG_ELEMENTS(owners));
	return suite;
}
