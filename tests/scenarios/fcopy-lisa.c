// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Microsoft's own tests of file copy (LISAv2: FCOPY-…), by their names and with what they look at.
 * Sizes are theirs with HVG_FULL, and smaller otherwise.
 */

#include "fcopy.h"

/* FCOPY-BASIC: 10 MB to /dst/, of equal size. */
static void fcopy_basic(struct machine *m)
{
	struct host_file file = { .name = "testfile", .destination = "/dst/", .size = 10 << 20 };

	begin_fcopy(m);
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_bytes(m, "/dst/testfile", file.size);
}

/* FCOPY-FILE-EXISTS: the second copy fails with 0x80070050. */
static void fcopy_file_exists(struct machine *m)
{
	struct host_file file = { .name = "testfile", .destination = "/dst/", .size = 10 << 20 };

	begin_fcopy(m);
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_status(host_copy_file(m, &file), 0x80070050);
	expect_bytes(m, "/dst/testfile", file.size);
}

/* FCOPY-OVERWRITE: with -Force, a smaller file. */
static void fcopy_overwrite(struct machine *m)
{
	struct host_file file = { .name = "testfile", .destination = "/dst/", .size = 100000 };

	begin_fcopy(m);
	expect_status(host_copy_file(m, &file), HV_S_OK);
	file = (struct host_file){ .name = "testfile", .destination = "/dst/", .bytes = "second", .size = 6,
		.force = true };
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_file("/dst/testfile", "second");
}

/* FCOPY-LARGE-FILE: 10 GB there; here more than 4 GiB, of which nobody writes the middle. */
static void fcopy_large_file(struct machine *m)
{
	struct host_file file = { .name = "large", .destination = "/srv/", .size = (UINT64_C(5) << 30) + 77 };
	uint64_t last = file.size - 77;

	mount_disk(m, "6G");
	begin_fcopy(m);
	expect_status(host_copy_start(m, &file), HV_S_OK);
	expect_status(host_copy_write(m, &file, last, 77), HV_S_OK);
	expect_status(host_copy_write(m, &file, 0, 6144), HV_S_OK);
	expect_status(host_copy_complete(m), HV_E_FAIL); /* it is not whole */
	expect_no_file("/srv/large");
	file.size = size_of(m, 64 << 20, UINT64_C(4500) << 20);
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_bytes(m, "/srv/large", file.size);
}

/* FCOPY-NON-ASCII: content that is no ASCII, and here the name too. */
static void fcopy_non_ascii(struct machine *m)
{
	struct host_file file = { .name = "\xe6\xb5\x8b\xe8\xaf\x95", .destination = "/dst/",
		.size = size_of(m, 5 << 20, 100 << 20) };

	begin_fcopy(m);
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_bytes(m, "/dst/\xe6\xb5\x8b\xe8\xaf\x95", file.size);
}

/* FCOPY-REPEATED-DELETE: 2 GB copied and deleted, again and again. */
static void fcopy_repeated_delete(struct machine *m)
{
	struct host_file file = { .name = "testfile", .destination = "/dst/",
		.size = size_of(m, 2 << 20, 100 << 20) };

	begin_fcopy(m);
	for (int i = 0; i < 10; i++) {
		expect_status(host_copy_file(m, &file), HV_S_OK);
		expect_bytes(m, "/dst/testfile", file.size);
		guest_run(m, "rm /dst/testfile");
	}
}

/* FCOPY-DISABLE-ENABLE: 20 times off and on, then a large file; the daemon must be there by itself. */
static void fcopy_disable_enable(struct machine *m)
{
	struct host_file file = { .name = "testfile", .destination = "/dst/",
		.size = size_of(m, 5 << 20, 100 << 20) };

	begin_fcopy(m);
	for (int i = 0; i < 20; i++) {
		host_fcopy_withdraw(m);
		kernel_seconds_pass(m, 1);
		host_fcopy_offer(m);
		host_fcopy_wait_until_served(m);
	}
	expect_status(host_copy_file(m, &file), HV_S_OK);
	expect_bytes(m, "/dst/testfile", file.size);
	expect(guest_daemon_runs(m));
}

/* FCOPY-NEGATIVE: to "/test", a folder that is immutable, named without a slash. */
static void fcopy_negative_immutable(struct machine *m)
{
	guest_run(m, "mkdir /test && mount -t tmpfs tmpfs /test && chattr +i /test");
	begin_fcopy(m);
	expect_status(host_copy_text(m, "/test", "testfile", "1"), HV_E_FAIL);
	guest_run(m, "test -z \"$(ls -A /test)\" && chattr -i /test");
}

/* FCOPY-NEGATIVE: the service is disabled. */
static void fcopy_negative_disabled(struct machine *m)
{
	begin_fcopy(m);
	host_fcopy_withdraw(m);
	expect_status(host_copy_text(m, "/dst/", "testfile", "1"), HOST_GONE);
	expect_no_file("/dst/testfile");
}

/* FCOPY-NEGATIVE: the daemon is stopped; no file may appear once it is started again. */
static void fcopy_negative_stopped(struct machine *m)
{
	begin_fcopy(m);
	guest_kill_daemon(m);
	expect_status(host_copy_text(m, "/dst/", "testfile", "1"), HV_E_FAIL);
	guest_start_daemon(m);
	kernel_seconds_pass(m, 2);
	expect_no_file("/dst/testfile");
}

static const struct scenario rows[] = {
	ROW(fcopy_basic, .daemon = SCENARIO_FCOPY, .only_in_full = true),
	ROW(fcopy_file_exists, .daemon = SCENARIO_FCOPY, .only_in_full = true),
	ROW(fcopy_overwrite, .daemon = SCENARIO_FCOPY, .only_in_full = true),
	ROW(fcopy_large_file, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true),
	ROW(fcopy_non_ascii, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian_ring = "it makes an X of every character that is not ASCII"),
	ROW(fcopy_repeated_delete, .daemon = SCENARIO_FCOPY, .only_in_full = true),
	ROW(fcopy_disable_enable, .daemon = SCENARIO_FCOPY, .only_in_full = true,
		.not_debian = "it exits when it finds no device to open again",
		.not_debian_ring = "it reads a device that is gone again and again, and opens no other"),
	ROW(fcopy_negative_immutable, .daemon = SCENARIO_FCOPY),
	ROW(fcopy_negative_disabled, .daemon = SCENARIO_FCOPY, .only_in_full = true),
	ROW(fcopy_negative_stopped, .daemon = SCENARIO_FCOPY),
};

SCENARIO_SET(scenarios_fcopy_lisa, rows);
