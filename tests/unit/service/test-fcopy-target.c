// SPDX-License-Identifier: LGPL-2.1-or-later

/* Destinations as tables: what may be written, and what is allowed. */

#include "suites.h"

#include "base/units.h"
#include "service/fcopy-target.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *path, *target; /* NULL: refused */
	bool is_folder;
} paths[] = {
	{ "/", "/", true },
	{ "//", "/", true },
	{ "/.", "/", true },
	{ "/tmp", "/tmp", false },
	{ "/tmp/", "/tmp", true },
	{ "//tmp///a", "/tmp/a", false },
	{ "/tmp/a//", "/tmp/a", true },
	{ "/tmp/./a", "/tmp/a", false },
	{ "/tmp/a/.", "/tmp/a", true },
	{ "/...", "/...", false },
	{ "/..a/b..", "/..a/b..", false },
	{ "/a b/\xc3\xbc/\xe2\x82\xac", "/a b/\xc3\xbc/\xe2\x82\xac", false },
	{ "/C:\\Users", "/C:\\Users", false }, /* a backslash is a letter */
	{ "", NULL, false },
	{ "tmp", NULL, false },
	{ "./tmp", NULL, false },
	{ "C:\\Users", NULL, false },
	{ "\\tmp", NULL, false },
	{ "..", NULL, false },
	{ "/..", NULL, false },
	{ "/tmp/..", NULL, false },
	{ "/tmp/../etc", NULL, false },
	{ "/tmp/../", NULL, false },
	{ "/tmp/a/../../etc/", NULL, false },
};

START_TEST(takes_paths)
{
	struct hvg_fcopy_target target = { .path = "untouched" };
	const char *reason = NULL;
	int r = hvg_fcopy_target_parse(paths[_i].path, "file", &target, &reason);

	if (!paths[_i].target) {
		ck_assert_int_eq(r, -EINVAL);
		ck_assert_ptr_nonnull(reason);
		ck_assert_str_eq(target.path, "untouched");
		return;
	}
	ck_assert_int_eq(r, 0);
	ck_assert_str_eq(target.path, paths[_i].target);
	ck_assert_int_eq(target.is_folder, paths[_i].is_folder);
	ck_assert_str_eq(target.name, "file");
}
END_TEST

static const struct {
	const char *name;
	bool is_good;
} names[] = {
	{ "file", true },
	{ ".hidden", true },
	{ "...", true },
	{ "a b", true },
	{ "\xf0\x9f\x98\x80", true },
	{ "", false },
	{ ".", false },
	{ "..", false },
	{ "a/b", false },
	{ "/", false },
	{ "../a", false },
};

START_TEST(takes_names)
{
	struct hvg_fcopy_target target;
	const char *reason = NULL;

	ck_assert_int_eq(hvg_fcopy_target_parse("/tmp/", names[_i].name, &target, &reason),
		names[_i].is_good ? 0 : -EINVAL);
	ck_assert(names[_i].is_good == !reason);
}
END_TEST

START_TEST(knows_how_long_a_name_may_be)
{
	char path[600] = "/", name[300] = "";
	struct hvg_fcopy_target target;
	const char *reason;

	memset(path + 1, 'p', 255);
	memset(name, 'n', 255);
	ck_assert_int_eq(hvg_fcopy_target_parse(path, name, &target, &reason), 0);
	ck_assert_str_eq(target.name, name);
	path[256] = 'p';
	ck_assert_int_eq(hvg_fcopy_target_parse(path, name, &target, &reason), -EINVAL);
	path[256] = '/';
	ck_assert_int_eq(hvg_fcopy_target_parse(path, name, &target, &reason), 0);
	name[255] = 'n';
	ck_assert_int_eq(hvg_fcopy_target_parse(path, name, &target, &reason), -EINVAL);
}
END_TEST

START_TEST(knows_how_long_a_path_may_be)
{
	char path[HVG_FCOPY_PATH_SIZE + 2] = "";
	struct hvg_fcopy_target target;
	const char *reason;

	for (size_t i = 0; i < HVG_FCOPY_PATH_SIZE - 1; i++)
		path[i] = i % 2 ? 'a' : '/';
	ck_assert_int_eq(hvg_fcopy_target_parse(path, "n", &target, &reason), 0);
	for (size_t i = 0; i < HVG_FCOPY_PATH_SIZE; i++)
		path[i] = i % 2 ? 'a' : '/';
	ck_assert_int_eq(hvg_fcopy_target_parse(path, "n", &target, &reason), -EINVAL);
}
END_TEST

static const char *const all[] = { "/", NULL }, *const none[] = { NULL };
static const char *const drop[] = { "/srv/drop/", "/tmp", NULL };
static const char *const kernels[] = { "/proc", "/sys", "/srv/drop/secret", NULL };

static const struct {
	const char *const *allow, *const *deny;
	const char *path;
	bool is_allowed;
} policies[] = {
	{ all, none, "/etc/passwd", true },
	{ all, none, "/", true },
	{ none, none, "/tmp/a", false },
	{ all, kernels, "/proc", false },
	{ all, kernels, "/proc/sys/kernel/core_pattern", false },
	{ all, kernels, "/process", true },
	{ all, kernels, "/pro", true },
	{ all, all, "/tmp", false },
	{ drop, none, "/srv/drop", true },
	{ drop, none, "/srv/drop/a/b", true },
	{ drop, none, "/srv/dropped", false },
	{ drop, none, "/srv", false },
	{ drop, none, "/", false },
	{ drop, kernels, "/srv/drop/secret/a", false },
	{ drop, kernels, "/srv/drop/secrets", true },
	{ drop, kernels, "/tmp/a", true },
};

START_TEST(allows_what_the_policy_allows)
{
	struct hvg_fcopy_policy policy = { policies[_i].allow, policies[_i].deny };

	ck_assert_int_eq(hvg_fcopy_policy_allows(&policy, policies[_i].path), policies[_i].is_allowed);
}
END_TEST

Suite *hvg_suite_service_fcopy_target(void)
{
	Suite *suite = suite_create("service/fcopy-target");
	TCase *tcase = hvg_suite_case(suite, "target");

	tcase_add_loop_test(tcase, takes_paths, 0, HVG_ELEMENTS(paths));
	tcase_add_loop_test(tcase, takes_names, 0, HVG_ELEMENTS(names));
	tcase_add_test(tcase, knows_how_long_a_name_may_be);
	tcase_add_test(tcase, knows_how_long_a_path_may_be);
	tcase_add_loop_test(tcase, allows_what_the_policy_allows, 0, HVG_ELEMENTS(policies));
	return suite;
}
