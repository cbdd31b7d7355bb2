// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "os/sandbox.h"
#include "os/sysinfo.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROOT   "/run/root"
#define ETC    ROOT "/etc/os-release"
#define VENDOR ROOT "/usr/lib/os-release"

static struct hvg_sysinfo info;

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS | CLONE_NEWUTS);
	hvg_sysinfo_init(&info, ROOT);
}

static void expect_name(const char *name)
{
	hvg_sysinfo_refresh(&info);
	ck_assert_str_eq(info.os.name, name);
}

START_TEST(prefers_the_file_in_etc)
{
	hvg_sandbox_write(VENDOR, "NAME=Vendor\nVERSION_ID=1\n");
	expect_name("Vendor");
	hvg_sandbox_write(ETC, "NAME=Admin\nVERSION_ID=2.5\n");
	expect_name("Admin");
	ck_assert_str_eq(info.os.version_id, "2.5");
	ck_assert_int_eq(unlink(ETC), 0);
	expect_name("Vendor");
	ck_assert_str_eq(info.os.version_id, "1");
}
END_TEST

START_TEST(follows_the_usual_link)
{
	hvg_sandbox_write(VENDOR, "NAME=Linked\n");
	hvg_sandbox_write(ROOT "/etc/hostname", "");
	ck_assert_int_eq(symlink("../usr/lib/os-release", ETC), 0);
	expect_name("Linked");
}
END_TEST

START_TEST(falls_back_to_the_name_of_the_kernel)
{
	expect_name("Linux");
	ck_assert_str_eq(info.os.version_id, "");
	hvg_sandbox_write(ETC, "VERSION_ID=3\n");
	expect_name("Linux");
	ck_assert_str_eq(info.os.version_id, "3");
	ck_assert_int_eq(unlink(ETC), 0);
	expect_name("Linux");
	ck_assert_str_eq(info.os.version_id, "");
}
END_TEST

START_TEST(notices_each_kind_of_change)
{
	struct timespec times[2] = { { 1000, 0 }, { 1000, 0 } };

	hvg_sandbox_write(ETC, "NAME=one\n");
	expect_name("one");
	hvg_sandbox_write(ETC, "NAME=three\n"); /* another size */
	expect_name("three");
	hvg_sandbox_write(ETC, "NAME=seven\n"); /* another time */
	ck_assert_int_eq(utimensat(AT_FDCWD, ETC, times, 0), 0);
	expect_name("seven");
	hvg_sandbox_write(ETC ".new", "NAME=eight\n"); /* another file, of equal size and time */
	ck_assert_int_eq(utimensat(AT_FDCWD, ETC ".new", times, 0), 0);
	ck_assert_int_eq(rename(ETC ".new", ETC), 0);
	expect_name("eight");
}
END_TEST

static void refresh(void *data)
{
	(void)data;
	hvg_sysinfo_refresh(&info);
}

START_TEST(opens_nothing_while_nothing_changes)
{
	long calls[4];

	hvg_sandbox_write(ETC, "NAME=x\n");
	hvg_sysinfo_refresh(&info);
	ck_assert_uint_eq(hvg_sandbox_trace(refresh, NULL, calls, HVG_ELEMENTS(calls)), 2);
	ck_assert_int_eq(calls[0], SYS_uname);
	ck_assert(calls[1] == SYS_newfstatat
#ifdef SYS_stat
		|| calls[1] == SYS_stat
#endif
	);
}
END_TEST

START_TEST(is_not_held_up_by_a_pipe_or_a_folder)
{
	hvg_sandbox_write(ROOT "/etc/hostname", "");
	ck_assert_int_eq(mkfifo(ETC, 0644), 0);
	ck_assert_int_eq(mkdir(ROOT "/usr", 0755), 0);
	ck_assert_int_eq(mkdir(ROOT "/usr/lib", 0755), 0);
	ck_assert_int_eq(mkdir(VENDOR, 0755), 0);
	expect_name("Linux");
}
END_TEST

START_TEST(reads_a_huge_file_in_part)
{
	char *text = malloc(100000);

	memset(text, '#', 99999);
	memcpy(text, "NAME=huge\n", 10);
	text[99999] = '\0';
	hvg_sandbox_write(ETC, text);
	expect_name("huge");
	free(text);
}
END_TEST

START_TEST(knows_the_kernel_and_the_host_name)
{
	struct utsname kernel;

	ck_assert_int_eq(uname(&kernel), 0);
	ck_assert_int_eq(sethostname("first", 5), 0);
	hvg_sysinfo_refresh(&info);
	ck_assert_str_eq(info.kernel.nodename, "first");
	ck_assert_str_eq(info.kernel.release, kernel.release);
	ck_assert_str_eq(info.kernel.machine, kernel.machine);
	ck_assert_int_eq(sethostname("second", 6), 0);
	hvg_sysinfo_refresh(&info);
	ck_assert_str_eq(info.kernel.nodename, "second");
}
END_TEST

/* The kernel's own words: "btime SECONDS" in /proc/stat. */
static unsigned long long btime(void)
{
	unsigned long long seconds = 0;
	char line[4096];
	FILE *file = fopen("/proc/stat", "re");

	ck_assert(file != NULL);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "btime %llu", &seconds) == 1)
			break;
	fclose(file);
	return seconds;
}

START_TEST(agrees_with_the_kernel_on_the_boot_time)
{
	long long expected = (long long)btime();
	uint64_t boot_us = 0;

	ck_assert_int_eq(hvg_boot_time(&boot_us), 0);
	ck_assert_int_gt((long long)(boot_us / HVG_USEC_PER_SEC), expected - 60);
	ck_assert_int_lt((long long)(boot_us / HVG_USEC_PER_SEC), expected + 60);
}
END_TEST

START_TEST(reads_the_boot_id)
{
	char first[HVG_GUID_TEXT_SIZE], second[HVG_GUID_TEXT_SIZE], expected[64] = "";
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	ck_assert(file != NULL);
	ck_assert_int_eq(fscanf(file, "%63s", expected), 1);
	fclose(file);
	ck_assert_int_eq(hvg_boot_id(first), 0);
	ck_assert_int_eq(hvg_boot_id(second), 0);
	ck_assert_str_eq(first, expected);
	ck_assert_str_eq(second, first);
}
END_TEST

Suite *hvg_suite_os_sysinfo(void)
{
	Suite *suite = suite_create("sysinfo");
	TCase *tcase = hvg_suite_case(suite, "sysinfo");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, prefers_the_file_in_etc);
	tcase_add_test(tcase, follows_the_usual_link);
	tcase_add_test(tcase, falls_back_to_the_name_of_the_kernel);
	tcase_add_test(tcase, notices_each_kind_of_change);
	tcase_add_test(tcase, opens_nothing_while_nothing_changes);
	tcase_add_test(tcase, is_not_held_up_by_a_pipe_or_a_folder);
	tcase_add_test(tcase, reads_a_huge_file_in_part);
	tcase_add_test(tcase, knows_the_kernel_and_the_host_name);
	tcase_add_test(tcase, agrees_with_the_kernel_on_the_boot_time);
	tcase_add_test(tcase, reads_the_boot_id);
	return suite;
}
