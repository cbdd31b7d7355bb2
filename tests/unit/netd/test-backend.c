// SPDX-License-Identifier: LGPL-2.1-or-later

/* Who is chosen where nothing runs, and what back ends share. */

#include "suites.h"

#include "netd/adapter-fixture.h"
#include "os/sandbox.h"

#include <errno.h>

static struct adapter_fixture fixture;
static struct netd_transaction transaction;

static void setup(void)
{
	adapter_fixture_init(&fixture);
	adapter_fixture_choose(&fixture, "auto");
	transaction = (struct netd_transaction){ .context = &fixture.context };
	snprintf(transaction.target.match.name, sizeof(transaction.target.match.name), "near");
}

static void teardown(void)
{
	netd_transaction_done(&transaction);
	adapter_fixture_done(&fixture);
}

/* The choice. */

static void expect_chosen(const char *name, enum netd_presence presence)
{
	enum netd_presence found;

	ck_assert_str_eq(netd_backend_choose(&fixture.context, &transaction.target, &found)->name, name);
	ck_assert_int_eq(found, presence);
}

static void enable(const char *unit)
{
	hvg_sandbox_write("/etc/systemd/system/multi-user.target.wants/README", "");
	hvg_sandbox_run("ln -s /opt/unit /etc/systemd/system/multi-user.target.wants/%s", unit);
}

START_TEST(takes_an_adapter_that_nobody_wants)
{
	expect_chosen("none", NETD_PRESENT);
}
END_TEST

START_TEST(takes_none_from_a_manager_that_will_be_started)
{
	enable("systemd-networkd.service");
	expect_chosen("networkd", NETD_COLD);
}
END_TEST

START_TEST(asks_networkmanager_before_networkd)
{
	enable("systemd-networkd.service");
	enable("NetworkManager.service");
	expect_chosen("networkmanager", NETD_COLD);
}
END_TEST

START_TEST(takes_none_from_a_manager_that_it_cannot_serve)
{
	enable("dhcpcd.service");
	expect_chosen("unsupported", NETD_COLD);
	hvg_sandbox_write("/run/dhcpcd/pid", "1\n");
	expect_chosen("unsupported", NETD_PRESENT);
}
END_TEST

START_TEST(leaves_everything_to_a_script_of_the_sites)
{
	char script[] = "/opt/script";

	enable("systemd-networkd.service");
	fixture.settings.script = script;
	expect_chosen("script", NETD_PRESENT);
}
END_TEST

START_TEST(believes_the_settings_before_anything_else)
{
	enable("NetworkManager.service");
	adapter_fixture_choose(&fixture, "networkd");
	expect_chosen("networkd", NETD_COLD);
}
END_TEST

START_TEST(knows_every_back_end_that_the_settings_can_name)
{
	static const char *const names[] = { "networkmanager", "networkd", "netplan", "ifupdown", "ifcfg", "none" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		adapter_fixture_choose(&fixture, names[i]);
		ck_assert_str_eq(netd_backend_find(names[i])->name, names[i]);
	}
	ck_assert_ptr_null(netd_backend_find("auto"));
}
END_TEST

/* Files. */

START_TEST(reads_what_a_file_has_before_it_is_changed)
{
	hvg_sandbox_write("/etc/old", "old\n");
	ck_assert_int_eq(netd_edit_add(&transaction, "/etc/old", strdup("new\n"), 0644), 0);
	ck_assert_int_eq(netd_edit_add(&transaction, "/etc/new", strdup("new\n"), 0600), 0);
	ck_assert_uint_eq(transaction.n_edits, 2);
	ck_assert_str_eq(transaction.edits[0].old, "old\n");
	ck_assert_uint_eq(transaction.edits[0].size, 4);
	ck_assert_ptr_null(transaction.edits[1].old);
}
END_TEST

