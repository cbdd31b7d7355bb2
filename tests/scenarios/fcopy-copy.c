// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Files that the host copies: they are there, whole, under the right name, or there is a true error.
 */

#include "fcopy.h"

static void copies_a_file(struct machine *m)
{
	begin_fcopy(m);
	expect_copy_text("/dst/", "hello.txt", "hello");
	expect_file("/dst/hello.txt", "hello");
	expect_nothing_half();
}

static void copies_files_of_every_size(struct machine *m)
{
	static const uint64_t sizes[] = { 0, 1, 6143, 6144, 6145, 12288, 1000000 };
	char name[32], path[64];

	begin_fcopy(m);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct host_file file = { .name = name, .destination = "/dst/", .size = sizes[i] };

		(void)snprintf(name, sizeof(name), "file%zu", i);
		(void)snprintf(path, sizeof(path), "/dst/%s", name);
		expect_status(host_copy_file(m, &file), HV_S_OK);
		expect_bytes(m, path, sizes[i]);
	}
	expect_nothing_half();
}

static void copies_a_gibibyte(struct machine *m)
{
	struct host_file file = { .name = "large", .destination = "/dst/", .size = size_of(m, 16 << 20, 1 << 30) };

	begin_fcopy(m);
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_bytes(m, "/dst/large", file.size);
	expect_nothing_half();
}

static void keeps_names_in_five_scripts(struct machine *m)
{
	static const char *const names[] = { "\xc3\xa4\xc3\xb6\xc3\xbc \xc3\x9f", "\xd1\x84\xd0\xb0\xd0\xb9\xd0\xbb",
		"\xe6\x96\x87\xe4\xbb\xb6", "\xe0\xa4\xab\xe0\xa4\xbc\xe0\xa4\xbe\xe0\xa4\x87\xe0\xa4\xb2",
		"\xd9\x85\xd9\x84\xd9\x81", "\xf0\x9f\x93\x84" };
	char path[128];

	begin_fcopy(m);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "/dst/%s", names[i]);
		expect_copy_text("/dst/", names[i], names[i]);
		expect_file(path, names[i]);
	}
}

static void copies_into_a_folder_without_a_slash(struct machine *m)
{
	guest_run(m, "mkdir -p /srv/drop");
	begin_fcopy(m);
	expect_copy_text("/srv/drop", "file", "1");
	expect_file("/srv/drop/file", "1");
}

static void copies_under_a_new_name(struct machine *m)
{
	guest_run(m, "mkdir -p /srv/drop");
	begin_fcopy(m);
	expect_copy_text("/srv/drop/new.txt", "old.txt", "1");
	expect_file("/srv/drop/new.txt", "1");
	expect_no_file("/srv/drop/old.txt");
}

static uint32_t copy_into_new_folder(struct machine *m, const char *destination, bool creates_path)
{
	return host_copy_file(m, &(struct host_file){ .name = "file", .destination = destination, .bytes = "new",
				       .size = 3, .creates_path = creates_path });
}

static void makes_folders_if_it_is_told_to(struct machine *m)
{
	begin_fcopy(m);
	expect_status(copy_into_new_folder(m, "/srv/a/b/c/", false), HV_E_FAIL);
	expect_no_file("/srv/a");
	expect_status(copy_into_new_folder(m, "/srv/a/b/c/", true), HV_S_OK);
	expect_file("/srv/a/b/c/file", "new");
}

static void makes_folders_for_a_new_name(struct machine *m)
{
	begin_fcopy(m);
	expect_status(copy_into_new_folder(m, "/srv/a/b/name", true), HV_S_OK);
	expect_file("/srv/a/b/name", "new");
}

static void leaves_no_folders_of_a_copy_that_was_cancelled(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/srv/a/b/", .size = 10, .creates_path = true };

	begin_fcopy(m);
	expect_status(host_copy_start(m, &file), HV_S_OK);
	expect_status(host_copy_cancel(m), HV_S_OK);
	expect_no_file("/srv/a");
}

