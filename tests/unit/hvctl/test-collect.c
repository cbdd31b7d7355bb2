// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "hvctl/facts/collect.h"
#include "os/sandbox.h"

#include "hvguest/pool.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT    "/run/root"
#define DEVICE  "/sys/bus/vmbus/devices/fd149e91-82e0-4a7d-afa6-2a4166cbd7c0"
#define CHANNEL DEVICE "/channels/11"

static struct facts *facts;

static void put(const char *path, const char *content)
{
	char full[512];

	snprintf(full, sizeof(full), ROOT "%s", path);
	hvg_sandbox_write(full, content);
}

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS);
	put(DEVICE "/class_id", "{57164f39-9115-4e78-ab55-382f3bd5422d}\n");
	put(DEVICE "/id", "11\n");
	put("/sys/class/net/eth0/mtu", "1500\n");
	put(CHANNEL "/interrupts", "37\n");
	put(CHANNEL "/out_full_total", "2\n");
	put(CHANNEL "/intr_in_full", "3\n");
	put("/proc/meminfo", "MemTotal: 5 kB\nMemFree: 1 kB\n");
	put("/etc/udev/rules.d/60-a.rules", "SUBSYSTEM==\"memory\", ATTR{state}=\"online\"\n");
	put("/etc/udev/rules.d/70-b.rules", "SUBSYSTEM==\"net\"\n");
	put("/etc/udev/rules.d/README", "SUBSYSTEM==\"memory\"\n");
	hvg_sandbox_mkdir(ROOT DEVICE "/net/eth0");
	ck_assert_int_eq(
		symlink("../../../bus/vmbus/drivers/hv_utils", ROOT DEVICE "/driver"), 0);
	ck_assert_int_eq(symlink("bond0", ROOT "/sys/class/net/eth0/master"), 0);
}

static void teardown(void)
{
	facts = facts_free(facts);
}

static struct fact look(unsigned int wanted, const char *path)
{
	facts = facts_free(facts);
	ck_assert_int_eq(facts_collect(ROOT, wanted, &facts), 0);
	return fact(facts, "%s", path);
}

START_TEST(reads_files_links_and_names)
{
	struct fact id = look(FACTS_DEVICES | FACTS_SYSTEM, DEVICE "/id"),
		    driver = fact(facts, DEVICE "/driver");
	struct fact net = fact(facts, DEVICE "/net/eth0"), gone = fact(facts, DEVICE "/state");

	ck_assert(fact_is(&id, "11"));
	ck_assert_int_eq(driver.kind, FACT_LINK);
	ck_assert_str_eq(fact_target(&driver), "hv_utils");
	ck_assert_int_eq(net.kind, FACT_FOLDER);
	ck_assert_int_eq(gone.kind, FACT_MISSING);
}
END_TEST

START_TEST(looks_at_what_is_wanted_only)
{
	struct fact few = look(FACTS_DEVICES, CHANNEL "/interrupts"),
		    some = look(FACTS_SYSTEM, CHANNEL "/interrupts"),
		    many = look(FACTS_CHANNELS, CHANNEL "/out_full_total"),
		    unwanted = look(FACTS_SYSTEM, CHANNEL "/out_full_total"),
		    rest = look(FACTS_CHANNELS | FACTS_SYSTEM, CHANNEL "/intr_in_full"),
		    all = look(FACTS_ALL, CHANNEL "/intr_in_full");

	ck_assert_int_eq(few.kind, FACT_MISSING);
	ck_assert_int_eq(some.kind, FACT_FILE);
	ck_assert_int_eq(many.kind, FACT_FILE);
	ck_assert_int_eq(unwanted.kind, FACT_MISSING);
	ck_assert_int_eq(rest.kind, FACT_MISSING);
	ck_assert_int_eq(all.kind, FACT_FILE);
}
END_TEST

START_TEST(describes_parts_for_who_wants_more_than_their_names)
{
	static const char master[] = "/sys/class/net/eth0/master";
	struct fact name = look(FACTS_DEVICES, master), described = look(FACTS_PARTS, master),
		    setting = fact(facts, "/sys/class/net/eth0/mtu");

	ck_assert_int_eq(name.kind, FACT_MISSING);
	ck_assert_int_eq(described.kind, FACT_LINK);
	ck_assert_int_eq(setting.kind, FACT_MISSING);
}
END_TEST