START_TEST(changes_no_more_files_than_the_book_can_hold)
{
	char longest[512];

	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	ck_assert_int_eq(netd_edit_add(&transaction, longest, strdup("text"), 0644), -ENOSPC);
	for (unsigned int i = 0; i < NETD_EDITS_MAX; i++)
		ck_assert_int_eq(netd_edit_add(&transaction, "/etc/new", strdup("text"), 0644), 0);
	ck_assert_int_eq(netd_edit_add(&transaction, "/etc/new", strdup("text"), 0644), -ENOSPC);
}
END_TEST

START_TEST(writes_nothing_that_was_cut_off)
{
	struct hvg_printer printer;
	char text[8];

	hvg_printer_init(&printer, text, sizeof(text));
	hvg_print(&printer, "far more than that");
	ck_assert_int_eq(netd_edit_print(&transaction, "/etc/new", &printer, 0644), -ENOSPC);
	ck_assert_uint_eq(transaction.n_edits, 0);
}
END_TEST

START_TEST(names_files_by_the_mac_or_else_by_the_interface)
{
	char key[HVG_MAC_TEXT_SIZE];

	netd_target_key(&transaction.target, key);
	ck_assert_str_eq(key, "near");
	transaction.target.match.mac =
		(struct hvg_mac){ .is_known = true, .bytes = { 0x00, 0x15, 0x5d, 0x01, 0x02, 0xfa } };
	netd_target_key(&transaction.target, key);
	ck_assert_str_eq(key, "00155d0102fa");
}
END_TEST

/* Words. */

START_TEST(warns_no_more_often_than_there_is_room)
{
	for (unsigned int i = 0; i < NETD_WARNINGS_MAX + 2; i++)
		netd_warn(&transaction, "number %u", i);
	ck_assert_uint_eq(transaction.n_warnings, NETD_WARNINGS_MAX);
	ck_assert_str_eq(transaction.warnings[NETD_WARNINGS_MAX - 1], "number 5");
}
END_TEST

START_TEST(warns_of_a_file_that_cloud_init_may_write_again)
{
	netd_warn_about_cloud_init(&transaction, "/etc/netplan/10-site.yaml", "# of the site\n");
	ck_assert_uint_eq(transaction.n_warnings, 0);
	netd_warn_about_cloud_init(&transaction, "/etc/netplan/50-cloud-init.yaml", "");
	netd_warn_about_cloud_init(&transaction, "/etc/network/interfaces", "# by cloud-init\n");
	ck_assert_uint_eq(transaction.n_warnings, 2);
	ck_assert_str_eq(transaction.warnings[0], "cloud-init may write /etc/netplan/50-cloud-init.yaml again");
	hvg_sandbox_write("/etc/cloud/cloud-init.disabled", "");
	netd_warn_about_cloud_init(&transaction, "/etc/netplan/50-cloud-init.yaml", "");
	ck_assert_uint_eq(transaction.n_warnings, 2);
}
END_TEST

Suite *hvg_suite_netd_backend(void)
{
	Suite *suite = suite_create("netd/backend");
	TCase *tcase = hvg_suite_case(suite, "backend");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, takes_an_adapter_that_nobody_wants);
	tcase_add_test(tcase, takes_none_from_a_manager_that_will_be_started);
	tcase_add_test(tcase, asks_networkmanager_before_networkd);
	tcase_add_test(tcase, takes_none_from_a_manager_that_it_cannot_serve);
	tcase_add_test(tcase, leaves_everything_to_a_script_of_the_sites);
	tcase_add_test(tcase, believes_the_settings_before_anything_else);
	tcase_add_test(tcase, knows_every_back_end_that_the_settings_can_name);
	tcase_add_test(tcase, reads_what_a_file_has_before_it_is_changed);
	tcase_add_test(tcase, changes_no_more_files_than_the_book_can_hold);
	tcase_add_test(tcase, writes_nothing_that_was_cut_off);
	tcase_add_test(tcase, names_files_by_the_mac_or_else_by_the_interface);
	tcase_add_test(tcase, warns_no_more_often_than_there_is_room);
	tcase_add_test(tcase, warns_of_a_file_that_cloud_init_may_write_again);
	return suite;
}