static void replaces_nothing_unless_it_is_forced(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .bytes = "new", .size = 3 };

	guest_write_file(m, "/dst/file", "the old one", 11);
	begin_fcopy(m);
	expect_status(host_copy_file(m, &file), HV_ERROR_ALREADY_EXISTS);
	expect_file("/dst/file", "the old one");
	file.force = true;
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_file("/dst/file", "new");
}

static void keeps_the_old_file_until_the_new_one_is_whole(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .bytes = "new", .size = 3, .force = true };

	guest_write_file(m, "/dst/file", "old", 3);
	begin_fcopy(m);
	expect_status(host_copy_start(m, &file), HV_S_OK);
	expect_status(host_copy_write(m, &file, 0, 2), HV_S_OK);
	expect_file("/dst/file", "old");
	expect_status(host_copy_cancel(m), HV_S_OK);
	expect_file("/dst/file", "old");
	expect_nothing_half();
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_file("/dst/file", "new");
}

static void leaves_nothing_of_a_copy_that_was_cancelled(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .size = 100000 };

	begin_fcopy(m);
	expect_status(host_copy_start(m, &file), HV_S_OK);
	expect_status(host_copy_write(m, &file, 0, 6144), HV_S_OK);
	expect_status(host_copy_cancel(m), HV_S_OK);
	guest_run(m, "test -z \"$(ls -A /dst)\"");
	expect_copy_text("/dst/", "next", "1");
	expect_file("/dst/next", "1");
}

static void takes_fragments_in_any_order(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/dst/", .size = 20000 };

	begin_fcopy(m);
	expect_status(host_copy_start(m, &file), HV_S_OK);
	expect_status(host_copy_write(m, &file, 12000, 6144), HV_S_OK);
	expect_status(host_copy_write(m, &file, 18144, 1856), HV_S_OK);
	expect_status(host_copy_write(m, &file, 0, 6144), HV_S_OK);
	expect_status(host_copy_write(m, &file, 5000, 6144), HV_S_OK);
	expect_status(host_copy_write(m, &file, 11000, 1000), HV_S_OK);
	expect_status(host_copy_complete(m), HV_S_OK);
	expect_bytes(m, "/dst/file", 20000);
}

static void gives_files_a_mode_without_execution(struct machine *m)
{
	begin_fcopy(m);
	expect_copy_text("/dst/", "file", "1");
	expect_given(guest_ask(m, "stat -c '%%a %%U:%%G' /dst/file"), "644 root:root\n");
}

static void tells_a_full_disk_before_the_first_byte(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/srv/", .size = 2 << 20 };

	guest_run(m, "mount -t tmpfs -o size=1M tmpfs /srv");
	begin_fcopy(m);
	expect_status(host_copy_start(m, &file), HV_ERROR_DISK_FULL);
	guest_run(m, "test -z \"$(ls -A /srv)\"");
	expect_copy_text("/srv/", "small", "1");
}

static void tells_a_full_disk(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/srv/", .size = 2 << 20 };

	guest_run(m, "mount -t tmpfs -o size=1M tmpfs /srv");
	begin_fcopy(m);
	expect_status(host_copy_file(m, &file), HV_ERROR_DISK_FULL);
}

static void tells_a_disk_that_is_read_only(struct machine *m)
{
	guest_run(m, "mount -t tmpfs -o ro tmpfs /srv");
	begin_fcopy(m);
	expect_status(host_copy_text(m, "/srv/", "file", "1"), HV_E_FAIL);
	expect(guest_daemon_runs(m));
}

/* A disk of its own where users and projects have limits. */
static void mount_disk_with_quota(struct machine *m)
{
	mount_disk_with(m, "16M", "-O quota,project -E quotatype=usrquota:prjquota", "usrquota,prjquota");
}