START_TEST(keeps_only_what_a_filter_keeps)
{
	struct fact memory = look(FACTS_SYSTEM, "/proc/meminfo"),
		    rule = fact(facts, "/etc/udev/rules.d/60-a.rules"),
		    other = fact(facts, "/etc/udev/rules.d/70-b.rules"),
		    unmatched = fact(facts, "/etc/udev/rules.d/README");

	ck_assert(fact_is(&memory, "MemTotal: 5 kB"));
	ck_assert_int_eq(rule.kind, FACT_FILE);
	ck_assert_int_eq(other.kind, FACT_MISSING);
	ck_assert_int_eq(unmatched.kind, FACT_MISSING);
}
END_TEST

START_TEST(tells_what_cannot_be_read)
{
	struct fact folder;

	ck_assert_int_eq(unlink(ROOT DEVICE "/id"), 0);
	hvg_sandbox_mkdir(ROOT DEVICE "/id"); /* reading it gives EISDIR */
	folder = look(FACTS_SYSTEM, DEVICE "/id");
	ck_assert_int_eq(folder.kind, FACT_ERROR);
	ck_assert_str_eq(folder.text, "EISDIR");
}
END_TEST

START_TEST(asks_no_kernel_about_a_copy_of_another_machine)
{
	struct fact answer = look(FACTS_ALL, "uname/machine");

	ck_assert_int_eq(answer.kind, FACT_MISSING);
	facts_free(facts);
	ck_assert_int_eq(facts_collect("", FACTS_HOST, &facts), 0);
	answer = fact(facts, "uname/machine");
	ck_assert_int_eq(answer.kind, FACT_FILE);
}
END_TEST

START_TEST(finds_nothing_where_there_is_nothing)
{
	ck_assert_int_eq(facts_collect("/run/nowhere", FACTS_ALL, &facts), 0);
	ck_assert_uint_eq(facts_count(facts), 0);
}
END_TEST

START_TEST(reads_what_the_host_said)
{
	uint8_t records[2 * HVG_POOL_RECORD_SIZE + 100] = { 0 };
	struct fact version, odd;
	int fd;

	ck_assert_int_eq(hvg_pool_record_encode("HostingSystemOsMajor", "10", records), 0);
	ck_assert_int_eq(hvg_pool_record_encode("a/b", "c", records + HVG_POOL_RECORD_SIZE), 0);
	hvg_sandbox_mkdir(ROOT HVG_POOL_DIR);
	fd = open(ROOT HVG_POOL_DIR "/.kvp_pool_3", O_WRONLY | O_CREAT, 0644);
	ck_assert_int_eq(write(fd, records, sizeof(records)), sizeof(records));
	close(fd);
	version = look(FACTS_HOST, "kvp/host/HostingSystemOsMajor");
	ck_assert(fact_is(&version, "10"));
	ck_assert_uint_eq(facts_count_children(facts, "kvp/host"), 1);
	odd = fact(facts, "kvp/files/host");
	ck_assert_msg(strncmp(odd.text, "5220 bytes, written at ", 23) == 0, "%s", odd.text);
}
END_TEST

Suite *hvg_suite_hvctl_collect(void)
{
	Suite *suite = suite_create("collect");
	TCase *tcase = hvg_suite_case(suite, "collect");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, reads_files_links_and_names);
	tcase_add_test(tcase, looks_at_what_is_wanted_only);
	tcase_add_test(tcase, describes_parts_for_who_wants_more_than_their_names);
	tcase_add_test(tcase, keeps_only_what_a_filter_keeps);
	tcase_add_test(tcase, tells_what_cannot_be_read);
	tcase_add_test(tcase, asks_no_kernel_about_a_copy_of_another_machine);
	tcase_add_test(tcase, finds_nothing_where_there_is_nothing);
	tcase_add_test(tcase, reads_what_the_host_said);
	return suite;
}
