// SPDX-License-Identifier: LGPL-2.1-or-later

/* Links as systemctl makes them, in a mount namespace whose /etc is empty. */

#include "suites.h"

#include "os/sandbox.h"
#include "os/unitfiles.h"

#include <sched.h>

#define UNIT "hvg-test.service"

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS);
	hvg_sandbox_run("mount -t tmpfs none /etc && mkdir -p /etc/systemd/system/multi-user.target.wants");
}

static void enable(const char *folder)
{
	hvg_sandbox_mkdir(folder);
	hvg_sandbox_run("ln -s /opt/" UNIT " %s/" UNIT, folder);
}

START_TEST(knows_what_is_wanted_at_boot)
{
	ck_assert(!hvg_unit_is_enabled(UNIT));
	enable("/etc/systemd/system/multi-user.target.wants");
	ck_assert(hvg_unit_is_enabled(UNIT));
	ck_assert(!hvg_unit_is_enabled("hvg-test-other.service"));
}
END_TEST

START_TEST(knows_what_is_wanted_for_this_boot_only)
{
	enable("/run/systemd/system/basic.target.wants");
	ck_assert(hvg_unit_is_enabled(UNIT));
}
END_TEST

START_TEST(takes_what_is_masked_for_disabled)
{
	enable("/etc/systemd/system/multi-user.target.wants");
	hvg_sandbox_run("mkdir -p /run/systemd/system &&"
			" ln -s /dev/null /run/systemd/system/" UNIT);
	ck_assert(!hvg_unit_is_enabled(UNIT));
}
END_TEST

START_TEST(believes_the_sites_unit_before_a_mask_of_this_boot)
{
	enable("/etc/systemd/system/multi-user.target.wants");
	hvg_sandbox_write("/etc/systemd/system/" UNIT, "[Service]\n");
	hvg_sandbox_run("mkdir -p /run/systemd/system && ln -s /dev/null /run/systemd/system/" UNIT);
	ck_assert(hvg_unit_is_enabled(UNIT));
	hvg_sandbox_run("ln -sf /dev/null /etc/systemd/system/" UNIT);
	ck_assert(!hvg_unit_is_enabled(UNIT));
}
END_TEST

START_TEST(finds_any_file_of_a_pattern)
{
	ck_assert(!hvg_any_file("/etc/netplan/*.yaml"));
	hvg_sandbox_write("/etc/netplan/10-site.yaml", "network: {}\n");
	ck_assert(hvg_any_file("/etc/netplan/*.yaml"));
	ck_assert(!hvg_any_file("/etc/netplan/*.yml"));
}
END_TEST

Suite *hvg_suite_os_unitfiles(void)
{
	Suite *suite = suite_create("os/unitfiles");
	TCase *tcase = hvg_suite_case(suite, "unitfiles");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, knows_what_is_wanted_at_boot);
	tcase_add_test(tcase, knows_what_is_wanted_for_this_boot_only);
	tcase_add_test(tcase, takes_what_is_masked_for_disabled);
	tcase_add_test(tcase, believes_the_sites_unit_before_a_mask_of_this_boot);
	tcase_add_test(tcase, finds_any_file_of_a_pattern);
	return suite;
}
