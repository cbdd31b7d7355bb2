// SPDX-License-Identifier: LGPL-2.1-or-later

/* Changes of an adapter that nobody manages, from a request to what the kernel has; managers are for tests/managers. */

#include "suites.h"

#include "hv-netd/record.h"
#include "netd/adapter-fixture.h"
#include "os/sandbox.h"
#include "hvguest/ipinfo.h"

#include <errno.h>
#include <unistd.h>

#define FILE_OF_IT ADAPTER_STATE "/static/" ADAPTER_GUID

static const char *const nothing[] = { NULL };
static const char *const addresses[] = { "192.0.2.7", NULL };
static const char *const other_addresses[] = { "192.0.2.8", NULL };
static const char *const taken_addresses[] = { "192.0.2.9", "2001:db8::66", NULL };
static const char *const taken_subnets[] = { "24", "64", NULL };
static const char *const subnets[] = { "255.255.255.0", NULL };
static const char *const bad_subnets[] = { "255.0.255.0", NULL };
static const char *const gateways[] = { "192.0.2.1", NULL };

static struct adapter_fixture fixture;
static struct hvg_ipplan_request request;
static struct netd_outcome outcome;

static void setup(void)
{
	adapter_fixture_init(&fixture);
	request = (struct hvg_ipplan_request){
		.families = HVG_IPINFO_IPV4,
		.addresses = addresses,
		.subnets = subnets,
		.gateways = gateways,
		.dns = nothing,
	};
}

static void teardown(void)
{
	adapter_fixture_done(&fixture);
}

static void expect_result(enum netd_result result)
{
	netd_apply(&fixture.context, ADAPTER_GUID, &request, &outcome);
	ck_assert_msg(outcome.result == result, "%s: %s", netd_result_name(outcome.result), outcome.text);
}

static void expect_refusal(const char *words)
{
	expect_result(NETD_REFUSED);
	ck_assert_int_lt(outcome.code, 0);
	ck_assert_msg(strstr(outcome.text, words), "%s", outcome.text);
	adapter_expect("address", "!192.0.2.7");
	ck_assert_int_lt(access(ADAPTER_STATE, F_OK), 0);
}

START_TEST(applies_what_the_kernel_then_has)
{
	struct hvg_ipconfig config;

	expect_result(NETD_APPLIED);
	ck_assert_str_eq(outcome.interface, "near");
	adapter_expect("-4 address", "inet 192.0.2.7/24");
	adapter_expect("-4 route", "default via 192.0.2.1");
	ck_assert_int_eq(access(FILE_OF_IT, F_OK), 0);
	ck_assert_int_eq(netd_record_read(&fixture.context, ADAPTER_GUID, &config), 0);
	ck_assert_uint_eq(config.n_addresses, 1);
}
END_TEST

START_TEST(leaves_no_open_book_behind)
{
	expect_result(NETD_APPLIED);
	ck_assert_int_eq(netd_recover(&fixture.context, &outcome), -ENOENT);
	adapter_expect("-4 address", "inet 192.0.2.7/24");
}
END_TEST

START_TEST(changes_nothing_the_second_time)
{
	expect_result(NETD_APPLIED);
	expect_result(NETD_UNCHANGED);
	hvg_sandbox_run("ip address flush dev near");
	expect_result(NETD_APPLIED);
	adapter_expect("-4 address", "inet 192.0.2.7/24");
}
END_TEST

START_TEST(finds_the_adapter_by_its_name_and_by_braces)
{
	netd_apply(&fixture.context, "near", &request, &outcome);
	ck_assert_int_eq(outcome.result, NETD_APPLIED);
	netd_apply(&fixture.context, "{" ADAPTER_GUID "}", &request, &outcome);
	ck_assert_int_eq(outcome.result, NETD_UNCHANGED);
	netd_apply(&fixture.context, "lo", &request, &outcome);
	ck_assert_int_eq(outcome.code, -ENODEV);
}
END_TEST

START_TEST(shows_what_it_would_do_and_touches_nothing)
{
	struct netd_transaction preview;

	ck_assert_int_eq(netd_preview(&fixture.context, ADAPTER_GUID, &request, &preview, &outcome), 0);
	ck_assert_int_eq(outcome.result, NETD_APPLIED);
	ck_assert_uint_eq(preview.n_edits, 1);
	ck_assert_ptr_nonnull(strstr(preview.edits[0].text, "address 192.0.2.7/24\n"));
	netd_transaction_done(&preview);
	adapter_expect("address", "!192.0.2.7");
	ck_assert_int_lt(access(FILE_OF_IT, F_OK), 0);
}
END_TEST

/* As if it had been written before there was a manager. */
static void expect_told_once(enum netd_verify verify)
{
	bool is_told = false;

	expect_result(NETD_APPLIED);
	hvg_sandbox_run("ip address flush dev near");
	fixture.settings.verify = verify;
	ck_assert_int_eq(netd_verify_written(&fixture.context, &outcome, &is_told), 0);
	ck_assert(is_told);
	adapter_expect("-4 address", "inet 192.0.2.7/24");
	ck_assert_int_eq(netd_verify_written(&fixture.context, &outcome, &is_told), 1);
}

START_TEST(tells_a_manager_of_what_was_written_before_it)
{
	expect_told_once(NETD_VERIFY_ROUTE);
}
END_TEST

START_TEST(tells_a_manager_where_nothing_is_verified)
{
	expect_told_once(NETD_VERIFY_NOTHING);
}
END_TEST