/* Of a disk a user has used up his share, and files are to be his. That shows when they become so. */
static void tells_a_quota_that_is_used_up(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/srv/", .size = 300000 };

	mount_disk_with_quota(m);
	guest_run(m, "%s quota /srv user 1 1000000", HVG_GUEST_TOOL);
	guest_run(m, "head -c 900000 /dev/zero >/srv/filler && chown daemon /srv/filler");
	guest_run(m, "printf '[Files]\\nOwner=daemon\\n' >%s", GUEST_FCOPY_CONFIG);
	begin_fcopy(m);
	expect_status(host_copy_file(m, &file), HV_ERROR_DISK_FULL);
	expect_no_file("/srv/file");
	expect_nothing_half();
	file.size = 50000;
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_bytes(m, "/srv/file", 50000);
}

/* A folder's limit is known before the first byte. */
static void tells_a_full_project_before_the_first_byte(struct machine *m)
{
	struct host_file file = { .name = "file", .destination = "/srv/project/", .size = 300000 };

	mount_disk_with_quota(m);
	guest_run(m, "%s quota /srv project 7 200000", HVG_GUEST_TOOL);
	guest_run(m, "mkdir /srv/project && chattr +P -p 7 /srv/project");
	begin_fcopy(m);
	expect_status(host_copy_start(m, &file), HV_ERROR_DISK_FULL);
	guest_run(m, "test -z \"$(ls -A /srv/project)\"");
	file.size = 100000;
	expect_status(host_copy_file(m, &file), HV_S_OK);
}

static const struct scenario rows[] = {
	ROW(copies_a_file, .daemon = SCENARIO_FCOPY, .only_in_full = true),
	ROW(copies_files_of_every_size, .daemon = SCENARIO_FCOPY),
	/* Space for it is made within seconds of the wall, not of a driver's shorter ones. */
	ROW(copies_a_gibibyte, .daemon = SCENARIO_FCOPY, .kernel_second_ms = 1000,
		.not_on_kernel = "the tiny guest has no room; a whole system has it: a_gibibyte_is_copied_byte_for_byte"),
	ROW(keeps_names_in_five_scripts, .daemon = SCENARIO_FCOPY,
		.not_debian_ring = "it makes an X of every character that is not ASCII"),
	ROW(copies_into_a_folder_without_a_slash, .daemon = SCENARIO_FCOPY, .only_in_full = true),
	ROW(copies_under_a_new_name, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "it takes every destination for a folder"),
	ROW(makes_folders_if_it_is_told_to, .daemon = SCENARIO_FCOPY, .only_in_full = true),
	ROW(makes_folders_for_a_new_name, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "it makes no folder that is not followed by a slash"),
	ROW(leaves_no_folders_of_a_copy_that_was_cancelled, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "the folders that it made stay",
		.not_debian_ring = "it does not know CANCEL: the file stays, half, and its folders do"),
	ROW(replaces_nothing_unless_it_is_forced, .daemon = SCENARIO_FCOPY),
	ROW(keeps_the_old_file_until_the_new_one_is_whole, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "it empties the old file first, and removes it when the copy is cancelled",
		.not_debian_ring = "it empties the old file first"),
	ROW(leaves_nothing_of_a_copy_that_was_cancelled, .daemon = SCENARIO_FCOPY,
		.not_debian_ring = "it does not know CANCEL: the file stays, half"),
	ROW(takes_fragments_in_any_order, .daemon = SCENARIO_FCOPY, .only_in_full = true),
	ROW(gives_files_a_mode_without_execution, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "its files may be executed: 0744"),
	ROW(tells_a_full_disk_before_the_first_byte, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "it does not look at the size of a file"),
	ROW(tells_a_full_disk, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "after a short write it answers with an errno of some earlier call"),
	ROW(tells_a_disk_that_is_read_only, .daemon = SCENARIO_FCOPY),
	/* The kernel that tests run on need not have quotas. */
	ROW(tells_a_quota_that_is_used_up, .daemon = SCENARIO_FCOPY_OURS, .needs_kernel = true),
	ROW(tells_a_full_project_before_the_first_byte, .daemon = SCENARIO_FCOPY_OURS, .needs_kernel = true,
		.only_in_full = true),
};

SCENARIO_SET(scenarios_fcopy_copy, rows);
