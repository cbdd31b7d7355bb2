// SPDX-License-Identifier: LGPL-2.1-or-later

/* networkd's note, a file in /run as netplan makes it, and drop-ins, in a mount namespace whose /etc is empty. */

#include "suites.h"

#include "os/networkd.h"
#include "os/sandbox.h"

#include <sched.h>

#define LINK  7
#define NOTE  "/run/systemd/netif/links/7"
#define FILE_OF_IT "/run/systemd/network/10-netplan-eth0.network"
#define ETC   "/etc/systemd/network/10-netplan-eth0.network.d/"
#define RUN   "/run/systemd/network/10-netplan-eth0.network.d/"

#define YES "[Network]\nDHCP=yes\n"
#define NO  "[Network]\nDHCP=no\n"

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS);
	hvg_sandbox_run("mount -t tmpfs none /etc");
	hvg_sandbox_write(NOTE, "ADMIN_STATE=configured\nNETWORK_FILE=" FILE_OF_IT "\n");
	hvg_sandbox_write(FILE_OF_IT, YES);
}

static void expect_word(enum hvg_dhcp_word word)
{
	ck_assert_int_eq(hvg_networkd_dhcp(LINK), word);
}

START_TEST(reads_the_file_that_is_applied)
{
	expect_word(HVG_DHCP_ON);
	hvg_sandbox_write(FILE_OF_IT, NO);
	expect_word(HVG_DHCP_OFF);
}
END_TEST

START_TEST(says_nothing_of_a_link_that_it_does_not_manage)
{
	ck_assert_int_eq(hvg_networkd_dhcp(LINK + 1), HVG_DHCP_UNSAID);
	hvg_sandbox_write(NOTE, "ADMIN_STATE=unmanaged\n");
	expect_word(HVG_DHCP_UNSAID);
}
END_TEST

START_TEST(believes_a_drop_in_wherever_it_lies)
{
	hvg_sandbox_write(ETC "site.conf", NO);
	expect_word(HVG_DHCP_OFF);
	hvg_sandbox_run("rm " ETC "site.conf");
	hvg_sandbox_write(RUN "site.conf", NO);
	expect_word(HVG_DHCP_OFF);
}
END_TEST

START_TEST(reads_drop_ins_in_the_order_of_their_names)
{
	hvg_sandbox_write(ETC "10.conf", NO);
	hvg_sandbox_write(RUN "20.conf", YES);
	expect_word(HVG_DHCP_ON);
	hvg_sandbox_write(RUN "30.conf", "[Network]\nLLDP=no\n");
	expect_word(HVG_DHCP_ON);
	hvg_sandbox_write(ETC "40.conf", NO);
	expect_word(HVG_DHCP_OFF);
}
END_TEST

START_TEST(passes_over_a_drop_in_that_is_hidden)
{
	hvg_sandbox_write(RUN "site.conf", NO);
	hvg_sandbox_write(ETC "site.conf", YES);
	expect_word(HVG_DHCP_ON);
	hvg_sandbox_run("ln -sf /dev/null " ETC "site.conf");
	expect_word(HVG_DHCP_ON);
}
END_TEST

START_TEST(passes_over_what_is_no_drop_in_of_that_file)
{
	hvg_sandbox_write(ETC "site.conf.bak", NO);
	hvg_sandbox_write("/etc/systemd/network/80-site.network.d/site.conf", NO);
	hvg_sandbox_write("/etc/systemd/network/80-site.network", NO);
	expect_word(HVG_DHCP_ON);
}
END_TEST

Suite *hvg_suite_os_networkd(void)
{
	Suite *suite = suite_create("os/networkd");
	TCase *tcase = hvg_suite_case(suite, "networkd");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, reads_the_file_that_is_applied);
	tcase_add_test(tcase, says_nothing_of_a_link_that_it_does_not_manage);
	tcase_add_test(tcase, believes_a_drop_in_wherever_it_lies);
	tcase_add_test(tcase, reads_drop_ins_in_the_order_of_their_names);
	tcase_add_test(tcase, passes_over_a_drop_in_that_is_hidden);
	tcase_add_test(tcase, passes_over_what_is_no_drop_in_of_that_file);
	return suite;
}