/* As a manager does that finds it at its start, and takes it for its own. */
START_TEST(tells_a_manager_that_has_kept_what_was_there_before)
{
	bool is_told = false;

	expect_result(NETD_APPLIED);
	request.addresses = other_addresses;
	expect_result(NETD_APPLIED);
	hvg_sandbox_run("ip address add 192.0.2.7/24 dev near");
	ck_assert_int_eq(netd_verify_written(&fixture.context, &outcome, &is_told), 0);
	ck_assert_str_eq(outcome.text, "192.0.2.7/24 is still on near");
	ck_assert(is_told);
	ck_assert_int_eq(netd_verify_written(&fixture.context, &outcome, &is_told), 1);
	adapter_expect("-4 address", "!192.0.2.7");
}
END_TEST

START_TEST(takes_the_last_change_back)
{
	expect_result(NETD_APPLIED);
	request.addresses = other_addresses;
	expect_result(NETD_APPLIED);
	adapter_expect("-4 address", "inet 192.0.2.8/24");
	netd_roll_back(&fixture.context, ADAPTER_GUID, &outcome);
	ck_assert_int_eq(outcome.result, NETD_ROLLED_BACK);
	adapter_expect("-4 address", "inet 192.0.2.7/24");
	adapter_expect("-4 address", "!192.0.2.8");
}
END_TEST

START_TEST(goes_back_when_an_address_is_taken)
{
	expect_result(NETD_APPLIED);
	hvg_sandbox_run("ip -n other address add 2001:db8::66/64 dev far nodad");
	request.addresses = taken_addresses;
	request.subnets = taken_subnets;
	expect_result(NETD_FAILED);
	ck_assert_int_eq(outcome.code, -EADDRINUSE);
	adapter_expect("-4 address", "inet 192.0.2.7/24");
	adapter_expect("address", "!2001:db8::66");
	hvg_sandbox_run("grep -q 192.0.2.7 " FILE_OF_IT);
	ck_assert_int_eq(netd_recover(&fixture.context, &outcome), -ENOENT);
}
END_TEST

/* It was changing something for that manager, which cannot be told that it went back: there is no bus. */
static void recover_from(const char *manager)
{
	char book[256];

	(void)snprintf(book, sizeof(book), "none /etc/other\n\nbackend %s\nadapter " ADAPTER_GUID "\nbefore\n", manager);
	hvg_sandbox_write("/etc/other", "new\n");
	hvg_sandbox_write(ADAPTER_STATE "/open/book", book);
	ck_assert_int_lt(netd_recover(&fixture.context, &outcome), 0);
	ck_assert_int_eq(outcome.result, NETD_FAILED);
	ck_assert_int_lt(access("/etc/other", F_OK), 0);
	ck_assert_int_eq(netd_recover(&fixture.context, &outcome), -ENOENT);
}

START_TEST(owes_a_manager_that_may_return_its_former_files)
{
	static const char *const managers[] = { "networkmanager", "networkd", "netplan" };

	for (size_t i = 0; i < sizeof(managers) / sizeof(managers[0]); i++) {
		recover_from(managers[i]);
		snprintf(outcome.guid, sizeof(outcome.guid), ADAPTER_GUID);
		ck_assert_int_eq(netd_return(&fixture.context, &outcome), 0);
	}
	expect_result(NETD_APPLIED);
	ck_assert_int_eq(netd_return(&fixture.context, &outcome), 1);
	adapter_expect("-4 address", "inet 192.0.2.7/24");
}
END_TEST

START_TEST(owes_a_program_nothing)
{
	recover_from("ifupdown");
	snprintf(outcome.guid, sizeof(outcome.guid), ADAPTER_GUID);
	ck_assert_int_eq(netd_return(&fixture.context, &outcome), 1);
}
END_TEST

START_TEST(refuses_where_the_host_may_change_nothing)
{
	fixture.settings.enable = false;
	expect_refusal("Enable=");
}
END_TEST

START_TEST(refuses_an_adapter_that_is_left_out)
{
	char *others[] = { (char[]){ "eth*" }, NULL };

	fixture.settings.allow_adapters = others;
	expect_refusal("AllowAdapters= leaves out near");
}
END_TEST

START_TEST(refuses_what_is_malformed_by_the_name_of_the_field)
{
	request.subnets = bad_subnets;
	expect_refusal("subnets: ");
}
END_TEST

START_TEST(refuses_dhcp_where_nobody_could_do_it)
{
	request.dhcp = true;
	expect_refusal("no network manager is here");
}
END_TEST

Suite *hvg_suite_netd_transaction(void)
{
	Suite *suite = suite_create("netd/transaction");
	TCase *tcase = hvg_suite_case(suite, "transaction");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, applies_what_the_kernel_then_has);
	tcase_add_test(tcase, leaves_no_open_book_behind);
	tcase_add_test(tcase, changes_nothing_the_second_time);
	tcase_add_test(tcase, finds_the_adapter_by_its_name_and_by_braces);
	tcase_add_test(tcase, shows_what_it_would_do_and_touches_nothing);
	tcase_add_test(tcase, tells_a_manager_of_what_was_written_before_it);
	tcase_add_test(tcase, tells_a_manager_where_nothing_is_verified);
	tcase_add_test(tcase, tells_a_manager_that_has_kept_what_was_there_before);
	tcase_add_test(tcase, takes_the_last_change_back);
	tcase_add_test(tcase, goes_back_when_an_address_is_taken);
	tcase_add_test(tcase, owes_a_manager_that_may_return_its_former_files);
	tcase_add_test(tcase, owes_a_program_nothing);
	tcase_add_test(tcase, refuses_where_the_host_may_change_nothing);
	tcase_add_test(tcase, refuses_an_adapter_that_is_left_out);
	tcase_add_test(tcase, refuses_what_is_malformed_by_the_name_of_the_field);
	tcase_add_test(tcase, refuses_dhcp_where_nobody_could_do_it);
	return suite;
}
